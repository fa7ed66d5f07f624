import type { ErrorCode } from '../../core/codes.ts';
import type { Chunk, HistogramRequest, SearchRequest } from '../../core/contracts.ts';
import type { EmbeddedStoreOptions } from './options.ts';

/** What the service sends to the store process. `open` comes first, once. */
export type ToProcess =
  | { kind: 'open'; dir: string; options: EmbeddedStoreOptions }
  | { kind: 'call'; id: number; call: Call }
  | { kind: 'cancel'; id: number }
  | { kind: 'stop' };

/** What the store process sends: `ready` (or `broken`) once, then one `reply` or `failure` a call, and events as they happen. */
export type FromProcess =
  | { kind: 'ready' }
  /** It cannot open its folder and ends. */
  | { kind: 'broken'; error: WireError }
  | { kind: 'reply'; id: number; value: unknown }
  | { kind: 'failure'; id: number; error: WireError }
  | { kind: 'event'; event: StoreEvent };

export type Call =
  | { method: 'accept'; chunk: Chunk }
  | { method: 'search'; request: SearchRequest }
  | { method: 'histogram'; request: HistogramRequest }
  | { method: 'days' }
  | { method: 'fieldNames' }
  /** No job begins before `release`, or before the time is over; resolves when none runs. */
  | { method: 'hold'; ms: number }
  | { method: 'release' }
  | { method: 'stats' };

export interface WireError {
  code: ErrorCode;
  what: string;
  fix?: string | undefined;
  retryable: boolean;
}

/**
 * A stored event on the wire: `_id`, `seq`, `@timestamp` (epoch milliseconds), the declared fields in their order
 * (objects as JSON text), then the JSON text of the rest; null for what it does not have.
 */
export type WireRow = (string | number | null)[];

export interface SearchReply {
  total: { value: number; relation: 'eq' | 'gte' };
  rows: WireRow[];
}

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
  | { type: 'query'; result: 'ok' | 'error' | 'timeout' | 'cancelled' | 'refused'; seconds: number }
  | { type: 'log'; level: 'debug' | 'info' | 'warn' | 'error'; details: object; message: string };

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
