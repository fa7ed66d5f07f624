import type { AlertHit } from '../alerts/engine.ts';
import type { PositionHits } from '../alerts/hit-source.ts';
import type { LinkErrors } from '../base/process/link.ts';
import type { Chunk, NewDeadLetter, StoredEvent, TailRequest, TailResult } from '../core/contracts.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import type { UserTexts } from '../definitions/user-content.ts';
import type { InputPorts } from '../inputs/inputs.ts';
import type { LedgerCounts } from '../ledger/ledger.ts';
import type { ClaimVerdict } from './claims.ts';
import type { JoinDelivery } from './peers.ts';
import type { WorkerSettings } from './settings.ts';

/*
 * A worker's life:
 *
 *     primary: open                         its spool is read; claims of a dead predecessor are settled
 *     worker: hello                         who am I, with what
 *     primary: move                         pieces that others join now, when all have recovered
 *     primary: serve                        it listens and offers its chunks
 *     worker: adopted                       what its last run left is with the store
 *     ...
 *     primary: stopInputs                   all workers first, for they hand pieces to one another
 *     primary: stop                         it drains and ends
 *
 * Whoever loses the other one ends (a worker) or starts it again (the primary).
 */

export interface Hello {
  readonly name: string;
  /** Random name of this data_dir. */
  readonly node: string;
  /** All workers, in order: a place belongs to the one that its hash names. */
  readonly workers: readonly string[];
  readonly settings: WorkerSettings;
  readonly texts: UserTexts;
  /** Hits up to this position of its spool have been counted durably. */
  readonly hitsAfter: number | undefined;
  readonly isWatchedLive: boolean;
}

/** Where chunks of workers go that the primary takes, and what it does for workers with a sink of their own. */
export type PrimarySink = {
  accept(chunk: Chunk): Promise<void>;
  /** For `copies`, before the worker's own sink may take the file. */
  keep(chunk: Chunk): Promise<void>;
  /** See `DeadLetterSink`. */
  deadLetters(letters: readonly NewDeadLetter[]): Promise<void>;
  /** The worker's own sink has stored events of this day. */
  wrote(day: string): void;
};

/** What workers ask of the primary. */
export type PrimaryCalls = PrimarySink & {
  hello(): Hello;
  adopted(): void;
  /** Keys of frames; answered by `verdicts`. */
  claims(keys: string[]): void;
  done(keys: string[]): void;
  failed(keys: string[]): void;
  deliver(value: { owner: string; delivery: JoinDelivery }): Promise<void>;
  hits(value: { position: number; hits: AlertHit[] }): void;
  /** Each second. `at` as in `Intake.watermark`; `refusal` keeps the whole from being ready. */
  status(value: { at: number | undefined; refusal: string | undefined; ledger: LedgerCounts }): void;
  live(events: StoredEvent[]): void;
};

/** What the primary asks of a worker. */
export type WorkerCalls = {
  /** Reads its spool. Resolves with the keys of the frames in it, 8 bytes each, and rejects with what kept it from that. */
  open(): Promise<Uint8Array>;
  verdicts(value: [key: string, verdict: ClaimVerdict][]): void;
  move(): Promise<void>;
  serve(): Promise<InputPorts>;
  deliver(delivery: JoinDelivery): Promise<void>;
  tail(request: TailRequest, signal: AbortSignal): Promise<TailResult>;
  releaseHits(position: number): void;
  reread(value: { after: number; maxBytes: number }): Promise<{ positions: PositionHits[]; isAll: boolean }>;
  watch(isWatched: boolean): void;
  /** Its spool stands still until `release`; see `Gate`. */
  hold(ms: number): Promise<void>;
  release(): void;
  metrics(): Promise<object[]>;
  /** Compiles; throws what is wrong with them. */
  prepare(value: { texts: UserTexts; version: number }): void;
  /** Takes what was prepared. */
  commit(version: number): void;
  stopInputs(value: { ms: number }): Promise<void>;
  stop(value: { ms: number }): Promise<void>;
};

export const workerErrors: LinkErrors = {
  gone: () => new LongshoreError('LS_WORKERS_GONE', 'the other process is gone.', { retryable: true }),
  unknown: error => {
    const what = error instanceof AggregateError ? error.errors.map(messageOf).join('\n') : messageOf(error);
    return new LongshoreError('LS_WORKERS_FAILED', what, { retryable: true });
  },
};

/** The other process ended before it answered. */
export function isGone(error: unknown): boolean {
  return error instanceof LongshoreError && error.code === 'LS_WORKERS_GONE';
}
