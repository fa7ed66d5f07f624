/*
 * From an event to its webhook, beside intake: node test/bench/alert-latency.ts [--rate 20000] [--rules 100] [--keys 500000] [--probes 200]
 *
 * The service takes `rate` access lines a second by the forward protocol, evaluates `rules` rules on them, and one of those
 * holds a window for each of `keys` keys. Meanwhile an event a tenth of a second is posted that alerts at once: measured is
 * the time from the request to the arrival of its notification. Prints one line of JSON; latencies in milliseconds.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '20000' },
    rules: { type: 'string', default: '100' },
    keys: { type: 'string', default: '500000' },
    probes: { type: 'string', default: '200' },
  },
});
const [rate, rules, keys, probes] = [values.rate, values.rules, values.keys, values.probes].map(Number) as [
  number,
  number,
  number,
  number,
];
const EVERY_MS = 100;
const BUSY_MS = 20;
const KEYS_A_POST = 5000;

const dir = mkdtempSync(join(tmpdir(), 'longshore-latency-'));
const arrived = new Map<string, number>();
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (data: Buffer) => {
    body += data.toString();
  });
  request.on('end', () => {
    arrived.set(String((JSON.parse(body) as { probe?: unknown }).probe), performance.now());
    response.end();
  });
}).listen(0, '127.0.0.1');
await once(receiver, 'listening');

const rule = (name: string, filter: string, rest: string): void =>
  writeFileSync(
    join(dir, `${name}.yaml`),
    `name: ${name}\nindex: docker-logs-*\nfilter: [{ query: { query_string: { query: '${filter}' } } }]\n${rest}`,
  );
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
rule('probe', 'service:probe', `type: any\nrealert: { minutes: 0 }\nalert: post\nhttp_post_url: ${url}\n`);
rule(
  'keys',
  'service:keys',
  'type: frequency\nnum_events: 50\ntimeframe: { hours: 1 }\nquery_key: user_id\nalert: debug\n',
);
for (let i = 2; i < rules; i++) {
  const filter = i % 2 === 0 ? `verb:GET AND response:${400 + i}` : `request:*word${i}*`;
  rule(
    `rule-${i}`,
    filter,
    'type: frequency\nnum_events: 1000\ntimeframe: { minutes: 5 }\nquery_key: clientip\nalert: debug\n',
  );
}

const service = spawn(
  process.execPath,
  [
    ...['--max-semi-space-size=8', resolve('bin/longshore.js'), 'run', '--config', 'test/bench/longshore.yaml'],
    ...['--set', `data_dir=${join(dir, 'data')}`, '--set', `rules=${join(dir, '*.yaml')}`],
    ...['--set', `alerts.max_keys_per_rule=${keys + 1}`, '--set', `alerts.max_waiting_per_rule=${probes}`],
  ],
  { stdio: ['ignore', 'ignore', 'pipe'] },
);
const { http, forward } = await new Promise<{ http: number; forward: number }>((done, fail) => {
  createInterface({ input: service.stderr }).on('line', line => {
    if (line.includes('"msg":"ready"')) done(JSON.parse(line));
  });
  service.once('exit', code => fail(new Error(`the service ended: ${code}`)));
});

/** Answers that said to come again. */
let busy = 0;
const post = async (events: readonly object[]): Promise<void> => {
  const body = events.map(event => JSON.stringify(event)).join('\n');
  const headers = { 'content-type': 'application/x-ndjson' };
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${http}/api/logs?tag=bench`, { method: 'POST', headers, body });
    const text = await response.text();
    if (response.ok) return;
    if (response.status !== 503) throw new Error(`${response.status} ${text}`);
    busy++;
    await delay(BUSY_MS);
  }
};
for (let key = 0; key < keys; key += KEYS_A_POST)
  await post(
    Array.from({ length: Math.min(KEYS_A_POST, keys - key) }, (_, i) => ({ service: 'keys', user_id: `u-${key + i}` })),
  );

let load: ChildProcess | undefined;
if (rate > 0) {
  const job = {
    port: forward,
    kind: 'access',
    round: 1,
    events: rate * (5 + (probes * EVERY_MS) / 1000),
    per_frame: 100,
    connections: 4,
    window: 1000,
    rate,
  };
  load = spawn(process.execPath, ['test/bench/sender.ts', JSON.stringify(job)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await delay(2000);
}
const sent = new Map<string, number>();
const acks: number[] = [];
for (let i = 0; i < probes; i++) {
  const probe = `p${i}`;
  sent.set(probe, performance.now());
  const at = performance.now();
  void post([{ service: 'probe', level: 'INFO', message: 'probe', probe }]).then(() =>
    acks.push(performance.now() - at),
  );
  await delay(EVERY_MS);
}
for (let waited = 0; arrived.size < probes && waited < 30_000; waited += 50) await delay(50);

const latencies = [...sent]
  .map(([probe, at]) => (arrived.get(probe) ?? Number.POSITIVE_INFINITY) - at)
  .toSorted((a, b) => a - b);
const quantile = (q: number): number => Math.round(latencies[Math.min(probes - 1, Math.floor(probes * q))]! * 10) / 10;
const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${service.pid}/status`, 'utf8'))?.[1]) / 1024;
const ackMedian = Math.round((acks.toSorted((a, b) => a - b)[acks.length >> 1] ?? Number.NaN) * 10) / 10;
const result = {
  rate,
  rules,
  keys,
  probes,
  arrived: arrived.size,
  ack_p50: ackMedian,
  busy,
  p50: quantile(0.5),
  p99: quantile(0.99),
  max: quantile(1),
};
process.stdout.write(`${JSON.stringify({ ...result, rss_mb: Math.round(rss), machine_load: loadavg()[0] })}\n`);
load?.kill();
service.kill('SIGKILL');
receiver.close();
rmSync(dir, { recursive: true, force: true });
