import type { CanaryStatus, LedgerLine, LedgerProcess } from './ledger.ts';

/**
 * `GET /api/status`: the way of the data with what its parts count, as a page shows it. Counts are those since the start of
 * the process; who asks twice knows rates.
 */
export interface StatusAnswer {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly started_at: number;
  /** Of Longshore. */
  readonly version: string;
  readonly ready: boolean;
  /** Sentences: why it is not ready. */
  readonly reasons: readonly string[];
  readonly canary?: CanaryStatus | undefined;
  readonly ledger: LedgerLine;
  /** Why the numbers of the ledger are not those of this moment. */
  readonly incomplete?: string | undefined;
  /** Of one Redis. */
  readonly processes?: readonly LedgerProcess[] | undefined;
  /** Those that are on, and those that have taken something in. */
  readonly inputs: readonly InputStatus[];
  readonly intake: {
    readonly events: number;
    readonly bytes: number;
    /** By pipelines. */
    readonly dropped: number;
    /** Sent again, and not stored again. */
    readonly duplicate_frames: number;
    /** Processors that failed with nobody handling it, most first. */
    readonly failures: readonly { readonly pipeline: string; readonly processor: string; readonly count: number }[];
  };
  /** Undefined: this process takes nothing in. */
  readonly spool?: SpoolStatus | undefined;
  readonly redis?: RedisStatus | undefined;
  readonly store?: StoreStatus | undefined;
  readonly dead_letters: { readonly open: number; readonly by_type: Readonly<Record<string, number>> };
  /** What went wrong, was refused, or met a limit: counters above 0, the largest first. */
  readonly counted: readonly Counted[];
  readonly memory_bytes: number;
}

export interface InputStatus {
  /** As in the settings: `forward`, `http`, `files`. */
  readonly name: string;
  readonly frames: number;
  readonly records: number;
  readonly bytes: number;
  /** Undefined: it has none. */
  readonly connections?: number | undefined;
  /** Received, and not durable yet. */
  readonly unacked_bytes?: number | undefined;
  /** Not read yet. */
  readonly lag_bytes?: number | undefined;
  readonly errors: number;
}

/** Bytes. */
export interface SpoolStatus {
  /** In the log, and not in chunks yet. */
  readonly log_bytes: number;
  /** Everything that waits for what is behind. */
  readonly waiting_bytes: number;
  readonly max_bytes: number;
  readonly written_bytes: number;
  readonly commits: number;
  /** Of all commits together. */
  readonly commit_seconds: number;
}

export interface RedisStatus {
  readonly connected: boolean;
  readonly bytes: number;
  readonly max_bytes: number;
  readonly jobs: Readonly<Record<string, number>>;
  readonly written_events: number;
}

export interface StoreStatus {
  readonly type: 'embedded' | 'elasticsearch' | 'forward';
  /** That it has taken since the start. */
  readonly stored: number;
  /** In segments; undefined: it does not say. */
  readonly events?: number | undefined;
  readonly disk_bytes?: number | undefined;
  readonly unsealed_events?: number | undefined;
  readonly searches_running?: number | undefined;
  readonly searches_waiting?: number | undefined;
  readonly bulk_in_flight?: number | undefined;
  readonly alarm: boolean;
}

export interface Counted {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
  /** A sentence of the reference. */
  readonly what: string;
}
