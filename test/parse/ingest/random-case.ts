import { Double } from '../../../src/base/number/double.ts';
import { seeded } from '../../support/chance.ts';
import type { PipelineSource, ProcessorSource } from './ingest-case.ts';

/** One pipeline and some documents for it. */
export interface RandomCase {
  readonly pipeline: PipelineSource;
  readonly docs: readonly Record<string, unknown>[];
}

const FIELDS = ['a', 'b', 'o.p', 'o.q', 'l', 'l.0', 'm'];

/** Pipelines of one to three processors with random options, and documents whose fields they name; the same seed gives the same. */
export class RandomCases {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seeded(seed);
  }

  next(docs = 8): RandomCase {
    const processors = this.#times(1, 3, () => this.#processor(0));
    return {
      pipeline: this.#chance(0.15) ? { processors, on_failure: [REPORT] } : { processors },
      docs: this.#times(docs, docs, () => this.#document()),
    };
  }

  #document(): Record<string, unknown> {
    const doc: Record<string, unknown> = { a: this.#value(0) };
    if (this.#chance(0.7)) doc['b'] = this.#value(0);
    if (this.#chance(0.6)) doc['l'] = this.#times(0, 3, () => this.#value(1));
    if (this.#chance(0.6)) doc['o'] = { p: this.#value(1), ...(this.#chance(0.5) ? { q: this.#text() } : {}) };
    if (this.#chance(0.4)) doc['m'] = this.#text();
    return doc;
  }

  #value(depth: number): unknown {
    const kinds = [
      () => this.#text(),
      () => this.#text(),
      () => this.#text(),
      () => this.#of([0, 1, -7, 42, 2147483648, 9007199254740993n, new Double(5), 2.5, new Double(-1), 1e-7]),
      () => this.#of([true, false, null, '']),
      () => (depth > 1 ? 'deep' : this.#times(0, 3, () => this.#value(depth + 1))),
      () => (depth > 1 ? 'deep' : { [this.#of(['p', 'q', 'r'])]: this.#value(depth + 1) }),
    ];
    return this.#of(kinds)();
  }

  #text(): string {
    return this.#of([
      () =>
        this.#of([
          'abc',
          'A b C',
          ' padded ',
          '42',
          '-1',
          '0x1f',
          '3.0',
          '1e3',
          'true',
          'no',
          '2kb',
          '1.5mb',
          'é ß İ',
          '10.0.0.1',
          '::1',
        ]),
      () => this.#of(['k=v', 'k=v x=1', 'a=(1);b=<2>', 'k = v', 'x=1,y=2,x=3', 'k=', '=v', 'p.q=5']),
      () =>
        this.#of([
          'a,b,c',
          '"q, r",s',
          'a,,c',
          ' a , "b" ,c',
          'a;b;c',
          'one  two   three',
          '[x] y: z',
          'a-b-c',
          '%41+%2B',
          'a%zz',
        ]),
      () =>
        this.#of([
          '{"x":1}',
          '{"x":{"y":[1,2.0]}}',
          '[1,"2",null]',
          '"t"',
          '7',
          '{bad',
          'null',
          '{"x":1,"y":5.0,"b":{"z":0}}',
        ]),
      () => this.#of(['<b>x</b> &amp; y', 'a<br>b', 'x < y > z', '<td>1</td>']),
      () => this.#times(0, 6, () => this.#of([...'ab1, .=-"\'é{}[]()%+\\\t'])).join(''),
    ])();
  }

  #field(): string {
    return this.#of(FIELDS);
  }

  #template(): string {
    return this.#of([
      'plain',
      '{{a}}',
      '{{{b}}}',
      'x-{{o.p}}-y',
      '{{o.q}}',
      '{{#a}}yes{{/a}}{{^a}}no{{/a}}',
      '{{#l}}<{{.}}>{{/l}}',
      '{{#o}}{{p}}{{/o}}',
      '{{m}}{{none}}',
    ]);
  }

  #processor(depth: number): ProcessorSource {
    const [type, options] = this.#of(this.#kinds(depth))();
    const common: Record<string, unknown> = {};
    if (this.#chance(0.15)) common['ignore_failure'] = true;
    if (this.#chance(0.1) && depth === 0) common['on_failure'] = [REPORT];
    if (this.#chance(0.15)) common['tag'] = 'tagged';
    return { [type]: { ...options, ...common } };
  }

  #kinds(depth: number): (() => [string, Record<string, unknown>])[] {
    const field = depth === 0 ? () => this.#field() : () => this.#of(['_ingest._value', '_ingest._value', 'a', 'o.p']);
    const target = (): Record<string, unknown> =>
      this.#chance(0.3) ? { target_field: this.#of(['t', 't.u', 'o.t', 'b']) } : {};
    const missing = (): Record<string, unknown> => (this.#chance(0.3) ? { ignore_missing: true } : {});
    const text = (type: string) => (): [string, Record<string, unknown>] => [
      type,
      { field: field(), ...target(), ...missing() },
    ];
    const kinds: (() => [string, Record<string, unknown>])[] = [
      text(this.#of(['lowercase', 'uppercase', 'trim', 'html_strip', 'bytes', 'urldecode'])),
      () => [
        'gsub',
        {
          field: field(),
          pattern: this.#of(PATTERNS),
          replacement: this.#of(['', '_', '<$0>', '\\$']),
          ...target(),
          ...missing(),
        },
      ],
      () => [
        'split',
        {
          field: field(),
          separator: this.#of([',', '\\s+', '[=;]', '(-|,)', '', '\\.']),
          ...target(),
          ...missing(),
          ...(this.#chance(0.3) ? { preserve_trailing: true } : {}),
        },
      ],
      () => ['join', { field: field(), separator: this.#of(['-', '', ', ']), ...target() }],
      () => [
        'sort',
        { field: field(), ...(this.#chance(0.4) ? { order: this.#of(['asc', 'desc']) } : {}), ...target() },
      ],
      () => [
        'convert',
        {
          field: field(),
          type: this.#of(['integer', 'long', 'double', 'string', 'boolean', 'auto', 'ip']),
          ...target(),
          ...missing(),
        },
      ],
      () => [
        'set',
        {
          field: this.#of([field(), 't', 't.u', '{{m}}x']),
          value: this.#of([
            this.#template(),
            this.#template(),
            5,
            new Double(5),
            true,
            { k: this.#template() },
            [1, '{{a}}'],
          ]),
          ...(this.#chance(0.3) ? { override: false } : {}),
          ...(this.#chance(0.2) ? { ignore_empty_value: true } : {}),
        },
      ],
      () => [
        'append',
        {
          field: this.#of([field(), 't']),
          value: this.#of([this.#template(), 5, ['x', this.#template()], [1, 1]]),
          ...(this.#chance(0.4) ? { allow_duplicates: false } : {}),
        },
      ],
      () => ['remove', { field: this.#chance(0.3) ? [field(), field()] : field(), ...missing() }],
      () => ['rename', { field: field(), target_field: this.#of(['t', 't.u', 'b', 'o.t']), ...missing() }],
      () => [
        'csv',
        {
          field: field(),
          target_fields: this.#of([['x'], ['x', 'y', 'z'], ['o.x', 'y']]),
          ...missing(),
          ...(this.#chance(0.2) ? { separator: this.#of([';', ' ', '=']) } : {}),
          ...(this.#chance(0.2) ? { trim: true } : {}),
          ...(this.#chance(0.2) ? { empty_value: '' } : {}),
        },
      ],
      () => ['json', { field: field(), ...(this.#chance(0.3) ? { add_to_root: true } : target()) }],
      () => [
        'kv',
        {
          field: field(),
          field_split: this.#of([' ', ',', '[ ;,]', ';']),
          value_split: this.#of(['=', ' ?= ?', ':']),
          ...(this.#chance(0.3) ? { target_field: 't' } : {}),
          ...missing(),
          ...(this.#chance(0.3) ? { strip_brackets: true } : {}),
          ...(this.#chance(0.2) ? { trim_value: this.#of(['"', ' ', '<>']) } : {}),
          ...(this.#chance(0.2) ? { exclude_keys: ['x'] } : {}),
          ...(this.#chance(0.2) ? { include_keys: ['k', 'x'] } : {}),
          ...(this.#chance(0.2) ? { prefix: this.#of(['p_', 'p.']) } : {}),
        },
      ],
      () => [
        'dissect',
        {
          field: field(),
          pattern: this.#of(DISSECTS),
          ...missing(),
          ...(this.#chance(0.2) ? { append_separator: '-' } : {}),
        },
      ],
      () => ['fail', { message: this.#template() }],
      () => ['drop', { if: this.#of(["ctx.a == 'abc'", 'ctx.b == null', "ctx.m != null && ctx.m.startsWith('a')"]) }],
    ];
    if (depth === 0)
      kinds.push(() => [
        'foreach',
        { field: this.#of(['l', 'l', 'a', 'o']), processor: this.#processor(1), ...missing() },
      ]);
    return kinds;
  }

  #of<T>(items: readonly T[]): T {
    return items[Math.floor(this.#next() * items.length)]!;
  }

  #times<T>(least: number, most: number, make: () => T): T[] {
    return Array.from({ length: least + Math.floor(this.#next() * (most - least + 1)) }, make);
  }

  #chance(odds: number): boolean {
    return this.#next() < odds;
  }
}

/** What failed, and where. */
const REPORT: ProcessorSource = {
  set: { field: 'e', value: '{{_ingest.on_failure_processor_type}} {{_ingest.on_failure_processor_tag}}' },
};

const PATTERNS = ['\\d+', '[^a-z]', '\\s', '(a)|b', '^', 'x*', '.', '[,;=]', '(?i)A', '\\W', 'é'];
const DISSECTS = [
  '%{x} %{y}',
  '%{x},%{y}',
  '[%{x}] %{y}: %{z}',
  '%{x}=%{y}',
  '%{x->} %{y}',
  '%{+x} %{+x}',
  '%{?x} %{y}',
  '%{*x}=%{&x}',
  '%{o.x}-%{y}',
  '%{x} ',
];
