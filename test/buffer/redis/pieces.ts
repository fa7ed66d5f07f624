import type { RedisBufferOptions } from '../../../src/buffer/redis/options.ts';
import { probeRedis } from '../../../src/buffer/redis/probe.ts';
import { RedisLedger } from '../../../src/buffer/redis/redis-ledger.ts';
import { RedisQueue } from '../../../src/buffer/redis/redis-queue.ts';
import { type QueuedChunk, RedisWorker } from '../../../src/buffer/redis/redis-worker.ts';
import type { Persistence } from '../../../src/buffer/redis/server-state.ts';
import { Offers } from '../../../src/buffer/spool/offers.ts';
import type { NewDeadLetter } from '../../../src/core/contracts.ts';
import { idsOf } from '../../support/chunks.ts';
import { redisOptions } from './options.ts';

/** Queues and workers of one test, which all end with it. */
export class Pieces {
  readonly #url: string;
  readonly #ends: (() => Promise<unknown>)[] = [];
  readonly written: string[] = [];
  readonly dead: { data: NewDeadLetter & { body: Buffer }; ids: string[]; reason: string }[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  /** What Redis promises for the chunks in it. */
  async persistence(overrides: Partial<RedisBufferOptions> = {}, timeoutMs = 10_000): Promise<Persistence> {
    return (await probeRedis(redisOptions(this.#url, overrides), timeoutMs)).persistence;
  }

  /** `source`: whose events the ledger counts; default: nobody's. */
  async queue(overrides: Partial<RedisBufferOptions> = {}, source?: string): Promise<RedisQueue> {
    const queue = new RedisQueue(redisOptions(this.#url, overrides), source === undefined ? {} : { source });
    await queue.start();
    this.#ends.unshift(() => queue.stop(AbortSignal.timeout(500)));
    return queue;
  }

  async worker(
    overrides: Partial<RedisBufferOptions> = {},
    write: (data: QueuedChunk) => Promise<void> = async () => {},
  ): Promise<RedisWorker> {
    const worker = new RedisWorker(redisOptions(this.#url, overrides), {
      write: async data => {
        await write(data);
        this.written.push(...idsOf(data.body));
      },
      deadLetters: {
        append: async ([letter]) => {
          const body = Buffer.from(letter!.document);
          this.dead.push({ data: { ...letter!, body }, ids: idsOf(body), reason: letter!.reason });
        },
      },
    });
    await worker.start();
    this.#ends.unshift(() => worker.stop(AbortSignal.timeout(2000)));
    return worker;
  }

  async ledger(): Promise<RedisLedger> {
    const ledger = new RedisLedger(redisOptions(this.#url));
    await ledger.start();
    this.#ends.unshift(() => ledger.stop());
    return ledger;
  }

  /** What the spool does: offers each until it is taken. */
  offers(queue: RedisQueue): Offers {
    const abort = new AbortController();
    this.#ends.unshift(async () => abort.abort());
    const offers = new Offers(0, abort.signal);
    offers.start(chunk => queue.accept(chunk));
    return offers;
  }

  distinct(): string[] {
    return [...new Set(this.written)].sort();
  }

  async end(): Promise<void> {
    for (const end of this.#ends) await end();
  }
}
