import type { AlertHit } from '../alerts/engine.ts';
import type { PositionHits } from '../alerts/hit-source.ts';
import type { ErrorCode } from '../core/codes.ts';
import type { Chunk, Hit, NewDeadLetter, TailRequest, TailResult } from '../core/contracts.ts';
import type { UserTexts } from '../definitions/user-content.ts';
import type { InputPorts } from '../inputs/inputs.ts';
import type { LedgerCounts } from '../ledger/ledger.ts';
import type { Verdict } from './claims.ts';
import type { JoinDelivery } from './peers.ts';
import type { WorkerSettings } from './settings.ts';

/*
 * A worker's life:
 *
 *     worker: hello                         who am I, with what
 *     worker: recovered                     its spool is read; claims of a dead predecessor are settled
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
  readonly version: number;
  /** Hits up to this position of its spool have been counted durably. */
  readonly hitsAfter: number | undefined;
  readonly isWatchedLive: boolean;
}

/** Where chunks of workers go that the primary takes, and what it does for workers with a sink of their own. */
export interface PrimarySink {
  accept(chunk: Chunk): Promise<void>;
  /** For `copies`, before the worker's own sink may take the file. */
  keep(chunk: Chunk): Promise<void>;
  /** See `DeadLetterSink`. */
  deadLetters(letters: readonly NewDeadLetter[]): Promise<void>;
  /** The worker's own sink has stored events of this day. */
  wrote(day: string): void;
}

/** What workers ask of the primary. */
export interface PrimaryCalls extends PrimarySink {
  [method: string]: (value: never) => unknown;
  hello(): Hello;
  /** The spool may tell of its hits. */
  recovered(value: { keys: Uint8Array }): void;
  /** What kept it from that; it ends. */
  broken(error: { code: ErrorCode; what: string; where: string | undefined; fix: string | undefined }): void;
  adopted(): void;
  /** Keys of frames; answered by `verdicts`. */
  claims(keys: string[]): void;
  done(keys: string[]): void;
  failed(keys: string[]): void;
  deliver(value: { owner: string; delivery: JoinDelivery }): Promise<void>;
  hits(value: { position: number; hits: AlertHit[] }): void;
  /** Each second. `at` as in `Intake.watermark`; `refusal` keeps the whole from being ready. */
  status(value: { at: number | undefined; refusal: string | undefined; ledger: LedgerCounts }): void;
  live(hits: Hit[]): void;
}

/** What the primary asks of a worker. */
export interface WorkerCalls {
  [method: string]: (value: never) => unknown;
  verdicts(value: [key: string, verdict: Verdict][]): void;
  move(): Promise<void>;
  serve(): Promise<InputPorts>;
  deliver(delivery: JoinDelivery): Promise<void>;
  tail(request: TailRequest): TailResult;
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
}
