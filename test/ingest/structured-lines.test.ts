import { expect, test } from 'vitest';
import { DECLARED_FIELDS } from '../../src/core/schema/fields.ts';
import { MAPPING, RESERVED_NAMES } from '../../src/core/schema/mapping.ts';
import { TIME_NAMES } from '../../src/core/schema/time-names.ts';
import { Keys } from '../../src/ingest/compiled/structured/keys.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';
import { lines as benchLines } from '../bench/lines/index.ts';
import { seeded } from '../support/chance.ts';
import {
  COLLECTORS,
  compare,
  dockerRecord,
  mutations,
  PIECES,
  RECEIVED,
  type RecordOf,
  samples,
  set,
  shipped,
} from './ways.ts';

/*
 * Lines that are JSON or pairs become documents without an event: byte for byte the documents that running the pipelines,
 * `createConform` and `writeDocument` give, whatever names and values they have.
 */
class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

const KNOWN = [
  ...Object.keys(DECLARED_FIELDS),
  ...MAPPING.flatMap(({ from }) => from),
  ...MAPPING.flatMap(({ beside = [] }) => beside),
  ...TIME_NAMES.map(({ name }) => name),
  ...['@timestamp', 'tags', 'verb', 'response', 'image', 'json', 'level_original', 'attr', 'attr.x', 'service.version'],
];
const COMMON = [
  'msg',
  'level',
  'message',
  'time',
  'ts',
  'logger',
  'caller',
  'user',
  'err',
  'path',
  'count',
  'trace_id',
];
const ODD = [
  ...[
    '',
    ' ',
    '0',
    '17',
    '__proto__',
    'constructor',
    'toString',
    'a b',
    'é',
    '한글',
    'a.b.c',
    '.a',
    'a..b',
    'x'.repeat(300),
  ],
  ...[
    'password',
    'api_key',
    'token',
    'my"key',
    'back\\slash',
    'new\nline',
    '\u0000',
    '\ud800',
    '😀',
    ...RESERVED_NAMES,
  ],
];
const TEXTS = [
  ...[
    '',
    'x',
    'hello',
    'no stock',
    'ERROR something failed',
    '2026-11-20 13:55:36 up',
    'notice',
    'trace',
    'warn',
    'error',
  ],
  ...[
    'INFO',
    '[main] WARN late',
    '30',
    '17',
    '203.0.113.9',
    '::1',
    '12ms',
    '1.5s',
    '-',
    'null',
    'h1',
    'shop',
    'é',
    'jörg',
  ],
  ...[
    '한글 로그',
    '😀',
    'a/b',
    'tab\there',
    'line\nline',
    '\u001b[31mred\u001b[0m',
    'password=hunter2x',
    '--token abcdef0123456789abcdef',
  ],
  ...[
    '4111 1111 1111 1111',
    '4111111111111111',
    'https://u:pass@host/x',
    'kim@example.org',
    'eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0',
  ],
  ...[
    'ghp_abcdefghijklmnopqrstuvwxyz',
    "it's",
    '{"a":1}',
    'a=b c=d',
    '\u2028',
    '\ud800',
    '\u0001',
    '\u007f',
    'x'.repeat(70),
  ],
  ...[
    'y'.repeat(2000),
    '"quoted" \\ back',
    '_dateparsefailure',
    '2026-02-30',
    'key: value',
    'token\n=abcdef0123456789abcdef',
  ],
];
const timesNear = (chance: Chance): string =>
  new Date(RECEIVED - chance.below(3_000_000))
    .toISOString()
    .replace('Z', chance.pick(['Z', '', '+09:00', '000Z', ' UTC']));
const NUMBERS = [
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '17',
    '30',
    '200',
    '404',
    '500',
    '1.5',
    '0.05',
    '-0.25',
    '1.0',
    '1.50',
    '100',
    '1e3',
    '1E-7',
    '2.1e-05',
  ],
  ...[
    '9007199254740991',
    '9007199254740993',
    '18446744073709551615',
    '1e999',
    '-1e999',
    '123456789012345.6',
    '0.1234567890123456789',
  ],
  ...[
    '1763646936',
    '1763646936.123',
    '1763646936123',
    '1763646936123456',
    '1795182936123',
    '00',
    '01',
    '1.',
    '.5',
    '+1',
    'NaN',
    '1e',
    '0x1',
  ],
];

/** After many lines that are left alone the next ones are not even looked at. */
const GOOD = '{"msg":"ok"}';
const GOOD_PAIRS = 'msg=ok a=b';

function jsonLines(seed: number, count: number): string[] {
  const chance = new Chance(seed);
  const names = Array.from({ length: 60 }, () => key());
  return Array.from({ length: count }, () => [blanks() + line() + blanks(), GOOD]).flat();

  function key(): string {
    if (chance.once(40)) return chance.pick(ODD);
    return chance.pick(chance.once(2) ? COMMON : KNOWN);
  }

  function line(): string {
    const used = Array.from({ length: 1 + chance.below(8) }, () => (chance.once(4) ? key() : chance.pick(names)));
    // Twice the same name is rare.
    return object(chance.once(15) ? used : [...new Set(used)], 1);
  }

  function object(keys: readonly string[], depth: number): string {
    const members = keys.map(name => `${text(name)}${blanks()}:${blanks()}${value(depth, name)}`);
    return `{${blanks()}${members.join(`${blanks()},${blanks()}`)}${blanks()}}`;
  }

  function value(depth: number, name: string): string {
    if (/time|^ts$|date|^@t/i.test(name) && !chance.once(3))
      return chance.once(2) ? text(timesNear(chance)) : chance.pick(NUMBERS);
    switch (chance.below(depth > 3 ? 6 : 9)) {
      case 0:
      case 1:
      case 2:
        return text(chance.once(6) ? chance.pick(PIECES) + chance.pick(TEXTS) : chance.pick(TEXTS));
      case 3:
        // Most often such as JSON has.
        return chance.once(6) ? chance.pick(NUMBERS) : String(chance.below(1e6) / chance.pick([1, 10, 100]));
      case 4:
        return chance.pick(['true', 'false', 'null']);
      case 5:
        return text(timesNear(chance));
      case 6:
        return `[${Array.from({ length: chance.below(4) }, () => value(depth + 1, '')).join(`${blanks()},`)}]`;
      default:
        return object([...new Set(Array.from({ length: chance.below(4) }, () => inner(name)))], depth + 1);
    }
  }

  /** What the mapping looks for within. */
  function inner(name: string): string {
    const paths = KNOWN.filter(known => known.startsWith(`${name}.`)).map(known => known.slice(name.length + 1));
    return paths.length > 0 && chance.once(2)
      ? chance.pick(paths)
      : chance.once(4)
        ? key()
        : chance.pick(['a', 'b', 'id', 'name']);
  }

  function blanks(): string {
    return chance.once(10) ? chance.pick([' ', '\t', '\n', '\r\n', '  ']) : '';
  }

  function text(plain: string): string {
    const json = JSON.stringify(plain);
    if (chance.once(6)) return json.replaceAll('/', '\\/');
    // As Python writes it, and what nobody writes.
    if (chance.once(6))
      return json.replace(/[\u0080-\uffff]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
    if (chance.once(20)) return `"${Array.from(plain.slice(0, 20), char => unicode(char)).join('')}"`;
    return json;
  }

  function unicode(char: string): string {
    if (chance.once(2) || char.length > 1) return JSON.stringify(char).slice(1, -1);
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`;
  }
}

const WORDS = [
  'level',
  'lvl',
  'msg',
  'time',
  'ts',
  'service',
  'duration',
  'user.id',
  'trace_id',
  'at',
  'path',
  'fwd',
  'a',
  'b-c',
  'd/e',
  'token',
];

function pairLines(seed: number, count: number): string[] {
  const chance = new Chance(seed);
  const value = (): string => {
    const text = chance.once(5) ? timesNear(chance) : chance.pick(TEXTS).slice(0, 60);
    switch (chance.below(8)) {
      case 0:
        return `'${text}'`;
      case 1:
        return text;
      case 2:
        return String(chance.below(1e5));
      case 3:
        return '';
      default:
        return /^[^\s"\\]+$/.test(text) && chance.once(2)
          ? text
          : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
    }
  };
  return Array.from({ length: 2 * count }, (_, i) =>
    i % 2 === 0
      ? GOOD_PAIRS
      : Array.from(
          { length: 1 + chance.below(7) },
          () => `${chance.pick(chance.once(8) ? KNOWN : WORDS)}=${value()}`,
        ).join(chance.once(10) ? '  ' : ' '),
  );
}

const TAGS = ['docker.shop', 'app'];

test('a duration beyond what whole numbers hold', () => {
  const lines = ['{"msg":"x","response_time_s":9007199254740991}'];
  expect(compare(set, lines, TAGS)).toBe(4);
});

test('JSON lines of chance', () => {
  const lines = jsonLines(11, 700);
  // Else little was compared with anything.
  expect(compare(set, lines, TAGS)).toBeGreaterThan(lines.length);
});

test('lines of pairs of chance', () => {
  const lines = pairLines(5, 400);
  expect(compare(set, lines, TAGS)).toBeGreaterThan(lines.length);
});

/** With the times of the day on which the lines come. */
const ofToday = (line: string): string =>
  line
    .replace(/\d{4}-\d\d-\d\dT/, '2026-11-20T')
    .replace(/"(time|ts)":[\d.]+/, (_, name: string) => `"${name}":${RECEIVED / (name === 'ts' ? 1000 : 1)}`);

test.for(['json', 'logfmt'] as const)('%s lines as libraries write them, and what is nearly one', kind => {
  const lines = benchLines(kind, 200, 3).map(ofToday);
  expect(compare(set, lines, TAGS)).toBeGreaterThan(lines.length);
  compare(set, mutations(lines, 2, 9), TAGS);
});

test('samples of pipelines in JSON, by any of the pipelines', () => {
  const lines = [...samples.values()].flat().filter(line => /^\s*\{|^\w+=/.test(line));
  compare(set, [...lines, ...lines, ...mutations(lines, 4, 1)], [...TAGS, 'docker.mongo:8', 'docker.caddy']);
});

const RECORDS: Record<string, RecordOf> = {
  ...Object.fromEntries(
    ['nothing else', 'its level', 'document with a time', 'a trace', 'syslog'].map(name => [name, COLLECTORS[name]!]),
  ),
  labels: (log, i) => ({
    ...dockerRecord(log, i),
    'com.docker.compose.service': 'cart',
    ENVIRONMENT: 'prod',
    count: 3,
  }),
  pod: log => ({
    ...{ log, stream: 'stdout', path: '/var/log', logger: 'l' },
    kubernetes: {
      pod_name: 'shop-7',
      namespace_name: 'prod',
      host: 'node-1',
      container_name: 'web',
      docker_id: '4f1c',
    },
  }),
};

test.for(Object.entries(RECORDS))('JSON lines of records with more: %s', ([, recordOf]) => {
  const lines = [...jsonLines(23, 120), ...pairLines(23, 40)];
  expect(compare(set, lines, TAGS, recordOf)).toBeGreaterThan(0);
});

test('what a pipeline does behind it', () => {
  const own = loadPipelines([
    ...shipped,
    {
      path: 'pipelines/behind.yaml',
      text: `match: { image: 'behind*' }
processors:
  - automatic: {}
  - set: { field: slow, value: 1, if: ctx.attr?.x != null }
  - remove: { field: count, if: ctx.count != null && ctx.count == 7 }`,
    },
  ]);
  expect(compare(own, jsonLines(31, 200), ['docker.behind:1'])).toBeGreaterThan(200);
});

test('names are remembered within bounds, and those that came once make room', () => {
  const keys = new Keys<string>(() => ({ isRefused: false, isOpened: false, mayHold: false }), 34);
  const known = (...names: string[]): boolean => {
    let step = keys.root;
    for (const name of names) {
      const next = keys.step(step, Buffer.from(`${name}" `), 0, false);
      if (next === undefined) return false;
      step = next;
    }
    return true;
  };
  expect(known('a', 'b')).toBe(true);
  expect(known('a', 'a')).toBe(false);
  // No more than so many behind one.
  const wide = Array.from({ length: 100 }, (_, i) => known('a', `x${i}`));
  expect(wide.filter(Boolean).length).toBeLessThan(70);
  let learned = 0;
  const learn = (): void => {
    for (let i = 0; i < 50_000; i++) if (known(`p${i % 60}`, `q${i % 61}`, `r${i % 59}`)) learned++;
  };
  learn();
  // Nobody has written a line: nothing new is learned, what is known stays.
  expect(learned).toBeLessThan(10_000);
  expect(known('a', 'b')).toBe(true);
  for (let i = 0; i < 40_000; i++) keys.written();
  learn();
  for (let i = 0; i < 10; i++) keys.written();
  // The line at which it is too much is left alone.
  expect([known('new'), known('new')]).toContain(true);
  expect(known('new')).toBe(true);
});
