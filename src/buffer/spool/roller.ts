import { rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Folder } from '../../base/disk/folder.ts';
import { Backoff } from '../../base/flow/backoff.ts';
import { Outage } from '../../base/flow/outage.ts';
import { systemErrorFix } from '../../base/process/system-error.ts';
import type { Chunk } from '../../core/contracts.ts';
import { messageOf } from '../../core/errors.ts';
import { faultPoint } from '../../core/fault.ts';
import { logger } from '../../core/log.ts';
import type { BookEntry } from '../../ledger/book.ts';
import { writeChunk } from './chunk-files.ts';
import type { Gate } from './gate.ts';
import type { Journal } from './journal.ts';
import type { Log } from './log.ts';
import * as metrics from './metrics.ts';
import type { Offers } from './offers.ts';
import { readLog } from './read-log.ts';
import type { SpoolState } from './state.ts';

const log = logger('spool');
const RETRY = { baseMs: 100, capMs: 5000 };

export interface RollerDeps {
  dir: string;
  chunkDir: string;
  worker: string;
  gate: Gate;
  journal: Journal;
  offers: Offers;
  state: SpoolState;
  signal: AbortSignal;
  /** Called when a log is done with, or could not be rolled. */
  onProgress: () => void;
}

/** How far a log has come, so that what failed goes on where it stopped. */
interface Progress {
  chunks?: Chunk[];
  isJournaled?: boolean;
  isAway?: boolean;
}

/**
 * Turns full logs into chunks, one after another: chunks, then journal, then the log goes, and only then the store
 * hears of the chunks. A log with alert hits that are not persisted yet stays as `<number>.done` until they are.
 */
export class Roller {
  readonly #deps: RollerDeps;
  /** Folders of the logs and of the chunks; open for as long as the spool is. */
  #folders!: { logs: Folder; chunks: Folder };
  readonly #rolling = new Map<Log, Progress>();
  /** Path of a kept log -> its last position with hits. */
  readonly #withHits = new Map<string, number>();
  readonly #outage = new Outage();
  #releasedPosition = 0;
  #running: Promise<void> = Promise.resolve();
  #next = Promise.withResolvers<void>();
  /** Why the oldest log waits; undefined while all goes well. */
  failure: string | undefined;

  constructor(deps: RollerDeps) {
    this.#deps = deps;
  }

  /** Before anything else. */
  open(folders: { logs: Folder; chunks: Folder }): void {
    this.#folders = folders;
  }

  /** Logs that still wait, oldest first; their documents are part of the open tail. */
  get waiting(): Log[] {
    return [...this.#rolling.keys()];
  }

  get count(): number {
    return this.#rolling.size;
  }

  get bytes(): number {
    let bytes = 0;
    for (const full of this.#rolling.keys()) bytes += full.written;
    return bytes;
  }

  get settled(): Promise<void> {
    return this.#running;
  }

  /** Resolves when the next log is done with, or could not be rolled. */
  get next(): Promise<void> {
    return this.#next.promise;
  }

  add(full: Log): void {
    const progress: Progress = {};
    this.#rolling.set(full, progress);
    this.#enqueue(full.path, async () => {
      await full.close().catch(() => {});
      await this.#deps.gate.pass(() => this.#roll(full, progress));
    });
  }

  /** At the start: as `add`, but when all goes well it is done when this resolves. A full disk keeps no service from starting. */
  async recover(full: Log): Promise<void> {
    if (this.#rolling.size > 0) return this.add(full);
    const progress: Progress = {};
    this.#rolling.set(full, progress);
    try {
      await this.#roll(full, progress);
    } catch (error) {
      this.#failed(full.path, error);
      this.#enqueue(full.path, () => this.#deps.gate.pass(() => this.#roll(full, progress)));
    }
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
      unlink(path).catch(error => log.warn({ path, error: messageOf(error) }, 'could not delete a rolled spool log'));
    }
  }

  /** Tells the journal what the ledger has learned since the last log; it may fail. */
  note(entry: BookEntry): Promise<void> {
    const noted = this.#running.then(() => this.#note(entry));
    this.#running = noted.catch(error => log.warn({ error: messageOf(error) }, 'the ledger could not be written'));
    return noted;
  }

  /** As `note`, until it is written or the spool closes. */
  noteUntilDone(entry: BookEntry): void {
    this.#enqueue('the ledger', () => this.#note(entry));
  }

  async #note(entry: BookEntry): Promise<void> {
    const { journal, state } = this.#deps;
    const complete = state.book.complete(entry);
    await journal.note(complete);
    state.book.entered(complete);
  }

  /** Each step is taken once, however often this is called: a file that is gone does not go again. */
  async #roll(full: Log, progress: Progress): Promise<void> {
    const { journal, state, offers } = this.#deps;
    const chunks = await this.#chunksOf(full, progress);
    faultPoint('spool.after_chunks');
    if (chunks.length > 0) await this.#folders.chunks.sync();
    if (progress.isJournaled !== true) {
      const update = state.updateFor(full, chunks);
      await journal.append(update);
      state.rolled(full, update.book.entry);
      progress.isJournaled = true;
      await this.#rewriteJournal();
    }
    faultPoint('spool.after_journal');
    if (progress.isAway !== true) await this.#putAway(full);
    progress.isAway = true;
    await this.#folders.logs.sync();
    faultPoint('spool.after_log_removed');
    this.#rolling.delete(full);
    for (const chunk of chunks) offers.add(chunk, full.days.get(chunk.day)!.bodies);
    metrics.rolled(full.events);
  }

  async #chunksOf(full: Log, progress: Progress): Promise<Chunk[]> {
    if (progress.chunks !== undefined) return progress.chunks;
    const { chunkDir, worker } = this.#deps;
    if (full.isDoubtful) full.replaceWith((await readLog(full.path)).log);
    const chunks: Chunk[] = [];
    for (const content of full.days.values()) chunks.push(await writeChunk(chunkDir, full.name, worker, content));
    progress.chunks = chunks;
    return chunks;
  }

  /** It saves space, and there is a next time. */
  async #rewriteJournal(): Promise<void> {
    const { journal, state } = this.#deps;
    if (!journal.wantsRewrite) return;
    try {
      await journal.rewrite(state.snapshot());
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'could not rewrite the journal of the spool');
    }
  }

  async #putAway(full: Log): Promise<void> {
    const done = join(this.#deps.dir, `${full.name}.done`);
    const isKept = full.lastHitPosition > this.#releasedPosition;
    await (isKept ? rename(full.path, done) : unlink(full.path)).catch((error: NodeJS.ErrnoException) => {
      // It went the last time, whatever was said of it.
      if (error.code !== 'ENOENT') throw error;
    });
    if (!isKept) return;
    this.#withHits.set(done, full.lastHitPosition);
    this.releaseHits(this.#releasedPosition);
  }

  #enqueue(what: string, work: () => Promise<void>): void {
    this.#running = this.#running.then(() => this.#untilDone(what, work));
  }

  async #untilDone(what: string, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#deps;
    const backoff = new Backoff(RETRY);
    while (!signal.aborted) {
      try {
        await work();
      } catch (error) {
        this.#failed(what, error);
        // When the service stops first, the next start does it.
        await backoff.wait(signal);
        continue;
      }
      this.failure = undefined;
      this.#outage.over(facts => log.info(facts, 'spool logs can be rolled again'));
      this.#progressed();
      return;
    }
  }

  #failed(what: string, error: unknown): void {
    this.failure = messageOf(error);
    metrics.writeErrors.inc();
    const details = { log: what, error: messageOf(error), fix: systemErrorFix(error) };
    this.#outage.failed(facts =>
      log.error({ ...details, ...facts }, 'could not roll a spool log into chunks; retrying'),
    );
    this.#progressed();
  }

  #progressed(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
    this.#deps.onProgress();
  }
}
