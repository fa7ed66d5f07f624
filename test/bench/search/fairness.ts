/* Whether heavy searches hold up acknowledgements and light searches: a whole service on the events of the bench. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from '../load.ts';
import { Target } from '../longshore.ts';
import { childrenOf, forgetPeak, peakMb, untilIdle } from '../processes.ts';
import { surround } from '../surroundings.ts';
import { BEGIN, DAY_MS } from './events.ts';

export interface Fairness {
  readonly name: string;
  /** Milliseconds, with nothing beside and beside heavy searches. */
  readonly alone: Times;
  readonly beside: Times;
}

export interface Times {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Searches that run at the same time, one after another each. */
const HEAVY = 6;
/** Light searches of a kind: so many, or as many as there is time for. */
const LIGHT_TURNS = 40;
const LIGHT_LIMIT_MS = 20_000;
const ACKS = { alone: 1500, rate: 5000, seconds: 15 };

const all = { from: new Date(BEGIN).toISOString(), to: new Date(BEGIN + DAY_MS - 1).toISOString() };
const hour = { from: new Date(BEGIN + DAY_MS - 3_600_000).toISOString(), to: all.to };
const path = (name: string, params: { [name: string]: string }): string =>
  `/api/${name}?${new URLSearchParams(params)}`;

const HEAVY_PATHS: readonly string[] = [
  path('search', { q: 'message:/users\\/[0-9]+7 HTTP.{1,9}404/', size: '100', ...all }),
  path('histogram', { q: 'message:/[0-9]+7 HTTP.{1,9}404/', ...all }),
  path('stats', { metrics: 'count', by: 'request', ...all }),
  path('stats', { metrics: 'uniq(clientip)', by: 'agent', ...all }),
  path('search', { q: 'referrer:/shop.*[0-9]$/', size: '10000', ...all }),
  path('stats', { metrics: 'p99(bytes)', by: 'request', ...all }),
];

const LIGHT_PATHS: readonly (readonly [name: string, path: string])[] = [
  ['newest 100 of everything', path('search', { q: '', size: '100', ...all })],
  ['newest 100 of level:ERROR in an hour', path('search', { q: 'level:ERROR', size: '100', ...hour })],
  ['histogram of an hour by level', path('histogram', { q: '', by: 'level', ...hour })],
  ['histogram of a day of response:500', path('histogram', { q: 'response:500', ...all })],
];

/** On a copy of the store in `dir` that shares its files. */
export async function fairness(dir: string): Promise<{ readonly rows: Fairness[]; readonly said: string }> {
  const place = { store: 'embedded' } as const;
  const around = await surround(place, undefined);
  const sets = ['store.retention.max_age_days=36000', 'store.retention.min_free_bytes=0'];
  const prepare = (data: string): void => {
    execFileSync('cp', ['--archive', '--link', join(dir, 'store'), join(data, 'store')]);
  };
  const target = await Target.start(place, around, { sets, prepare });
  try {
    const base = `http://127.0.0.1:${target.http}`;
    const pids = [target.pid, ...childrenOf(target.pid)];
    await untilIdle(pids, 120_000);
    const alone = await measured(target, base);
    const heavy = new Heavy(base);
    await sleep(2000);
    for (const pid of pids) forgetPeak(pid);
    const beside = await measured(target, base).finally(() => heavy.stop());
    const { answered, refused } = heavy;
    const memory = childrenOf(target.pid).map(peakMb).join(', ');
    const refusals = [...refused].map(([what, count]) => `${count} x ${what}`).join(', ');
    return {
      rows: alone.map(({ name, times }, i) => ({ name, alone: times, beside: beside[i]!.times })),
      said: `${answered} heavy searches answered${refusals === '' ? '' : `, not answered: ${refusals}`}; store process ${memory} MB at most`,
    };
  } finally {
    await target.end();
    await around.close();
  }
}

async function measured(target: Target, base: string): Promise<{ name: string; times: Times }[]> {
  const found: { name: string; times: Times }[] = [];
  for (const [name, url] of LIGHT_PATHS) {
    const times: number[] = [];
    const end = performance.now() + LIGHT_LIMIT_MS;
    for (let i = 0; i < LIGHT_TURNS && performance.now() < end; i++) {
      const start = performance.now();
      // One that is given up took at least as long.
      await get(base + url);
      times.push(performance.now() - start);
    }
    found.push({ name, times: timesOf(times) });
  }
  const job = {
    port: target.port,
    kind: 'access',
    per_frame: 1,
    round: found.length + Math.floor(Math.random() * 1000),
  } as const;
  const one = { ...job, events: ACKS.alone, connections: 1, window: 1, rate: 0 };
  found.push({ name: 'ack, one event in flight', times: await send(one, async times => times) });
  const many = {
    ...job,
    round: job.round + 1000,
    events: ACKS.rate * ACKS.seconds,
    connections: 50,
    window: 1000,
    rate: ACKS.rate,
  };
  found.push({ name: `ack, ${ACKS.rate} single events/s`, times: await send(many, async times => times) });
  return found;
}

async function get(url: string, signal?: AbortSignal): Promise<{ status: number; text: string }> {
  const response = await fetch(url, { signal: signal ?? null });
  return { status: response.status, text: await response.text() };
}

class Heavy {
  readonly #abort = new AbortController();
  readonly #done: Promise<unknown>;
  answered = 0;
  readonly refused = new Map<string, number>();

  constructor(base: string) {
    this.#done = Promise.all(Array.from({ length: HEAVY }, (_, i) => this.#run(base, i)));
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  async #run(base: string, first: number): Promise<void> {
    const { signal } = this.#abort;
    for (let i = first; !signal.aborted; i++) {
      try {
        const { status, text } = await get(base + HEAVY_PATHS[i % HEAVY_PATHS.length]!, signal);
        if (status === 200) this.answered++;
        else {
          const what = `${status} ${(JSON.parse(text) as { error?: { code?: string } }).error?.code ?? ''}`.trim();
          this.#not(what);
          await sleep(100);
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#not(String(error));
        await sleep(100);
      }
    }
  }

  #not(what: string): void {
    this.refused.set(what, (this.refused.get(what) ?? 0) + 1);
  }
}

function timesOf(times: readonly number[]): Times {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1)! };
}
