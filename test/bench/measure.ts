import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf, cpuSeconds, forgetPeak, peakMb, untilIdle } from './processes.ts';
import type { Job, Sent } from './sender.ts';
import { type Place, type Surroundings, surround } from './surroundings.ts';

export interface Case extends Place {
  name: string;
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

export interface MeasureOptions {
  /** A file that gets the CPU profile of the accepting process. */
  profile?: string | undefined;
  /** The core that Redis and Elasticsearch have to themselves. */
  core?: number | undefined;
}

export interface Result {
  case: string;
  events: number;
  /** As acknowledged. */
  events_per_second: number;
  /** From the first event sent until the store had the last; 0 where nothing tells. */
  stored_per_second: number;
  /** Of the process that accepts, parses and spools, until everything has left it. */
  cpu_us_per_event: number;
  /** Of the store's own process, until it has nothing to do any more. */
  store_cpu_us_per_event: number;
  redis_cpu_us_per_event: number;
  rss_mb: number;
  store_rss_mb: number;
  ack_p50_ms: number;
  ack_p99_ms: number;
  ack_max_ms: number;
  searches: number;
}

/** What has been compiled by then is what a service that runs for a while has. */
const WARM_UP_EVENTS = 60_000;
const DRAIN_LIMIT_MS = 300_000;

export async function measure(one: Case, { profile, core }: MeasureOptions = {}): Promise<Result> {
  const around = await surround(one, core);
  const target = await Target.start(one, around);
  try {
    const { pid, stores } = target;
    const { name: _, store: __, buffer: ___, searches, ...job } = one;
    const warmUp = {
      ...job,
      port: target.ready.forward,
      round: 1,
      rate: 0,
      window: Math.max(100 / one.connections, one.window),
    };
    const warm = await send({ ...warmUp, events: Math.min(one.events, WARM_UP_EVENTS) });
    await target.drained(warm.events);

    target.forgetPeaks();
    const before = cpuSeconds(pid);
    const storeBefore = sum(stores.map(cpuSeconds));
    const redisBefore = await around.redisCpu();
    if (profile !== undefined) target.process.send({ profile });
    const searching = searches ? new Searching(target.ready.http) : undefined;
    const started = performance.now();
    const load = await send({ ...job, port: target.ready.forward, round: 2 });
    await around.received(warm.events + load.events, DRAIN_LIMIT_MS);
    const storedSeconds = (performance.now() - started) / 1000;
    const searched = await searching?.stop();
    await target.drained(warm.events + load.events);
    const cpu = cpuSeconds(pid) - before;
    const storeCpu = sum(stores.map(cpuSeconds)) - storeBefore;
    const redisCpu = (await around.redisCpu()) - redisBefore;
    if (profile !== undefined) {
      target.process.send({ profile: null });
      await once(target.process, 'message');
    }
    const isTold = around.sink !== undefined || around.elasticsearch !== undefined;
    return {
      case: one.name,
      events: load.events,
      events_per_second: Math.round(load.events / load.seconds),
      stored_per_second: isTold ? Math.round(load.events / storedSeconds) : 0,
      cpu_us_per_event: (cpu * 1e6) / load.events,
      store_cpu_us_per_event: (storeCpu * 1e6) / load.events,
      redis_cpu_us_per_event: (redisCpu * 1e6) / load.events,
      rss_mb: peakMb(pid),
      store_rss_mb: sum(stores.map(peakMb)),
      ack_p50_ms: load.p50,
      ack_p99_ms: load.p99,
      ack_max_ms: load.max,
      searches: searched ?? 0,
    };
  } finally {
    await target.end();
    await around.close();
  }
}

/** The service in a process of its own, on an empty data folder. */
export class Target {
  readonly process: ChildProcess;
  readonly ready: { forward: number; http: number };
  readonly dir: string;
  readonly #around: Surroundings;

  private constructor(
    child: ChildProcess,
    ready: { forward: number; http: number },
    dir: string,
    around: Surroundings,
  ) {
    this.process = child;
    this.ready = ready;
    this.dir = dir;
    this.#around = around;
  }

  static async start({ store }: Place, around: Surroundings, sets: readonly string[] = []): Promise<Target> {
    const dir = mkdtempSync(join(tmpdir(), 'longshore-bench-'));
    const child = fork(
      new URL('target.ts', import.meta.url),
      [store.startsWith('stopped') ? 'stopped' : 'open', dir, ...around.sets, ...sets],
      { env: { ...process.env, LOG_LEVEL: 'error', NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') } },
    );
    const [{ ready }] = (await once(child, 'message')) as [{ ready: { forward: number; http: number } }];
    return new Target(child, ready, dir, around);
  }

  get pid(): number {
    return this.process.pid!;
  }

  get stores(): number[] {
    return childrenOf(this.pid);
  }

  forgetPeaks(): void {
    for (const pid of [this.pid, ...this.stores]) forgetPeak(pid);
  }

  /** Until the store has so many events and the processes have nothing to do. */
  async drained(events: number): Promise<void> {
    await this.#around.received(events, DRAIN_LIMIT_MS);
    await untilIdle([this.pid, ...this.stores], DRAIN_LIMIT_MS);
  }

  async end(): Promise<void> {
    await end(this.process);
    rmSync(this.dir, { recursive: true, force: true });
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

export async function send(job: Job): Promise<Sent> {
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
