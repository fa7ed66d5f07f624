import type {
  Chunk,
  CountRow,
  CountsRequest,
  DayInfo,
  HistogramBucket,
  HistogramRequest,
  ScannedPage,
  ScanRequest,
  SearchRequest,
  SearchResult,
} from '../../core/contracts.ts';
import type { StatsRequest, StatsResult } from '../../core/stats.ts';
import type { EmbeddedStoreOptions } from './options.ts';

/** Some of the rows of a page: a whole one in one message would keep the service from everything else while it is read. */
export interface PieceOfRows {
  readonly rows: readonly WireRow[];
  /** Those of the page before it; a page may begin anew. */
  readonly before: number;
  readonly isLast: boolean;
}

/** What the service asks of the store process. `open` comes first, once. */
export type StoreCalls = {
  open(value: { dir: string; options: EmbeddedStoreOptions }): Promise<void>;
  accept(chunk: Chunk): void;
  /** The rows are parts of the answer: they are there before all matches are counted. */
  search(request: SearchRequest, signal: AbortSignal, rows: (piece: PieceOfRows) => void): Promise<Total>;
  scan(request: ScanRequest, signal: AbortSignal): Promise<ScannedPage>;
  histogram(request: HistogramRequest, signal: AbortSignal): Promise<HistogramBucket[]>;
  counts(request: CountsRequest, signal: AbortSignal): Promise<CountRow[]>;
  statistics(request: StatsRequest, signal: AbortSignal): Promise<StatsResult>;
  days(): DayInfo[];
  fieldNames(value: undefined, signal: AbortSignal): Promise<string[]>;
  /** No job begins before `release`, or before the time (milliseconds) is over; resolves when none runs. */
  hold(ms: number): Promise<void>;
  release(): void;
  stats(): StoreStats;
  /** It ends what runs, and itself. */
  stop(): void;
};

/** What the store process tells the service. */
export type ServiceCalls = {
  event(event: StoreEvent): void;
};

/**
 * A stored event on the wire: `_id`, `seq`, `@timestamp` (epoch milliseconds), the declared fields in their order
 * (objects as JSON text), then the JSON text of the rest; null for what it does not have.
 */
export type WireRow = (string | number | null)[];

export type Total = SearchResult['total'];

export type StoreEvent =
  /** The chunks' events are in a committed segment, the dead letters, or dropped: nobody needs to offer them again. */
  | { type: 'released'; chunks: string[] }
  | { type: 'sealed'; rows: number; bytes: number; seconds: number }
  | { type: 'merged'; rows: number; segments: number; seconds: number }
  | { type: 'failed'; job: 'seal' | 'merge' | 'retention' }
  | { type: 'dead_letters'; lines: number }
  | { type: 'quarantined'; files: number }
  | { type: 'lost_chunk' }
  | { type: 'dropped'; reason: DropReason; days: number; segments: number; events: number; bytes: number }
  | ({ type: 'query' } & QueryReport)
  | { type: 'log'; level: 'debug' | 'info' | 'warn' | 'error'; details: object; message: string };

/** How a query ended. `waited` is part of `seconds`; `kind` is what it turned out to be. */
export interface QueryReport {
  readonly result: 'ok' | 'error' | 'timeout' | 'cancelled' | 'refused';
  readonly kind: 'light' | 'heavy' | 'whole';
  readonly seconds: number;
  readonly waited: number;
}

export type DropReason = 'age' | 'bytes' | 'free_disk';

export interface StoreStats {
  days: number;
  segments: number;
  /** Bytes of segments and chunks on disk. */
  bytes: number;
  /** Events in segments. */
  rows: number;
  unsealed_chunks: number;
  unsealed_rows: number;
  queries_running: number;
  queries_waiting: number;
  /** Files that are replaced or dropped and wait for their last reader. */
  trash: number;
  rss_bytes: number;
}
