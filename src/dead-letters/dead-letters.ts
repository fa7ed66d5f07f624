import { readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { syncPath } from '../base/disk/folder.ts';
import { abortableDelay } from '../base/flow/abort.ts';
import type { RefusedChunk } from '../buffer/spool/refused-chunk.ts';
import type { Lifecycle } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import type { DeadLetter as Refusal } from '../store/elasticsearch/elasticsearch-store.ts';
import type { DeadLettersOptions } from './options.ts';
import { letterOfRefusal, quarantinedLetters } from './quarantine.ts';
import { DeadLetterStore } from './queue.ts';
import { lettersOfChunk } from './split.ts';

const log = logger('dead-letters');
const RETRY_MS = 5_000;

/** The dead letters of a `data_dir`, with everything that brings them there. */
export class DeadLetterDesk implements Lifecycle {
  readonly letters: DeadLetterStore;
  readonly #quarantine: string;
  readonly #stopping = new AbortController();
  #collecting: Promise<void> | undefined;
  #again = false;

  constructor(dataDir: string, options: Partial<DeadLettersOptions> = {}) {
    this.#quarantine = join(dataDir, 'store', 'dead-letters');
    this.letters = new DeadLetterStore(join(dataDir, 'dead-letters'), options);
  }

  /** Takes over what the store's process has left. Throws LS_LETTERS_NEWER. */
  async start(): Promise<void> {
    await this.letters.start();
    try {
      await this.#collectAll();
    } catch {
      // A full disk must not keep the service from starting: it is tried again, and the log says why it waits.
      void this.collect();
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#collecting;
    await this.letters.stop();
  }

  /** For `ElasticsearchStore`. */
  refused(refusals: readonly Refusal[]): Promise<void> {
    return this.letters.append(refusals.map(letterOfRefusal));
  }

  /** For `RedisWorker`. */
  givenUp(
    { id, day, events, body }: { id: string; day: string; events: number; body: Buffer },
    reason: string,
    type: string,
  ): Promise<void> {
    const source = type === 'refused_by_store' ? 'elasticsearch' : 'redis';
    return this.letters.append(lettersOfChunk({ id, day, events, body, reason, type, source, at: Date.now() }));
  }

  /** A chunk that its sink never will take. False: its file is gone, so nothing could be kept. */
  async keepRefused({ chunk, code, what }: RefusedChunk): Promise<boolean> {
    let body: Buffer;
    try {
      body = await readFile(chunk.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
    const { id, day, events } = chunk;
    const type = 'refused_by_store';
    const reason = `${what} (${code})`;
    await this.letters.append(lettersOfChunk({ id, day, events, body, type, reason, source: 'spool', at: Date.now() }));
    await unlink(chunk.path);
    log.error({ chunk: id, events, reason }, 'a chunk cannot be stored; its events are dead letters');
    return true;
  }

  /** For `EmbeddedStore`: there are new files of its process. Never rejects. */
  collect(): Promise<void> {
    this.#again = true;
    this.#collecting ??= this.#collectUntilDone().finally(() => {
      this.#collecting = undefined;
    });
    return this.#collecting;
  }

  async #collectUntilDone(): Promise<void> {
    while (this.#again && !this.#stopping.signal.aborted) {
      this.#again = false;
      try {
        await this.#collectAll();
      } catch (error) {
        log.error({ error: messageOf(error) }, 'dead letters of the store wait');
        this.#again = true;
        await abortableDelay(RETRY_MS, this.#stopping.signal);
      }
    }
  }

  /** The same file may be found again after a crash: its letters have the same ids. */
  async #collectAll(): Promise<void> {
    const names = await readdir(this.#quarantine).catch(() => []);
    const files = names.filter(name => name.endsWith('.ndjson'));
    for (const name of files) {
      const path = join(this.#quarantine, name);
      await this.letters.append(quarantinedLetters(await readFile(path), Date.now()));
      await unlink(path);
    }
    if (files.length > 0) await syncPath(this.#quarantine);
  }
}
