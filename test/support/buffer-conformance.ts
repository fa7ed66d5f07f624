import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Chunk } from '../../src/core/contracts.ts';
import { LongshoreError } from '../../src/core/errors.ts';
import { ChunkFolder, expectedIds, idsOf } from './chunks.ts';

/** What comes out of a buffer under test. */
export interface Sink {
  write(body: Buffer): Promise<void>;
  deadLetter(body: Buffer, reason: string): Promise<void>;
}

export interface BufferUnderTest {
  /** The spool has made a chunk. */
  add(chunk: Chunk): void;
  /** Everything of the buffer that lives in this process ends, and begins again with the chunk files that are left. */
  restart(left: Chunk[]): Promise<void>;
  close(): Promise<void>;
}

export type ConformanceTest = 'dead letters' | 'same chunk twice';

/** What every buffer between the spool's chunk files and the store keeps to. */
export function bufferConformance(
  name: string,
  make: (sink: Sink) => Promise<BufferUnderTest>,
  { without = [] }: { without?: readonly { test: ConformanceTest; reason: string }[] } = {},
): void {
  /** What does not exist for this buffer is no test of it; the reason stands where it is left out. */
  const unless = (wanted: ConformanceTest) => (without.some(entry => entry.test === wanted) ? () => {} : test);

  describe(`${name} as a buffer`, () => {
    let folder: ChunkFolder;
    let sink: RecordingSink;
    let buffer: BufferUnderTest;

    beforeEach(async () => {
      folder = new ChunkFolder();
      sink = new RecordingSink();
      buffer = await make(sink);
    });
    afterEach(async () => {
      sink.release();
      await buffer.close();
      folder.remove();
    });

    const untilIds = (ids: string[]) =>
      vi.waitFor(() => expect(sink.distinct()).toEqual(ids), { timeout: 15_000, interval: 20 });
    const untilNoFiles = () => vi.waitFor(() => expect(folder.files()).toEqual([]), { timeout: 10_000, interval: 20 });

    test('gives out every chunk exactly once, byte for byte, and then its file is gone', async () => {
      for (let i = 0; i < 12; i++) buffer.add(folder.make(i));
      await untilIds(expectedIds(0, 12));
      await untilNoFiles();
      expect(sink.all().sort()).toEqual(expectedIds(0, 12));
      expect(sink.dead).toEqual([]);
    });

    test('gives a chunk again that the store did not take, and makes no dead letter of it', async () => {
      sink.failures = 3;
      for (let i = 0; i < 4; i++) buffer.add(folder.make(i));
      await untilIds(expectedIds(0, 4));
      expect(sink.failed).toBe(3);
      expect(sink.all().sort()).toEqual(expectedIds(0, 4));
      expect(sink.dead).toEqual([]);
    });

    test('keeps everything while the store stands still', async () => {
      sink.hold();
      for (let i = 0; i < 12; i++) buffer.add(folder.make(i));
      await vi.waitFor(() => expect(sink.held).toBeGreaterThan(0), { timeout: 10_000 });
      expect(sink.all()).toEqual([]);
      sink.release();
      await untilIds(expectedIds(0, 12));
      expect(sink.all().sort()).toEqual(expectedIds(0, 12));
    });

    test('loses nothing in a restart in the middle', async () => {
      const chunks = Array.from({ length: 12 }, (_, i) => folder.make(i));
      sink.hold();
      for (const chunk of chunks.slice(0, 8)) buffer.add(chunk);
      await vi.waitFor(() => expect(sink.held).toBeGreaterThan(0), { timeout: 10_000 });
      sink.failHeld();
      const files = () => new Set(folder.files());
      await buffer.restart(chunks.filter(chunk => files().has(chunk.path.split('/').at(-1)!)));
      await untilIds(expectedIds(0, 12));
      await untilNoFiles();
      expect(sink.dead).toEqual([]);
    });

    unless('dead letters')('makes a dead letter of what the store never will take, once', async () => {
      sink.permanent = body => idsOf(body)[0]!.startsWith('c1-');
      for (let i = 0; i < 3; i++) buffer.add(folder.make(i));
      await vi.waitFor(() => expect(sink.dead.length).toBe(1), { timeout: 10_000 });
      await untilIds([...expectedIds(0, 1), ...expectedIds(2, 3)].sort());
      expect(sink.dead[0]!.ids.sort()).toEqual(expectedIds(1, 2));
      expect(sink.dead[0]!.reason).toContain('no such index');
    });

    unless('same chunk twice')('takes a chunk that is offered twice once', async () => {
      for (let round = 0; round < 2; round++) {
        buffer.add(folder.make(1));
        await untilNoFiles();
        await untilIds(expectedIds(1, 2));
      }
      buffer.add(folder.make(2));
      await untilIds(expectedIds(1, 3));
      expect(sink.all().sort()).toEqual(expectedIds(1, 3));
    });
  });
}

class RecordingSink implements Sink {
  readonly dead: { ids: string[]; reason: string }[] = [];
  readonly #written: string[] = [];
  #gate: PromiseWithResolvers<void> | undefined;
  /** So many of the next writes are rejected, retryable. */
  failures = 0;
  failed = 0;
  held = 0;
  permanent: (body: Buffer) => boolean = () => false;

  async write(body: Buffer): Promise<void> {
    if (this.#gate !== undefined) {
      this.held++;
      await this.#gate.promise;
    }
    if (this.failures > 0) {
      this.failures--;
      this.failed++;
      throw new LongshoreError('LS_STORE_ELASTICSEARCH_AWAY', 'the store is away', { retryable: true });
    }
    if (this.permanent(body)) throw new LongshoreError('LS_STORE_READ_FAILED', 'no such index');
    this.#written.push(...idsOf(body));
  }

  async deadLetter(body: Buffer, reason: string): Promise<void> {
    this.dead.push({ ids: idsOf(body), reason });
  }

  hold(): void {
    this.#gate = Promise.withResolvers();
    this.#gate.promise.catch(() => {});
  }

  release(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  /** Those that are held fail, and later ones are no longer held. */
  failHeld(): void {
    this.#gate?.reject(new LongshoreError('LS_STORE_ELASTICSEARCH_AWAY', 'the store is away', { retryable: true }));
    this.#gate = undefined;
  }

  all(): string[] {
    return [...this.#written];
  }

  distinct(): string[] {
    return [...new Set(this.#written)].sort();
  }
}
