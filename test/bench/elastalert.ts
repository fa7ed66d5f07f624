/*
 * Alerts by ElastAlert 2 and by Longshore, the same rule files over the same events:
 *
 *   node test/bench/elastalert.ts --elastalert PROGRAM --elasticsearch http://127.0.0.1:9200 --elasticsearch-pid PID
 *        [--rate 200] [--seconds 120] [--rules 10,100] [--every 1,60] [--note TEXT]
 *
 * PROGRAM is `elastalert` of a virtual environment (`pip install elastalert2`); Elasticsearch answers `GET /`, is of a
 * version that it supports, and runs on this machine. Events come at `rate` a second: with ElastAlert as bulk requests to
 * Elasticsearch, with Longshore by its HTTP API. Once a second one of them is to be told at once, by a rule of type `any`;
 * the other rules count, each events of a path of its own. Measured are the time from the request to the arrival of the
 * message, and the CPU that rules cost: that of ElastAlert and what Elasticsearch takes more than with no rules, that of
 * Longshore's process less what it takes with one rule that matches nothing. Prints the part of docs/BENCHMARKS.md;
 * `--note` is a sentence for it about the machine.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { commit } from './page.ts';
import { cpuSeconds } from './processes.ts';

const { values } = parseArgs({
  options: {
    elastalert: { type: 'string' },
    elasticsearch: { type: 'string' },
    'elasticsearch-pid': { type: 'string' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '120' },
    rules: { type: 'string', default: '10,100' },
    every: { type: 'string', default: '1,60' },
    note: { type: 'string', default: '' },
  },
});
const { elastalert, elasticsearch } = values;
if (elastalert === undefined || elasticsearch === undefined || values['elasticsearch-pid'] === undefined)
  throw new Error('--elastalert, --elasticsearch and --elasticsearch-pid are needed');
const elasticsearchPid = Number(values['elasticsearch-pid']);
const rate = Number(values.rate);
const seconds = Number(values.seconds);
const numbers = (list: string): number[] => list.split(',').map(Number);

const BATCH_MS = 100;
const ELASTICSEARCH_INDEX = 'docker-logs-bench';
/** ElastAlert waits up to 15 seconds before a rule runs first; then until a first message has come. */
const WARM_UP_MS = 20_000;
const LONGEST_WARM_UP_MS = 180_000;

const dir = mkdtempSync(join(tmpdir(), 'longshore-beside-'));
const arrived = new Map<string, number>();
const receiver = createServer(async (request, response) => {
  let body = '';
  for await (const data of request) body += String(data);
  arrived.set(String((JSON.parse(body) as { probe?: unknown }).probe), performance.now());
  response.end();
}).listen(0, '127.0.0.1');
await once(receiver, 'listening');
const receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;

/** Of `count` rules the first one tells of probes; with 0 there is one that nothing matches. */
function writeRules(count: number): string {
  const folder = join(dir, `rules-${count}`);
  mkdirSync(folder, { recursive: true });
  const write = (name: string, query: string, rest: string): void =>
    writeFileSync(
      join(folder, `${name}.yaml`),
      `name: ${name}\nindex: docker-logs-*\nfilter: [{ query_string: { query: '${query}' } }]\n${rest}`,
    );
  if (count === 0) write('nothing', 'service:nobody', 'type: any\nalert: debug\n');
  else
    write('probe', 'service:probe', `type: any\nrealert: { minutes: 0 }\nalert: post\nhttp_post_url: ${receiverUrl}\n`);
  for (let i = 1; i < count; i++)
    write(
      `rule-${i}`,
      `service:web AND path:p${i}`,
      'type: frequency\nnum_events: 100000\ntimeframe: { minutes: 5 }\nquery_key: user_id\nalert: debug\n',
    );
  return folder;
}

type Send = (events: readonly object[]) => Promise<void>;

async function post(url: string, body: string): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body });
  const text = await response.text();
  if (!response.ok || text.includes('"errors":true')) throw new Error(`${response.status} ${text.slice(0, 300)}`);
}

const toElasticsearch: Send = events =>
  post(
    `${elasticsearch}/${ELASTICSEARCH_INDEX}/_bulk`,
    `${events.map(event => `{"index":{}}\n${JSON.stringify(event)}`).join('\n')}\n`,
  );

interface Measured {
  /** Milliseconds from the request to the message, sorted. */
  readonly latencies: readonly number[];
  readonly probes: number;
  /** CPU seconds of each process meanwhile. */
  readonly cpu: readonly number[];
}

let runs = 0;
/** Events for `seconds`, after a warm-up. Waits for messages as long as `patienceMs`; 0: nobody tells of any. */
async function measure(sendEvents: Send, pids: readonly number[], patienceMs: number): Promise<Measured> {
  const run = ++runs;
  const sent = new Map<string, number>();
  let number = 0;
  const batch = (probe?: string): object[] => {
    const events: Record<string, unknown>[] = Array.from({ length: (rate * BATCH_MS) / 1000 }, () => ({
      '@timestamp': new Date().toISOString(),
      service: 'web',
      level: 'INFO',
      path: `p${number % 200}`,
      user_id: `u${number++ % 50}`,
      message: `request ${number} took ${number % 90} ms`,
    }));
    if (probe !== undefined) Object.assign(events[0]!, { service: 'probe', probe });
    return events;
  };
  const pending: Promise<void>[] = [];
  const flow = async (ms: number, isProbing: boolean): Promise<void> => {
    const begun = performance.now();
    for (let n = 0; n * BATCH_MS < ms; n++) {
      const probe = isProbing && n % 10 === 0 ? `${run}-${number}` : undefined;
      if (probe !== undefined) sent.set(probe, performance.now());
      pending.push(sendEvents(batch(probe)));
      await sleep(Math.max(0, begun + (n + 1) * BATCH_MS - performance.now()));
    }
  };
  const isAwake = (): boolean => patienceMs === 0 || [...sent.keys()].some(probe => arrived.has(probe));
  for (let waited = 0; waited < WARM_UP_MS || (!isAwake() && waited < LONGEST_WARM_UP_MS); waited += 1000)
    await flow(1000, patienceMs > 0);
  sent.clear();
  const before = pids.map(cpuSeconds);
  await flow(seconds * 1000, true);
  const cpu = pids.map((pid, i) => cpuSeconds(pid) - before[i]!);
  await Promise.all(pending);
  const isThere = (probe: string): boolean => arrived.has(probe);
  for (let waited = 0; waited < patienceMs && ![...sent.keys()].every(isThere); waited += 100) await sleep(100);
  const latencies = [...sent].flatMap(([probe, at]) => (isThere(probe) ? [arrived.get(probe)! - at] : []));
  return { latencies: latencies.toSorted((a, b) => a - b), probes: sent.size, cpu };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}

async function freshIndex(): Promise<void> {
  await fetch(`${elasticsearch}/${ELASTICSEARCH_INDEX}`, { method: 'DELETE' });
  const text = { type: 'keyword' };
  const properties = {
    '@timestamp': { type: 'date' },
    service: text,
    level: text,
    path: text,
    user_id: text,
    probe: text,
  };
  const body = JSON.stringify({ settings: { number_of_replicas: 0 }, mappings: { properties } });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${elasticsearch}/${ELASTICSEARCH_INDEX}`, { method: 'PUT', headers, body });
  if (!answer.ok) throw new Error(await answer.text());
}

async function byElastAlert(rules: number, everySeconds: number): Promise<Measured> {
  const { hostname, port } = new URL(elasticsearch!);
  const config = join(dir, 'config.yaml');
  const index = `elastalert_${runs}_${process.pid}`;
  writeFileSync(
    config,
    `rules_folder: ${writeRules(rules)}\nrun_every: { seconds: ${everySeconds} }\nbuffer_time: { minutes: 15 }\n` +
      `es_host: ${hostname}\nes_port: ${port}\nwriteback_index: ${index}\nalert_time_limit: { days: 2 }\n`,
  );
  await freshIndex();
  execFileSync(join(dirname(elastalert!), 'elastalert-create-index'), ['--config', config], { stdio: 'ignore' });
  const child = spawn(elastalert!, ['--config', config], { stdio: 'ignore' });
  try {
    return await measure(toElasticsearch, [child.pid!, elasticsearchPid], (everySeconds + 30) * 1000);
  } finally {
    await end(child);
  }
}

async function byLongshore(rules: number): Promise<Measured> {
  const child = spawn(
    process.execPath,
    [
      ...['--max-semi-space-size=8', resolve('bin/longshore.js'), 'run', '--config', 'test/bench/longshore.yaml'],
      ...['--set', `data_dir=${join(dir, `data-${runs}`)}`, '--set', `rules=${join(writeRules(rules), '*.yaml')}`],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const port = await new Promise<number>((done, fail) => {
    createInterface({ input: child.stderr }).on('line', line => {
      if (line.includes('"msg":"ready"')) done((JSON.parse(line) as { http: number }).http);
    });
    child.once('exit', code => fail(new Error(`the service ended: ${code}`)));
  });
  const toLongshore: Send = events =>
    post(`http://127.0.0.1:${port}/api/logs?tag=bench`, events.map(event => JSON.stringify(event)).join('\n'));
  try {
    return await measure(toLongshore, [child.pid!], rules === 0 ? 0 : 30_000);
  } finally {
    await end(child);
  }
}

const rows: string[] = [];
const events = rate * seconds;
function row(name: string, rules: number, { latencies, probes }: Measured, cpu: number): void {
  const quantile = (q: number): number | undefined =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))];
  const shown = (ms: number | undefined): string =>
    ms === undefined ? '' : ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
  const cells = [
    name,
    rules,
    `${latencies.length} of ${probes}`,
    shown(quantile(0.5)),
    shown(quantile(0.99)),
    shown(latencies.at(-1)),
  ];
  rows.push(
    `| ${[...cells, ((cpu / events) * 1e6).toFixed(0), `${((cpu / seconds) * 100).toFixed(1)} %`].join(' | ')} |`,
  );
  process.stderr.write(`${rows.at(-1)}\n`);
}

try {
  const [plain] = (await byLongshore(0)).cpu as [number];
  for (const rules of numbers(values.rules)) {
    const measured = await byLongshore(rules);
    row('Longshore', rules, measured, measured.cpu[0]! - plain);
  }
  await freshIndex();
  const [indexing] = (await measure(toElasticsearch, [elasticsearchPid], 0)).cpu as [number];
  for (const every of numbers(values.every))
    for (const rules of numbers(values.rules)) {
      const measured = await byElastAlert(rules, every);
      row(`ElastAlert 2, run_every ${every} s`, rules, measured, measured.cpu[0]! + measured.cpu[1]! - indexing);
    }
  const versionOf = (name: string): string =>
    execFileSync(
      join(dirname(elastalert), 'python'),
      ['-c', `import importlib.metadata as m; print(m.version('${name}'))`],
      {
        encoding: 'utf8',
      },
    ).trim();
  const info = (await (await fetch(`${elasticsearch}/`)).json()) as { version: { number: string } };
  const { seconds: length, rules, every } = values;
  const command = `node test/bench/elastalert.ts --rate ${rate} --seconds ${length} --rules ${rules} --every ${every}`;
  process.stdout.write(`## Alerts beside ElastAlert 2

Printed by \`${command}\` (and the places of
both) on ${new Date().toISOString().slice(0, 10)}, commit ${commit()}, on ${cpus().length} cores of ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, ElastAlert ${versionOf('elastalert2')},
Elasticsearch ${info.version.number}. Load average at the end: ${loadavg()[0]!.toFixed(0)}.${values.note === '' ? '' : ` ${values.note}`}

${rate} events a second for ${seconds} seconds. Once a second one of them is told by a rule of type \`any\` with \`realert\` 0; the other
rules are of type \`frequency\` with a \`query_key\`. ElastAlert finds events in Elasticsearch with \`buffer_time\` 15 minutes and each
\`run_every\` (60 seconds is what its example has); Longshore takes them over HTTP. The time is that from the request with the
event to the arrival of its message. CPU is what rules cost: all of ElastAlert and what Elasticsearch takes more than without
it; of Longshore what it takes more than with one rule that nothing matches. Both are small differences of two runs: take them
for an order of magnitude.

| by | rules | told | p50 | p99 | max | CPU, µs an event | of a core |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`);
} finally {
  receiver.close();
  rmSync(dir, { recursive: true, force: true });
}
