import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileTemplate, TemplateError } from '../../../src/alerts/jinja/template.ts';
import { type Fields, newFields } from '../../../src/core/event.ts';

// What the real Jinja2 made of random templates over random fields; see templates.py.

interface Recorded {
  in: number;
  template: string;
  expect?: string;
  raises?: true;
}

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const lines = read('templates.jsonl')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as Recorded & { fields?: Record<string, unknown> });
const common = JSON.parse(read('values.json')) as Record<string, unknown>;
const fields = lines.flatMap(one =>
  one.fields === undefined ? [] : [Object.assign(newFields(), common, one.fields) as Fields],
);
const recorded = lines.filter(one => one.fields === undefined);

function render(one: Recorded): string | TemplateError {
  try {
    return compileTemplate(one.template)(fields[one.in]!);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
}

describe('whole templates beside Jinja2', () => {
  test('there are enough of them', () => expect(recorded.length).toBeGreaterThan(1400));

  test('what Jinja2 prints is printed here', () => {
    const wrong = recorded.flatMap(one => {
      const got = one.expect === undefined ? undefined : render(one);
      return got === one.expect ? [] : [{ ...one, got: String(got) }];
    });
    expect(wrong).toEqual([]);
  });

  test('where Jinja2 raises, nothing is printed that nobody can read', () => {
    const wrong = recorded.flatMap(one => {
      const got = one.raises === true ? render(one) : '';
      return typeof got === 'string' && /\bnan\b|\[object|undefined|NaN|=> /.test(got) ? [{ ...one, got }] : [];
    });
    expect(wrong).toEqual([]);
  });
});
