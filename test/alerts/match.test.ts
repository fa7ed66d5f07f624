import { describe, expect, test } from 'vitest';
import { compileMatcher, levelsAsked } from '../../src/alerts/match.ts';
import type { Rule } from '../../src/alerts/rules/rule.ts';
import type { FieldTerm } from '../../src/core/contracts.ts';
import { type Fields, LEVELS, newFields } from '../../src/core/event.ts';
import { filtersToQuery } from '../../src/store/query/filters.ts';
import { requirementsOf } from '../../src/store/query/required.ts';
import { seeded } from '../support/chance.ts';
import { load } from './support.ts';

type Choose = <T>(from: readonly T[]) => T;

const FIELDS = [
  ...[
    'level',
    'service',
    'service.name',
    'log.level',
    'container_name',
    'hostname',
    'host',
    'response_time',
    'seq',
    'tag',
  ],
  ...[
    'a',
    'a.b',
    'a.b.c',
    'labels.app',
    'kubernetes.namespace',
    'user_id',
    'user.id',
    'message',
    'verb.keyword',
    'x.y',
  ],
  ...Array.from({ length: 30 }, (_, i) => `f${i}`),
  ...Array.from({ length: 20 }, (_, i) => `p.f${i}`),
];
const TEXTS = [
  'ERROR',
  'error',
  'warning',
  'api',
  'API',
  '/api',
  'İx',
  'ΣΑΣ',
  '1',
  '01',
  '1.0',
  'true',
  '10.0.0.0/24',
  '10.0.0.7',
  '::1',
  '',
];
/** What messages and found fields hold. */
const LINES = [
  'Connection refused by 10.0.0.7:5432',
  'GET /api/v1/orders?id=404 HTTP/1.1',
  'timeout after 30 s; retry 1',
  'ERROR: Straße GESPERRT, İstanbul, ΟΔΟΣ 5 \u212a',
  '결제 실패: 주문 404 😀',
  `${'a quiet line. '.repeat(200)}Disk FULL on /dev/sda1`,
  '404',
  '404.0',
  '+4.04e2',
  '12345678901234567890',
  'Infinity',
];
const VALUES = [...TEXTS, ...LINES, 0, 1, -0, 3, 1.5, 404, true, false, 2 ** 53, 1e21, Number.POSITIVE_INFINITY];

/** Some neighbouring characters of a line, in one case or the other. */
function part(choose: Choose): string {
  const line = Array.from(choose(LINES));
  const start = choose(Array.from(line.keys()));
  const text = line.slice(start, start + choose([1, 2, 3, 4, 5, 8, 12])).join('');
  return choose([text, text.toUpperCase(), text.toLowerCase()]);
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/"#@&<>~-]/g, '\\$&');

/** Leaves that look for parts of texts. */
function textLeaves(choose: Choose, field: string): unknown[] {
  const [first, second] = [part(choose), part(choose)];
  const quoted = JSON.stringify(first);
  return [
    { match_phrase: { [field]: first } },
    { match: { [field]: { query: `${first} ${second}`, operator: choose(['and', 'or']) } } },
    { wildcard: { [field]: `*${escaped(first)}*` } },
    {
      wildcard: {
        [field]: choose([`*${escaped(first)}`, `${escaped(first)}*`, `*${escaped(first)}?*${escaped(second)}*`]),
      },
    },
    { regexp: { [field]: `.*(${escaped(first)}|${escaped(second)}).*` } },
    { regexp: { [field]: `.*${escaped(first)}[0-9a-z]*.*` } },
    { query_string: { query: `NOT ${field.replace('.keyword', '')}:${quoted}` } },
    { query_string: { query: quoted } },
    { term: { [field]: choose([404, '404', '404.0', '12345678901234567890', first]) } },
    { query_string: { query: `${field.replace('.keyword', '')}:${choose(['404', '4.04e2', '>3', '[1 TO 404]'])}` } },
    { range: { [field]: { gte: 404, lte: 404 } } },
  ];
}

function filter(choose: Choose, depth = 0): unknown {
  const field = choose(FIELDS);
  const text = String(choose(TEXTS)).replace(/[/:]/g, '') || 'x';
  const leaves = [
    { term: { [field]: choose(VALUES) } },
    { term: { [field]: { value: choose(VALUES) } } },
    { terms: { [field]: [choose(VALUES), choose(VALUES)] } },
    { terms: { [field]: [] } },
    { match: { [field]: choose(TEXTS) || 'x' } },
    { query_string: { query: `${field.replace('.keyword', '')}:${text}` } },
    { query_string: { query: `level:ERROR AND NOT ${field.replace('.keyword', '')}:${text}` } },
    { query_string: { query: text } },
    { wildcard: { [field]: `${text}*` } },
    { exists: { field } },
    { match_all: {} },
    ...textLeaves(choose, choose([field, field, 'message', 'verb'])),
  ];
  if (depth > 2 || choose([0, 0, 1]) === 0) return choose(leaves);
  const some = () => Array.from({ length: 1 + choose([0, 1, 2]) }, () => filter(choose, depth + 1));
  return { bool: { [choose(['must', 'filter', 'should', 'must_not'])]: some(), ...choose([{}, { must: some() }]) } };
}

/** Those that can be read. */
function rulesOf(choose: Choose, count: number): Rule[] {
  const files = Array.from({ length: count }, (_, i) => {
    const filters = Array.from({ length: 1 + choose([0, 0, 1, 2]) }, () => filter(choose));
    const options = { name: `r${i}`, type: 'any', index: '*', alert: 'debug', filter: filters };
    return { path: `r${i}.yaml`, text: JSON.stringify(options) };
  });
  return load(files).rules;
}

function eventOf(choose: Choose): Fields {
  const event = newFields();
  event['@timestamp'] = '2026-11-20T12:00:00.000Z';
  const value = (depth = 0): unknown => {
    const kind = choose([0, 0, 0, 0, 0, 1, 2, 3]);
    if (kind === 0 || depth > 2) return choose(VALUES);
    if (kind === 1) return Array.from({ length: choose([0, 1, 2]) }, () => value(depth + 1));
    if (kind === 2) return choose([null, undefined]);
    return Object.fromEntries([choose(['b', 'b.c', 'c', 'name', 'level', 'f3'])].map(name => [name, value(depth + 1)]));
  };
  event['message'] = value();
  for (let i = 0; i < 8; i++) event[choose([...FIELDS, 'p', 'log', 'user', 'kubernetes', 'labels'])] = value();
  return event;
}

function chooser(seed: number): Choose {
  const random = seeded(seed);
  return from => from[Math.floor(random() * from.length)]!;
}

const oneByOne = (rules: readonly Rule[], event: Fields): string[] | undefined => {
  const names = rules.filter(rule => rule.enabled && rule.predicate(event)).map(rule => rule.name);
  return names.length === 0 ? undefined : names;
};

describe('rules are found by what their filters require', () => {
  test.each([
    [13, 8],
    [2, 40],
    [3, 40],
    [4, 400],
    [5, 400],
    [6, 800],
  ])('as if each were tried (%i: %i rules)', (seed, count) => {
    const choose = chooser(seed);
    const rules = rulesOf(choose, count);
    expect(rules.length).toBeGreaterThan(count * 0.7);
    expect(rules.filter(rule => rule.required.length > 0).length).toBeGreaterThan(count / 5);
    const match = compileMatcher(rules);
    let found = 0;
    for (let i = 0; i < 10_000 / Math.sqrt(count); i++) {
      const event = eventOf(choose);
      const wanted = oneByOne(rules, event);
      const got = match(event);
      if (JSON.stringify(got) !== JSON.stringify(wanted)) expect({ event, got }).toEqual({ event, got: wanted });
      found += wanted?.length ?? 0;
    }
    expect(found).toBeGreaterThan(200);
  });

  test('what one finds is not changed by the next', () => {
    const rules = rulesOf(chooser(9), 50).map((rule, i) => ({
      ...rule,
      required: [],
      predicate: (e: Fields) => e['n'] === i % 2,
    }));
    const match = compileMatcher(rules);
    const first = match({ n: 0 })!;
    const kept = [...first];
    match({ n: 1 });
    expect(first).toEqual(kept);
  });

  test('a rule that is off or that fails takes nothing, and costs no other', () => {
    const rules = rulesOf(chooser(10), 30);
    const all = rules.map((rule, i) => ({
      ...rule,
      required: [],
      enabled: i !== 0,
      compile: () => () => true,
      predicate: () => {
        if (i === 1) throw new Error('boom');
        return true;
      },
      query: { type: 'exists' as const, field: `only-${i}` },
    }));
    expect(compileMatcher(all)(newFields())).toEqual(all.slice(2).map(rule => rule.name));
  });

  test('two thousand rules cost about what ten do', () => {
    const of = (count: number) =>
      load(
        Array.from({ length: count }, (_, i) => ({
          path: `r${i}.yaml`,
          text: `name: r${i}\ntype: any\nindex: '*'\nalert: debug\nfilter: [{ term: { service: s${i} } }, { term: { level: ERROR } }]`,
        })),
      ).rules;
    const tried: number[] = [0, 0];
    const counted = (rules: Rule[], at: number) =>
      compileMatcher(
        rules.map(rule => ({ ...rule, predicate: (event: Fields) => tried[at]!++ >= 0 && rule.predicate(event) })),
      );
    const few = counted(of(10), 0);
    const many = counted(of(2000), 1);
    for (let i = 0; i < 10; i++) {
      const event = { service: `s${i}`, level: i === 3 ? 'error' : 'INFO' };
      expect(many(event)).toEqual(few(event));
    }
    expect(tried[1]).toBe(tried[0]);
  });
});

function shown(term: FieldTerm): string {
  switch (term.type) {
    case 'value':
      return `${term.field}=${term.value}`;
    case 'number':
      return `${term.field}#${term.number}`;
    case 'part':
      return `${term.field}${term.ofNumbers ? '~' : '~text '}${term.part}`;
    case 'any':
      return term.field;
  }
}

describe('what a filter requires', () => {
  const of = (...filters: unknown[]) => requirementsOf(filtersToQuery(filters)).map(list => list.map(shown).join(' '));

  test.each([
    [[{ term: { service: 'API' } }], ['service=api']],
    [
      [{ terms: { service: ['a', 'B'] } }, { term: { verb: 'GET' } }],
      ['service=a service=b', 'verb=get'],
    ],
    [[{ term: { level: 'warning' } }], ['level=warning level=warn']],
    [[{ term: { status: 1.0 } }], ['status=1']],
    [[{ term: { 'service.name': 'api' } }], ['service.name=api service=api']],
    [[{ query_string: { query: 'level:ERROR OR service:api' } }], ['level=error service=api']],
    [[{ query_string: { query: 'level:ERROR OR message:Boom' } }], ['level=error message~boom']],
    [[{ query_string: { query: 'verb:GET AND response:404' } }], ['verb~get', 'response#404 response~text 404']],
    [[{ query_string: { query: 'request:*a?Word17*' } }], ['request~a', 'request~word17']],
    [
      [{ query_string: { query: 'message:/fail(ed|ure) [0-9]+/' } }],
      ['message~fail', 'message~ed message~ure', 'message~ '],
    ],
    [[{ query_string: { query: 'response_time:>5 AND service:api' } }], ['response_time', 'service=api']],
    [[{ query_string: { query: 'seq:7 AND NOT level:INFO' } }], ['seq#7']],
    [[{ bool: { must_not: [{ term: { service: 'api' } }] } }], []],
    [[{ terms: { service: [] } }], ['']],
    [[{ range: { response_time: { gt: 5 } } }, { exists: { field: 'a' } }], ['response_time']],
    [[{ term: { ip: '10.0.0.0/24' } }], ['ip=10.0.0.0/24 ip~10.0.0.']],
  ])('%j', (filters, wanted) => {
    expect(of(...filters)).toEqual(wanted);
  });

  test('events of levels that no rule asks for are taken by none', () => {
    let known = 0;
    let skipped = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const choose = chooser(seed);
      // Few, so that now and then all of them ask for the level.
      const rules = rulesOf(choose, 1 + (seed % 3)).filter(rule => rule.required.length > 0);
      const levels = levelsAsked(rules);
      if (levels === undefined) continue;
      known++;
      const match = compileMatcher(rules);
      for (let i = 0; i < 20; i++) {
        const event = eventOf(choose);
        const level = choose(LEVELS);
        event['level'] = level;
        if (levels.has(level)) continue;
        skipped++;
        expect({ event, got: match(event) }).toEqual({ event, got: undefined });
      }
    }
    expect(known).toBeGreaterThan(5);
    expect(skipped).toBeGreaterThan(50);
  });

  test('the levels that rules ask for are those of their filters, however they are spelled', () => {
    const of = (...filters: string[]) =>
      levelsAsked(
        load(
          filters.map((filter, i) => ({
            path: `r${i}.yaml`,
            text: `name: r${i}\ntype: any\nindex: '*'\nalert: debug\nfilter: [${filter}]`,
          })),
        ).rules,
      );
    expect(of()).toEqual(new Set());
    expect(
      of('{ terms: { level: [ERROR, FATAL] } }', '{ query: { query_string: { query: "level:warning AND x:1" } } }'),
    ).toEqual(new Set(['FATAL', 'ERROR', 'WARN']));
    expect(of('{ term: { level: ERROR } }', '{ term: { service: api } }')).toBeUndefined();
    expect(of('{ query: { query_string: { query: "NOT level:INFO" } } }')).toBeUndefined();
  });
});
