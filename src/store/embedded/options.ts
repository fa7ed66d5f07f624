/** Settings of the embedded store (`store: { type: embedded, ... }`), after validation. */
export interface EmbeddedStoreOptions {
  retention: RetentionOptions;
  seal_rows: number;
  seal_bytes: number;
  seal_chunks: number;
  seal_min_age_ms: number;
  seal_max_age_ms: number;
  seal_late_max_age_ms: number;
  merge_max_rows: number;
  merge_max_bytes: number;
  merge_segments: number;
  merge_idle_ms: number;
  max_concurrent_queries: number;
  max_queued_queries: number;
  query_timeout_ms: number;
  total_budget_ms: number;
  max_result_bytes: number;
  max_field_names: number;
  memory_limit_bytes: number;
  threads: number;
}

export interface RetentionOptions {
  max_age_days: number;
  /** Nothing is dropped for its size when undefined. */
  max_bytes?: number | undefined;
  min_free_bytes: number;
  age_drop_interval_ms: number;
}

const MB = 1_000_000;

export const retentionSchema = {
  type: 'object',
  additionalProperties: false,
  default: {},
  description: 'How long events are kept. Whole days go, the oldest first.',
  properties: {
    max_age_days: {
      type: 'integer',
      minimum: 1,
      maximum: 36_500,
      default: 14,
      description:
        'Days older than this are dropped. Age is counted from the smaller of the clock and the newest day stored.',
    },
    max_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 1,
      description:
        'Drop the oldest days while the store takes more than this on disk; when today alone is more, its oldest segments.',
    },
    min_free_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 0,
      default: 500 * MB,
      description: 'Drop the oldest days while less than this is free on the disk. 0: never.',
    },
    age_drop_interval_ms: {
      type: 'integer',
      minimum: 0,
      default: 3_600_000,
      description:
        'At most one day is dropped for its age in this time, so that a clock that jumped does not empty the store at once.',
    },
  },
} as const;

export const embeddedStoreSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'The store inside the service: a folder a day of Parquet segments, kept by a process of its own.',
  properties: {
    retention: retentionSchema,
    seal_rows: count(100, 200_000, 25_000, 'Events that are enough to make a segment of.'),
    seal_bytes: bytes(100_000, 32 * MB, 'Bytes of NDJSON that are enough to make a segment of.'),
    seal_chunks: count(2, 2_000, 100, 'Chunks that are enough to make a segment of.'),
    seal_min_age_ms: count(0, 60_000, 1_000, 'A chunk younger than this is left alone.'),
    seal_max_age_ms: count(10, 3_600_000, 60_000, 'The oldest chunk of the newest day waits no longer than this.'),
    seal_late_max_age_ms: count(
      10,
      86_400_000,
      1_800_000,
      'Late events of earlier days wait no longer than this for others of their day.',
    ),
    merge_max_rows: count(1_000, 2_000_000, 200_000, 'Events of a merged segment at most.'),
    merge_max_bytes: bytes(MB, 200 * MB, 'NDJSON bytes that a merged segment stands for at most.'),
    merge_segments: count(2, 64, 8, 'So many segments of similar size are merged into one.'),
    merge_idle_ms: count(
      10,
      604_800_000,
      3_600_000,
      'The small segments of a day that got nothing for so long are merged.',
    ),
    max_concurrent_queries: count(1, 32, 3, 'Searches that run at the same time.'),
    max_queued_queries: count(0, 10_000, 64, 'Searches that wait for their turn; more are refused.'),
    query_timeout_ms: count(10, 600_000, 10_000, 'A search is ended after this time, waiting included.'),
    total_budget_ms: count(
      0,
      600_000,
      1_000,
      'Time that counting all matches may take; after it the total is a lower bound.',
    ),
    max_result_bytes: bytes(100_000, 32 * MB, 'Text of all hits of one page at most.'),
    max_field_names: count(10, 100_000, 5_000, 'Names of undeclared fields remembered a day.'),
    memory_limit_bytes: bytes(
      64 * MB,
      200 * MB,
      'Memory that DuckDB may use, beside about 100 MB for the process itself.',
    ),
    threads: count(1, 64, 1, 'Threads of DuckDB.'),
  },
} as const;

/** Settings with the defaults of the schema for whatever is not given. */
export function embeddedStoreOptions(
  given: Partial<Omit<EmbeddedStoreOptions, 'retention'>> & { retention?: Partial<RetentionOptions> } = {},
): EmbeddedStoreOptions {
  const { retention, ...rest } = given;
  return {
    ...defaultsOf(embeddedStoreSchema.properties),
    ...rest,
    retention: { ...defaultsOf(retentionSchema.properties), ...retention },
  } as EmbeddedStoreOptions;
}

function defaultsOf(properties: object): object {
  const defaults: { [name: string]: unknown } = {};
  for (const [name, property] of Object.entries(properties)) {
    if (name !== 'retention' && 'default' in property) defaults[name] = property.default;
  }
  return defaults;
}

function count<D extends number>(minimum: number, maximum: number, fallback: D, description: string) {
  return { type: 'integer', minimum, maximum, default: fallback, description } as const;
}

function bytes<D extends number>(minimum: number, fallback: D, description: string) {
  return { type: 'number', format: 'bytes', minimum, default: fallback, description } as const;
}
