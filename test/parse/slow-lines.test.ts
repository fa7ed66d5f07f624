import { describe, expect, test } from 'vitest';
import { type EventMeta, type Fields, newFields } from '../../src/core/event.ts';
import { loadPipelines, type PipelineSet } from '../../src/parse/pipelines.ts';

/**
 * Each: a pipeline with an expression that takes too long on `slow` (the number of a line is put behind it), the tag that
 * says so, and an ordinary line with what the same pipeline makes of it.
 */
interface Slow {
  name: string;
  pipeline: Record<string, unknown>;
  slow: string;
  tag: string;
  good: string;
  out: Record<string, unknown>;
}

const a = (count: number): string => 'a'.repeat(count);
const only = (processor: object): Record<string, unknown> => ({ match: { tag: '**' }, processors: [processor] });

const SLOW: Slow[] = [
  {
    name: 'a condition',
    pipeline: only({ set: { field: 'z', value: 1, if: 'ctx.message ==~ /(a|aa)+b/' } }),
    slow: a(44),
    tag: '_conditiontimeout',
    good: 'aab',
    out: { message: 'aab', z: 1 },
  },
  {
    name: 'a condition that would drop',
    pipeline: only({ drop: { if: 'ctx.message =~ /(x+x+)+y|secret/' } }),
    slow: `${'x'.repeat(50)}! secret`,
    tag: '_conditiontimeout',
    good: 'fine',
    out: { message: 'fine' },
  },
  {
    name: 'the condition of a match',
    pipeline: { match: { if: 'ctx.message =~ /^(\\w+\\s?)+$/' }, processors: [{ set: { field: 'z', value: 1 } }] },
    slow: `${'word '.repeat(12)}!`,
    tag: '_matchtimeout',
    good: 'two words',
    out: { message: 'two words', z: 1 },
  },
  {
    name: 'grok with a reference back',
    pipeline: only({ grok: { field: 'message', patterns: ['(?:(\\w+)\\1)+$'] } }),
    slow: `${'ab'.repeat(400)}!?`,
    tag: '_groktimeout',
    good: 'abab',
    out: { message: 'abab' },
  },
  {
    name: 'grok with several GREEDYDATA',
    pipeline: only({
      grok: {
        field: 'message',
        patterns: ['%{GREEDYDATA}a%{GREEDYDATA}b%{GREEDYDATA}c%{GREEDYDATA}d%{GREEDYDATA:e}e$'],
      },
    }),
    slow: 'abcd'.repeat(300),
    tag: '_groktimeout',
    good: 'abcd fe',
    out: { message: 'abcd fe', e: ' f' },
  },
  {
    name: 'grok with a counted group',
    pipeline: only({ grok: { field: 'message', patterns: ['(.*a){20}$|^%{INT:n}$'] } }),
    slow: `${a(60)}b`,
    tag: '_groktimeout',
    good: '12',
    out: { message: '12', n: '12' },
  },
  {
    name: 'gsub',
    pipeline: only({ gsub: { field: 'message', pattern: '(a+)+b', replacement: '-' } }),
    slow: a(40),
    tag: '_gsubtimeout',
    good: 'xaabx',
    out: { message: 'x-x' },
  },
  {
    name: 'gsub of blanks at the end of a long text',
    pipeline: only({ gsub: { field: 'message', pattern: '\\s+$', replacement: '' } }),
    slow: `x${' '.repeat(60_000)}x`,
    tag: '_gsubtimeout',
    good: 'x  ',
    out: { message: 'x' },
  },
  {
    name: 'split',
    pipeline: only({ split: { field: 'message', separator: '(?:,|,,)+;' } }),
    slow: ','.repeat(50),
    tag: '_splittimeout',
    good: 'a,;b',
    out: { message: ['a', 'b'] },
  },
  {
    name: 'the fields of kv',
    pipeline: only({ kv: { field: 'message', field_split: '(?:-|--)+;', value_split: '=' } }),
    slow: `k=${'-'.repeat(50)}`,
    tag: '_kvtimeout',
    good: 'k=v-;l=w',
    out: { message: 'k=v-;l=w', k: 'v', l: 'w' },
  },
  {
    name: 'the values of kv',
    pipeline: only({ kv: { field: 'message', field_split: ' ', value_split: '(?:-|--)+=' } }),
    slow: `k${'-'.repeat(50)}`,
    tag: '_kvtimeout',
    good: 'k-=v',
    out: { message: 'k-=v', k: 'v' },
  },
  {
    name: 'redact',
    pipeline: only({ redact: { field: 'message', patterns: ['(?<SECRET>(a|aa)+b)'] } }),
    slow: a(44),
    tag: '_redacttimeout',
    good: 'xaabx',
    out: { message: 'x<SECRET>x' },
  },
  {
    name: 'a mask',
    pipeline: {
      match: { tag: '**' },
      processors: [],
      mask: [{ pattern: '(?:[a-z0-9]+[._-]?)+@[a-z0-9.]+', replace: 'X' }],
    },
    slow: `${'x'.repeat(60)} bob@example.com`,
    tag: '_masktimeout',
    good: 'mail bob@example.com',
    out: { message: 'mail X' },
  },
];

const meta = (receivedAt = Date.UTC(2026, 10, 20)): EventMeta => ({ tag: 'docker.test', time: Number.NaN, receivedAt });

function load(pipeline: Record<string, unknown>): PipelineSet {
  return loadPipelines([{ path: 'slow.yaml', text: JSON.stringify(pipeline) }]);
}

let containers = 0;
/** No test owes for another. */
const fresh = (): string => `container-${containers++}`;

function run(set: PipelineSet, message: unknown, container_id: string): Fields {
  return set.run(Object.assign(newFields(), { message, container_id }), meta())!;
}

describe('an expression that is given up says so on the event', () => {
  test.for(SLOW)('$name', ({ pipeline, slow, tag, good, out }) => {
    const set = load(pipeline);
    const container = fresh();
    const got = run(set, `${slow}7`, container);
    expect(got['tags']).toContain(tag);
    expect(got['pipeline_error']).toMatch(/^slow: .*(?:took longer than|used up its time)/);
    expect({ ...run(set, good, container) }).toEqual({ ...out, container_id: container });
  });
});

/** Without a budget each of these floods takes ten seconds and more. */
const MUCH_MS = 5000;

describe('a flood of hostile lines costs their own container', () => {
  test.for(SLOW)('$name', ({ pipeline, slow, tag, good, out }) => {
    const set = load(pipeline);
    const [hostile, innocent] = [fresh(), fresh()];
    const start = performance.now();
    for (let i = 0; i < 2000; i++) {
      expect(run(set, `${slow}${i}`, hostile)['tags']).toContain(tag);
      if (i % 20 === 0) expect({ ...run(set, good, innocent) }).toEqual({ ...out, container_id: innocent });
    }
    expect(performance.now() - start).toBeLessThan(MUCH_MS);
  });

  test('under ever new names, too; ordinary lines of others are still parsed right', () => {
    const { pipeline, slow, tag, good, out } = SLOW[0]!;
    const set = load(pipeline);
    const innocent = fresh();
    const start = performance.now();
    for (let i = 0; i < 2000; i++) {
      expect(run(set, slow + i, fresh())['tags']).toContain(tag);
      if (i % 20 === 0) expect({ ...run(set, good, innocent) }).toEqual({ ...out, container_id: innocent });
    }
    expect(performance.now() - start).toBeLessThan(MUCH_MS);
  });
});

test('two reasons stand beside each other', () => {
  const set = load({
    match: { tag: '**' },
    processors: [{ grok: { field: 'message', patterns: ['^never$'] } }],
    mask: [{ pattern: '(a+)+b' }],
  });
  const got = run(set, `${a(60)}!`, fresh());
  expect(got['tags']).toEqual(expect.arrayContaining(['_grokparsefailure', '_masktimeout']));
  expect(got['pipeline_error']).toMatch(/mask: \[message\] was hidden whole: .*; slow: grok: no pattern/);
  expect(got['message']).toBe('***');
});

describe('what a mask cannot finish is hidden whole', () => {
  const evil = `${a(60)}! secret`;
  const mask = { match: { tag: '**' }, processors: [], mask: [{ pattern: '(a+)+b|secret' }] };
  const deep = (depth: number): unknown => (depth === 0 ? 'secret' : [deep(depth - 1)]);

  test('in objects and in lists, and nothing else', () => {
    const got = load(mask).run(
      Object.assign(newFields(), {
        message: 'a secret',
        user: Object.assign(newFields(), { note: evil, name: 'bob' }),
        list: [evil, 'fine', 1],
      }),
      meta(),
    )!;
    expect(got).toMatchObject({ message: 'a ***', user: { note: '***', name: 'bob' }, list: ['***', 'fine', 1] });
    expect(got['tags']).toEqual(['_masktimeout']);
  });

  test('what is nested too deeply to be looked at', () => {
    const got = load(mask).run(Object.assign(newFields(), { message: 'm', deep: deep(100) }), meta())!;
    expect(JSON.stringify(got)).not.toContain('secret');
    expect(got['tags']).toEqual(['_masktimeout']);
  });

  test('fields that it names, through lists and keys with dots', () => {
    const set = load({ ...mask, mask: [{ pattern: '(a+)+b|secret', fields: ['users.mail', 'x.y', 'items.1'] }] });
    const got = set.run(
      Object.assign(newFields(), {
        message: 'a secret stays here',
        users: [Object.assign(newFields(), { mail: 'secret' }), Object.assign(newFields(), { mail: [evil] })],
        'x.y': 'my secret',
        items: ['secret', 'secret'],
      }),
      meta(),
    )!;
    expect(got).toMatchObject({
      message: 'a secret stays here',
      users: [{ mail: '***' }, { mail: ['***'] }],
      'x.y': 'my ***',
      items: ['secret', '***'],
    });
  });

  test.for(['email', 'credit_card', 'ipv4', 'ipv6', 'jwt', 'bearer', 'password', 'url_credentials', 'phone_kr'])(
    'the preset %s finishes on texts made against it, or hides them',
    preset => {
      const set = load({ match: { tag: '**' }, processors: [], mask: [{ preset }] });
      const [secret, hidden] = SECRETS[preset]!;
      for (const piece of [
        'a',
        'a@',
        'a.',
        '1',
        '1:',
        '1.',
        ' ',
        'eyJ.',
        '://a:',
        'secret=',
        'bearer ',
        '01 ',
        '-',
        'a@a.',
      ])
        for (const length of [100, 3000, 40_000]) {
          const text = `${piece.repeat(Math.ceil(length / piece.length))} ${secret}`;
          const got = run(set, text, fresh());
          expect(String(got['message'])).not.toContain(hidden);
        }
    },
  );
});

/** A text with a secret, and the part that must not be seen. */
const SECRETS: Record<string, [string, string]> = {
  email: ['bob@example.com', 'bob@'],
  credit_card: ['4111 1111 1111 1111', '4111 1111'],
  ipv4: ['10.20.30.40', '20.30'],
  ipv6: ['2001:db8:1:2:3:4:5:6', 'db8'],
  jwt: ['eyJhbGciOi.eyJzdWIiOiI.c2ln', 'bGciOi'],
  bearer: ['Authorization: Bearer 0123456789abcdef', '456789'],
  password: ['password=hunter2', 'hunter2'],
  url_credentials: ['http://me:hunter2@host', 'hunter2'],
  phone_kr: ['010-1234-5678', '1234-5678'],
};
