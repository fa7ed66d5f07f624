import { ANY, bytes, count, type OptionsOf, text } from '../../base/options.ts';

const URL_PATTERN = '^rediss?://';

export const redisBufferSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    type: { const: 'redis', description: 'The kind of buffer: a BullMQ queue in Redis, behind the local spool.' },
    url: {
      type: ['string', 'array'],
      pattern: URL_PATTERN,
      minItems: 1,
      items: { type: 'string', pattern: URL_PATTERN },
      description:
        'A URL such as redis://[user:password@]host[:port][/database], or rediss:// for TLS. A list of the sentinels or of the cluster nodes with those modes.',
    },
    mode: {
      enum: ['single', 'sentinel', 'cluster'],
      default: 'single',
      description: 'What `url` leads to: one Redis, Sentinels that know where it is, or nodes of a Redis Cluster.',
    },
    sentinel_name: { ...text('Name by which the sentinels know the master.'), default: 'mymaster' },
    sentinel_password: text('Password of the sentinels themselves.'),
    tls_ca_file: text('PEM file of the authority that signed the certificate of Redis.'),
    queue: {
      type: 'string',
      pattern: '^[A-Za-z0-9_-]{1,64}$',
      default: 'longshore',
      description: 'Name of the queue: all keys begin with it in braces. Processes with the same name share the work.',
    },
    max_bytes: bytes(
      100_000,
      ANY,
      2_000_000_000,
      'Compressed chunks that may wait in Redis, of all ingest processes together. Above it they stay in the local spools.',
    ),
    min_free_memory_percent: {
      type: 'number',
      minimum: 0,
      maximum: 90,
      default: 10,
      description:
        'Share of `maxmemory` that is left free, at least 16 MB: workers need memory of Redis, too, to take jobs out of a full one. 0 leaves nothing.',
    },
    compression_level: count(1, 19, 1, 'zstd level of the chunks in Redis.'),
    max_unconfirmed_chunks: count(
      1,
      ANY,
      64,
      'Chunks of one process that Redis has but may not have on disk yet. They are still in the local spool.',
    ),
    command_timeout_ms: count(100, ANY, 5000, 'Milliseconds after which Redis counts as away when it does not answer.'),
    min_replicas: count(
      0,
      ANY,
      0,
      'Replicas that must have a job before the chunk leaves the spool, so that a failover loses nothing.',
    ),
    concurrency: count(1, 256, 4, 'Chunks that one index worker writes at the same time.'),
    lock_duration_ms: count(
      500,
      ANY,
      30_000,
      'Milliseconds without a sign of life after which a job of a worker is given to another; they are looked for twice in this time.',
    ),
    retry_max_delay_ms: count(
      10,
      ANY,
      5000,
      'Longest pause, in milliseconds, between two tries of a worker while the store is away.',
    ),
    hits_max_bytes: bytes(
      10_000,
      ANY,
      256_000_000,
      'Compressed hits of alert rules that may wait in Redis for the evaluator. Beyond it the oldest are let go, with a counter and an error in the log.',
    ),
    evaluator_lock_ms: count(
      500,
      ANY,
      5000,
      'Milliseconds without a sign of life after which another process takes over the evaluation of alert rules.',
    ),
  },
} as const;

/** What nobody has to set. */
export const REDIS_LIMITS = {
  /** With `appendfsync everysec` on a Redis without WAITAOF (before 7.2): after this time a job is taken to be on disk. */
  fsync_wait_ms: 1250,
  /** How many workers may die with the same job before it is a dead letter at the next death. */
  max_stalled_count: 3,
  /** How long a worker tries before it puts the job back for later. */
  retry_hold_ms: 20_000,
  /** Between looks for failed jobs, which become dead letters, and for a wrong byte count. */
  sweep_interval_ms: 30_000,
  /** Hits that one process keeps in memory while Redis does not take them. Those beyond it are read again from the spool. */
  hits_max_pending_bytes: 16_000_000,
};

/** `stalled_interval_ms`: between looks for jobs whose worker gives no sign of life. */
export type RedisLimits = typeof REDIS_LIMITS & { stalled_interval_ms: number };

/** Settings of the Redis buffer (`buffer: { type: redis, ... }`), after validation. */
export type RedisBufferOptions = Omit<OptionsOf<typeof redisBufferSchema>, 'type'> & Partial<RedisLimits>;
