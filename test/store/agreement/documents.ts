import { type Fields, isFields } from '../../../src/core/event.ts';
import { DECLARED_FIELDS } from '../../../src/core/schema/fields.ts';
import { type Document, NOW } from '../query/back-ends.ts';

export type Random = () => number;
export const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
export const chance = (random: Random, share: number): boolean => random() < share;

/** Texts that queries stumble over. */
export const TEXTS = [
  ...['error', 'Error', 'ERROR: disk full', 'GET /api/users?id=7', 'key=value', 'a - b', 'and', 'or not', 'level : x'],
  ...[
    'DOMAIN\\user1',
    'DOMAINuser1',
    '\\\\server\\share',
    'C:\\Program Files\\x',
    'a\\b\\c',
    'trailing\\',
    '\\*',
    'a\\*b',
  ],
  ...[
    'what*ever?',
    '*',
    '?',
    'a*b',
    'a?b',
    'axb',
    '(x)',
    '[x]',
    '{x}',
    'x:y',
    '"quoted" text',
    "it's",
    '^$|+',
    '~',
    '/p/q',
  ],
  ...['Ünïcödé', 'ünïcödé', 'ΟΔΟΣ', 'οδος', 'straße', '한국어 로그', '😀 ok', 'tab\there', 'line\nbreak', '%_', 'é'],
  ...['', ' ', 'null', 'true', 'false', 'web-1', 'WEB-1', 'order-4711', 'user@example.com', '12:30:45', 'v1.2.3'],
];
export const NUMBERS = [0, 1, -1, 2, 5, 42, 500, 503, 0.5, 12.25, -7, 1000, 1_000_000, 123_456_789];
/** Numbers as text, of every length. */
export const NUMBER_TEXTS = [
  '0',
  '1',
  '0042',
  '42',
  '-7',
  '5.0',
  '.5',
  '503',
  '9007199254740993',
  '9007199254740992',
  '18446744073709551615',
  '-9223372036854775808',
  '9007199254740991',
  '123456789012345678901234567890',
];
export const ADDRESSES = [
  '10.0.0.1',
  '10.0.0.200',
  '10.0.1.1',
  '110.0.0.1',
  '203.0.113.5',
  '203.0.113.255',
  '203.0.114.0',
  '::1',
  '2001:db8::1',
  '2001:DB8:0:0::7',
  '2001:db8:0:1::5',
  'fe80::1',
  '::ffff:10.0.0.7',
  '10.0.0.1:8080',
  '10.0.0.256',
  '255.255.255.255',
];
const SERVICES = ['api', 'API', 'web-1', 'db', 'shop'];

/** Undeclared fields; the same name holds values of several types. */
export const FIELDS = [
  'verb',
  'status',
  'ok',
  'path',
  'peer',
  'tags',
  'note',
  'sp ace',
  'we"ird',
  'd.o-t_s',
  'x\\y',
  'k*',
  'k',
  '한국',
  'a',
  'a.b',
  'a.b.c',
  'items',
  'http',
  'labels',
  'kubernetes',
];
/** Names that events arrive with, some of which an event keeps. */
export const OTHER_NAMES = [
  'service.name',
  'service_name',
  'log.level',
  'severity',
  'trace.id',
  'host',
  'host.name',
  'msg',
  'client.ip',
  'event.duration',
  'duration_ms',
  'request_time',
  'source',
  '@t',
  'time',
];
/** Kept by an event that has a value of its own there. `service.name` cannot be: `service` is a text. */
const KEPT_NAMES = OTHER_NAMES.filter(name => name !== 'service.name' && name !== '@t');

function scalar(random: Random): unknown {
  const kind = random();
  if (kind < 0.45) return pick(random, TEXTS);
  if (kind < 0.6) return pick(random, NUMBERS);
  if (kind < 0.7) return pick(random, NUMBER_TEXTS);
  if (kind < 0.78) return pick(random, ADDRESSES);
  if (kind < 0.88) return chance(random, 0.5);
  return kind < 0.94 ? null : `${pick(random, TEXTS)} ${pick(random, TEXTS)}`;
}

function value(random: Random, depth = 0): unknown {
  const kind = random();
  if (kind < 0.6 || depth > 2) return scalar(random);
  if (kind < 0.8) return Array.from({ length: Math.floor(random() * 4) }, () => value(random, depth + 1));
  const inner: Fields = {};
  for (const key of ['b', 'b.c', 'c', 'name', 'n', 'request'])
    if (chance(random, 0.35)) inner[key] = value(random, depth + 1);
  return inner;
}

export function randomDocument(random: Random, index: number): Document {
  const document: Document = {
    _id: `d${index}`,
    seq: 1000 + index,
    '@timestamp': new Date(NOW - Math.floor(random() * 86_400_000)).toISOString(),
    level: pick(random, ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG']),
    message: [pick(random, TEXTS), pick(random, [...TEXTS, ...NUMBER_TEXTS, ...ADDRESSES]), pick(random, TEXTS)].join(
      ' ',
    ),
  };
  if (chance(random, 0.8)) document['service'] = pick(random, SERVICES);
  if (chance(random, 0.4)) document['ip_address'] = pick(random, ADDRESSES);
  if (chance(random, 0.5)) document['response_time'] = pick(random, NUMBERS);
  for (const [name, type] of Object.entries(DECLARED_FIELDS)) {
    const isOpen = type === 'keyword' && !Object.hasOwn(document, name) && name !== 'ip_address' && name !== 'service';
    if (isOpen && chance(random, 0.3)) document[name] = pick(random, [...TEXTS, ...NUMBER_TEXTS, ...ADDRESSES]);
  }
  for (const name of ['labels', 'kubernetes']) {
    if (chance(random, 0.4))
      document[name] = {
        app: scalar(random),
        list: [{ n: scalar(random) }, scalar(random)],
        'a.b': scalar(random),
        c: value(random),
      };
  }
  for (const name of FIELDS)
    if (!Object.hasOwn(DECLARED_FIELDS, name) && chance(random, 0.25))
      // See the known differences: members of a field with such a name.
      document[name] = name === 'k*' ? scalar(random) : value(random);
  for (const name of KEPT_NAMES)
    if (chance(random, 0.05)) document[name] = name === 'host' ? value(random) : scalar(random);
  return document;
}

export interface Leaf {
  readonly path: string;
  readonly value: string | number | boolean;
}

/** Every value of an event with its path, lists left out of it. */
export function leavesOf(document: Document): Leaf[] {
  const leaves: Leaf[] = [];
  const visit = (path: string, inner: unknown): void => {
    if (Array.isArray(inner)) for (const element of inner) visit(path, element);
    else if (isFields(inner))
      for (const key of Object.keys(inner)) visit(path === '' ? key : `${path}.${key}`, inner[key]);
    else if (inner !== null && inner !== undefined) leaves.push({ path, value: inner as Leaf['value'] });
  };
  visit('', document);
  return leaves;
}
