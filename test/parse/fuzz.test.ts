import { describe, expect, test } from 'vitest';
import { type Fields, newFields } from '../../src/core/event.ts';
import { loadPipelines, type PipelineSet } from '../../src/parse/pipelines.ts';
import { createConform } from '../../src/schema/conform.ts';
import { serialise } from '../../src/schema/serialise.ts';
import { seeded } from '../support/chance.ts';

// Random pipelines of all processors on hostile events: an event is kept, its document is JSON, and nothing hangs.
const PIPELINES = 240;
const EVENTS = 6;
/** Ten times what it takes here; an expression that is not given up takes for ever. */
const MUCH_MS = 60_000;

const FIELDS = [
  'message',
  'a',
  'b.c',
  'list',
  'list.0',
  'tags',
  '@timestamp',
  '_ingest.timestamp',
  'no.such',
  '__proto__',
  'a.b.c',
];
const TEXTS = [
  '',
  ' ',
  'a=1 b=2',
  'a'.repeat(50),
  'ab'.repeat(400),
  `${'a'.repeat(60)}!`,
  '{"a":{"b":[1,2.5,null]}}',
  `${'['.repeat(3000)}`,
  '"x", y ,"z',
  '2026-11-29T16:19:01.123Z',
  '10.0.0.1',
  'fe80::1%eth0',
  'http://kim:pw@host:99999/a%2?q=%zz#f',
  '%E9%%%',
  '<a href="x>y">&lt;</td>',
  '\ud800 lone',
  'é😀\u0000\u001b[31m',
  '9007199254740993',
  '1k',
  '{{a}}{{#a}}{{/a}}',
];
const REGEXPS = ['(a+)+b', '(a|aa)+$', '(?:(\\w+)\\1)+$', '\\s+$', ',', '(.*a){20}', '[\\w&&[^a]]', '^$', '\\b'];
const CONDITIONS = [
  'ctx.message =~ /(a|aa)+b/',
  'ctx.a > 1',
  'ctx.b.c.d == null',
  "ctx.a?.contains('a')",
  'ctx.list[5] == 1',
  'ctx.message.length() / 0 > 1',
];

type Random = (below: number) => number;

function makers(random: Random): Record<string, () => object> {
  const one = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const field = () => one(FIELDS);
  const text = () => one(TEXTS);
  const yes = () => random(2) === 0;
  const value = () =>
    one<unknown>([text(), random(100), 1.5, null, true, ['x', 1], { k: 'v' }, '{{message}}', '{{{a}}}']);
  const simple = () => ({ field: field(), ...(yes() ? { target_field: field() } : {}), ignore_missing: yes() });
  return {
    append: () => ({ field: field(), value: value(), allow_duplicates: yes() }),
    bytes: simple,
    community_id: () => ({
      source_ip: field(),
      destination_ip: field(),
      transport: field(),
      source_port: field(),
      seed: random(9),
    }),
    convert: () => ({
      field: field(),
      type: one(['integer', 'long', 'float', 'boolean', 'string', 'ip', 'auto']),
      ignore_missing: yes(),
    }),
    csv: () => ({ field: field(), target_fields: ['a', 'x.y', 'z'], trim: yes() }),
    date: () => ({
      field: field(),
      formats: [one(['ISO8601', 'UNIX', 'UNIX_MS', 'yyyy-MM-dd', 'MMM d HH:mm:ss'])],
      target_field: field(),
    }),
    dissect: () => ({ field: field(), pattern: one(['%{a} %{b}', '%{*k}=%{&k}', '%{+x}-%{+x}', '[%{a->} %{c}']) }),
    dot_expander: () => ({ field: one(['a.b', 'b.c', 'x.y.z']) }),
    drop: () => ({ if: "ctx.message == 'drop me'" }),
    fail: () => ({ message: text().replace('{{#a}}{{/a}}', '') }),
    fingerprint: () => ({
      fields: [field(), field()],
      ignore_missing: yes(),
      method: one(['MD5', 'SHA-512', 'MurmurHash3']),
    }),
    foreach: () => ({ field: field(), processor: { uppercase: { field: '_ingest._value' } }, ignore_missing: yes() }),
    geoip: simple,
    grok: () => ({
      field: field(),
      patterns: [
        one([
          '%{GREEDYDATA:a} %{INT:n:int}',
          '(?:(\\w+)\\1)+$',
          '%{IP:list}',
          '(.*a){20}$',
          '%{DATA:b.c}=%{DATA:tags}',
        ]),
      ],
    }),
    gsub: () => ({ field: field(), pattern: one(REGEXPS), replacement: one(['', '-', '<$0>']) }),
    html_strip: simple,
    join: () => ({ field: field(), separator: text() }),
    json: () => (yes() ? { field: field(), target_field: field() } : { field: field(), add_to_root: true }),
    kv: () => ({ field: field(), field_split: one([' ', ...REGEXPS]), value_split: one(['=', '(?:-|--)+=']) }),
    lowercase: simple,
    network_direction: () => ({
      source_ip: field(),
      destination_ip: field(),
      internal_networks: ['private', one(['{{message}}', '10.0.0.0/8'])],
    }),
    pipeline: () => ({ name: 'fuzz', ignore_missing_pipeline: yes() }),
    redact: () => ({ field: field(), patterns: [one(['%{IP:ip}', '(?<x>(a|aa)+b)', '(?<y>.)'])], trace_redact: yes() }),
    registered_domain: simple,
    remove: () => ({ field: [field(), field()], ignore_missing: yes() }),
    rename: () => ({ field: field(), target_field: field(), ignore_missing: yes() }),
    reroute: () => ({ dataset: ['{{a}}', 'x'] }),
    set: () => ({ field: field(), value: value(), override: yes() }),
    sort: () => ({ field: field(), order: one(['asc', 'desc']) }),
    split: () => ({ field: field(), separator: one(REGEXPS), ignore_missing: yes() }),
    terminate: () => ({}),
    trim: simple,
    uppercase: simple,
    uri_parts: () => ({ field: field(), keep_original: yes(), remove_if_successful: yes(), ignore_missing: yes() }),
    urldecode: simple,
    user_agent: () => ({ field: field(), ignore_missing: yes() }),
  };
}

function pipelineOf(random: Random): object {
  const made = makers(random);
  const names = Object.keys(made);
  const processor = (): object => {
    const name = names[random(names.length)]!;
    return {
      [name]: {
        ...(random(4) === 0 ? { if: CONDITIONS[random(CONDITIONS.length)] } : {}),
        ...(random(3) === 0 ? { ignore_failure: true } : {}),
        ...(random(5) === 0
          ? { on_failure: [{ set: { field: 'why', value: '{{_ingest.on_failure_message}}' } }] }
          : {}),
        ...made[name]!(),
      },
    };
  };
  const mask = random(4) === 0 ? { mask: [{ pattern: REGEXPS[random(REGEXPS.length)] }] } : {};
  return { match: { tag: '**' }, processors: Array.from({ length: 1 + random(6) }, processor), ...mask };
}

function eventOf(random: Random): Fields {
  const text = (): string => TEXTS[random(TEXTS.length)]!;
  const deep = (depth: number): unknown =>
    depth === 0 ? text() : random(2) === 0 ? [deep(depth - 1)] : { c: deep(depth - 1) };
  return Object.assign(newFields(), {
    message: text(),
    a: [text(), random(1000), -0, 1e300, null, true, 9007199254740993n][random(7)],
    b: deep(random(90)),
    list: [text(), 2, 10, null, { k: text() }].slice(random(5)),
    tags: [undefined, 'x', ['y'], 5][random(4)],
    container_id: `fuzz-${random(50)}`,
  });
}

const META = { tag: 'fuzz', time: Number.NaN, receivedAt: Date.UTC(2026, 10, 20) };

describe('random pipelines on hostile events', () => {
  test.for([1, 2, 3])('seed %i: every event is kept, and soon', seed => {
    const next = seeded(seed);
    const random: Random = below => Math.floor(next() * below);
    const conform = createConform({});
    const start = performance.now();
    let failed = 0;
    for (let i = 0; i < PIPELINES / 3; i++) {
      const text = JSON.stringify(pipelineOf(random));
      const set: PipelineSet = loadPipelines([{ path: 'fuzz.json', text }]);
      for (let k = 0; k < EVENTS; k++) {
        const fields = eventOf(random);
        const out = set.run(fields, META);
        expect(out, text).toBe(fields);
        if (out!['pipeline_error'] !== undefined) failed++;
        const document = serialise(conform(out!, META), 'id', k, 'embedded');
        expect(() => JSON.parse(document), text).not.toThrow();
      }
    }
    // It is a test of what fails, too.
    expect(failed).toBeGreaterThan(100);
    expect(performance.now() - start).toBeLessThan(MUCH_MS);
  });
});
