import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf, cpuSeconds, forgetPeak, peakMb, untilIdle } from './processes.ts';
import type { Job, Sent } from './sender.ts';
import { startSink } from './sink.ts';

export interface Case {
  name: string;
  /** `bulk`: an Elasticsearch that takes everything at once, requests uncompressed or not. `stopped`: a store that takes nothing. */
  store: 'embedded' | 'bulk' | 'bulk_gzip' | 'stopped';
  per_frame: number;
  events: number;
  connections: number;
  /** Frames in flight on each connection. */
  window: number;
  /** Events a second; 0 for as fast as it goes. */
  rate: number;
  /** Searches one after another while it runs. */
  searches: boolean;
}

export interface Result {
  case: string;
  events: number;
  events_per_second: number;
  /** Of the process that accepts, parses and spools, until everything has left it. */
  cpu_us_per_event: number;
  /** Of the store's own process, until it has nothing to do any more. */
  store_cpu_us_per_event: number;
  rss_mb: number;
  store_rss_mb: number;
  ack_p50_ms: number;
  ack_p99_ms: number;
  ack_max_ms: number;
  searches: number;
}

/** What has been compiled by then is what a service that runs for a while has. */
const WARM_UP_EVENTS = 60_000;
const DRAIN_LIMIT_MS = 180_000;

/** `profile`: a file that gets the CPU profile of the accepting process. */
export async function measure(one: Case, profile?: string): Promise<Result> {
  const dir = mkdtempSync(join(tmpdir(), 'longshore-bench-'));
  const sink = one.store.startsWith('bulk') ? await startSink() : undefined;
  const target = fork(
    new URL('target.ts', import.meta.url),
    [one.store, dir, ...(sink === undefined ? [] : [sink.url])],
    { env: { ...process.env, LOG_LEVEL: 'error', NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') } },
  );
  try {
    const [{ ready }] = (await once(target, 'message')) as [{ ready: { forward: number; http: number } }];
    const pid = target.pid!;
    const stores = childrenOf(pid);
    const drained = async (events: number): Promise<void> => {
      if (sink !== undefined) await sink.received(events, DRAIN_LIMIT_MS);
      await untilIdle([pid, ...stores], DRAIN_LIMIT_MS);
    };
    const { name: _, store: __, searches, ...job } = one;
    const warmUp = {
      ...job,
      port: ready.forward,
      round: 1,
      rate: 0,
      window: Math.max(100 / one.connections, one.window),
    };
    const warm = await send({ ...warmUp, events: Math.min(one.events, WARM_UP_EVENTS) });
    await drained(warm.events);

    for (const process of [pid, ...stores]) forgetPeak(process);
    const before = cpuSeconds(pid);
    const storeBefore = sum(stores.map(cpuSeconds));
    if (profile !== undefined) target.send({ profile });
    const searching = searches ? new Searching(ready.http) : undefined;
    const load = await send({ ...job, port: ready.forward, round: 2 });
    await drained(warm.events + load.events);
    const searched = await searching?.stop();
    const cpu = cpuSeconds(pid) - before;
    const storeCpu = sum(stores.map(cpuSeconds)) - storeBefore;
    if (profile !== undefined) {
      target.send({ profile: null });
      await once(target, 'message');
    }
    return {
      case: one.name,
      events: load.events,
      events_per_second: Math.round(load.events / load.seconds),
      cpu_us_per_event: (cpu * 1e6) / load.events,
      store_cpu_us_per_event: (storeCpu * 1e6) / load.events,
      rss_mb: peakMb(pid),
      store_rss_mb: sum(stores.map(peakMb)),
      ack_p50_ms: load.p50,
      ack_p99_ms: load.p99,
      ack_max_ms: load.max,
      searches: searched ?? 0,
    };
  } finally {
    await end(target);
    await sink?.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Searches as a page of the newest errors does, one after another. */
class Searching {
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;
  #count = 0;

  constructor(port: number) {
    this.#done = this.#run(`http://127.0.0.1:${port}/api/search?size=100&q=`);
  }

  /** How many were answered. */
  async stop(): Promise<number> {
    this.#abort.abort();
    await this.#done;
    return this.#count;
  }

  async #run(url: string): Promise<void> {
    const queries = ['level:ERROR', 'verb:GET AND response:404', 'message:/page\\/9[0-9]+/', 'cart curl'];
    for (let i = 0; !this.#abort.signal.aborted; i++) {
      const response = await fetch(url + encodeURIComponent(queries[i % queries.length]!));
      const text = await response.text();
      if (response.ok) this.#count++;
      else if (response.status !== 503) throw new Error(`the search was answered with ${response.status}: ${text}`);
      await sleep(100);
    }
  }
}

async function send(job: Job): Promise<Sent> {
  const child = fork(new URL('sender.ts', import.meta.url), [JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: [],
  });
  let output = '';
  child.stdout!.on('data', (data: Buffer) => {
    output += data.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`the sender ended with ${code}`);
  return JSON.parse(output) as Sent;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
