import { mkdir, readdir, readFile, rename, stat, truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Chunk, Hit } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { faultPoint } from '../../core/fault.ts';
import { logger } from '../../core/log.ts';
import { abortableDelay } from '../../core/time.ts';
import type { ContainerNames } from '../ledger/counts.ts';
import type { LedgerCounts } from '../ledger/ledger.ts';
import type { Key } from './accepted.ts';
import { SpoolAccounts } from './accounts.ts';
import { listChunks, syncFolder } from './chunk-files.ts';
import { type DocumentRun, encodeCommit, hitsOf, type RecoveredHits, type SpoolEntry } from './commit.ts';
import type { Recovered, SpoolDeps } from './deps.ts';
import { FreeSpace } from './free-space.ts';
import { Gate } from './gate.ts';
import { Journal } from './journal.ts';
import { KeptHits } from './kept-hits.ts';
import { Log } from './log.ts';
import * as metrics from './metrics.ts';
import { Offers } from './offers.ts';
import { openTail } from './open-tail.ts';
import { Pages } from './pages.ts';
import { decodeLog, encodeRecord } from './record.ts';
import { Roller } from './roller.ts';
import { stalled } from './stalled.ts';
import { SpoolState } from './state.ts';

export type { DocumentRun, Recovered, RecoveredHits, SpoolDeps, SpoolEntry };

const log = logger('spool');
/** At a stop, a store that has taken nothing for so long is not waited for: its chunks are offered at the next start. */
const STALLED_MS = 2000;

interface Waiting {
  entry: SpoolEntry;
  bytes: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

/**
 * The append log, one a worker.
 *
 * `append` resolves when the entry is durable and never rejects while the spool is open: a disk that is full or
 * refuses makes it wait, and `refusal` tells the inputs to turn new frames away meanwhile. What arrives while one
 * fsync runs goes with the next; there is no timer before a commit.
 *
 * A log that is big or old enough is rolled: chunks, then journal, then the log goes, and only then the store hears of
 * the chunks. Start-up repeats whatever was interrupted; chunk names depend on the log only, so nothing doubles.
 */
export class Spool {
  /** Entries are written here before they are appended. */
  readonly pages = new Pages();
  /** Every commit and every roll goes through it. */
  readonly gate = new Gate();
  readonly #deps: SpoolDeps;
  readonly #state: SpoolState;
  readonly #journal: Journal;
  readonly #offers: Offers;
  readonly #roller: Roller;
  readonly #accounts: SpoolAccounts;
  #active: Log | undefined;
  #spare: Promise<Log> | undefined;
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  #committing: Promise<void> | undefined;
  #rollWanted = false;
  #rollTimer: NodeJS.Timeout | undefined;
  #failure: string | undefined;
  readonly #free: FreeSpace;
  #closed = false;
  #keptHits: KeptHits | undefined;
  readonly #abort = new AbortController();

  constructor(deps: SpoolDeps) {
    this.#deps = deps;
    this.#journal = new Journal(deps.dir);
    this.#free = new FreeSpace(deps.dir);
    this.#state = new SpoolState(deps.options, deps.uptime ?? (() => performance.now()));
    const { signal } = this.#abort;
    this.#offers = new Offers(deps.options.max_tail_bytes, signal, bodies => this.pages.give(bodies), {
      take: id => this.#state.book.take(id),
      abandon: (chunk, error) => this.#accounts.abandon(chunk, error),
    });
    const { dir, chunkDir, worker } = deps;
    this.#roller = new Roller({
      dir,
      chunkDir,
      worker,
      gate: this.gate,
      journal: this.#journal,
      offers: this.#offers,
      state: this.#state,
      signal,
    });
    this.#accounts = new SpoolAccounts(this.#state, this.#journal, this.#roller, worker, deps.abandoned);
  }

  /** Finishes what was interrupted and gets ready to append. `hitsAfter`: the alert engine's persisted position; `givesHits`: false for one who reads them himself (`KeptHits`). */
  async open(hitsAfter: number, givesHits = true): Promise<Recovered> {
    const { dir, chunkDir } = this.#deps;
    await mkdir(dir, { recursive: true });
    await mkdir(chunkDir, { recursive: true });
    this.#state.load(await this.#journal.open());
    const wasNew = this.#state.book.isNew;
    this.#roller.releaseHits(hitsAfter);

    const hits: RecoveredHits[] = [];
    const names = (await readdir(dir)).filter(name => /^\d{16}\.(log|done)$/.test(name)).sort();
    for (const name of names) await this.#recoverLog(name, hitsAfter, givesHits ? hits : undefined);
    const { ownsChunksOf } = this.#deps;
    const onDisk = await listChunks(chunkDir, async path => (await stat(path)).size, ownsChunksOf);
    for (const chunk of await this.#accounts.reconcile(onDisk, wasNew))
      if (!this.#offers.has(chunk.id)) this.#offers.add(chunk, undefined);
    await this.#free.start();
    this.#active = await this.#createLog();
    this.#spare = this.#createLog();
    return { hits, pieces: this.#state.openPieces, seq: this.#state.seq };
  }

  /** From now on chunks are offered to the store, oldest first, `concurrency` at a time, each until it is taken. Resolves when all that were there at the start are taken. */
  offerTo(accept: (chunk: Chunk) => Promise<void>, concurrency = 1): Promise<unknown> {
    this.#offers.start(accept, concurrency);
    return this.#offers.settled;
  }

  /** Why nothing new should be taken in now (retryable), or undefined. */
  get refusal(): LongshoreError | undefined {
    const { max_bytes, max_pending_bytes, min_free_bytes } = this.#deps.options;
    if (this.#closed) return refuse('LS_SPOOL_CLOSED', 'the spool is closing');
    if (this.#failure !== undefined) return refuse('LS_SPOOL_DISK', `the spool cannot write: ${this.#failure}`);
    if (this.#free.bytes < min_free_bytes)
      return refuse('LS_SPOOL_DISK_FULL', 'less disk is free than buffer.min_free_bytes');
    if (this.#unrolledBytes + this.#offers.bytes > max_bytes)
      return refuse('LS_SPOOL_FULL', 'the spool holds buffer.max_bytes');
    if (this.#queuedBytes > max_pending_bytes)
      return refuse('LS_SPOOL_BUSY', 'buffer.max_pending_bytes wait for the disk');
    return undefined;
  }

  isAccepted(key: Key): boolean {
    return this.#state.accepted.has(key);
  }

  /** All accepted keys, 8 bytes each. */
  acceptedKeys(): Buffer {
    return this.#state.accepted.dump();
  }

  append(entry: SpoolEntry): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let bytes = 200;
    for (const part of entry.parts) bytes += part.bytes.length;
    this.#queue.push({ entry, bytes, resolve, reject });
    this.#queuedBytes += bytes;
    this.#kick();
    return promise;
  }

  get #unrolledBytes(): number {
    return this.#roller.bytes + (this.#active?.written ?? 0);
  }

  /** Hits behind a position that its logs still hold; see `KeptHits`. */
  keptHits(after: number, maxBytes: number): Promise<{ positions: RecoveredHits[]; isAll: boolean }> {
    this.#keptHits ??= new KeptHits(this.#deps.dir, this.#deps.linesPerDocument);
    return this.#keptHits.after(after, maxBytes);
  }

  /** The alert engine needs no hits up to this position any more. */
  releaseHits(position: number): void {
    this.#roller.releaseHits(position);
  }

  /** The open tail: events that the store has not taken yet, and the ids of the chunks that they are in or will be in. */
  snapshot(): { chunks: string[]; hits: Hit[] } {
    const { worker, linesPerDocument, parseStored } = this.#deps;
    return openTail(this.#offers, this.#openLogs, worker, linesPerDocument, parseStored);
  }

  /** The names under which entries count their events. */
  get containers(): ContainerNames {
    return this.#state.containers;
  }

  /** What was ever received, dropped and given to the store, and what is here. */
  ledger(): LedgerCounts {
    return this.#accounts.counts(this.#openLogs, this.#offers.ids());
  }

  get #openLogs(): Log[] {
    return [...this.#roller.waiting, ...(this.#active === undefined ? [] : [this.#active])];
  }

  /** Bytes and counts for gauges. */
  stats() {
    return {
      log_bytes: this.#unrolledBytes,
      unaccepted_bytes: this.#offers.bytes,
      pending_bytes: this.#queuedBytes,
      tail_bytes: this.#unrolledBytes + this.#offers.tailBytes,
      chunks: this.#offers.count,
      accepted_ids: this.#state.accepted.size,
    };
  }

  /** Commits what waits, rolls the log and offers the chunks, as far as the signal and the store allow. */
  async close(signal: AbortSignal): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#free.stop();
    clearTimeout(this.#rollTimer);
    const aborted = new Promise<void>(resolve => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#rollWanted = true;
    this.#kick();
    const idle = stalled(() => this.#offers.count, STALLED_MS);
    await Promise.race([this.#drain(), aborted, idle.promise]);
    idle.stop();
    this.#abort.abort();
    for (const waiting of this.#queue) waiting.reject(refuse('LS_SPOOL_CLOSED', 'the service stops'));
    this.#queue = [];
    await this.#spare?.then(async spare => {
      await spare.close();
      if (spare !== this.#active && spare.records === 0) await unlink(spare.path).catch(() => {});
    });
    await this.#active?.close();
    if (this.#active !== undefined) await this.#accounts.close(this.#offers.offering === 0);
    await this.#journal.close();
  }

  async #drain(): Promise<void> {
    await this.#committing;
    await this.#roller.settled;
    await this.#offers.settled;
  }

  #kick(): void {
    if (this.#committing !== undefined || this.#active === undefined) return;
    // A turn of the microtask queue: frames that came in one read go into one commit.
    this.#committing = Promise.resolve()
      .then(() => this.#commitAll())
      .catch(error => log.error({ error: messageOf(error) }, 'the commit loop failed'))
      .finally(() => {
        this.#committing = undefined;
        if ((this.#queue.length > 0 || this.#rollWanted) && !this.#abort.signal.aborted) this.#kick();
      });
  }

  async #commitAll(): Promise<void> {
    while ((this.#queue.length > 0 || this.#rollWanted) && !this.#abort.signal.aborted) {
      if (this.#queue.length > 0) await this.gate.pass(() => this.#commit(this.#take()));
      await this.#rollIfDue();
    }
  }

  /** The next commit: all that waits, but not more than 16 MB. */
  #take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && bytes < 16_000_000) bytes += this.#queue[count++]!.bytes;
    return this.#queue.splice(0, count);
  }

  async #commit(batch: Waiting[]): Promise<void> {
    const started = performance.now();
    const position = this.#state.nextPosition();
    const { meta, bodies } = encodeCommit(
      batch.map(waiting => waiting.entry),
      position,
      this.#state.seq,
    );
    const active = this.#active!;
    const record = encodeRecord(meta, bodies);
    const bytesBefore = active.bytes;
    if (!(await this.#writeUntilDurable(active, record))) {
      for (const waiting of batch)
        waiting.reject(refuse('LS_SPOOL_CLOSED', 'the service stopped before the disk took it'));
      return;
    }
    faultPoint('spool.after_fsync');
    active.note(meta, bodies);
    this.#state.note(meta);
    for (const { entry } of batch) if (entry.key !== undefined) this.#state.remember(entry.key);
    metrics.committed(batch.length, (performance.now() - started) / 1000, active.bytes - bytesBefore);
    this.#deps.onDurable(
      position,
      batch.map(waiting => waiting.entry),
    );
    for (const waiting of batch) {
      this.#queuedBytes -= waiting.bytes;
      waiting.resolve();
    }
    if (active.records === 1) this.#armRoll();
  }

  /** False only if the spool was closed meanwhile. */
  async #writeUntilDurable(active: Log, record: readonly Buffer[]): Promise<boolean> {
    for (let attempt = 0; ; attempt++) {
      try {
        await active.write(record);
        if (this.#failure !== undefined) log.info('the spool writes again');
        this.#failure = undefined;
        return true;
      } catch (error) {
        if (this.#failure === undefined)
          log.error({ error: messageOf(error) }, 'the spool cannot write; senders are told to wait');
        this.#failure = messageOf(error);
        metrics.writeErrors.inc();
        if (this.#abort.signal.aborted) return false;
        await abortableDelay(Math.min(2000, 50 * 2 ** attempt), this.#abort.signal);
        if (this.#abort.signal.aborted) return false;
      }
    }
  }

  #armRoll(): void {
    this.#rollTimer = setTimeout(() => {
      this.#rollWanted = true;
      this.#kick();
    }, this.#deps.options.chunk_max_age_ms);
    this.#rollTimer.unref();
  }

  async #rollIfDue(): Promise<void> {
    const active = this.#active!;
    const { chunk_max_events, chunk_max_bytes } = this.#deps.options;
    const due = this.#rollWanted || active.events >= chunk_max_events || active.bytes >= chunk_max_bytes;
    if (!due) return;
    this.#rollWanted = false;
    if (active.records === 0) return;
    clearTimeout(this.#rollTimer);
    this.#active = await this.#spare!;
    this.#spare = this.#createLog();
    this.#roller.add(active);
    // Rolling slower than writing would let the memory grow: wait for it then.
    if (this.#roller.waiting.size > 2) await this.#roller.settled;
  }

  async #recoverLog(name: string, hitsAfter: number, hits: RecoveredHits[] | undefined): Promise<void> {
    const path = join(this.#deps.dir, name);
    const { records, goodBytes, tornBytes } = decodeLog(await readFile(path));
    const recovered = new Log(this.#deps.dir, Number(name.slice(0, 16)));
    const isDone = name.endsWith('.done');
    for (const { meta, body } of records) {
      recovered.note(meta, [body]);
      this.#state.sawRecord(meta);
      if (meta.h !== undefined && meta.p > hitsAfter) hits?.push(hitsOf(meta, body, this.#deps.linesPerDocument));
      if (isDone) continue;
      if (meta.a !== undefined) this.#state.rememberAll(Buffer.from(meta.a, 'hex'));
      this.#state.note(meta);
    }
    this.#state.sawLog(recovered.number);
    if (isDone) {
      this.#roller.keepForHits(path, recovered.lastHitPosition);
      this.releaseHits(hitsAfter);
      return;
    }
    if (tornBytes > 0 && records.length > 0) {
      log.warn({ log: path, bytes: tornBytes }, 'cut a torn tail that was never acknowledged');
      metrics.tornBytes.inc(tornBytes);
      await truncate(path, goodBytes);
    }
    if (records.length === 0) {
      // Nothing in it was ever acknowledged; bytes of another origin are kept for whoever put them there.
      if (tornBytes > 0) await rename(path, `${path}.foreign-${Date.now()}`);
      else await unlink(path);
      return;
    }
    recovered.bytes = goodBytes;
    await this.#roller.roll(recovered);
  }

  async #createLog(): Promise<Log> {
    for (let attempt = 0; ; attempt++) {
      try {
        const created = await Log.create(this.#deps.dir, this.#state.nextLogNumber());
        await syncFolder(this.#deps.dir);
        if (attempt > 0) this.#failure = undefined;
        return created;
      } catch (error) {
        this.#failure = messageOf(error);
        metrics.writeErrors.inc();
        if (this.#active === undefined || this.#abort.signal.aborted) throw error;
        await abortableDelay(Math.min(2000, 50 * 2 ** attempt), this.#abort.signal);
      }
    }
  }
}

function refuse(code: string, what: string): LongshoreError {
  return new LongshoreError(code, what, { retryable: true, fix: 'Try again later.' });
}
