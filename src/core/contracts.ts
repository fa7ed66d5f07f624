import type { Fields, Frame } from './event.ts';

/**
 * The one link between inputs and everything behind them.
 * Resolves when everything in the frame is durable (or known to be from an earlier sending): only then may the input
 * acknowledge. Rejects when nothing of it was taken: with a retryable error the sender should try again (do not ack,
 * HTTP 503), with a permanent one it never will succeed (HTTP 400).
 * `frame.records` belongs to the consumer from the call on.
 */
export interface Consumer {
  consume(frame: Frame): Promise<void>;
}

/** Sinks start first, inputs stop first. `stop` is idempotent, safe before `start`, and gives up politely when the signal aborts. */
export interface Lifecycle {
  start(): Promise<void>;
  stop(signal: AbortSignal): Promise<void>;
}

/** Events of one day that became durable together: NDJSON in the form that the store asked for. */
export interface Chunk {
  /** Unique and usable as a file name. */
  readonly id: string;
  /** `YYYY.MM.DD`. */
  readonly day: string;
  /** Absolute path of the NDJSON file. The store deletes it once its events are stored. */
  readonly path: string;
  readonly events: number;
  readonly bytes: number;
  /** Event times, epoch milliseconds. */
  readonly minTime: number;
  readonly maxTime: number;
}

/**
 * How documents are written at intake.
 * `embedded`: one line an event: `_id`, `seq`, `@timestamp`, the declared fields, then `fields` with the rest.
 * `elasticsearch`: two lines an event: the action `{"create":{"_id":...}}`, then the document with the rest at top level.
 */
export type DocumentForm = 'embedded' | 'elasticsearch';

/** Node of a parsed search; see `store/query`. Plain JSON, so that it can cross a process boundary. */
export type QueryNode =
  | { type: 'all' }
  | { type: 'none' }
  | { type: 'and' | 'or'; nodes: QueryNode[] }
  | { type: 'not'; node: QueryNode }
  /** The field exists and is not null. */
  | { type: 'exists'; field: string }
  /** Text or number equality; `field` undefined means the default fields. Text matches any case and by substring in `message`-like fields. */
  | { type: 'match'; field?: string; value: string | number | boolean }
  /** Adjacent words; quoted by the user. */
  | { type: 'phrase'; field?: string; value: string }
  /** `*` and `?` as wildcards, `\` escapes. */
  | { type: 'wildcard'; field?: string; pattern: string }
  | { type: 'regexp'; field?: string; pattern: string }
  | {
      type: 'range';
      field: string;
      gt?: string | number;
      gte?: string | number;
      lt?: string | number;
      lte?: string | number;
    }
  /** Exact, case-sensitive equality with any of the values (Elasticsearch `term`/`terms` on keywords, numbers, booleans). */
  | { type: 'terms'; field: string; values: (string | number | boolean)[] };

export interface SearchRequest {
  readonly query: QueryNode;
  /** Epoch milliseconds, inclusive. */
  readonly from?: number | undefined;
  /** Epoch milliseconds, inclusive. */
  readonly to?: number | undefined;
  readonly size: number;
  /** Sorted by (`@timestamp`, `seq`, `_id`). Default `desc`. */
  readonly order?: 'desc' | 'asc' | undefined;
  /** Continue after this position: the sort key of the last hit of the page before. */
  readonly after?: SortKey | undefined;
  /** Chunks whose events are searched elsewhere (in the open tail of the spool). */
  readonly excludeChunks?: readonly string[] | undefined;
  readonly timeoutMs?: number | undefined;
}

/** [`@timestamp` as epoch milliseconds, `seq`, `_id`]. */
export type SortKey = readonly [number, number, string];

/** A stored event as it is given back: `_id`, `_index`, `seq`, `@timestamp` (ISO, milliseconds), declared fields, then the rest at top level. */
export type Hit = Fields & { _id: string; _index: string; seq: number; '@timestamp': string };

export interface SearchResult {
  readonly total: { value: number; relation: 'eq' | 'gte' };
  readonly hits: Hit[];
}

export interface HistogramRequest {
  readonly query: QueryNode;
  readonly from: number;
  readonly to: number;
  readonly intervalMs: number;
  /** A field whose values split each bucket (`level`). */
  readonly by?: string | undefined;
  readonly excludeChunks?: readonly string[] | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface HistogramBucket {
  /** Start of the bucket, epoch milliseconds. */
  at: number;
  count: number;
  by?: Record<string, number>;
}

/** What a store holds of one day. */
export interface DayInfo {
  day: string;
  events: number;
  bytes: number;
}

export interface Store extends Lifecycle {
  readonly form: DocumentForm;
  /** Takes a durable chunk over. Resolved: searches find it and the store answers for the file. Rejected: the caller keeps it and offers it again. */
  accept(chunk: Chunk): Promise<void>;
  search(request: SearchRequest, signal?: AbortSignal): Promise<SearchResult>;
  histogram(request: HistogramRequest, signal?: AbortSignal): Promise<HistogramBucket[]>;
  days(): Promise<DayInfo[]>;
  /** Names of the fields that events of the store have or had, for `check` and for completion. */
  fieldNames(): Promise<string[]>;
}

/** The events that are acknowledged but not yet in the store. */
export interface Tail {
  /** `chunks` are the ids (given or to be given to the store) whose events are among `hits`. */
  snapshot(): { chunks: string[]; hits: Hit[] };
}

/** Called with each event as soon as it is durable; must be quick and must not throw. */
export type LiveListener = (hit: Hit) => void;

/** Where the live tail subscribes. */
export interface LiveEvents {
  subscribe(listener: LiveListener): () => void;
}

/** A compiled predicate over an event as it is stored (declared and found fields at top level). */
export type Predicate = (event: Fields) => boolean;
