import { logger } from '../../core/log.ts';
import type { Connection } from './connection.ts';
import { keysOf, type RedisKeys } from './keys.ts';
import * as metrics from './metrics.ts';

const log = logger('redis');

/** How old a counted job must be before its absence is an error of the count: its producer may still be adding it. */
const GRACE_MS = 300_000;
/** How long a stored chunk is remembered, so that offering it again does nothing. */
const REMEMBER_MS = 3_600_000;

export type Reservation = 'counted' | 'over' | 'done';

/** The bytes in Redis of all processes together, and the memory of what is done; see `keys.ts`. */
export class Budget {
  readonly #connection: Connection;
  readonly #keys: RedisKeys;

  constructor(connection: Connection, queue: string) {
    this.#connection = connection;
    this.#keys = keysOf(queue);
  }

  /** `ledger`: what the job holds, as in `keys.ts`; empty: not counted. */
  async reserve(id: string, size: number, limit: number, now: number, ledger = ''): Promise<Reservation> {
    const { sizes, bytes, moved, inFlight } = this.#keys;
    const reply = await this.#connection.script(
      'longshoreReserve',
      [sizes, bytes, this.#keys.done(id), moved, inFlight],
      [id, size, Math.floor(limit), now, ledger],
    );
    return reply === 2 ? 'done' : reply === 1 ? 'counted' : 'over';
  }

  /** The chunk has its final verdict: it no longer counts and is remembered. */
  async settle(id: string, ledger = ''): Promise<void> {
    const { sizes, bytes, inFlight, taken } = this.#keys;
    const keys = [sizes, bytes, this.#keys.done(id), inFlight, taken];
    await this.#connection.script('longshoreSettle', keys, [id, REMEMBER_MS, ledger]);
  }

  async isDone(id: string): Promise<boolean> {
    return (await this.#connection.exist([this.#keys.done(id)]))[0]!;
  }

  /** Of each job: whether Redis has it or knows that it is done. */
  async areKnown(ids: readonly string[]): Promise<boolean[]> {
    // The job before the mark: a worker sets the mark before the job goes.
    const found = await this.#connection.exist(ids.flatMap(id => [this.#keys.job(id), this.#keys.done(id)]));
    return ids.map((_, i) => found[2 * i]! || found[2 * i + 1]!);
  }

  /** True for the one who may make a dead letter of this job during the next minute. */
  async claim(id: string): Promise<boolean> {
    return (await this.#connection.call('SET', this.#keys.claim(id), '1', 'NX', 'PX', 60_000)) !== null;
  }

  async unclaim(id: string): Promise<void> {
    await this.#connection.call('DEL', this.#keys.claim(id));
  }

  async bytes(): Promise<number> {
    return Number((await this.#connection.call('GET', this.#keys.bytes)) ?? 0);
  }

  /** Uncounts jobs that do not exist and sets the sum right; one process does it in each interval. */
  async correct(now: number, intervalMs: number): Promise<void> {
    const { sizes, bytes, recount, inFlight, moved } = this.#keys;
    if ((await this.#connection.call('SET', recount, '1', 'NX', 'PX', Math.max(1, intervalMs))) === null) return;
    let cursor = '0';
    do {
      const [next, entries] = (await this.#connection.call('HSCAN', sizes, cursor, 'COUNT', 500)) as [string, string[]];
      cursor = next;
      const old: string[] = [];
      for (let i = 0; i + 1 < entries.length; i += 2) {
        if (now - Number(entries[i + 1]!.split(':')[1]) > GRACE_MS) old.push(entries[i]!);
      }
      if (old.length === 0) continue;
      const exists = await this.#connection.exist(old.map(id => this.#keys.job(id)));
      for (const [i, id] of old.entries()) {
        if (exists[i]) continue;
        await this.#connection.script('longshoreForget', [sizes, bytes, this.#keys.job(id), inFlight, moved], [id]);
      }
    } while (cursor !== '0');
    const wrongBy = Number(await this.#connection.script('longshoreRecount', [sizes, bytes], []));
    if (wrongBy === 0) return;
    metrics.corrected.inc(Math.abs(wrongBy));
    log.warn({ bytes: wrongBy }, 'corrected the byte count in Redis');
  }
}
