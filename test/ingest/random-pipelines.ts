import { type Fields, newFields } from '../../src/core/event.ts';
import { seeded } from '../support/chance.ts';

/** Makes pipelines and events of chance: the same seed makes the same. */
export class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most) }, make);
  }

  /** A pipeline as YAML reads it. */
  pipeline(name: string): string {
    const onFailure = this.below(3) === 0 ? { on_failure: [this.processor(1)] } : {};
    const own = this.below(6) === 0 ? { pass_unmatched: true } : {};
    const processors = [this.processor(0), ...this.some(9, () => this.processor(0))];
    return JSON.stringify({ match: { tag: name }, processors, ...onFailure, ...own });
  }

  processor(depth: number): object {
    const [name, options] = this.#plain();
    const more: Fields = {};
    if (this.below(4) === 0)
      more['if'] = this.of(CONDITIONS).replaceAll('$', this.of(PATHS.filter(path => /^[\w.]+$/.test(path))));
    if (this.below(4) === 0) more['ignore_failure'] = true;
    else if (this.below(5) === 0 && depth < 2) more['on_failure'] = [this.processor(depth + 1)];
    if (this.below(8) === 0) more['tag'] = 'mine';
    return { [name]: { ...options, ...more } };
  }

  #plain(): [string, Fields] {
    const field = this.of(PATHS);
    const target = this.of(PATHS);
    const ignore_missing = this.below(3) > 0;
    switch (this.below(20)) {
      case 0:
      case 1:
        return ['set', { field, value: this.of(VALUES), override: this.below(4) > 0 }];
      case 2:
        return [
          'set',
          { field, value: this.of(TEMPLATES).replaceAll('$', target), ignore_empty_value: this.below(2) === 0 },
        ];
      case 3:
        return ['set', { field, copy_from: target }];
      case 4:
        return ['rename', { field, target_field: target, ignore_missing }];
      case 5:
        return ['remove', { field: [field, target].slice(this.below(2)), ignore_missing }];
      case 6:
        return [this.of(['lowercase', 'uppercase', 'trim']), { field, ignore_missing }];
      case 7:
        return ['convert', { field, target_field: target, type: this.of(TYPES), ignore_missing }];
      case 8:
        return [
          'date',
          { field: this.of(['message', 'a.time', field]), formats: ['ISO8601', 'UNIX', 'dd/MMM/yyyy:H:m:s Z'] },
        ];
      case 9:
      case 10:
        return [
          'grok',
          { field: this.of(['message', field]), patterns: [this.of(PATTERNS), this.of(PATTERNS)], ignore_missing },
        ];
      case 11:
        return ['dissect', { field: 'message', pattern: this.of(DISSECTS), ignore_missing }];
      case 12:
        return ['kv', { field: 'message', field_split: ' ', value_split: '=', target_field: target, ignore_missing }];
      case 13:
        return [
          'json',
          { field: 'message', ...(this.below(3) > 0 ? { target_field: target } : { add_to_root: true }) },
        ];
      case 14:
        return ['append', { field, value: this.of(VALUES), allow_duplicates: this.below(2) === 0 }];
      case 15:
        return ['append', { field, value: [this.of(TEMPLATES).replaceAll('$', target)] }];
      case 16:
        return ['split', { field, separator: '[ ,]', ignore_missing }];
      case 17:
        return ['gsub', { field, pattern: '[0-9]', replacement: '#', ignore_missing }];
      case 18:
        return ['script', { source: this.of(SCRIPTS) }];
      default:
        return ['foreach', { field, ignore_missing, processor: { uppercase: { field: '_ingest._value' } } }];
    }
  }

  line(): string {
    const text = this.of(LINES).replaceAll('$', () => this.of(WORDS));
    return this.below(6) === 0 ? text.slice(this.below(text.length)) : text;
  }

  /** An event with objects, lists and values of all kinds. */
  event(): Fields {
    const event = this.fields(1);
    event['tag'] = 'docker.x';
    if (this.below(4) > 0) event['container_name'] = 'web-1';
    if (this.below(2) === 0) event['message'] = this.line();
    for (const path of this.some(6, () => this.of(PATHS))) setAt(event, path, this.value(2));
    if (this.below(10) === 0) event['twice'] = event[this.of(['log', 'host', 'user', 'event'])];
    if (this.below(20) === 0) event['list'] = [event[this.of(['log', 'host', 'user', 'event'])]];
    return event;
  }

  fields(depth: number): Fields {
    const fields = newFields();
    for (const name of this.some(5, () => this.of(NAMES))) fields[name] = this.value(depth + 1);
    return fields;
  }

  value(depth: number): unknown {
    switch (this.below(depth > 4 ? 7 : 9)) {
      case 0:
      case 1:
      case 2:
        return this.of(WORDS);
      case 3:
        return this.of(NUMBERS);
      case 4:
        return this.of([true, false, null, undefined]);
      case 5:
        return this.line();
      case 6:
        return this.some(4, () => this.value(depth + 2));
      default:
        return this.fields(depth);
    }
  }
}

function setAt(fields: Fields, path: string, value: unknown): void {
  const [name = '', ...rest] = path.split('.');
  if (rest.length === 0) fields[name] = value;
  else {
    const inner = fields[name];
    const isObject = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    const object = isObject ? (inner as Fields) : newFields();
    fields[name] = object;
    setAt(object, rest.join('.'), value);
  }
}

/** Names that mean something to the schema, and others. */
const PATHS = [
  ...['a', 'a.b', 'a.time', 'a.b.c', 'd', 'd.e', 'event.original', 'event.duration', 'event.kind', 'event.type'],
  ...['log.level', 'level', 'severity', 'source.ip', 'client.ip', 'user.id', 'user.name', 'host.name', 'host.hostname'],
  ...['service.name', 'service', 'trace.id', 'message', 'msg', 'http.response.status_code', 'http.request.method'],
  ...['response', 'verb', 'status', 'request', 'response_time', 'duration', 'timestamp', 'time', '@timestamp', 'tags'],
  ...['labels.team', 'kubernetes.namespace', 'kubernetes.host', 'container.name', 'container.image.name', 'image'],
  ...['related.ip', 'a.password', 'process.pid', 'x y', 'l', 'm', 'user_id', 'hostname', 'stream', 'container_id'],
];
const NAMES = [
  'a',
  'b',
  'c',
  'd.e',
  'log',
  'level',
  'name',
  'id',
  'ip',
  'token',
  '1',
  '_x',
  'time',
  'event',
  'é',
  'tags',
];
const WORDS = [
  ...[
    'GET',
    'x',
    '',
    'error',
    'NOTICE',
    'info',
    '203.0.113.9',
    '::1',
    '12',
    '1.5',
    '-3',
    '9007199254740993',
    'true',
    'é "x" \\',
  ],
  ...[
    '/shop?a=1',
    'password=hunter2x',
    'abcdef0123456789',
    '4111 1111 1111 1111',
    '\u001b[31mred',
    '2026-11-20T13:55:36Z',
  ],
  ...[
    '20/Nov/2026:13:55:36 +0000',
    '1795182936',
    '500',
    '12ms',
    'x'.repeat(50),
    '한글',
    '\ud800',
    'a\nb',
    '_dateparsefailure',
  ],
];
const NUMBERS = [0, 1, -1, 3, 200, 404, 503, 1.25, 1e21, 1_795_182_936_123, Number.NaN, -0, 2 ** 40];
const VALUES = [
  'x',
  'error',
  'warn',
  '203.0.113.9',
  7,
  1.5,
  true,
  ['p', 'q'],
  { k: 'v', n: { o: 1 } },
  '',
  'u-1',
  'password=hunter2x',
];
const TEMPLATES = ['{{$}}', '{{{$}}}-x', '{{ _ingest.on_failure_message }}', 'a {{$}} b', '{{_ingest.timestamp}}'];
const TYPES = ['long', 'integer', 'double', 'string', 'boolean', 'auto', 'ip', 'float'];
const CONDITIONS = [
  ...['ctx.$ != null', 'ctx?.$ == null', "ctx.message != null && ctx.message.contains('GET')", "ctx.a?.b == 'x'"],
  ...[
    'ctx.http?.response?.status_code >= 400',
    "ctx.log?.level == 'error' || ctx.level == 'WARN'",
    'ctx.a != null && ctx.a instanceof Map',
  ],
];
const PATTERNS = [
  ...[
    '%{IP:source.ip} %{WORD:http.request.method} %{NUMBER:http.response.status_code:long}',
    '%{WORD:log.level} %{GREEDYDATA:message}',
  ],
  ...[
    '%{WORD:a.b}=%{DATA:d.e} %{NUMBER:event.duration:float}',
    '%{TIMESTAMP_ISO8601:a.time} %{WORD:level}',
    '%{GREEDYDATA:event.original}',
  ],
];
const DISSECTS = [
  '%{a.b} %{d} %{http.request.method}',
  '%{source.ip} %{+source.ip} %{?skip} %{user.name}',
  '%{*k}=%{&k} %{rest}',
];
const SCRIPTS = [
  ...["ctx.event = ['kind': 'x', 'type': ['a', 'b']]", 'ctx.n = 5.0', 'ctx.big = 9007199254740993L', "ctx.remove('a')"],
  ...[
    "if (ctx.a instanceof Map) { ctx.a.z = ['p': [1, 2L, 3.0], 'q': null] }",
    "ctx.list = [['k': 'v'], [1, 'x']]",
    'ctx.x.y = 1',
  ],
];
const LINES = [
  ...[
    '203.0.113.9 GET 503 $',
    'error $ went wrong',
    'k=$ d=12 e=$',
    'k=v 1.5 x',
    '2026-11-20T13:55:36.5Z WARN $ $',
    '$ $ $',
  ],
  ...[
    '{"a":{"b":"x","n":1.0},"log":{"level":"warn"},"user":{"id":7},"list":[{"k":1},"$"]}',
    '{"level":"error","msg":"b","d":null}',
    '$',
  ],
];
