import { setTimeout as sleep } from 'node:timers/promises';
import type { Kind } from './lines/index.ts';
import { send } from './load.ts';
import { cpuSeconds, forgetPeak, peakMb, untilIdle } from './processes.ts';
import type { Program, Running } from './program.ts';
import { type Place, type Surroundings, surround } from './surroundings.ts';

export interface Case extends Place {
  name: string;
  kind: Kind;
  per_frame: number;
  events: number;
  connections: number;
  /** Frames in flight on each connection; 0: no answers are asked for. */
  window: number;
  /** Events a second; 0 for as fast as it goes. */
  rate: number;
  /** Searches one after another while it runs. */
  searches: boolean;
}

export interface MeasureOptions {
  readonly turns: number;
  /** A file that gets the CPU profile of the accepting process of the first program. */
  readonly profile?: string | undefined;
  /** The core that Redis and Elasticsearch have to themselves. */
  readonly core?: number | undefined;
}

export interface Result {
  case: string;
  program: string;
  events: number;
  /** As acknowledged; 0 where no answers are asked for. */
  events_per_second: number;
  /** From the first event sent until the store had the last; 0 where nothing tells. */
  stored_per_second: number;
  /** Of all processes of the program, until everything has left them. */
  cpu_us_per_event: number;
  /** That of the store's own process in it. */
  store_cpu_us_per_event: number;
  redis_cpu_us_per_event: number;
  /** Of what accepts. */
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
/** Traces are joined, so fewer documents come than lines are sent: the time is taken when so many of them are there, for the last wait for more. */
const ALMOST_ALL = 0.98;

interface Started {
  readonly program: Program;
  readonly running: Running;
  readonly around: Surroundings;
  round: number;
}

/** One case by all programs in turns, all of them started before: the results of each turn, in the order of the programs. */
export async function measure(one: Case, programs: readonly Program[], options: MeasureOptions): Promise<Result[][]> {
  const started: Started[] = [];
  try {
    for (const program of programs) {
      const around = await surround(one, options.core);
      const running = await program.start(one, around).catch(async (error: unknown) => {
        await around.close();
        throw error;
      });
      const of = { program, running, around, round: 1 };
      started.push(of);
      await warmUp(one, of);
    }
    const turns: Result[][] = [];
    for (let turn = 0; turn < options.turns; turn++) {
      const results: Result[] = [];
      for (const of of started)
        results.push(await measureOnce(one, of, turn === 0 && of === started[0] ? options.profile : undefined));
      turns.push(results);
    }
    return turns;
  } finally {
    for (const { running, around } of started) {
      await running.end();
      await around.close();
    }
  }
}

async function warmUp(one: Case, { running, around, round }: Started): Promise<void> {
  const { kind, per_frame, connections, window } = one;
  const job = { kind, per_frame, connections, rate: 0, port: running.port, round };
  const most = window === 0 ? 0 : Math.max(100 / connections, window);
  await send({ ...job, window: most, events: WARM_UP_EVENTS }, async ({ events }) => {
    await drained(one, running, around, events, 0);
  });
}

async function measureOnce(one: Case, of: Started, profile: string | undefined): Promise<Result> {
  const { running, around } = of;
  const { accepting, stores } = running;
  const all = [...accepting, ...stores];
  for (const pid of all) forgetPeak(pid);
  const before = all.map(cpuSeconds);
  const storedBefore = around.documents();
  const redisBefore = await around.redisCpu();
  if (profile !== undefined) await running.profile?.(profile);
  const searching = one.searches && running.http !== undefined ? new Searching(running.http) : undefined;
  const { kind, per_frame, events, connections, window, rate } = one;
  const started = performance.now();
  const job = { kind, per_frame, events, connections, window, rate, port: running.port, round: ++of.round };
  return send(job, async load => {
    // Before the store has come to rest: searches would keep it from that, and their cost would be that of the wait.
    const searched = await searching?.stop();
    const seconds = await drained(one, running, around, load.events, storedBefore, started);
    const cpu = all.map((pid, i) => cpuSeconds(pid) - before[i]!);
    const storeCpu = sum(cpu.slice(accepting.length));
    if (profile !== undefined) await running.profile?.(null);
    return {
      case: one.name,
      program: of.program.name,
      events: load.events,
      events_per_second: window === 0 ? 0 : Math.round(load.events / load.seconds),
      stored_per_second: seconds === undefined ? 0 : Math.round(load.events / seconds),
      cpu_us_per_event: (sum(cpu) * 1e6) / load.events,
      store_cpu_us_per_event: (storeCpu * 1e6) / load.events,
      redis_cpu_us_per_event: (((await around.redisCpu()) - redisBefore) * 1e6) / load.events,
      rss_mb: sum(accepting.map(peakMb)),
      store_rss_mb: sum(stores.map(peakMb)),
      ack_p50_ms: load.p50,
      ack_p99_ms: load.p99,
      ack_max_ms: load.max,
      searches: searched ?? 0,
    };
  });
}

/**
 * Waits until the store has what was sent and nobody has anything to do. The seconds from `started` until the store had it,
 * as if all had come at the speed of almost all where lines are joined; undefined where nothing tells.
 */
async function drained(
  { kind }: Case,
  running: Running,
  around: Surroundings,
  events: number,
  before: number,
  started = 0,
): Promise<number | undefined> {
  const idle = (): Promise<void> => untilIdle([...running.accepting, ...running.stores], DRAIN_LIMIT_MS);
  if (kind !== 'java' || around.sink === undefined) {
    const at = await around.received(before + events, DRAIN_LIMIT_MS);
    await idle();
    return at === undefined ? undefined : (at - started) / 1000;
  }
  let documents = -1;
  while (documents !== around.documents()) {
    documents = around.documents();
    await idle();
    // What waits for its next line.
    await sleep(JOIN_WAIT_MS);
  }
  const share = before + Math.floor((documents - before) * ALMOST_ALL);
  return (around.sink.receivedAt(share) - started) / 1000 / ALMOST_ALL;
}
const JOIN_WAIT_MS = 2500;

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

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
