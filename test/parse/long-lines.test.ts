import { expect, test } from 'vitest';
import { type EventMeta, newFields } from '../../src/core/event.ts';
import { Joiner } from '../../src/parse/join/joiner.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';
import { levelOfText } from '../../src/schema/level-text.ts';

/*
 * Texts that make a reader go over them again and again. Twenty of each are read, or given up, in far less than the time that one
 * would take without a limit; every event is there afterwards, with its text.
 */
const LINES = 20;
const MUCH_MS = 5000;

const grok = (pattern: string): object => ({ grok: { field: 'message', patterns: [pattern] } });
const at = (name: string, options: object = {}): object => ({
  [name]: { field: 'message', target_field: 'o', ...options },
});
const only = (...processors: object[]): object => ({ match: { tag: '**' }, processors });

const ROWS: readonly [name: string, pipeline: object, text: string][] = [
  ['grok: a reference back', only(grok('(?:(\\w+)\\1)+$')), `${'ab'.repeat(30)}!`],
  ['grok: names in names', only(grok('^(?:(?:%{IPORHOST}|%{USERNAME})[.-]?)+$')), `${'a.b-'.repeat(40)}!`],
  [
    'grok: five times everything',
    only(grok('%{GREEDYDATA}a%{GREEDYDATA}b%{GREEDYDATA}c%{GREEDYDATA}d%{GREEDYDATA}e$')),
    'abcd'.repeat(300),
  ],
  ['grok: counted', only(grok('(.*a){20}$')), `${'a'.repeat(60)}b`],
  ['grok: choices that overlap', only(grok('^(?:%{WORD}|%{INT}|%{DATA})+$')), `${'1a'.repeat(40)}\n!`],
  ['grok: quotes', only(grok('(?:%{QUOTEDSTRING} ?)+$')), `${'"a\\" '.repeat(200)}x`],
  ['grok: paths', only(grok('^%{PATH}$')), `${'/a'.repeat(3000)} `],
  ['grok: addresses', only(grok('^%{IPV6}$')), `${'1:'.repeat(3000)}`],
  ['grok: an access line', only(grok('%{COMBINEDAPACHELOG}')), `1.2.3.4 - - [${'1'.repeat(3000)}`],
  ['grok: blanks', only(grok('^%{SPACE}%{DATA:a}%{SPACE}%{DATA:b}%{SPACE}!$')), ' '.repeat(2000)],
  ['a condition', only({ set: { field: 'z', value: 1, if: 'ctx.message ==~ /(a|aa)+b/' } }), 'a'.repeat(44)],
  [
    'the condition of a match',
    { match: { if: 'ctx.message =~ /^(\\w+\\s?)+$/' }, processors: [] },
    `${'word '.repeat(12)}!`,
  ],
  ['gsub', only({ gsub: { field: 'message', pattern: '(a+)+b', replacement: '' } }), 'a'.repeat(40)],
  ['split', only(at('split', { separator: '(?:,|,,)+;' })), ','.repeat(50)],
  ['kv', only(at('kv', { field_split: '(?:-|--)+;', value_split: '=' })), `k=${'-'.repeat(50)}`],
  ['csv', only({ csv: { field: 'message', target_fields: ['a', 'b'] } }), `"${'""'.repeat(20_000)}`],
  ['json', only(at('json')), '['.repeat(5000)],
  ['html_strip', only(at('html_strip')), '<a '.repeat(20_000)],
  ['uri_parts', only(at('uri_parts')), `http://${'a@'.repeat(10_000)}:${'/'.repeat(10_000)}`],
  ['date', only(at('date', { formats: ['ISO8601', 'MMM d HH:mm:ss', 'UNIX'] })), `2026-11-20T${'1'.repeat(50_000)}`],
  ['dissect', only({ dissect: { field: 'message', pattern: '%{a->} %{b->} %{c}!' } }), ' '.repeat(100_000)],
  ['user_agent', only(at('user_agent')), `Mozilla/5.0 (${'Linux; '.repeat(5000)}`],
  ['cef', only({ cef: { field: 'message' } }), `CEF:0|a|b|c|d|e|f|${'a-'.repeat(20_000)}`],
  ['cef: headers', only({ cef: { field: 'message' } }), `CEF:0|${'\\\\'.repeat(20_000)}`],
  ['normalize_for_stream', only({ normalize_for_stream: {} }), `{${'"a":{'.repeat(5000)}}`],
  ['a mask', { match: { tag: '**' }, processors: [], mask: [{ pattern: '(a+)+b' }] }, `${'a'.repeat(60)}!`],
];

const meta: EventMeta = { tag: 'docker.test', time: Number.NaN, receivedAt: Date.UTC(2026, 10, 20) };

test.for(ROWS)('%s', ([, pipeline, text]) => {
  const set = loadPipelines([{ path: 'long.yaml', text: JSON.stringify(pipeline) }]);
  const start = performance.now();
  for (let i = 0; i < LINES; i++) {
    const event = Object.assign(newFields(), { message: `${text}${i}`, container_id: `c${i}` });
    const got = set.run(event, meta)!;
    const { message, body } = got as { message?: string; body?: { text: string } };
    expect([`${text}${i}`, '***', undefined]).toContain(message);
    if (message === undefined) expect(body?.text).toBe(`${text}${i}`);
  }
  expect(performance.now() - start).toBeLessThan(MUCH_MS);
});

test('the pattern of a multiline', () => {
  const rule = { pattern: '^(a|aa)+b', negate: true, what: 'previous' };
  const text = JSON.stringify({ match: { tag: '**' }, processors: [], multiline: rule });
  const set = loadPipelines([{ path: 'long.yaml', text }]);
  const joiner = new Joiner(
    { max_open_bytes: 1e8, max_event_bytes: 1e6, max_open_joins: 1000, docker_piece_timeout_ms: 1000 },
    levelOfText,
  );
  const start = performance.now();
  const seen: string[] = [];
  for (let i = 0; i < LINES; i++) {
    const fields = Object.assign(newFields(), {
      message: `${'a'.repeat(44)}${i}`,
      container_id: 'c1',
      stream: 'stdout',
    });
    const offered = joiner.line(fields, meta, String(i), '10.0.0.1', (event, when) => set.multilineFor(event, when));
    for (const { record } of offered?.complete ?? []) seen.push(String(record['message']));
    if (offered === undefined || offered.isAlone) seen.push(String(fields['message']));
  }
  for (const { record } of joiner.expire(meta.receivedAt + 1e9)) seen.push(String(record['message']));
  expect(seen.join('\n').split('\n').length).toBe(LINES);
  expect(performance.now() - start).toBeLessThan(MUCH_MS);
});
