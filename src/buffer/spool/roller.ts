import { rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Chunk } from '../../core/contracts.ts';
import { messageOf } from '../../core/errors.ts';
import { faultPoint } from '../../core/fault.ts';
import { logger } from '../../core/log.ts';
import { abortableDelay } from '../../core/time.ts';
import type { BookEntry } from '../ledger/book.ts';
import { syncFolder, writeChunk } from './chunk-files.ts';
import type { Gate } from './gate.ts';
import type { Journal } from './journal.ts';
import type { Log } from './log.ts';
import * as metrics from './metrics.ts';
import type { Offers } from './offers.ts';
import type { SpoolState } from './state.ts';

const log = logger('spool');

export interface RollerDeps {
  dir: string;
  chunkDir: string;
  worker: string;
  gate: Gate;
  journal: Journal;
  offers: Offers;
  state: SpoolState;
  signal: AbortSignal;
}

/**
 * Turns full logs into chunks, one after another: chunks, then journal, then the log goes, and only then the store
 * hears of the chunks. A log with alert hits that are not persisted yet stays as `<number>.done` until they are.
 */
export class Roller {
  readonly #deps: RollerDeps;
  readonly #rolling = new Set<Log>();
  /** Path of a kept log -> its last position with hits. */
  readonly #withHits = new Map<string, number>();
  #releasedPosition = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: RollerDeps) {
    this.#deps = deps;
  }

  /** Logs that still wait; their documents are part of the open tail. */
  get waiting(): ReadonlySet<Log> {
    return this.#rolling;
  }

  get bytes(): number {
    let bytes = 0;
    for (const full of this.#rolling) bytes += full.written;
    return bytes;
  }

  get settled(): Promise<void> {
    return this.#running;
  }

  add(full: Log): void {
    this.#rolling.add(full);
    this.#running = this.#running.then(() => this.#rollUntilDone(full));
  }

  keepForHits(path: string, lastHitPosition: number): void {
    this.#withHits.set(path, lastHitPosition);
  }

  /** No hits up to this position are needed any more. */
  releaseHits(position: number): void {
    this.#releasedPosition = Math.max(this.#releasedPosition, position);
    for (const [path, last] of this.#withHits) {
      if (last > this.#releasedPosition) continue;
      this.#withHits.delete(path);
      unlink(path).catch(error => log.warn({ path, error: messageOf(error) }, 'a rolled log could not be removed'));
    }
  }

  async roll(full: Log): Promise<void> {
    const { dir, chunkDir, worker, journal, state, offers } = this.#deps;
    const chunks: Chunk[] = [];
    for (const content of full.days.values()) chunks.push(await writeChunk(chunkDir, full.name, worker, content));
    faultPoint('spool.after_chunks');
    if (chunks.length > 0) await syncFolder(chunkDir);
    const update = state.updateFor(full, chunks);
    await journal.append(update);
    state.rolled(full, update.book.entry);
    if (journal.wantsRewrite) await journal.rewrite(state.snapshot());
    faultPoint('spool.after_journal');
    if (full.lastHitPosition > this.#releasedPosition) {
      const done = join(dir, `${full.name}.done`);
      await rename(full.path, done);
      this.#withHits.set(done, full.lastHitPosition);
      this.releaseHits(this.#releasedPosition);
    } else await unlink(full.path);
    await syncFolder(dir);
    faultPoint('spool.after_log_removed');
    this.#rolling.delete(full);
    for (const chunk of chunks) offers.add(chunk, full.days.get(chunk.day)!.bodies);
    metrics.rolled(full.events);
  }

  /** Tells the journal what the ledger has learned since the last log; it may fail. */
  note(entry: BookEntry): Promise<void> {
    const { journal, state } = this.#deps;
    const noted = this.#running.then(async () => {
      const complete = state.book.complete(entry);
      await journal.note(complete);
      state.book.entered(complete);
    });
    this.#running = noted.catch(error => log.warn({ error: messageOf(error) }, 'the ledger could not be written'));
    return noted;
  }

  async #rollUntilDone(full: Log): Promise<void> {
    await full.close().catch(() => {});
    for (let attempt = 0; !this.#deps.signal.aborted; attempt++) {
      try {
        await this.#deps.gate.pass(() => this.roll(full));
        return;
      } catch (error) {
        log.error({ log: full.path, error: messageOf(error) }, 'a log could not be rolled; trying again');
        metrics.writeErrors.inc();
        // When the service stops first, the next start rolls it.
        await abortableDelay(Math.min(5000, 100 * 2 ** attempt), this.#deps.signal);
      }
    }
  }
}
