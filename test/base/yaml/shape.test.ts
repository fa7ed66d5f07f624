import { describe, expect, test } from 'vitest';
import { misfit, type Shape } from '../../../src/base/yaml/shape.ts';

const TEXT: Shape = { type: 'string' };

describe('what is wrong with a value', () => {
  const CASES: [value: unknown, shape: Shape, what: string | undefined][] = [
    ['a', TEXT, undefined],
    [9880, TEXT, 'must be a text'],
    [1.5, { type: 'integer' }, 'must be a whole number'],
    ['1', { type: 'number' }, 'must be a number'],
    ['true', { type: 'boolean' }, 'must be true or false'],
    ['a', { type: 'array', items: TEXT }, 'must be a list of texts'],
    [[], { type: 'object' }, 'must be a mapping'],
    [null, { type: 'object' }, 'must be a mapping'],
    [5, { type: ['string', 'array'], items: TEXT }, 'must be a text or a list of texts'],
    [['a'], { type: ['string', 'array'], items: TEXT, pattern: '^b' }, undefined],
    [0, { type: 'integer', minimum: 1 }, 'must be >= 1'],
    [0, { type: 'number', exclusiveMinimum: 0 }, 'must be > 0'],
    [65, { type: 'integer', maximum: 64 }, 'must be <= 64'],
    ['', { type: 'string', minLength: 1 }, 'must NOT have fewer than 1 characters'],
    ['abc', { type: 'string', maxLength: 2 }, 'must NOT have more than 2 characters'],
    [[], { type: 'array', minItems: 1 }, 'must NOT have fewer than 1 items'],
    [[1, 2], { type: 'array', maxItems: 1 }, 'must NOT have more than 1 items'],
    ['b', { enum: ['a', 5] }, 'must be "a" or 5'],
    ['b', { const: 'a' }, 'must be "a"'],
    // Passwords stay out of messages.
    ['ftp://u:p@h', { type: 'string', pattern: '^redis:' }, 'must match pattern "^redis:", and is "ftp://...@h"'],
    ['anything', {}, undefined],
  ];
  test.for(CASES)('%j as %j: %s', ([value, shape, what]) => {
    expect(misfit(value, shape)?.what).toBe(what);
  });

  test('a word that is nearly right is named; a wrong type is shown how to write', () => {
    expect(misfit('wran', { enum: ['info', 'warn'] })?.near).toBe("Did you mean 'warn'?");
    expect(misfit('5', { type: 'integer' })?.form).toBe('Write a whole number, without quotes or units.');
  });
});
