import type { Fields, Frame } from './event.ts';
import type { StatsRequest, StatsResult } from './stats.ts';

/**
 * The one link between inputs and everything behind them.
 * Resolves when everything in the frame is durable (or known to be from an earlier sending): only then may the input
 * acknowledge. Rejects when nothing of it was taken: with a retryable error the sender should try again (do not ack,
 * HTTP 503), with a permanent one it never will succeed (HTTP 400).
 * `frame.records` belongs to the consumer from the call on.
 */
export interface Consumer {
  consume(frame: Frame): Promise<void>;
  /** Whether a frame may be many messages, see `Frame.isMessages`. */
  readonly takesMessages?: boolean;
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
  /** Its events by container, for the ledger; those of a chunk that was counted before are not counted again. */
  readonly containers?: Readonly<Record<string, number>> | undefined;
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
  /** Whose request it is: nobody's hold up those of others. */
  readonly client?: string | undefined;
  /** Nobody asks how many there are in all. */
  readonly withoutTotal?: boolean | undefined;
}

/** [`@timestamp` as epoch milliseconds, `seq`, `_id`]. */
export type SortKey = readonly [number, number, string];

/** A stored event as it is given back: `_id`, `_index`, `seq`, `@timestamp` (ISO, milliseconds), declared fields, then the rest at top level. */
export type StoredEvent = Fields & { _id: string; _index: string; seq: number; '@timestamp': string };

export interface SearchResult {
  readonly total: { value: number; relation: 'eq' | 'gte' };
  readonly hits: StoredEvent[];
}

/** Some fields of all events of a time, in the order of their times: for a program, not for people. */
export interface ScanRequest
  extends Pick<SearchRequest, 'query' | 'from' | 'to' | 'size' | 'after' | 'excludeChunks' | 'timeoutMs' | 'client'> {
  /** Stored fields, as paths; beside them an event may have others. */
  readonly fields: readonly string[];
}

/** Events as text, so that it costs those in between nothing: `scannedEvents` reads it. */
export interface ScannedPage {
  readonly form: DocumentForm;
  readonly events: number;
  /** Sort key of the last one. */
  readonly last: SortKey | undefined;
  readonly fields: readonly string[];
  readonly text: string;
}

/** What a page of a scan holds. */
export interface ScannedEvent {
  readonly id: string;
  readonly seq: number;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly event: Fields & { '@timestamp': string };
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
  readonly client?: string | undefined;
}

export interface HistogramBucket {
  /** Start of the bucket, epoch milliseconds. */
  at: number;
  count: number;
  by?: Record<string, number>;
}

/** How many events there are in each of some stretches of time of one length, by the values of some fields. */
export interface CountsRequest {
  readonly query: QueryNode;
  /** Where the first stretch begins, epoch milliseconds. */
  readonly from: number;
  readonly stretchMs: number;
  readonly stretches: number;
  /** Events that lack one of these fields do not count. */
  readonly by: readonly string[];
  /** A field whose values are added up: all of them are counted, or those that are numbers. */
  readonly of?: { readonly field: string; readonly as: 'values' | 'numbers' } | undefined;
  /** More rows than these are refused: LS_STORE_TOO_MANY_VALUES. */
  readonly maxRows: number;
  readonly excludeChunks?: readonly string[] | undefined;
  readonly timeoutMs?: number | undefined;
  readonly client?: string | undefined;
}

/** A stretch that has events. */
export interface CountRow {
  /** 0 for the first one. */
  readonly stretch: number;
  /** The values of `by`, as texts. */
  readonly by: readonly string[];
  readonly events: number;
  /** Of the field `of`; 0, and the others null, where there is none. */
  readonly values: number;
  readonly sum: number | null;
  readonly min: number | null;
  readonly max: number | null;
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
  /** `onHits` is told the hits of the answer once, as soon as they are there: counting all that match takes longer. */
  search(request: SearchRequest, signal?: AbortSignal, onHits?: (hits: StoredEvent[]) => void): Promise<SearchResult>;
  /** One that has none is searched. */
  scan?(request: ScanRequest, signal?: AbortSignal): Promise<ScannedPage>;
  histogram(request: HistogramRequest, signal?: AbortSignal): Promise<HistogramBucket[]>;
  counts(request: CountsRequest, signal?: AbortSignal): Promise<CountRow[]>;
  statistics(request: StatsRequest, signal?: AbortSignal): Promise<StatsResult>;
  days(): Promise<DayInfo[]>;
  /** Names of the fields that events of the store have or had, for `check` and for completion. */
  fieldNames(signal?: AbortSignal): Promise<string[]>;
}

/** A search of the open tail; times are epoch milliseconds, inclusive. */
export interface TailRequest {
  readonly query: QueryNode;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** What `now` in the query means; default: the moment at which it is asked. */
  readonly now?: number | undefined;
}

export interface TailResult {
  /** The ids (given or to be given to the store) of all chunks that were looked at, also of those without a match. */
  readonly chunks: string[];
  readonly events: StoredEvent[];
  /** False: a part of the tail is out of reach for the moment. */
  readonly isComplete: boolean;
}

/** The events that are acknowledged but not yet in the store; it may be spread over several processes. */
export interface Tail {
  search(request: TailRequest, signal?: AbortSignal): Promise<TailResult>;
}

/** Called with each event as soon as it is durable; must be quick and must not throw. */
export type LiveListener = (hit: StoredEvent) => void;

/** Where the live tail subscribes. */
export interface LiveEvents {
  subscribe(listener: LiveListener): () => void;
  /** Only those that match, where it costs to get them all: whoever has this is asked so for each live tail. */
  follow?(query: string, listener: LiveListener): () => void;
}

/** What an event may have in a field, or in a list there. */
export type FieldTerm =
  /** This value, as folded text. */
  | { readonly type: 'value'; readonly field: string; readonly value: string }
  /** This number, or a text that is it. */
  | { readonly type: 'number'; readonly field: string; readonly number: number }
  /** A value with this part, which is folded and not empty. `ofNumbers`: numbers count, too, by their text. */
  | { readonly type: 'part'; readonly field: string; readonly part: string; readonly ofNumbers: boolean }
  /** Any value that is not null. */
  | { readonly type: 'any'; readonly field: string };

/** What is known of events that a query takes: of each list, they have at least one. */
export type Requirements = readonly (readonly FieldTerm[])[];

/** A compiled predicate over an event as it is stored (declared and found fields at top level). */
export type Predicate = (event: Fields) => boolean;

/**
 * What a store (or Redis) will never take, as whoever refused it tells of it: one document, or (kind `raw`) the bytes of
 * several. The dead-letter queue makes one letter an event of those, where they can be told apart.
 */
export interface NewDeadLetter {
  readonly kind: 'event' | 'raw';
  /** `_id` of the document; empty when it has none. */
  readonly event: string;
  /** The chunk it was refused with. The same event refused with the same chunk is the same letter. */
  readonly chunk: string;
  /** Line in the chunk, from 1, where that is what tells it from others. */
  readonly line?: number | undefined;
  /** `YYYY.MM.DD`; empty when unknown. */
  readonly day: string;
  /** Those of one type can be listed and replayed together: the store's own word (`document_parsing_exception`). */
  readonly type: string;
  readonly reason: string;
  /** Who refused it: `elasticsearch`, `embedded`, `redis`, ... */
  readonly source: string;
  readonly index?: string | undefined;
  /** When it was refused, epoch milliseconds. */
  readonly at: number;
  /** Of `document`: with `elasticsearch` an event is without its action line. */
  readonly form: DocumentForm;
  /** 1, or what the bytes hold. */
  readonly events: number;
  /** The bytes as they were to be stored. */
  readonly document: Uint8Array;
}

/** Where everything goes that is refused for good: the dead-letter queue. */
export interface DeadLetterSink {
  /** Resolves when all are durable; those that are there already are not written again. Rejects when the disk refuses: ask again. */
  append(letters: readonly NewDeadLetter[]): Promise<void>;
}

/** Events of dead letters, since `data_dir` was made: what is no longer kept is still counted. */
export interface DeadLetterCounts {
  letters: number;
  replayed: number;
  discarded: number;
}
