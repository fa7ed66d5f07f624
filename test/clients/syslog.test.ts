import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { StoredEvent } from '../../src/core/contracts.ts';
import { command, mustRun } from '../support/command.ts';
import { reusablePort } from '../support/free-port.ts';
import { ACCESS_LOG, Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';
import { DAEMONS, installed, type Ports, startDaemon } from './syslog-daemons.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../web/fixtures/localhost.${name}.pem`, import.meta.url));
const hasLogger = requireOrSkip(
  "util-linux' logger",
  (await command('logger', ['--version'])).out.includes('util-linux') || 'there is none',
);

const daemons: { daemon: (typeof DAEMONS)[number]; isInstalled: boolean }[] = [];
for (const daemon of DAEMONS)
  daemons.push({ daemon, isInstalled: requireOrSkip(daemon.name, await installed(daemon)) });

describe.runIf(hasLogger)('syslog', () => {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-syslog-'));
  const unixSocket = join(folder, 'longshore.sock');
  let ports: Ports;
  let longshore: Longshore;

  beforeAll(async () => {
    ports = { syslog: await reusablePort(), tls: await reusablePort() };
    const tls = `{cert_file: ${fixture('cert')}, key_file: ${fixture('key')}}`;
    const addresses = `address: '127.0.0.1:${ports.syslog}', tls_address: '127.0.0.1:${ports.tls}', unix_socket: ${unixSocket}`;
    const pipelines = ['nginx', 'nginx-error', ...ACCESS_LOG];
    longshore = await Longshore.start({ pipelines, set: { 'inputs.syslog': `{${addresses}, tls: ${tls}}` } });
  }, 120_000);
  afterAll(async () => {
    await longshore?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Waits for so many events, and gives them by what the messages end with. */
  async function found(query: string, count: number): Promise<StoredEvent[]> {
    return vi.waitFor(
      async () => {
        const { hits } = await longshore.search(query, { order: 'asc' });
        expect(hits.length, JSON.stringify(hits.map(({ message }) => message))).toBe(count);
        return hits;
      },
      { timeout: 20_000, interval: 100 },
    );
  }

  test('logger, in each of its forms', async () => {
    const net = ['-n', '127.0.0.1', '-P', String(ports.syslog)];
    const forms = [
      [...net, '-T', '--rfc5424'],
      [...net, '-T', '--rfc3164'],
      [...net, '-T', '--octet-count', '--rfc5424=notime,nohost'],
      [...net, '-d'],
      [...net, '-d', '--rfc3164'],
      ['-u', unixSocket],
    ];
    for (const [i, form] of forms.entries())
      await mustRun('logger', [...form, '-t', 'shop', '--id=77', '-p', 'local3.warning', `logger 안녕 ${i}`]);
    const hits = await found('log.syslog.appname:shop', forms.length);
    expect(hits.map(({ message }) => message).sort()).toEqual(forms.map((_, i) => `logger 안녕 ${i}`));
    for (const hit of hits) {
      expect(hit).toMatchObject({ service: 'shop', level: 'WARN', tag: 'syslog' });
      expect(hit['log']).toMatchObject({
        syslog: { procid: '77', priority: 156, facility: { name: 'local3' }, severity: { code: 4, name: 'Warning' } },
      });
      expect(Math.abs(Date.parse(hit['@timestamp']) - Date.now())).toBeLessThan(600_000);
    }
  });

  test('structured data of logger becomes fields', async () => {
    const data = ['--sd-id', 'order@32473', '--sd-param', 'id="7"', '--sd-param', 'by="a \\"b\\""', '--msgid', 'PAID'];
    await mustRun('logger', ['-n', '127.0.0.1', '-P', String(ports.syslog), '-d', '-t', 'pay', ...data, 'order paid']);
    const [hit] = await found('log.syslog.msgid:PAID', 1);
    expect(hit!['log']).toMatchObject({ syslog: { structured_data: { 'order@32473': { id: '7', by: 'a "b"' } } } });
    await found('log.syslog.structured_data.order@32473.id:7', 1);
  });

  test('a line of a known application goes through its pipeline', async () => {
    const line = '192.0.2.9 - - [20/Nov/2026:13:55:36 +0000] "GET /cart HTTP/1.1" 500 12 "-" "curl/8.5"';
    await mustRun('logger', [
      '-n',
      '127.0.0.1',
      '-P',
      String(ports.syslog),
      '-T',
      '-t',
      'nginx',
      '-p',
      'local7.info',
      line,
    ]);
    const [hit] = await found('log.syslog.appname:nginx', 1);
    expect(hit).toMatchObject({ service: 'nginx', level: 'ERROR', verb: 'GET', response: 500 });
  });

  describe.for(daemons)('$daemon.name', ({ daemon, isInstalled }) => {
    test.runIf(isInstalled)('each message arrives in each of its forms, as what it is', async () => {
      const own = mkdtempSync(join(tmpdir(), 'longshore-daemon-'));
      onTestFinished(() => rmSync(own, { recursive: true, force: true }));
      const child = await startDaemon(daemon, own, ports);
      onTestFinished(() => {
        child.kill('SIGKILL');
      });
      const say = (text: string) =>
        mustRun('logger', ['-u', join(own, 'in.sock'), '-t', 'app', '--id=7', '-p', 'mail.err', text]);
      await say(`by ${daemon.name} 안녕`);
      const hits = await found(`message:"by ${daemon.name}"`, daemon.ways);
      for (const hit of hits) {
        expect(hit).toMatchObject({ message: `by ${daemon.name} 안녕`, service: 'app', level: 'ERROR' });
        expect(hit['log']).toMatchObject({ syslog: { appname: 'app', procid: '7', facility: { name: 'mail' } } });
      }
    });
  });

  test('kill -9 in the middle of a connection: what is stored is what was read, in order and once', async () => {
    const to = ['-n', '127.0.0.1', '-P', String(ports.syslog), '-T', '-t', 'killed'];
    const sender = spawn('logger', to, { stdio: ['pipe', 'ignore', 'ignore'] });
    const ended = once(sender, 'exit');
    sender.stdin.on('error', () => {});
    onTestFinished(() => {
      sender.kill('SIGKILL');
    });
    let sent = 0;
    const sendMore = (): void => {
      if (!sender.stdin.writable) return;
      const lines = Array.from({ length: 100 }, () => `line ${sent++}\n`).join('');
      sender.stdin.write(lines, () => setImmediate(sendMore));
    };
    sendMore();
    await vi.waitFor(
      async () => expect((await longshore.search('log.syslog.appname:killed', { size: '1' })).total).toBeGreaterThan(0),
      { timeout: 20_000, interval: 5 },
    );
    await longshore.kill();
    sender.kill('SIGKILL');
    await ended;
    longshore = await longshore.again();
    await longshore.untilReady();
    const messages = (await longshore.searchAll('log.syslog.appname:killed')).map(({ message }) => message);
    expect(messages.length).toBeGreaterThan(0);
    expect(messages).toEqual(Array.from({ length: messages.length }, (_, i) => `line ${i}`));
  }, 120_000);
});
