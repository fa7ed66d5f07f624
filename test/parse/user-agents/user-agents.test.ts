import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { requiredOneOf } from '../../../src/base/regexp/literals.ts';
import { readJava } from '../../../src/base/regexp/read-java.ts';
import { newFields } from '../../../src/core/event.ts';
import { loadPipelines } from '../../../src/parse/pipelines.ts';

/** See record.ts. `expected`: what the processor says, without `original`. */
interface Line {
  readonly agent: string;
  readonly expected: { readonly name: string };
}

const lines = readFileSync(new URL('./agents.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Line);
const pipelines = loadPipelines([
  { path: 'case.yaml', text: 'match: { tag: "**" }\nprocessors: [{ user_agent: { field: agent } }]' },
]);

function said(agent: string): unknown {
  const event = Object.assign(newFields(), { agent });
  const got = pipelines.run(event, { tag: 't', time: 0, receivedAt: 0 })!;
  return JSON.parse(JSON.stringify(got['user_agent']));
}

describe('user agents are told as Elasticsearch tells them', () => {
  test.for(lines)('$expected.name: $agent', ({ agent, expected }) => {
    expect(said(agent)).toEqual({ ...expected, original: agent });
  });
});

test('a header without end costs no more than its start', () => {
  const start = performance.now();
  for (const part of ['Build/ ', ' ', '0', 'Mobile', '; ', 'Windows']) said(`Mozilla/5.0 (${part.repeat(50_000)}z`);
  expect(performance.now() - start).toBeLessThan(5000);
});

test('no rule is passed over that would be found', () => {
  const rules = JSON.parse(
    readFileSync(new URL('../../../src/parse/user-agents/rules.json', import.meta.url), 'utf8'),
  ) as Record<string, { regex: string; flag?: string }[]>;
  const wrong: string[] = [];
  let found = 0;
  for (const { regex, flag } of Object.values(rules).flat()) {
    const expression = new RegExp(regex, flag);
    const words = requiredOneOf(readJava(regex, flag).tree, '');
    for (const { agent } of lines) {
      if (!expression.test(agent)) continue;
      found++;
      const text = agent.toLowerCase();
      if (words !== undefined && !words.some(word => text.includes(word))) wrong.push(`${regex} in ${agent}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(found).toBeGreaterThan(1000);
});

describe("rules of a file of one's own", () => {
  const RULES = `
user_agent_parsers:
  - regex: '(ShopApp)/(\\d+)\\.(\\d+)'
    family_replacement: 'Shop $1'
os_parsers:
  - regex: 'droid (\\d+)'
    os_replacement: Droid
    os_v1_replacement: '$1'
  - { regex: 'kaios', regex_flag: i, os_replacement: KaiOS }
device_parsers:
  - { regex: 'tab=(\\w+)', device_replacement: '$1', brand_replacement: Acme }
`;
  const AGENT = 'ShopApp/2.5 (droid 14; tab=One)';
  const load = (text: string | Error, file = 'regexes.yml'): ReturnType<typeof loadPipelines> =>
    loadPipelines(
      [
        {
          path: 'pipelines/a.yaml',
          text: `match: { tag: "**" }\nprocessors:\n  - user_agent: { field: agent, regex_file: ${file} }`,
        },
      ],
      {
        readFile: (name, path) => {
          expect([name, path]).toEqual([file, 'pipelines/a.yaml']);
          if (text instanceof Error) throw text;
          return text;
        },
      },
    );
  const found = (text: string, agent = AGENT): unknown => {
    const event = Object.assign(newFields(), { agent });
    return load(text).run(event, { tag: 't', time: 0, receivedAt: 0 })!['user_agent'];
  };

  test('stand for those that are shipped', () => {
    expect(found(RULES)).toMatchObject({
      name: 'Shop ShopApp',
      version: '2.5',
      os: { name: 'Droid', version: '14', full: 'Droid 14' },
      device: { name: 'One' },
    });
    expect(found(RULES, lines[0]!.agent)).toMatchObject({ name: 'Other', device: { name: 'Other' } });
  });

  test('a list may be missing', () => {
    expect(found('os_parsers: [{ regex: (droid) }]')).toMatchObject({ name: 'Other', os: { name: 'droid' } });
  });

  test.for([
    [
      'processors: []',
      /a\.yaml:3: processor user_agent: `regex_file`: regexes\.yml: it has none of user_agent_parsers/,
    ],
    ['user_agent_parsers: x', /regexes\.yml:1: `user_agent_parsers` must be a list, not a text/],
    ['os_parsers:\n  - { os_replacement: x }', /regexes\.yml:2: this rule has no `regex`/],
    ['os_parsers:\n  - { regex: ok }\n  - { regex: "(" }', /regexes\.yml:3: this rule's expression cannot be read: /],
    ['os_parsers: [', /`regex_file`: /],
  ] as const)('what is wrong in it is named: %s', ([text, message]) => {
    expect(() => load(text)).toThrow(message);
  });

  test('its text is part of the version of a set', () => {
    expect(load(RULES).version).not.toBe(load(`${RULES}# more`).version);
    expect(load(RULES).version).toBe(load(RULES).version);
  });
});
