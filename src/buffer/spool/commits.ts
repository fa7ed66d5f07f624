import { Backoff } from '../../base/flow/backoff.ts';
import { Outage } from '../../base/flow/outage.ts';
import { systemErrorFix } from '../../base/process/system-error.ts';
import { type LongshoreError, messageOf } from '../../core/errors.ts';
import { faultPoint } from '../../core/fault.ts';
import { logger } from '../../core/log.ts';
import { type Commit, encodeCommit, type SpoolEntry } from './commit.ts';
import type { SpoolDeps } from './deps.ts';
import type { Log } from './log.ts';
import * as metrics from './metrics.ts';
import { encodeRecord } from './record.ts';
import { cannotWrite, refuse } from './refusals.ts';
import type { SpoolState } from './state.ts';
import { storedPiece } from './stored-piece.ts';
import { type Waiting, WaitingEntries } from './waiting-entries.ts';

const log = logger('spool');

export interface CommitsDeps extends Pick<SpoolDeps, 'onDurable'> {
  readonly state: SpoolState;
  /** Documents that will not be written. */
  readonly release: (bodies: Buffer[]) => void;
}

/** A commit as it goes to the disk. */
interface Encoded extends Commit {
  readonly position: number;
  readonly record: readonly Buffer[];
}

/**
 * Makes what waits durable, many entries at once. Every promise that it gave is settled, whatever goes wrong: an entry
 * that cannot be written is rejected alone, a disk that refuses is asked again, and what is durable is never rejected.
 */
export class Commits {
  readonly #deps: CommitsDeps;
  readonly #waiting = new WaitingEntries();
  readonly #outage = new Outage();
  readonly #backoff = new Backoff({ baseMs: 50, capMs: 2000 });
  /** Aborted: nobody waits for the disk any more. */
  readonly #stopping = new AbortController();
  #isEnded = false;
  /** Why the disk takes nothing. */
  failure: string | undefined;

  constructor(deps: CommitsDeps) {
    this.#deps = deps;
  }

  get isEmpty(): boolean {
    return this.#waiting.isEmpty;
  }

  /** Of all that is not durable yet. */
  get bytes(): number {
    return this.#waiting.bytes;
  }

  add(entry: SpoolEntry): Promise<void> {
    if (this.#isEnded || (this.#stopping.signal.aborted && this.failure !== undefined))
      return this.#rejectAlone(entry, stops());
    try {
      return this.#waiting.add(entry, entry.pieces.length === 0 ? [] : entry.pieces.map(storedPiece));
    } catch (error) {
      this.#tellUnwritable(error);
      return this.#rejectAlone(entry, cannotWrite(error));
    }
  }

  /** From now on a disk that refuses is not waited for. `hasNone`: there is no log at all to be written to. */
  stopWaiting(hasNone: boolean): void {
    this.#stopping.abort();
    if (hasNone) this.failure ??= 'there is no log';
    if (this.failure !== undefined) this.#reject(this.#waiting.takeAll(), stops());
  }

  /** Whatever still waits is rejected. */
  end(): void {
    this.#stopping.abort();
    this.#isEnded = true;
    this.#reject(this.#waiting.takeAll(), stops());
  }

  /** The next commit. Never rejects: whatever goes wrong in it is the matter of its own entries. */
  async commitTo(active: Log): Promise<void> {
    const batch = this.#waiting.take();
    try {
      await this.#commit(active, batch);
    } catch (error) {
      log.error({ error: messageOf(error), frames: batch.length }, 'a commit failed; its frames are refused');
      this.#reject(batch, refuse('LS_SPOOL_FAILED', `the spool failed: ${messageOf(error)}.`));
    }
  }

  async #commit(active: Log, all: Waiting[]): Promise<void> {
    const started = performance.now();
    const { batch, encoded } = this.#encode(all);
    if (encoded === undefined) return;
    const bytesBefore = active.bytes;
    if (!(await this.#writeUntilDurable(active, encoded.record))) {
      this.#reject(batch, refuse('LS_SPOOL_CLOSED', 'the service stopped before the disk took it.'));
      return;
    }
    faultPoint('spool.after_fsync');
    this.#note(active, batch, encoded);
    let frames = 0;
    for (const { entry } of batch) frames += entry.frames ?? 1;
    metrics.committed(frames, (performance.now() - started) / 1000, active.bytes - bytesBefore);
    this.#waiting.resolve(batch);
  }

  /** What cannot be written is turned away; the others of the commit go on. */
  #encode(batch: Waiting[]): { batch: Waiting[]; encoded: Encoded | undefined } {
    try {
      return { batch, encoded: this.#encodeAll(batch) };
    } catch (error) {
      if (batch.length === 1) {
        this.#tellUnwritable(error);
        this.#reject(batch, cannotWrite(error));
        return { batch: [], encoded: undefined };
      }
      const good = batch.filter(one => this.#encode([one]).encoded !== undefined);
      return good.length === 0 ? { batch: [], encoded: undefined } : { batch: good, encoded: this.#encodeAll(good) };
    }
  }

  #encodeAll(batch: readonly Waiting[]): Encoded {
    const { state } = this.#deps;
    const position = state.nextPosition();
    const commit = encodeCommit(batch, position, state.seq);
    return { ...commit, position, record: encodeRecord(commit.meta, commit.bodies, commit.pieces) };
  }

  /** It is durable: nothing that goes wrong from here on makes it undone. */
  #note(active: Log, batch: readonly Waiting[], encoded: Encoded): void {
    const { state, onDurable } = this.#deps;
    try {
      active.note(encoded);
      state.note(encoded);
      for (const { entry } of batch) state.remember(entry);
    } catch (error) {
      active.isDoubtful = true;
      log.error(
        { log: active.path, error: messageOf(error) },
        'could not record a commit; its spool log is read again',
      );
    }
    for (const { entry } of batch) entry.settled?.();
    try {
      onDurable(
        encoded.position,
        batch.map(({ entry }) => entry),
      );
    } catch (error) {
      metrics.failedListeners.inc();
      log.error({ error: messageOf(error) }, 'alerts or live tails missed the events of a commit');
    }
  }

  /** False when nobody waits for the disk any more. */
  async #writeUntilDurable(active: Log, record: readonly Buffer[]): Promise<boolean> {
    const { signal } = this.#stopping;
    for (;;) {
      try {
        await active.write(record);
        this.failure = undefined;
        this.#backoff.reset();
        this.#outage.over(facts => log.info(facts, 'the spool can write again'));
        return true;
      } catch (error) {
        this.#refused(active, error);
        if (signal.aborted) return false;
        await this.#backoff.wait(signal);
        if (signal.aborted) return false;
      }
    }
  }

  #refused(active: Log, error: unknown): void {
    this.failure = messageOf(error);
    metrics.writeErrors.inc();
    const details = { log: active.path, error: messageOf(error), fix: systemErrorFix(error) };
    this.#outage.failed(facts => log.error({ ...details, ...facts }, 'the spool cannot write; senders have to wait'));
  }

  #tellUnwritable(error: unknown): void {
    metrics.rejectedFrames.inc();
    log.error({ error: messageOf(error) }, 'a frame cannot be written and is refused');
  }

  #reject(batch: readonly Waiting[], error: LongshoreError): void {
    if (batch.length === 0) return;
    for (const { entry } of batch) this.#rejected(entry);
    this.#waiting.reject(batch, error);
  }

  #rejectAlone(entry: SpoolEntry, error: LongshoreError): Promise<void> {
    this.#rejected(entry);
    return Promise.reject(error);
  }

  #rejected(entry: SpoolEntry): void {
    this.#deps.release(entry.parts.map(({ bytes }) => bytes));
    entry.settled?.();
  }
}

const stops = (): LongshoreError => refuse('LS_SPOOL_CLOSED', 'the service stops.');
