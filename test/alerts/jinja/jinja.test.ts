import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileTemplate, TemplateError } from '../../../src/alerts/jinja/template.ts';
import { type Fields, newFields } from '../../../src/core/event.ts';

// What the real Jinja2 made of these templates, random ones among them; see oracle.py.

interface Recorded {
  template: string;
  expect?: string;
  raises?: true;
}

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const values = Object.assign(newFields(), JSON.parse(read('values.json'))) as Fields;
const recorded = read('recorded.jsonl')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as Recorded);

function render(template: string): string | TemplateError {
  try {
    return compileTemplate(template)(values);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
}

describe('templates beside Jinja2', () => {
  test('there are enough of them', () => expect(recorded.length).toBeGreaterThan(3000));

  test('what Jinja2 prints is printed here', () => {
    const wrong = recorded.flatMap(({ template, expect: wanted }) => {
      if (wanted === undefined) return [];
      const got = render(template);
      return got === wanted ? [] : [{ template, wanted, got: String(got) }];
    });
    expect(wrong).toEqual([]);
  });

  test.each([
    "{{ (('x'*10000)*10000)|length }}",
    `{% set a='xxxxxxxxxx' %}${'{% set a = a ~ a %}'.repeat(25)}{{ a|length }}`,
    `{% set a=['xxxxxxxxxx'] %}${'{% set a = a + a %}'.repeat(25)}{{ a|length }}`,
    '{% for a in range(1000) %}{% for b in range(1000) %}{{ b }}{% endfor %}{% endfor %}',
    '{{ range(100000000)|list|length }}',
    '{{ message|center(1000000000) }}',
    "{{ message.replace('', 'y' * 10000).replace('', 'y' * 1000) }}",
    '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}',
    "{{ '%1000000000d' % 1 }}",
    "{{ ('<' * 100000)|e|e|e|e|e|e|length }}",
    '{% for i in range(1000000000) %}x{% endfor %}',
    "{% for i in range(100000) %}{{ ('a' * 10000)|upper|length }}{% endfor %}",
    // A list that holds another twice doubles with each level.
    ...[
      'ns.x|string',
      'ns.x|tojson',
      'ns.x|pprint',
      'ns.x|unique|list',
      '(ns.x in [[ns.x]])|string ~ ns.x',
      'ns.x ~ ns.x',
    ].map(
      ending =>
        `{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ (${ending})|length ~ (ns.x|string * 20)|length }}`,
    ),
  ])('%s ends soon and says so', template => {
    const { user } = process.cpuUsage();
    expect(String(render(`before ${template}`))).toMatch(/^before [\s\S]*\n\(cut: the text .*\)$|^before {9999} 1$/);
    expect(process.cpuUsage().user - user).toBeLessThan(1_000_000);
  });

  // Kinder than Jinja2: a comparison with a field that is not there does not hold, so that the alert still has its text.
  test('where Jinja2 raises, nothing is printed that nobody can read', () => {
    const wrong = recorded.flatMap(({ template, raises }) => {
      const got = raises === true ? render(template) : '';
      return typeof got === 'string' && /\bnan\b|\[object|undefined|NaN/.test(got) ? [{ template, got }] : [];
    });
    expect(wrong).toEqual([]);
  });
});
