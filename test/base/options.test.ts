import { describe, expect, expectTypeOf, test } from 'vitest';
import { ANY, bytes, count, type Given, type OptionsOf, text, withDefaults } from '../../src/base/options.ts';

const schema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: text('Has to be given.'),
    note: text('May be left out.'),
    size: bytes(0, ANY, 100, 'Has a default.'),
    mode: { enum: ['fast', 'safe'], default: 'safe', description: 'One of a few.' },
    one_or_many: { type: ['string', 'array'], items: { type: 'string' } },
    list: { type: 'array', items: { type: 'object', required: ['on'], properties: { on: { type: 'boolean' } } } },
    extra: { type: 'object', properties: { on: { type: 'boolean', default: true, description: 'Has a default.' } } },
    inner: { type: 'object', default: {}, properties: { count: count(1, 9, 5, 'Has a default.') } },
  },
} as const;

describe('options of a schema', () => {
  test('have the defaults for what is not given, in sections, too', () => {
    expect(withDefaults(schema, { name: 'a' })).toEqual({ name: 'a', size: 100, mode: 'safe', inner: { count: 5 } });
    const given = { name: 'a', note: undefined, size: undefined, mode: 'fast', inner: { count: 1 } } as const;
    expect(withDefaults(schema, given)).toEqual({ name: 'a', size: 100, mode: 'fast', inner: { count: 1 } });
    expect(withDefaults(schema, { name: 'a', extra: {} }).extra).toEqual({ on: true });
  });

  test('have a type that follows from it', () => {
    type Options = OptionsOf<typeof schema>;
    expectTypeOf<Options['name']>().toEqualTypeOf<string>();
    expectTypeOf<Options['note']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Options['size']>().toEqualTypeOf<number>();
    expectTypeOf<Options['mode']>().toEqualTypeOf<'fast' | 'safe'>();
    expectTypeOf<Options['one_or_many']>().toEqualTypeOf<string | readonly string[] | undefined>();
    expectTypeOf<Options['inner']['count']>().toEqualTypeOf<number>();
    expectTypeOf<NonNullable<Options['list']>[number]['on']>().toEqualTypeOf<boolean>();
    expectTypeOf<{ name: string }>().toExtend<Given<typeof schema>>();
    expectTypeOf<{ note: string }>().not.toExtend<Given<typeof schema>>();
  });
});
