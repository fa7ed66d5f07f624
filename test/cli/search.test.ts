import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { Longshore } from '../support/longshore.ts';
import { inProcess as longshore } from './in-process.ts';
import { collect, longshore as program, start } from './support.ts';

/** Titles, colours, cursor moves (7 and 8 bit), a forged line, a turned reading direction, NUL, DEL, backspaces. */
const HOSTILE =
  'evil \x1b]0;owned\x07 \x1b[31mred\x1b[0m \x1b[2J\x1b[1;1H \x9b31mc1 \u202eabc \x00 \x7f \x08\x08\r2026-01-01 forged\nnext line\ttab';
const STEERS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;

/** Nobody has said from when on. */
const HOUR = '(the last hour; --from now-7d goes back further)\n';

let running: Longshore;
let sender: ForwardSender;
let n = 0;

async function send(log: string, extra: Record<string, unknown> = {}): Promise<void> {
  sender.message('docker.app', dockerRecord(log, extra), `cli-${n++}`);
  await sender.acknowledged(n);
}

beforeAll(async () => {
  running = await Longshore.start({ rules: {} });
  sender = await ForwardSender.connect(running.ready.forward);
  await send('ERROR first failure');
  await send('INFO second is fine');
  await send('ERROR third failure');
  await send(HOSTILE, { container_name: '/ev\x1b[31mil\nname-1' });
});
afterAll(async () => {
  sender.close();
  await running.remove();
});

const at = (command: string, ...args: string[]) => [command, '--url', running.url, ...args];

describe('longshore search', () => {
  test('shows what matches, oldest first, and how much there is', async () => {
    const { code, out, err } = await longshore(at('search', 'level:ERROR', 'AND', 'failure'));
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z ERROR web ERROR first failure$/);
    expect(lines[1]).toContain('third failure');
    expect(err).toBe(`${HOUR}2 of 2 events\n`);
  });

  test('--json gives whole events, --size the newest', async () => {
    const { code, out, err } = await longshore(at('search', '--json', '-n', '1', 'level:ERROR'));
    expect({ code, err }).toEqual({ code: 0, err: `${HOUR}1 of 2 events\n` });
    expect(JSON.parse(out)).toMatchObject({
      _index: expect.stringMatching(/^docker-logs-/),
      message: 'ERROR third failure',
      container_name: 'web-1',
    });
  });

  test('rows are shown before all is counted', async () => {
    const counted = Promise.withResolvers<void>();
    const hit = { _id: 'a', _index: 'x', seq: 1, '@timestamp': '2026-11-20T12:00:00.000Z', message: 'here it is' };
    const server = createHttpServer(async (_, response) => {
      response.write(`${JSON.stringify({ hits: [hit] })}\n`);
      await counted.promise;
      response.end(`${JSON.stringify({ total: { value: 7, relation: 'gte' }, took_ms: 1 })}\n`);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const hears = (text: string): void => void (text.includes('here it is') && counted.resolve());
    const { out, err } = await longshore(['search', '--url', url, '-o', 'raw', '--from', 'now-1h'], { hears });
    server.close();
    expect([out, err]).toEqual(['here it is\n', '1 of at least 7 events\n']);
  });

  test('nothing found is no failure', async () => {
    const { code, out, err } = await longshore(at('search', 'nosuchword'));
    expect({ code, out, err }).toEqual({ code: 0, out: '', err: '0 of 0 events\n' });
  });

  test('a name that no event has and a sign that means nothing here get a hint, and the hits stay', async () => {
    // A search does not wait long for the names of fields.
    await vi.waitFor(async () => {
      const wrong = await longshore(at('search', 'levl:ERROR', 'OR', 'level:ERROR'));
      expect(wrong.out.trimEnd().split('\n')).toHaveLength(2);
      expect(wrong.err).toBe(
        `${HOUR}hint: No event is known to have the field levl. Did you mean level?\n2 of 2 events\n`,
      );
    });
    const { err } = await longshore(at('search', 'level=ERROR'));
    expect(err).toBe('hint: = does not compare here. Write level:ERROR\n0 of 0 events\n');
  });

  test('a word behind -- may begin with a dash', async () => {
    const { err } = await longshore(at('search', '--', 'failure', '-third'));
    expect(err).toBe(`${HOUR}1 of 1 events\n`);
  });

  test('nothing from a log steers the terminal', async () => {
    const { out } = await longshore(at('search', 'evil'));
    expect(out).toContain('evil');
    expect(out).toContain('red');
    expect(out).not.toMatch(STEERS);
    // The forged line is one of the message, seen by its indent.
    expect(out.trimEnd().split('\n').slice(1)).toEqual(['    next line\ttab']);
    const json = (await longshore(at('search', '--json', 'evil'))).out;
    expect(json.trimEnd()).not.toMatch(STEERS);
    const [stored] = (await running.search('evil')).hits;
    expect(JSON.parse(json)).toEqual(stored);
  });

  test('a mistake in the query or the parameters is told once, with exit code 1', async () => {
    const query = await longshore(at('search', 'level:('));
    expect(query.code).toBe(1);
    expect(query.err).toMatch(/^longshore: [\s\S]*\(LS_QUERY_[A-Z_]+\)\n$/);
    expect(query.err.match(/LS_/g)).toHaveLength(1);
    expect((await longshore(at('search', '-n', 'many'))).err).toBe(
      "longshore: --limit 'many' is not a whole number. Write for example --limit 50. (LS_CLI_NUMBER)\n",
    );
    expect((await longshore(at('search', '--limit', '500000'))).err).toMatch(
      /--newest-first, --limit all.*\(LS_CLI_NUMBER\)/,
    );
    expect((await longshore(at('search', '-o', 'cvs'))).err).toMatch(/Did you mean 'csv'\?.*\(LS_CLI_OUTPUT\)/);
    expect((await longshore(at('search', '--timezone', 'Mars'))).err).toMatch(/"Mars" is not known.*\(LS_DATE_ZONE\)/);
    expect((await longshore(at('search', '--from', 'yesteryear'))).code).toBe(1);
  });

  test('what is older is shown when the last hour has nothing', async () => {
    const old = JSON.stringify({
      '@timestamp': new Date(Date.now() - 86_400_000).toISOString(),
      service: 'old',
      message: '=1+1',
    });
    const body = { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body: old };
    expect((await fetch(`${running.url}/api/logs?tag=old`, body)).status).toBe(200);
    const { out, err } = await longshore(at('search', '-o', 'csv', '--fields', 'service,message', 'service:old'));
    expect(out).toBe("service,message\nold,'=1+1\n");
    expect(err).toBe('(nothing in the last hour: these are older)\n1 of 1 events\n');
  });

  test('statistics of the same events, in a sentence', async () => {
    const table = await longshore(at('stats', 'count', 'by', 'level,', 'service', 'where', 'failure', 'or', 'second'));
    expect(table.out).toBe('level  service  count\nERROR  web          2\nINFO   web          1\n');
    expect(table.err).toBe(`${HOUR}from 3 events\n`);
    const json = await longshore(at('stats', 'top', '1', 'level', 'by', 'count', 'where', 'failure', '-o', 'json'));
    expect(JSON.parse(json.out)).toEqual({ by: { level: 'ERROR' }, values: { count: 2 } });
    const wrong = await longshore(at('stats', 'count', 'by', 'level', 'failure'));
    expect(wrong.err).toMatch(
      /"level failure" is no name of a field; a query stands behind 'where'.*\(LS_CLI_STATS\)/s,
    );
    const unknown = await longshore(at('stats', 'mum(bytes)'));
    expect(unknown.err).toMatch(/^longshore: .*Did you mean 'sum'\?/m);
  });

  test('who reads no more is no failure', async () => {
    const child = start(at('search', ''));
    const said = collect(child);
    child.stdout!.destroy();
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect(said.err).not.toMatch(/EPIPE|\n {4}at /);
  });
});

describe('no longshore there', () => {
  const CLOSED = 'http://127.0.0.1:9';
  test.each([
    ['search', ['search', '--url', CLOSED, 'x']],
    ['tail', ['tail', '--url', CLOSED]],
  ])('%s says so, and what to do', async (_, args) => {
    const { code, out, err } = await program(args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^longshore: no longshore answers at http:\/\/127\.0\.0\.1:9: .+\. Start it with 'npm start'/);
    expect(err).not.toMatch(/\n {4}at /);
  });

  test('demo names the setting of the port it would use', async () => {
    const { code, err } = await longshore(['demo', '--url', CLOSED, '--set', 'inputs.forward.address=127.0.0.1:9']);
    expect(code).toBe(1);
    expect(err).toMatch(/nothing listens at 127\.0\.0\.1:9 \(inputs\.forward\.address\).*npm start/);
    const off = await longshore(['demo', '--set', 'inputs.forward=false']);
    expect(off.err).toMatch(/inputs\.forward: the forward input of this configuration is switched off/);
  });

  test('a port that takes connections and says nothing is found out in seconds', async () => {
    const server = createServer(() => {});
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, out, err } = await longshore(['search', '--url', url, 'x']);
    server.close();
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(`longshore: ${url} takes connections but does not answer.`);
  });

  test('another program', async () => {
    const server = createHttpServer((_, response) => response.writeHead(400).end('{"error":"no handler"}'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, err } = await longshore(['search', '--url', url, 'x']);
    server.close();
    expect({ code, err }).toEqual({
      code: 1,
      err: `longshore: ${url} answered 400. That is not how a longshore answers. Name its http.address with --url. (LS_CLI_REFUSED)\n`,
    });
  });

  test('an address that is none', async () => {
    const { code, err } = await longshore(['search', '--url', 'localhost:9880']);
    expect(code).toBe(1);
    expect(err).toMatch(/--url: 'localhost:9880' is no address of a longshore\. Write for example http:/);
  });
});

describe('output is whole', () => {
  const LINES = 3000;
  const BIG = 'x'.repeat(1_000_000);
  let full: Longshore;

  beforeAll(async () => {
    full = await Longshore.start({ rules: {} });
    const lines = Array.from({ length: LINES }, (_, n) =>
      JSON.stringify({ service: 'many', n, message: `line ${n} of a long answer` }),
    );
    for (const body of [lines.join('\n'), JSON.stringify({ service: 'big', message: BIG })]) {
      const answer = await fetch(`${full.url}/api/logs?tag=whole`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body,
      });
      expect(answer.status).toBe(200);
    }
  });
  afterAll(() => full.remove());

  const whole = (query: string) => ['search', '--url', full.url, '--json', '-n', '10000', query];

  /** Reads as a pipe does whose reader has something else to do first. */
  async function readSlowly(child: ReturnType<typeof start>): Promise<string> {
    child.stdin!.on('error', () => {});
    const ended = once(child, 'close');
    const chunks: Buffer[] = [];
    for await (const chunk of child.stdout!) {
      chunks.push(chunk as Buffer);
      await new Promise(resolve => setTimeout(resolve, 2));
    }
    expect((await ended)[0]).toBe(0);
    return Buffer.concat(chunks).toString();
  }

  test('a slow reader of a pipe gets every line of a search', async () => {
    const lines = (await readSlowly(start(whole('service:many')))).trimEnd().split('\n');
    expect(lines.map(line => (JSON.parse(line) as { n: number }).n)).toEqual(
      Array.from({ length: LINES }, (_, n) => n),
    );
  });

  test('all events come in pages, the oldest first, or the newest', async () => {
    const all = ['search', '--url', full.url, '-n', 'all', '-o', 'raw', '--fields', 'n', 'service:many'];
    const { out, err } = await longshore(all);
    expect(out.trimEnd().split('\n').map(Number)).toEqual(Array.from({ length: LINES }, (_, n) => n));
    expect(err).toBe(`${LINES} events\n`);
    const { out: newest } = await longshore([...all, '--newest-first', '-n', `${LINES - 1}`, '--from', 'now-1d']);
    expect(newest.trimEnd().split('\n').map(Number)).toEqual(
      Array.from({ length: LINES - 1 }, (_, n) => LINES - 1 - n),
    );
  });

  test('one event of a megabyte comes out whole', async () => {
    expect(JSON.parse(await readSlowly(start(whole('service:big'))))).toMatchObject({ message: BIG });
  });

  test('a slow reader gets a line for each line that grok was given', async () => {
    const child = start(['grok', '%{WORD:word} %{NUMBER:n:int} %{GREEDYDATA:rest}']);
    child.stdin!.end(Array.from({ length: 20_000 }, (_, n) => `word ${n} ${'y'.repeat(40)}\n`).join(''));
    const lines = (await readSlowly(child)).trimEnd().split('\n');
    expect(lines).toHaveLength(20_000);
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ n: 19_999 });
  });

  test.each(['search', 'grok'])('%s into `head -1` ends quietly', async command => {
    const args = command === 'search' ? whole('service:many') : ['grok', '%{GREEDYDATA:all}'];
    const child = start(args);
    child.stdin!.on('error', () => {});
    child.stdin!.end('some line of text\n'.repeat(50_000));
    child.stdout!.once('data', () => child.stdout!.destroy());
    let err = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect(err).not.toMatch(/EPIPE|\n {4}at /);
  });
});

describe('longshore tail', () => {
  test('begins with the newest and follows, harmless for the terminal, until SIGINT', async () => {
    const child = start(at('tail', '-n', '1', 'level:ERROR'));
    const said = collect(child);
    await vi.waitFor(() => expect(said.out).toContain('third failure'), { timeout: 10_000 });
    await send('INFO nobody asked for this');
    await send(`ERROR live ${HOSTILE}`);
    await vi.waitFor(() => expect(said.out).toContain('live evil'), { timeout: 10_000 });
    expect(said.out).not.toContain('nobody asked');
    expect(said.out).not.toContain('first failure');
    expect(said.out).not.toMatch(STEERS);
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect({ code, err: said.err }).toEqual({ code: 0, err: '' });
  });

  test('--json gives whole events', async () => {
    const child = start(at('tail', '--json', '-n', '0', 'service:jsontail'));
    const said = collect(child);
    const heard = vi.waitFor(() => expect(said.out).toContain('\n'), { timeout: 10_000, interval: 100 });
    // It hears what comes after it has connected, so there has to be something all the time.
    const talking = setInterval(() => void send('INFO again', { container_name: '/jsontail-1' }).catch(() => {}), 100);
    await heard.finally(() => clearInterval(talking));
    expect(JSON.parse(said.out.split('\n')[0]!)).toMatchObject({ service: 'jsontail', message: 'INFO again' });
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(0);
  });

  test('when longshore ends it says so', async () => {
    const other = await Longshore.start({ rules: {} });
    const child = start(['tail', '--url', other.url]);
    const said = collect(child);
    const client = await ForwardSender.connect(other.ready.forward);
    client.message('app', dockerRecord('INFO hello'), 'one');
    await vi.waitFor(() => expect(said.out).toContain('hello'), { timeout: 10_000 });
    client.close();
    const ended = once(child, 'exit');
    await other.remove();
    expect((await ended)[0]).toBe(1);
    expect(said.err).toMatch(/longshore closed the tail|the tail broke off/);
  });
});

describe('a longshore with tokens', () => {
  const TOKENS =
    '[{ name: ci, token: ingest-only-1, scopes: [ingest] }, { name: people, token: may-read-22, scopes: [read] }]';

  test('search needs one, by option or variable, or takes it from the configuration', async () => {
    const guarded = await Longshore.start({ rules: {}, set: { 'http.tokens': TOKENS } });
    try {
      const url = ['--url', guarded.url];
      const none = await longshore(['search', ...url]);
      expect(none.code).toBe(1);
      expect(none.err).toMatch(/Give a token with the scope read: --token or LONGSHORE_TOKEN/);
      expect((await longshore(['search', ...url, '--token', 'ingest-only-1'])).code).toBe(1);
      expect((await longshore(['search', ...url, '--token', 'may-read-22'])).code).toBe(0);
      expect((await longshore(['search', ...url], { env: { LONGSHORE_TOKEN: 'may-read-22' } })).code).toBe(0);
      const configured = ['--set', `http.address=127.0.0.1:${guarded.ready.http}`, '--set', `http.tokens=${TOKENS}`];
      expect((await longshore(['search', ...configured])).code).toBe(0);
      // Never to an address that the configuration does not name.
      expect((await longshore(['search', ...configured, ...url])).code).toBe(1);
    } finally {
      await guarded.remove();
    }
  });
});
