import { mkdir, stat, unlink } from 'node:fs/promises';
import { Folder } from '../../base/disk/folder.ts';
import { abortableDelay, orAborted } from '../../base/flow/abort.ts';
import type { Chunk } from '../../core/contracts.ts';
import { type LongshoreError, messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import type { ContainerNames } from '../../ledger/counts.ts';
import type { LedgerCounts } from '../../ledger/ledger.ts';
import type { Key } from './accepted.ts';
import { SpoolAccounts } from './accounts.ts';
import { listChunks } from './chunk-files.ts';
import type { DocumentRun, RecoveredHits, SpoolEntry } from './commit.ts';
import { Commits } from './commits.ts';
import type { Recovered, SpoolDeps } from './deps.ts';
import { FreeSpace } from './free-space.ts';
import { FreshLogs } from './fresh-logs.ts';
import { Gate } from './gate.ts';
import { Journal } from './journal.ts';
import { KeptHits } from './kept-hits.ts';
import { Log } from './log.ts';
import { Offers } from './offers.ts';
import { documentsOf, type OpenTail, openTail } from './open-tail.ts';
import { Pages } from './pages.ts';
import { recoverLogs } from './recover-logs.ts';
import { refuse } from './refusals.ts';
import { Roller } from './roller.ts';
import { stalled } from './stalled.ts';
import { SpoolState } from './state.ts';
import { plainPiece } from './stored-piece.ts';

export type { DocumentRun, Recovered, RecoveredHits, SpoolDeps, SpoolEntry };

const log = logger('spool');
/** At a stop, a store that has taken nothing for so long is not waited for: its chunks are offered at the next start. */
const STALLED_MS = 2000;

/** More full logs than this, or more bytes of them, do not wait in memory to be rolled. */
const MAX_WAITING_LOGS = 2;
const MAX_WAITING_BYTES = 8_000_000;

/**
 * The append log, one a worker.
 *
 * `append` resolves when the entry is durable. A disk that is full or refuses makes it wait, and `refusal` tells the
 * inputs to turn new frames away meanwhile; only an entry that cannot be written at all is rejected, alone. What arrives while one
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
  readonly #fresh: FreshLogs;
  readonly #commits: Commits;
  readonly #free: FreeSpace;
  readonly #abort = new AbortController();
  #folders: { logs: Folder; chunks: Folder } | undefined;
  #active: Log | undefined;
  #committing: Promise<void> | undefined;
  #rollWanted = false;
  #rollTimer: NodeJS.Timeout | undefined;
  /** Why the full log stays the one that is written to. */
  #stuck: string | undefined;
  #closed = false;
  #keptHits: KeptHits | undefined;

  constructor(deps: SpoolDeps) {
    this.#deps = deps;
    this.#journal = new Journal(deps.dir);
    this.#free = new FreeSpace(deps.dir, deps.options.min_free_bytes);
    this.#state = new SpoolState(deps.options, deps.uptime ?? (() => performance.now()));
    const { signal } = this.#abort;
    this.#offers = new Offers(deps.options.max_tail_bytes, signal, bodies => this.pages.give(bodies), {
      take: id => this.#state.book.take(id),
      lose: id => this.#accounts.lose(id),
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
      onProgress: () => this.#progressed(),
    });
    this.#fresh = new FreshLogs(
      dir,
      async () => {
        const created = await Log.create(dir, this.#state.nextLogNumber());
        await this.#folders!.logs.sync();
        return created;
      },
      signal,
      () => this.#progressed(),
    );
    this.#commits = new Commits({
      state: this.#state,
      onDurable: deps.onDurable,
      release: bodies => this.pages.give(bodies),
    });
    this.#accounts = new SpoolAccounts(this.#state, this.#journal, this.#roller, worker);
  }

  /**
   * Finishes what was interrupted and gets ready to append. On a disk that takes nothing it opens all the same: what the
   * last run left is searched, and `refusal` says why nothing new is taken. `hitsAfter`: the alert engine's persisted
   * position; `givesHits`: false for one who reads them himself (`KeptHits`).
   */
  async open(hitsAfter: number, givesHits = true): Promise<Recovered> {
    const { dir, chunkDir, linesPerDocument, ownsChunksOf } = this.#deps;
    await mkdir(dir, { recursive: true });
    await mkdir(chunkDir, { recursive: true });
    const folders = { logs: await Folder.open(dir), chunks: await Folder.open(chunkDir) };
    this.#folders = folders;
    this.#roller.open(folders);
    this.#state.load(await this.#journal.open(folders.logs));
    this.#roller.releaseHits(hitsAfter);

    const hits: RecoveredHits[] = [];
    const recovery = { dir, linesPerDocument, hitsAfter, state: this.#state, roller: this.#roller };
    await recoverLogs(recovery, givesHits ? hits : undefined);
    const unrolled = new Set(this.#roller.waiting.map(({ name }) => name));
    const onDisk = await listChunks(chunkDir, async path => (await stat(path)).size, ownsChunksOf);
    // The chunks of a log that waits are written anew.
    const whole = onDisk.filter(({ id }) => !unrolled.has(id.slice(0, id.indexOf('.'))));
    for (const chunk of await this.#accounts.reconcile(whole))
      if (!this.#offers.has(chunk.id)) this.#offers.add(chunk, undefined);
    await this.#free.start();
    await this.#fresh.prepare();
    this.#progressed();
    return { hits, pieces: this.#state.openPieces.map(plainPiece), seq: this.#state.seq };
  }

  /** From now on chunks are offered to the store, oldest first, `concurrency` at a time, each until it is taken. Resolves when all that were there at the start are taken. */
  offerTo(accept: (chunk: Chunk) => Promise<void>, concurrency = 1): Promise<unknown> {
    this.#offers.start(accept, concurrency);
    return this.#offers.settled;
  }

  /** Why nothing new should be taken in now (retryable), or undefined. */
  get refusal(): LongshoreError | undefined {
    const { max_bytes, max_pending_bytes } = this.#deps.options;
    if (this.#closed) return refuse('LS_SPOOL_CLOSED', 'the spool is closing.');
    const failure =
      this.#commits.failure ?? this.#stuck ?? (this.#active === undefined ? this.#fresh.failure : undefined);
    if (failure !== undefined) return refuse('LS_SPOOL_DISK', `the spool cannot write: ${failure}.`);
    if (this.#free.shortage !== undefined) return refuse('LS_SPOOL_DISK_FULL', this.#free.shortage);
    if (this.#unrolledBytes + this.#offers.bytes > max_bytes)
      return refuse('LS_SPOOL_FULL', 'the spool holds buffer.max_bytes; the store does not take as much as comes in.');
    if (this.#commits.bytes > max_pending_bytes)
      return refuse('LS_SPOOL_BUSY', 'buffer.max_pending_bytes wait for the disk.');
    return undefined;
  }

  /** What keeps it from working well, though it may still take something in. */
  get trouble(): string | undefined {
    const { failure } = this.#roller;
    return this.refusal?.message ?? (failure === undefined ? undefined : `logs cannot be rolled: ${failure}`);
  }

  isAccepted({ hi, lo }: Key): boolean {
    return this.#state.accepted.has(hi, lo);
  }

  /** All accepted keys, 8 bytes each. */
  acceptedKeys(): Buffer {
    return this.#state.accepted.dump();
  }

  append(entry: SpoolEntry): Promise<void> {
    const durable = this.#commits.add(entry);
    this.#kick();
    return durable;
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
  snapshot(): OpenTail {
    const { worker, linesPerDocument, parseStored } = this.#deps;
    const read = (day: string, body: Buffer) => documentsOf(body, day, linesPerDocument, parseStored);
    return openTail(this.#offers, this.#openLogs, worker, read, this.pages.hold());
  }

  /** The names under which entries count their events. */
  get containers(): ContainerNames {
    return this.#state.containers;
  }

  /** What was ever received, dropped and given to the store, and what is here. */
  ledger(): LedgerCounts {
    return this.#accounts.counts(this.#openLogs, this.#offers.ids(), this.#deps.waiting?.() ?? new Map());
  }

  get #openLogs(): Log[] {
    return [...this.#roller.waiting, ...(this.#active === undefined ? [] : [this.#active])];
  }

  /** Bytes and counts for gauges. */
  stats() {
    return {
      log_bytes: this.#unrolledBytes,
      unaccepted_bytes: this.#offers.bytes,
      pending_bytes: this.#commits.bytes,
      tail_bytes: this.#unrolledBytes + this.#offers.tailBytes,
      chunks: this.#offers.count,
      accepted_ids: this.#state.accepted.size,
    };
  }

  /** The service is about to stop: from now on nobody waits for a disk that refuses. What is not durable is sent again. */
  prepareToClose(): void {
    this.#commits.stopWaiting(this.#active === undefined);
  }

  /** Commits what waits, rolls the log and offers the chunks, as far as the signal and the store allow. Never rejects. */
  async close(signal: AbortSignal): Promise<void> {
    if (this.#closed) return;
    this.prepareToClose();
    this.#closed = true;
    this.#free.stop();
    clearTimeout(this.#rollTimer);
    this.#rollWanted = true;
    this.#kick();
    // What does not get on is not waited for.
    const left = () => this.#offers.count + this.#roller.count + this.#commits.bytes;
    const idle = stalled(left, STALLED_MS);
    await orAborted(Promise.race([this.#drain(), idle.promise]), signal);
    idle.stop();
    this.#abort.abort();
    this.#commits.end();
    await this.#end(async () => this.#closeLog(await this.#fresh.end()));
    await this.#end(async () => this.#active?.close());
    if (this.#folders !== undefined) await this.#end(() => this.#accounts.close(this.#offers.offering === 0));
    await this.#end(() => this.#journal.close());
    await this.#end(async () => this.#folders?.logs.close());
    await this.#end(async () => this.#folders?.chunks.close());
  }

  /** A log that was made and never used. */
  async #closeLog(spare: Log | undefined): Promise<void> {
    await spare?.close();
    if (spare !== undefined && spare !== this.#active) await unlink(spare.path).catch(() => {});
  }

  /** One part that does not end well does not keep the others from it. */
  async #end(part: () => Promise<unknown>): Promise<void> {
    try {
      await part();
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'a part of the spool did not close cleanly');
    }
  }

  async #drain(): Promise<void> {
    while (this.#committing !== undefined) await this.#committing;
    await this.#roller.settled;
    await this.#offers.settled;
  }

  /** A log was rolled or made, or could not be. */
  #progressed(): void {
    this.#active ??= this.#fresh.take();
    if (this.#stuck === undefined) this.#kick();
    else if (this.#canRoll) {
      this.#stuck = undefined;
      this.#rollWanted = true;
      this.#kick();
    }
  }

  get #isRollerFull(): boolean {
    const { count, bytes } = this.#roller;
    return count > MAX_WAITING_LOGS || bytes > MAX_WAITING_BYTES;
  }

  get #canRoll(): boolean {
    return !this.#isRollerFull && this.#fresh.isReady;
  }

  #kick(): void {
    if (this.#committing !== undefined || this.#active === undefined || this.#abort.signal.aborted) return;
    if (this.#commits.isEmpty && !this.#rollWanted) return;
    // A turn of the microtask queue: frames that came in one read go into one commit.
    this.#committing = Promise.resolve()
      .then(() => this.#commitAll())
      .catch(async error => {
        log.error({ error: messageOf(error) }, 'the commit loop of the spool failed; continuing');
        await abortableDelay(100, this.#abort.signal);
      })
      .finally(() => {
        this.#committing = undefined;
        this.#kick();
      });
  }

  async #commitAll(): Promise<void> {
    while ((!this.#commits.isEmpty || this.#rollWanted) && !this.#abort.signal.aborted) {
      if (!this.#commits.isEmpty) await this.gate.pass(() => this.#commit());
      await this.#rollIfDue();
    }
  }

  async #commit(): Promise<void> {
    const active = this.#active!;
    const before = active.records;
    await this.#commits.commitTo(active);
    if (before === 0 && active.records > 0) this.#armRoll();
  }

  #armRoll(): void {
    clearTimeout(this.#rollTimer);
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
    // Rolling slower than writing would let the memory grow: wait for it then. But what goes wrong there is no reason
    // to acknowledge nothing: the log is written to as long as `refusal` lets something in.
    while (this.#isRollerFull && this.#roller.failure === undefined) await this.#roller.next;
    await this.#fresh.prepare();
    if (!this.#canRoll) {
      this.#stuck = this.#roller.failure ?? this.#fresh.failure ?? 'logs wait to be rolled';
      return;
    }
    clearTimeout(this.#rollTimer);
    this.#stuck = undefined;
    this.#active = this.#fresh.take()!;
    this.#roller.add(active);
  }
}
