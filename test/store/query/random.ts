import type { QueryNode } from '../../../src/core/contracts.ts';
import { DEFAULT_FIELDS } from '../../../src/store/query/fields.ts';
import { type Document, NOW } from './back-ends.ts';

type Random = () => number;
const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

const WORDS = [
  ...[
    'error',
    'Error',
    'GET',
    'get',
    'web',
    'web-1',
    '503',
    '0503',
    '5.0',
    '500',
    '-7',
    '1e3',
    '.5',
    'true',
    'false',
    '',
  ],
  ...[
    'Ünï',
    'ünÏ',
    'ΟΔΟΣ',
    'οδος',
    'İx',
    'ix',
    'K',
    'k',
    'ſs',
    'a*b',
    'a?b',
    'a.b',
    'a\\b',
    'a"b',
    "a'b",
    '%',
    '_',
    '[x]',
  ],
  ...[
    'two words',
    'line\nbreak',
    'tab\there',
    'nul\u0000x',
    '😀',
    '12345678901234567890',
    'null',
    '$',
    '^',
    '|',
    '1.2.3.4',
    '~',
    '/x/y',
  ],
];
const PATHS = [
  'verb',
  'status',
  'a.b',
  'a.b.c',
  'a',
  'labels.app',
  'labels',
  'labels.a.b',
  'kubernetes.x',
  'we"ird',
  'k*',
  'x\\y',
  '$d',
  '/p',
  'tags',
  'ok',
];
const FIELDS = [...DEFAULT_FIELDS, ...PATHS, ...PATHS, 'response_time', 'seq', '@timestamp', '_id', '_index'];

function scalar(random: Random): unknown {
  const kind = random();
  if (kind < 0.55) return pick(random, WORDS);
  if (kind < 0.75) return pick(random, [0, 1, -7, 500, 503, 5, 0.5, 1000, 12.25]);
  if (kind < 0.85) return random() < 0.5;
  return kind < 0.9 ? null : `${pick(random, WORDS)} ${pick(random, WORDS)}`;
}

function value(random: Random, depth: number): unknown {
  const kind = random();
  if (kind < 0.75 || depth > 2) return scalar(random);
  if (kind < 0.87)
    return Array.from({ length: Math.floor(random() * 3) }, () => (random() < 0.9 ? scalar(random) : {}));
  const inner: Record<string, unknown> = {};
  for (const key of ['b', 'b.c', 'c', 'app', 'x']) if (random() < 0.4) inner[key] = value(random, depth + 1);
  return inner;
}

export function randomDocument(random: Random, index: number): Document {
  const document: Document = {
    _id: `d${index}`,
    seq: 1000 + index,
    '@timestamp': new Date(NOW - Math.floor(random() * 3 * 86_400_000)).toISOString(),
    message: `${pick(random, WORDS)} ${pick(random, WORDS)} ${pick(random, WORDS)}`,
  };
  if (random() < 0.8) document['level'] = pick(random, ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'error']);
  for (const field of DEFAULT_FIELDS) {
    if (field !== 'message' && field !== 'level' && random() < 0.3) document[field] = pick(random, WORDS);
  }
  if (random() < 0.5) document['response_time'] = pick(random, [0, 0.5, 5, 500, 503, 1e3, -7]);
  for (const field of ['labels', 'kubernetes']) {
    if (random() < 0.4)
      document[field] = { app: scalar(random), a: value(random, 1), x: scalar(random), 'a.b': scalar(random) };
  }
  for (const path of PATHS) {
    if (path !== 'labels' && random() < 0.25) document[path] = value(random, 0);
  }
  return document;
}

const wildcard = (random: Random): string =>
  pick(random, WORDS)
    .replace(/[*?\\]/g, '\\$&')
    .replace(/./gsu, char => (random() < 0.3 ? pick(random, ['*', '?', char]) : char)) + pick(random, ['', '*', '?']);

const EXPRESSIONS = [
  ...[
    'err',
    '^err',
    'error$',
    '^(?:web.*)$',
    '[0-9]+',
    '\\d{3}',
    '^.$',
    'a.b',
    'a\\.b',
    'two\\swords',
    'line.break',
    '(get|503)',
  ],
  ...[
    '[^a-z]',
    'ü',
    '[ü]',
    'x{0,2}$',
    '^$',
    '\\bx',
    '\\w-\\d',
    '[[:alpha:]]{4,}',
    '(?:a|b)+c?',
    '"',
    '\\x00',
    'σ',
    'i',
    'k',
    's+',
  ],
];

const bound = (random: Random, field: string): string | number =>
  field === '@timestamp'
    ? pick(random, ['now-1h', 'now-1d/d', '2026-11-19', '2026-11-20T06:00:00.000Z', 'now'])
    : field === 'level'
      ? pick(random, ['ERROR', 'warn', 'debug', 'FATAL'])
      : pick(random, [...WORDS, 0, 5, 500, 0.5, -7]);

export function randomQuery(random: Random, depth = 0): QueryNode {
  const kind = random();
  if (depth < 3 && kind < 0.35) {
    const nodes = Array.from({ length: Math.floor(random() * 4) }, () => randomQuery(random, depth + 1));
    return { type: random() < 0.5 ? 'and' : 'or', nodes };
  }
  if (depth < 3 && kind < 0.45) return { type: 'not', node: randomQuery(random, depth + 1) };
  const field = pick(random, FIELDS);
  const place = random() < 0.15 || field === '@timestamp' ? {} : { field };
  switch (Math.floor(random() * 9)) {
    case 0:
      return { type: 'exists', field };
    case 1:
      return { type: 'phrase', ...place, value: pick(random, WORDS) };
    case 2:
      return { type: 'wildcard', ...(field === '@timestamp' ? {} : { field }), pattern: wildcard(random) };
    case 3:
      return { type: 'regexp', ...place, pattern: pick(random, EXPRESSIONS) };
    case 4:
    case 5: {
      const [low, high] = [pick(random, ['gt', 'gte'] as const), pick(random, ['lt', 'lte'] as const)];
      return {
        type: 'range',
        field,
        ...(random() < 0.7 ? { [low]: bound(random, field) } : {}),
        ...(random() < 0.7 ? { [high]: bound(random, field) } : {}),
      };
    }
    case 6:
      if (field === '@timestamp') return { type: 'all' };
      return {
        type: 'terms',
        field,
        values: Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(random, [...WORDS, 5, 500, true])),
      };
    default:
      return { type: 'match', ...place, value: pick(random, [...WORDS, 503, 0.5, true]) };
  }
}
