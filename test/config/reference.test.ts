import { describe, expect, test } from 'vitest';
import { settingsSchema } from '../../src/app/settings.ts';
import type { SettingsSchema } from '../../src/config/read-settings.ts';
import { renderReference } from '../../src/config/reference.ts';

/** Every setting with its path. */
function settingsOf(schema: SettingsSchema, path = ''): [string, SettingsSchema][] {
  const properties = Object.entries(schema.properties ?? {});
  return properties.flatMap(([name, property]) => {
    const full = path === '' ? name : `${path}.${name}`;
    const variants = Object.values(property.variants ?? {});
    const inner = [property, ...variants].flatMap(one => settingsOf(one, full));
    return [[full, property] as [string, SettingsSchema], ...inner];
  });
}

describe('the reference of settings', () => {
  test('every setting is explained, snake_case, and on the page', () => {
    const page = renderReference(settingsSchema);
    const settings = settingsOf(settingsSchema);
    expect(settings.length).toBeGreaterThan(80);
    expect(settings.filter(([, { description }]) => typeof description !== 'string').map(([path]) => path)).toEqual([]);
    expect(settings.filter(([path]) => !/^[a-z0-9_.]+$/.test(path)).map(([path]) => path)).toEqual([]);
    const missing = settings.filter(
      ([path]) =>
        !page.includes(`| \`${path.split('.').at(-1)}\` |`) &&
        !page.includes(`## \`${path}\``) &&
        !page.includes(`## \`${path}: {`),
    );
    expect(missing.map(([path]) => path)).toEqual([]);
  });

  test('sizes have the format that turns 10GB into a number, and nothing else has', () => {
    const wrong = settingsOf(settingsSchema).filter(
      ([path, { format }]) => /_bytes(_|$)/.test(path) !== (format === 'bytes'),
    );
    expect(wrong.map(([path]) => path)).toEqual([]);
  });

  test('a mapping becomes a section, a list of mappings too, in the order of the schema', () => {
    const page = renderReference({
      type: 'object',
      properties: {
        size: { type: 'number', format: 'bytes', minimum: 1024, default: 5_000_000, description: 'A|B' },
        kind: { enum: ['a', 'b'], default: 'a', description: 'Which.' },
        users: {
          type: 'array',
          description: 'Who.',
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string', description: 'Called.' } },
          },
        },
        part: {
          type: 'object',
          description: 'The part.',
          properties: { n: { type: 'integer', maximum: 9, description: 'N.' } },
        },
      },
    });
    expect(page).toContain('| `size` | size, from 1KiB | `5MB` | A\\|B |');
    expect(page).toContain('| `kind` | `a`, `b` | `a` | Which. |');
    expect(page).toContain('| `users` | list of mapping |  | Who. |');
    expect(page).toContain(
      '## `users[]`\n\n| Setting | Type | Default | Meaning |\n|---|---|---|---|\n| `name` | text | required | Called. |',
    );
    expect(page).toContain('## `part`\n\nThe part.\n');
    expect(page).toContain('| `n` | whole number, to 9 |  | N. |');
    expect(page.indexOf('`users[]`')).toBeLessThan(page.indexOf('`part`'));
  });
});
