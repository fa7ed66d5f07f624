import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ALERTER_KINDS } from '../../../src/alerts/alerters/index.ts';
import { configureLog } from '../../../src/core/log.ts';
import { engine, hit, load, START, tempFolder, until } from '../support.ts';
import { RULES, SECRET } from './secret-rules.ts';
import { smtpServer } from './smtp.ts';

// A receiver that repeats all that it is sent, with a status that is told: nothing of the secrets may be seen anywhere.

const SETTINGS = { retry_min_ms: 10, retry_max_ms: 20, state_write_interval_ms: 10, max_refused_tries: 2 };
const BASE = 'name: all\ntype: any\nindex: docker-logs-*\nrealert: { seconds: 0 }\n';
const written: string[] = [];
afterEach(() => configureLog('silent'));

async function leftBy(text: string, answers: typeof fetch, last: RegExp): Promise<string> {
  written.length = 0;
  configureLog('debug', {}, { write: line => void written.push(line) });
  const [dir, rulesDir] = [tempFolder(), tempFolder()];
  writeFileSync(join(rulesDir, 'account.yaml'), `user: bot\npassword: ${SECRET}\n`);
  const { rules, errors } = load([{ path: join(rulesDir, 'r.yaml'), text: BASE + text }]);
  expect(errors).toEqual([]);
  let mayNotify = false;
  const alerts = await engine({ dir, rules, settings: SETTINGS, fetch: answers, mayNotify: () => mayNotify });
  alerts.consume([hit('all', 'a', START)], 1);
  await alerts.flush();
  const waiting = stateOf(dir);
  mayNotify = true;
  await until(() => alerts.notifications('dead').length > 0, 'the refusal');
  await alerts.flush();
  expect(alerts.notifications('dead')[0]?.last_error).toMatch(last);
  return JSON.stringify([waiting, stateOf(dir), alerts.recent(10), alerts.notifications(undefined), written]);
}

function stateOf(dir: string): string {
  const files = readdirSync(dir, { recursive: true }).map(name => join(dir, String(name)));
  return files
    .filter(path => statSync(path).isFile())
    .map(path => readFileSync(path, 'utf8'))
    .join('\n');
}

describe('an echo', () => {
  test.for(Object.entries(RULES))('of %s', async ([name, options]) => {
    let echoed = '';
    const echo: typeof fetch = async (url, init) => {
      const headers = Object.fromEntries(new Headers(init?.headers));
      const basic = /^Basic (.+)$/.exec(headers['authorization'] ?? '')?.[1];
      const pair = basic === undefined ? '' : Buffer.from(basic, 'base64').toString();
      const text = String(init?.body ?? '{}');
      const body = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : {};
      echoed = JSON.stringify({
        token: body.token ?? body.api_token ?? body.routing_key ?? body.service_key,
        url: String(url),
        headers,
        pair,
      });
      return new Response(echoed, { status: 400 });
    };
    const alerter = name.split(' ')[0]!;
    const left = await leftBy(`alert: ${alerter}\n${options}\n`, echo, /^HTTP 400: .*\[cut\]/);
    expect(echoed).toContain(SECRET);
    expect(left).not.toMatch(/S3CRET|TOKENxyz/);
    expect(left).not.toContain(Buffer.from(`bot:${SECRET}`).toString('base64').slice(4, 20));
  });

  test('of a mail server', async () => {
    const smtp = await smtpServer();
    smtp.answer = line => (line.startsWith('AUTH') ? `535 ${line} ${SECRET}` : undefined);
    const text = `alert: email\nemail: a@x.test\nsmtp_host: 127.0.0.1\nsmtp_port: ${smtp.port}\nsmtp_auth_file: account.yaml\n`;
    const left = await leftBy(text, fetch, /535/);
    expect(left).not.toMatch(/S3CRET|TOKENxyz/);
    expect(left).not.toContain(Buffer.from(`\0bot\0${SECRET}`).toString('base64').slice(0, 20));
  });

  test('of a broker', async () => {
    const server = createServer(socket => {
      socket.on('error', () => {});
      socket.once('data', heard => socket.end(`ERROR\nmessage:${heard.toString().replaceAll('\n', ' ')}\n\n\0`));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const text = `alert: stomp\nstomp_hostname: 127.0.0.1\nstomp_hostport: ${port}\nstomp_login: bot\nstomp_password: ${SECRET}\n`;
    const left = await leftBy(text, fetch, /^the broker says .*\[cut\]/);
    server.close();
    expect(left).not.toMatch(/S3CRET|TOKENxyz/);
  });

  // `routes` hands alerts on to receivers, and `zabbix` knows no secret.
  test('is tried with every alerter that sends something', () => {
    const tried = new Set([
      ...Object.keys(RULES).map(name => name.split(' ')[0]!),
      'email',
      'stomp',
      'zabbix',
      'debug',
      'command',
      'routes',
    ]);
    expect(ALERTER_KINDS.map(kind => kind.type).filter(type => !tried.has(type))).toEqual([]);
  });
});

test('with guard_addresses no alerter reaches loopback, whatever its own connection is', async () => {
  for (const more of ['', 'http_post_ignore_ssl_errors: true\n', 'http_post_proxy: http://127.0.0.1:8888\n']) {
    const text = `${BASE}alert: post\nhttp_post_url: https://127.0.0.1:8443/\n${more}`;
    const { rules } = load([{ path: 'r.yaml', text }]);
    const alerts = await engine({ rules, settings: { ...SETTINGS, guard_addresses: true } });
    alerts.consume([hit('all', 'a', START)], 1);
    await until(() => alerts.notifications('dead').length > 0, 'the refusal');
    expect(alerts.notifications('dead')[0]?.last_error).toMatch(/which is not allowed here/);
  }
});

test('an address out of an event is guarded, and holds up nothing', async () => {
  const posted: string[] = [];
  const spy: typeof fetch = async url => {
    posted.push(String(url));
    return new Response('ok');
  };
  const text = `${BASE}alert: ms_power_automate\nms_power_automate_webhook_url: https://teams.test/fixed\nms_power_automate_webhook_url_from_field: hook\n`;
  const { rules } = load([{ path: 'r.yaml', text }]);
  const alerts = await engine({ rules, settings: SETTINGS, fetch: spy });
  alerts.consume(
    [hit('all', 'a', START, { hook: 'http://169.254.169.254/latest,http://[::ffff:10.0.0.1]/,file:///etc/passwd' })],
    1,
  );
  alerts.consume([hit('all', 'b', START)], 2);
  await until(() => alerts.notifications('dead').length === 3 && posted.length === 1, 'all of them');
  expect(posted).toEqual(['https://teams.test/fixed']);
});
