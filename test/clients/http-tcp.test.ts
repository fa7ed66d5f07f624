import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { encodeMsgpack } from '../../src/base/msgpack/write.ts';
import { command } from '../support/command.ts';
import { reusablePort } from '../support/free-port.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';

/*
 * What anybody sends over HTTP and TCP, with senders that nobody here wrote: curl, which tries a request again with the same
 * Idempotency-Key, and syslog-ng, which sends a batch again until it is answered. Longshore is killed in the middle.
 */

const folder = mkdtempSync(join(tmpdir(), 'longshore-http-tcp-'));
const input = join(folder, 'input');
const ports = { http: await reusablePort(), tcp: await reusablePort() };
/** Events of a request of syslog-ng. */
const BATCH = 20;
const hasCurl = requireOrSkip('curl', (await command('curl', ['--version'])).code === 0 || 'there is none');
const hasSyslogNg = requireOrSkip("syslog-ng's http()", await checkSyslogNg());

let longshore: Longshore;
beforeAll(async () => {
  const set = { 'http.address': `127.0.0.1:${ports.http}`, 'inputs.tcp_json.address': `127.0.0.1:${ports.tcp}` };
  longshore = await Longshore.start({ set });
}, 120_000);
afterAll(async () => {
  await longshore?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Events of which each has a text of its own. */
type Texts = readonly string[];
const lines = (texts: Texts, write: (text: string) => object = message => ({ message })): string =>
  texts.map(text => `${JSON.stringify(write(text))}\n`).join('');
interface Form {
  readonly path?: string;
  readonly headers?: readonly string[];
  /** The header that names a request. */
  readonly id?: string;
  /** Events of a request. */
  readonly each?: number;
  readonly write: (texts: Texts) => string | Buffer | object;
}
const ndjson = 'content-type: application/x-ndjson';
/** How a request may look, at every door that promises something of an Idempotency-Key, or of an id of its own. */
const FORMS: readonly Form[] = [
  { write: texts => texts.map(message => ({ message })) },
  { write: texts => lines(texts).replaceAll('\n', '') },
  { headers: [ndjson], write: texts => lines(texts) },
  { headers: [ndjson, 'content-encoding: gzip'], write: texts => gzipSync(lines(texts)) },
  {
    headers: ['content-type: application/msgpack'],
    write: texts => Buffer.concat(texts.map(message => encodeMsgpack({ message }))),
  },
  { path: '/curl.shop', headers: ['content-type: text/plain'], write: texts => texts.join('\n') },
  { path: '/gelf', write: texts => lines(texts, text => ({ version: '1.1', host: 'a', short_message: text })) },
  { path: '/services/collector/event', write: texts => lines(texts, event => ({ event })) },
  { path: '/services/collector/raw', write: texts => texts.join('\n') },
  {
    path: '/loki/api/v1/push',
    write: texts => ({ streams: [{ stream: { a: 'b' }, values: texts.map(text => [`${Date.now()}000000`, text]) }] }),
  },
  {
    path: '/v1/logs',
    write: texts => ({
      resourceLogs: [{ scopeLogs: [{ logRecords: texts.map(text => ({ body: { stringValue: text } })) }] }],
    }),
  },
  {
    path: '/curl/_bulk',
    headers: [ndjson],
    write: texts => texts.map(text => `{"create":{}}\n${lines([text])}`).join(''),
  },
  {
    path: '/metrics/job/test',
    headers: ['content-type: text/plain'],
    write: texts => texts.map(text => `a{by="${text}"} 1\n`).join(''),
  },
  {
    ...{ path: '/webhooks/github', headers: ['x-github-event: release'], id: 'x-github-delivery', each: 1 },
    write: ([text]) => ({
      action: 'published',
      release: { tag_name: text, published_at: new Date().toISOString() },
      repository: { name: 'shop', full_name: 'acme/shop' },
    }),
  },
  {
    ...{ path: '/webhooks/gitlab', each: 1 },
    write: ([ref]) => ({ object_kind: 'deployment', status: 'success', ref, project: { name: 'shop' } }),
  },
];
const REQUESTS = 150;

/** Writes what curl shall send, one request after the other, each with an id; `events`: how many there are in all. */
function writeRequests(): { path: string; events: number } {
  let events = 0;
  const requests = Array.from({ length: REQUESTS }, (_, request) => {
    const form = FORMS[request % FORMS.length]!;
    const { path = '/api/logs', headers = ['content-type: application/json'], write } = form;
    const texts = Array.from({ length: form.each ?? 3 }, () => `curl ${events++}`);
    const written = write(texts);
    const body = join(folder, `body-${request}`);
    writeFileSync(body, typeof written === 'string' || Buffer.isBuffer(written) ? written : JSON.stringify(written));
    const options = [
      `url = "http://127.0.0.1:${ports.http}${path}"`,
      ...[...headers, `${form.id ?? 'idempotency-key'}: request ${request}`].map(header => `header = "${header}"`),
      `data-binary = "@${body}"`,
      `write-out = "\\n%{http_code} ${path}\\n"`,
    ];
    // They count for one transfer each.
    return [...options, 'silent', 'retry = 100', 'retry-delay = 1', 'retry-all-errors', 'no-progress-meter'].join('\n');
  });
  const path = join(folder, 'requests');
  writeFileSync(path, requests.join('\nnext\n'));
  return { path, events };
}

/** Runs curl until all requests are answered; `answered` is told of each that was taken. */
async function sendAll(path: string, answered: (count: number) => void): Promise<number> {
  const child = started('curl', ['--config', path]);
  let count = 0;
  const refused: string[] = [];
  createInterface({ input: child.stdout! }).on('line', line => {
    if (/^20[0-4] /.test(line)) answered(++count);
    else if (/^4\d\d /.test(line)) refused.push(line);
  });
  await once(child, 'close');
  expect(refused).toEqual([]);
  return count;
}

const numbersOfCurl = async (): Promise<number[]> =>
  (await longshore.searchAll('message:curl')).map(({ message }) => Number(/curl (\d+)/.exec(String(message))?.[1]));
const numbersOf = async (query: string): Promise<number[]> =>
  (await longshore.searchAll(query)).map(({ n }) => Number(n));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const ascending = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

test.runIf(hasCurl)(
  'curl with an Idempotency-Key, in every form, at every door: everything once, sent again or not',
  async () => {
    const { path, events } = writeRequests();
    let killed: Promise<Longshore> | undefined;
    const sent = sendAll(path, count => {
      if (count === 40) killed = longshore.kill().then(() => longshore.again());
    });
    await vi.waitFor(() => expect(killed).toBeDefined(), { timeout: 20_000, interval: 20 });
    longshore = await killed!;
    expect(await sent).toBe(REQUESTS);
    await longshore.untilReady();
    expect(ascending(await numbersOfCurl())).toEqual(upTo(events));
    // Those that were answered before the kill are known to the process after it, too.
    expect(await sendAll(path, () => {})).toBe(REQUESTS);
    expect(ascending(await numbersOfCurl())).toEqual(upTo(events));
  },
  120_000,
);

test.runIf(hasSyslogNg)(
  'syslog-ng: what it was answered over HTTP is there; over TCP each event once, in order',
  async () => {
    const WAYS = ['http', 'lines', 'stream'];
    const write = (from: number, to: number): void =>
      appendFileSync(
        input,
        upTo(to)
          .slice(from)
          .map(n => `${n}\n`)
          .join(''),
      );
    const arrived = (n: number): Promise<unknown> =>
      vi.waitFor(
        async () => expect((await longshore.searchAll(`way:* AND n:${n}`)).map(({ way }) => way).sort()).toEqual(WAYS),
        { timeout: 30_000, interval: 100 },
      );
    write(0, 300);
    const daemon = started('syslog-ng', syslogNgArgs());
    await arrived(299);
    write(300, 2000);
    await vi.waitFor(
      async () => expect((await longshore.search('way:* AND n:>=300', { size: '1' })).total).toBeGreaterThan(0),
      {
        timeout: 20_000,
        interval: 5,
      },
    );
    await longshore.kill();
    longshore = await longshore.again();
    write(2000, 2100);
    await arrived(2099);
    daemon.kill('SIGKILL');
    const overHttp = await numbersOf('way:http');
    expect(ascending([...new Set(overHttp)])).toEqual(upTo(2100));
    // A batch whose answer was lost is sent again.
    expect(overHttp.length).toBeLessThanOrEqual(2100 + BATCH);
    for (const way of ['lines', 'stream']) {
      const numbers = await numbersOf(`way:${way}`);
      expect(numbers.slice(0, 300), way).toEqual(upTo(300));
      // What was on the wire when the process died nobody sends again.
      expect(numbers, way).toEqual(ascending([...new Set(numbers)]));
    }
  },
  120_000,
);

function started(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

function syslogNgArgs(): string[] {
  const own = join(folder, 'syslog-ng');
  mkdirSync(own, { recursive: true });
  const config = join(own, 'daemon.conf');
  const json = (way: string): string => `$(format-json way=${way} n=int($MESSAGE))`;
  writeFileSync(
    config,
    `
@version: 3.38
options { time-reopen(1); flush-lines(1); };
source s { file("${input}" follow-freq(0.1) flags(no-parse)); };
destination http {
  http(url("http://127.0.0.1:${ports.http}/api/logs?tag=syslog-ng") headers("content-type: application/x-ndjson")
    body("${json('http')}") delimiter("\\n") batch-lines(${BATCH}) batch-timeout(50) retries(1000));
};
destination lines { network("127.0.0.1" port(${ports.tcp}) template("${json('lines')}\\n") persist-name("lines")); };
destination stream { network("127.0.0.1" port(${ports.tcp}) template("${json('stream')}") persist-name("stream")); };
log { source(s); destination(http); destination(lines); destination(stream); flags(flow-control); };
`,
  );
  return [
    ...['-F', '--no-caps', '-f', config, '-p', join(own, 'pid')],
    ...['-R', join(own, 'persist'), '-c', join(own, 'control')],
  ];
}

/** True where it is installed with the module; else why not. */
async function checkSyslogNg(): Promise<true | string> {
  const { code, err } = await command('syslog-ng', [...syslogNgArgs(), '--syntax-only']);
  return code === 0 || err.split('\n').at(-1) || 'there is no syslog-ng';
}
