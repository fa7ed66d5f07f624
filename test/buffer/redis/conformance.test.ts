import { readFile, unlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe } from 'vitest';
import { RedisQueue } from '../../../src/buffer/redis/redis-queue.ts';
import { RedisWorker } from '../../../src/buffer/redis/redis-worker.ts';
import { Offers } from '../../../src/buffer/spool/offers.ts';
import type { Chunk } from '../../../src/core/contracts.ts';
import { type BufferUnderTest, bufferConformance, type Sink } from '../../support/buffer-conformance.ts';
import { RedisServer, redisEngine } from '../../support/redis.ts';
import { requireOrSkip } from '../../support/services.ts';
import { redisOptions } from './options.ts';

bufferConformance('the spool', async sink => new SpoolBuffer(sink), {
  without: [
    { test: 'dead letters', reason: 'the store that it offers to makes them' },
    { test: 'same chunk twice', reason: 'it makes each chunk itself, once' },
  ],
});

describe.runIf(requireOrSkip('Redis in Docker', await redisEngine()))('with a real Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server?.remove());

  bufferConformance('Redis', async sink => {
    await server.client.flushall();
    return RedisBuffer.start(server.url, sink);
  });
});

/** The spool's offers, straight to the store. */
class SpoolBuffer implements BufferUnderTest {
  readonly #sink: Sink;
  #abort = new AbortController();
  #offers: Offers;

  constructor(sink: Sink) {
    this.#sink = sink;
    this.#offers = this.#start();
  }

  add(chunk: Chunk): void {
    this.#offers.add(chunk, undefined);
  }

  async restart(left: Chunk[]): Promise<void> {
    await this.close();
    this.#abort = new AbortController();
    this.#offers = this.#start();
    for (const chunk of left) this.#offers.add(chunk, undefined);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#offers.settled;
  }

  #start(): Offers {
    const offers = new Offers(1_000_000, this.#abort.signal);
    offers.start(async chunk => {
      await this.#sink.write(await readFile(chunk.path));
      await unlink(chunk.path);
    });
    return offers;
  }
}

/** The spool's offers to Redis, and a worker that takes out of it. */
class RedisBuffer implements BufferUnderTest {
  readonly #url: string;
  readonly #sink: Sink;
  #abort = new AbortController();
  #offers!: Offers;
  #queue!: RedisQueue;
  #worker!: RedisWorker;

  private constructor(url: string, sink: Sink) {
    this.#url = url;
    this.#sink = sink;
  }

  static async start(url: string, sink: Sink): Promise<RedisBuffer> {
    const buffer = new RedisBuffer(url, sink);
    await buffer.#start();
    return buffer;
  }

  add(chunk: Chunk): void {
    this.#offers.add(chunk, undefined);
  }

  async restart(left: Chunk[]): Promise<void> {
    await this.close();
    await this.#start();
    for (const chunk of left) this.#offers.add(chunk, undefined);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    const soon = AbortSignal.timeout(3000);
    await this.#queue.stop(soon);
    await this.#worker.stop(soon);
  }

  async #start(): Promise<void> {
    this.#abort = new AbortController();
    const options = redisOptions(this.#url);
    this.#queue = new RedisQueue(options);
    this.#worker = new RedisWorker(options, {
      write: data => this.#sink.write(data.body),
      deadLetters: {
        append: async ([letter]) => this.#sink.deadLetter(Buffer.from(letter!.document), letter!.reason),
      },
    });
    await this.#queue.start();
    await this.#worker.start();
    this.#offers = new Offers(1_000_000, this.#abort.signal);
    this.#offers.start(chunk => this.#queue.accept(chunk));
  }
}
