/*
 * npm run bench [-- --json] [--events N] [--cases a,b]
 *
 * Sends forward frames of Docker's shape (Apache combined lines) through grok, schema and the durable spool, into the
 * embedded store and into a bulk sink. CPU is what the operating system accounts to the service's processes, from
 * before the first event until everything is where it belongs; the load has a process of its own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSink } from './sink.ts';

interface Case {
  name: string;
  store: 'embedded' | 'bulk' | 'stopped';
  perFrame: number;
  events: number;
  window: number;
  rate: number;
}

interface Result {
  case: string;
  events: number;
  events_per_second: number;
  cpu_us_per_event: number;
  store_cpu_us_per_event: number;
  rss_mb: number;
  store_rss_mb: number;
  ack_p50_ms: number;
  ack_p99_ms: number;
}

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, events: { type: 'string', default: '1000000' }, cases: { type: 'string' } },
});
const events = Number(values.events);
const cases: Case[] = [
  { name: 'bulk, 1000 a frame', store: 'bulk', perFrame: 1000, events, window: 8, rate: 0 },
  { name: 'embedded, 1000 a frame', store: 'embedded', perFrame: 1000, events, window: 8, rate: 0 },
  { name: 'store stopped, 1000 a frame', store: 'stopped', perFrame: 1000, events, window: 8, rate: 0 },
  { name: 'bulk, 1 a frame', store: 'bulk', perFrame: 1, events: events / 5, window: 200, rate: 0 },
  { name: 'embedded, 1 a frame', store: 'embedded', perFrame: 1, events: events / 5, window: 200, rate: 0 },
  { name: 'one in flight, idle', store: 'embedded', perFrame: 1, events: 2000, window: 1, rate: 0 },
  { name: '20,000 events/s', store: 'embedded', perFrame: 1, events: 200_000, window: 0, rate: 20_000 },
];
const wanted = values.cases?.split(',');
const results: Result[] = [];
for (const one of cases) {
  if (wanted !== undefined && !wanted.some(part => one.name.includes(part))) continue;
  const result = await measure(one);
  results.push(result);
  if (values.json !== true) printRow(result, results.length === 1);
}
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, load: loadavg()[0] };
process.stdout.write(
  values.json === true ? `${JSON.stringify({ machine, results })}\n` : `\n${JSON.stringify(machine)}\n`,
);

async function measure(one: Case): Promise<Result> {
  const dir = mkdtempSync(join(tmpdir(), 'longshore-bench-'));
  const sink = one.store === 'bulk' ? await startSink() : undefined;
  const target = fork(new URL('target.ts', import.meta.url), [
    one.store,
    dir,
    ...(sink === undefined ? [] : [sink.url]),
  ]);
  try {
    const [{ ready }] = (await once(target, 'message')) as [{ ready: { forward: number } }];
    // Compiles what is hot, as any service that has run for a while has.
    await send({
      ...one,
      port: ready.forward,
      events: Math.min(one.events, one.perFrame === 1 ? 5000 : 50_000),
      rate: 0,
      window: Math.max(1, one.window),
    });
    await sleep(1500);
    const children = childrenOf(target.pid!);
    const before = cpuOf(target.pid!);
    const storeBefore = sum(children.map(cpuOf));
    const sunkBefore = sink?.documents() ?? 0;
    const load = await send({ ...one, port: ready.forward });
    if (sink !== undefined) while (sink.documents() - sunkBefore < load.events) await sleep(50);
    else await sleep(2500);
    const status = { rss: peakRss(target.pid!), store: sum(children.map(peakRss)) };
    return {
      case: one.name,
      events: load.events,
      events_per_second: Math.round(load.events / load.seconds),
      cpu_us_per_event: ((cpuOf(target.pid!) - before) * 1e6) / load.events,
      store_cpu_us_per_event: ((sum(children.map(cpuOf)) - storeBefore) * 1e6) / load.events,
      rss_mb: status.rss,
      store_rss_mb: status.store,
      ack_p50_ms: load.p50,
      ack_p99_ms: load.p99,
    };
  } finally {
    await end(target);
    await sink?.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function send(job: object): Promise<{ seconds: number; events: number; p50: number; p99: number }> {
  const child = fork(new URL('sender.ts', import.meta.url), [JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let output = '';
  child.stdout!.on('data', (data: Buffer) => {
    output += data.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`the sender ended with ${code}`);
  return JSON.parse(output);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** CPU seconds of a process so far, user and system (proc(5): fields 14 and 15 in ticks of 10 ms). */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function peakRss(pid: number): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024);
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

function printRow(result: Result, isFirst: boolean): void {
  const columns = Object.keys(result) as (keyof Result)[];
  const width = (name: string) => (name === 'case' ? 30 : Math.max(name.length, 8));
  if (isFirst) process.stdout.write(`${columns.map(name => name.padEnd(width(name))).join('  ')}\n`);
  const cell = (name: keyof Result): string => {
    const value = result[name];
    return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(2) : String(value);
  };
  process.stdout.write(`${columns.map(name => cell(name).padEnd(width(name))).join('  ')}\n`);
}
