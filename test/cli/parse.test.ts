import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { dispatch } from '../../src/cli/index.ts';
import { linesOf } from '../../src/cli/parse/lines.ts';
import { inProcess as longshore } from './in-process.ts';
import { start } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'longshore-parse-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ACCESS = '203.0.113.9 - - [20/Nov/2026:13:55:36 +0000] "GET /x HTTP/1.1" 500 12 "-" "curl/8.5"';
const NOW = ['--now', '2026-11-20T14:00:00Z'];
const jsonOf = (out: string) =>
  out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('longshore parse', () => {
  test('says which pipeline took a line, and shows the event as it would be stored', async () => {
    const { code, out, err } = await longshore(['parse', '--image', 'nginx:1.29', ...NOW], {
      stdin: `${ACCESS}\nhi\n`,
    });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^line 1: pipeline nginx\n2026-11-20T13:55:36\.000Z ERROR /);
    expect(out).toContain('    response: 500\n');
    expect(out).toMatch(/^line 2: no pipeline\n2026-11-20T14:00:00\.000Z INFO .* hi$/m);
    expect(out).not.toContain('container_id');
  });

  test('with --json each event is a line', async () => {
    const { out } = await longshore(['parse', '--json', '--image', 'nginx', '--label', 'team=web', ...NOW], {
      stdin: `${ACCESS}\n`,
    });
    expect(jsonOf(out)).toEqual([
      {
        pipeline: 'nginx',
        lines: [1],
        event: expect.objectContaining({
          '@timestamp': '2026-11-20T13:55:36.000Z',
          response: 500,
          labels: { team: 'web' },
        }),
      },
    ]);
  });

  test('lines of a stack trace are one event', async () => {
    const stdin = 'ERROR x\njava.lang.IllegalStateException: foo\n\tat a.b.c(D.java:1)\nnext\n';
    const { out } = await longshore(['parse', '--json', ...NOW], { stdin });
    expect(jsonOf(out).map(({ lines, pipeline }) => [lines, pipeline])).toEqual([
      [[1, 2, 3], 'stack-trace'],
      [[4], null],
    ]);
  });

  test('--events reads what senders send; what is no JSON is a text, and is counted', async () => {
    const events = `${JSON.stringify({ log: `${ACCESS}\n`, container_name: '/web', image: 'nginx' })}\n\nno json\n`;
    const { code, out, err } = await longshore(['parse', '--json', '--events', ...NOW], { stdin: events });
    expect(jsonOf(out)).toMatchObject([
      { pipeline: 'nginx', lines: [1], event: { container_name: 'web', verb: 'GET' } },
      { pipeline: null, lines: [3], event: { message: 'no json' } },
    ]);
    expect({ code, err }).toEqual({ code: 0, err: 'longshore: 1 line is no JSON object and was taken as a text\n' });
  });

  test('--compiled tells how each line becomes its document', async () => {
    const own = file(
      'ecs.yaml',
      'processors: [{ grok: { field: message, patterns: ["^%{IP:source.ip} %{WORD:log.level}"] } }, { script: { source: "ctx.a = [\'b\': 1]" } }]\n',
    );
    const stdin = '203.0.113.9 WARN\n203.0.113.8 ERROR\n';
    const { code, out, err } = await longshore(['parse', '--compiled', '--pipeline', own, ...NOW], { stdin });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^line 1: pipeline ecs: its processors one by one \(.*\), the document by these names$/m);
    expect(out).toContain('\n    level <- log.level (which goes)\n');
    expect(out).toContain('\n    ip_address <- source.ip\n');
    expect(out).toMatch(/^line 2: as line 1$/m);
    const plain = await longshore(['parse', '--compiled', '--image', 'nginx', ...NOW], { stdin: `${ACCESS}\n` });
    expect(plain.out).toMatch(/^line 1: pipeline nginx: one function from the line to its document$/m);
    expect(plain.out).toMatch(/^ {4}f\d+: "clientip"$/m);
  });

  test('--pipeline runs one, by its name or as a file, whatever its match says; a failure is exit code 1', async () => {
    const own = file(
      'own.yaml',
      'match: { tag: nobody }\nprocessors: [{ grok: { field: message, patterns: ["^%{INT:n}$"] } }]\n',
    );
    const good = await longshore(['parse', '--json', '--pipeline', own], { stdin: '17\n' });
    expect(good.code).toBe(0);
    expect(jsonOf(good.out)).toMatchObject([{ pipeline: 'own', event: { n: '17' } }]);
    const bad = await longshore(['parse', '--json', '--pipeline', own], { stdin: 'x\n' });
    expect(bad.code).toBe(1);
    expect(jsonOf(bad.out)).toMatchObject([{ pipeline: 'own', event: { tags: ['_grokparsefailure'] } }]);
    const named = await longshore(['parse', '--json', '--pipeline', 'nginx', ...NOW], { stdin: `${ACCESS}\n` });
    expect(jsonOf(named.out)).toMatchObject([{ pipeline: 'nginx', event: { response: 500 } }]);
  });

  test('--explain tells who was asked, and each processor with its condition and what it changed', async () => {
    const own = file(
      'why.yaml',
      `processors:
  - grok: { field: message, patterns: ['^no %{INT:n}$', '^%{WORD:verb} %{NUMBER:took:int}$'] }
  - set: { field: slow, value: true, if: 'ctx.took > 1000' }
  - rename: { field: nothing, target_field: x, ignore_failure: true, tag: maybe }
  - foreach: { field: list, ignore_missing: true, processor: { uppercase: { field: _ingest._value } } }
  - convert: { field: verb, type: integer, on_failure: [{ remove: { field: verb } }] }
mask: [{ pattern: '\\d{3}', fields: [message] }]
`,
    );
    const set = ['--set', `pipelines=${own}`];
    const { out } = await longshore(['parse', '--explain', '--pipeline', 'why', ...NOW, ...set], {
      stdin: 'sell 900\n',
    });
    expect(out.split('\n').map(line => line.replace(/\s+\d+ µs\)?$/, '').trimEnd())).toEqual([
      'line 1: pipeline why',
      `  why (${own},`,
      '    2: grok                          ok  pattern 2',
      '        + verb: "sell"',
      '        + took: 900',
      '    3: set                           skipped  if ctx.took > 1000: false',
      '    4: rename (maybe)                failed, ignored  field [nothing] is not there',
      '    5: foreach                       ok',
      '    6: convert                       failed  field [verb] cannot become integer',
      '    6: on_failure: remove            ok',
      '        - verb',
      '    7: mask                          ok',
      '        ~ message: "sell 900" -> "sell ***"',
      '  schema',
      '      + @timestamp: "2026-11-20T14:00:00.000Z"',
      '      + level: "INFO"',
      '      + service: "http"',
      '2026-11-20T14:00:00.000Z INFO  http sell ***',
      '    tag: "http"',
      '    took: 900',
      '',
    ]);
    const two = file('two.yaml', 'match: { image: nginx* }\nprocessors: []\n');
    const more = ['--set', `pipelines=[${own}, ${two}]`];
    const asked = await longshore(['parse', '--explain', '--image', 'redis', ...more], { stdin: 'x\n' });
    expect(asked.out).toContain('  asked two: no, image "redis" is not nginx*\n');
    const many = await longshore(['parse', '--explain', '--image', 'redis'], { stdin: 'x\n' });
    expect(many.out).toMatch(/^ {2}asked .*nginx.*: no, image "redis" is not theirs$/m);
    expect(many.out).toContain('  asked redis: takes it\n');
    const none = await longshore(['parse', '--explain'], { stdin: 'some words\n' });
    expect(none.code).toBe(0);
    expect(none.out).toMatch(/^ {2}asked .*nginx.*: no, there is no image$/m);
  });

  test('a dropped event is told', async () => {
    const own = file('drop.yaml', 'processors: [{ drop: { if: "ctx.message == \'x\'" } }]\n');
    const { code, out } = await longshore(['parse', '--pipeline', own], { stdin: 'x\n' });
    expect({ code, out }).toEqual({ code: 0, out: 'line 1: pipeline drop, dropped\n' });
  });

  test('bytes that are no text, empty lines and line ends of other systems are lines', async () => {
    const path = join(folder, 'odd.log');
    writeFileSync(path, Buffer.from([0, 1, 255, 254, 10, 10, 97, 13, 10, 98]));
    const { code, out } = await longshore(['parse', '--json', '--lines', path]);
    expect(code).toBe(0);
    expect(jsonOf(out).map(({ event }) => event.message)).toEqual(['\0\u0001\ufffd\ufffd', '', 'a', 'b']);
  });

  const mistakes: [string, string[], RegExp][] = [
    ['a file that is not there', ['--lines', 'nowhere.log'], /ENOENT.*nowhere\.log/],
    ['a folder', ['--lines', '.'], /EISDIR/],
    [
      'a pipeline that is not there',
      ['--pipeline', 'nginxx'],
      /there is no pipeline 'nginxx'\. Did you mean 'nginx'\?/,
    ],
    ['a pipeline file that is not there', ['--pipeline', 'x.yaml'], /there is no file x\.yaml/],
    ['a label without a value', ['--label', 'team'], /--label 'team' has no '='/],
    ['a time that is none', ['--now', 'soon'], /--now 'soon' is no time/],
    ['no line', [], /there was no line/],
  ];
  test.each(mistakes)('%s is exit code 1 and a sentence', async (_, args, message) => {
    const { code, out, err } = await longshore(['parse', ...args]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n {4}at /);
  });

  test('a file with a mistake is left out, as in the service, and said', async () => {
    const own = file('broken.yaml', 'match: { image: x }\nprocessors: [{ gork: {} }]\n');
    const { code, out, err } = await longshore(['parse', '--json', '--set', `pipelines=${own}`], { stdin: 'x\n' });
    expect({ code, pipeline: jsonOf(out)[0].pipeline }).toEqual({ code: 0, pipeline: null });
    expect(err).toMatch(/left out: .*broken\.yaml:2: .*Did you mean `grok`/);
  });
});

/** As long as nobody reads what was written, nothing more is taken in. */
test('a slow reader holds the lines up, and one that goes away ends it', async () => {
  const line = `${'x'.repeat(1000)}\n`;
  let given = 0;
  let taken = 0;
  let most = 0;
  const stdin = Readable.from(
    (function* () {
      for (; given < 10_000; given++) yield Buffer.from(line);
    })(),
    { objectMode: false, highWaterMark: 65_536 },
  );
  const stdout = new Writable({
    highWaterMark: 16_384,
    write(bytes: Buffer, _, done) {
      most = Math.max(most, given - taken);
      taken += bytes.toString().split('\n').length - 1;
      if (taken >= 3000) stdout.destroy();
      setImmediate(done);
    },
  });
  const io = { env: {}, stdin, stdout, stderr: new Writable({ write: (_, __, done) => done() }) };
  expect(await dispatch(['parse', '--json', '--set', 'pipelines=[]'], io as never)).toBe(0);
  expect(taken).toBeGreaterThanOrEqual(3000);
  expect(given).toBeLessThan(5000);
  expect(most).toBeLessThan(1500);
});

test('a line without an end is cut, so that memory is bounded', async () => {
  const chunks = [Buffer.alloc(600, 'a'), Buffer.alloc(600, 'b'), Buffer.from('c\nd')];
  const lines: string[][] = [];
  for await (const some of linesOf(Readable.from(chunks), 1000)) lines.push(some);
  expect(lines).toEqual([['a'.repeat(600) + 'b'.repeat(600)], ['c'], ['d']]);
});

test.each([['parse'], ['grok', '%{WORD:x}']])('%s | head: an endless input does not keep it', async (...args) => {
  const child = start(args);
  const endless = new Readable({ read: () => endless.push('hello\n'.repeat(1000)) });
  child.stdin!.on('error', () => endless.destroy());
  endless.pipe(child.stdin!);
  await once(child.stdout!, 'data');
  child.stdout!.destroy();
  expect(await once(child, 'exit')).toEqual([expect.any(Number), null]);
});
