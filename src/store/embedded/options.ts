import { ANY, bytes, count, type Given, type OptionsOf, withDefaults } from '../../base/options.ts';

const MB = 1_000_000;

const retentionSchema = {
  type: 'object',
  additionalProperties: false,
  default: {},
  description: 'How long events are kept. Whole days go, the oldest first.',
  properties: {
    max_age_days: count(
      1,
      36_500,
      14,
      'Days older than this are dropped. Age is counted from the smaller of the clock and the newest day stored.',
    ),
    max_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 1,
      description:
        'Drop the oldest days while the store takes more than this on disk; when today alone is more, its oldest segments.',
    },
    min_free_bytes: bytes(0, ANY, 500 * MB, 'Drop the oldest days while less than this is free on the disk. 0: never.'),
  },
} as const;

export const embeddedStoreSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'The store inside the service: a folder a day of Parquet segments, kept by a process of its own.',
  properties: {
    retention: retentionSchema,
    seal_rows: count(100, 200_000, 25_000, 'Events that are enough to make a segment of.'),
    seal_max_age_ms: count(
      10,
      3_600_000,
      60_000,
      'The oldest chunk of the newest day waits no longer than this; late events of earlier days 30 times as long for others of their day.',
    ),
    max_result_bytes: bytes(100_000, ANY, 32 * MB, 'Text of all hits of one page at most.'),
    memory_limit_bytes: bytes(
      64 * MB,
      ANY,
      200 * MB,
      'Memory that DuckDB may use, beside about 100 MB for the process itself.',
    ),
    threads: count(1, 64, 1, 'Threads of DuckDB.'),
  },
} as const;

/** Settings of the embedded store (`store: { type: embedded, ... }`), after validation. */
export type EmbeddedStoreSettings = OptionsOf<typeof embeddedStoreSchema>;

export type RetentionOptions = EmbeddedStoreSettings['retention'] & {
  /** At most one day is dropped for its age in this time, so that a clock that jumped does not empty the store at once. */
  readonly age_drop_interval_ms: number;
};

const FIXED = {
  /** Bytes of NDJSON, and chunks, that are enough to make a segment of. */
  seal_bytes: 32 * MB,
  seal_chunks: 100,
  /** Events of a merged segment, and NDJSON bytes that it stands for, at most. */
  merge_max_rows: 200_000,
  merge_max_bytes: 200 * MB,
  /** So many segments of similar size are merged into one. */
  merge_segments: 8,
  /** Segments with fewer events have no filter of words: they are read as fast as it. */
  word_filter_min_rows: 8_192,
  /** Segments with fewer events have no tally. */
  tally_min_rows: 8_192,
  /** Searches that run at the same time: light and heavy ones, those that read all at once; and of each that wait for their turn. */
  light_queries: 2,
  heavy_queries: 1,
  whole_queries: 2,
  max_queued_queries: 64,
  /** How long statements of heavy searches, and of those that read all at once, wait for light ones to be done. */
  patience_ms: 250,
  /** A search that does not say how long it may take is ended after this time, waiting included. */
  query_timeout_ms: 10_000,
  /** Time that counting all matches may take; after it the total is a lower bound. */
  total_budget_ms: 1_000,
  /** Names of undeclared fields remembered a day. */
  max_field_names: 5_000,
};

type Fixed = { readonly [K in keyof typeof FIXED]: number };

/** What the store works with: its settings, what follows from these, and what nobody has to set. */
export type EmbeddedStoreOptions = Omit<EmbeddedStoreSettings, 'retention'> &
  Fixed & {
    readonly retention: RetentionOptions;
    /** A chunk younger than this is left alone. */
    readonly seal_min_age_ms: number;
    /** Late events of earlier days wait no longer than this for others of their day. */
    readonly seal_late_max_age_ms: number;
    /** The small segments of a day that got nothing for so long are merged. */
    readonly merge_idle_ms: number;
  };

/** The defaults for whatever is not given. */
export function embeddedStoreOptions(
  given: Partial<Omit<EmbeddedStoreOptions, 'retention'>> & { readonly retention?: Partial<RetentionOptions> } = {},
): EmbeddedStoreOptions {
  const settings = withDefaults(embeddedStoreSchema, given as Given<typeof embeddedStoreSchema>);
  const patience = settings.seal_max_age_ms;
  return {
    ...FIXED,
    seal_min_age_ms: Math.min(1_000, patience / 60),
    seal_late_max_age_ms: patience * 30,
    merge_idle_ms: patience * 60,
    ...given,
    ...settings,
    retention: { age_drop_interval_ms: 3_600_000, ...settings.retention },
  };
}
