import { ANY, bytes, count, type OptionsOf } from '../../base/options.ts';

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
    sentinel_name: {
      type: 'string',
      minLength: 1,
      default: 'mymaster',
      description: 'Name by which the sentinels know the master.',
    },
    sentinel_password: { type: 'string', description: 'Password of the sentinels themselves.' },
    tls_ca_file: { type: 'string', description: 'PEM file of the authority that signed the certificate of Redis.' },
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
    max_chunk_bytes: bytes(
      1000,
      ANY,
      256_000_000,
      'Largest chunk, uncompressed, that a worker unpacks. A larger one is a dead letter.',
    ),
    compression_level: count(1, 19, 1, 'zstd level of the chunks in Redis.'),
    max_unconfirmed_chunks: count(
      1,
      ANY,
      64,
      'Chunks of one process that Redis has but may not have on disk yet. They are still in the local spool.',
    ),
    command_timeout_ms: count(100, ANY, 5000, 'Milliseconds after which Redis counts as away when it does not answer.'),
    fsync_wait_ms: count(
      0,
      ANY,
      1250,
      'With `appendfsync everysec` on a Redis without WAITAOF (before 7.2): milliseconds after which a job is taken to be on disk.',
    ),
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
      'Milliseconds without a sign of life after which a job of a worker is given to another.',
    ),
    stalled_interval_ms: count(
      100,
      ANY,
      15_000,
      'Milliseconds between looks for jobs whose worker gives no sign of life.',
    ),
    max_stalled_count: count(
      0,
      ANY,
      3,
      'How many workers may die with the same job before it is a dead letter at the next death.',
    ),
    retry_max_delay_ms: count(
      10,
      ANY,
      5000,
      'Longest pause, in milliseconds, between two tries of a worker while the store is away.',
    ),
    retry_hold_ms: count(
      0,
      ANY,
      20_000,
      'How long, in milliseconds, a worker tries before it puts the job back for later.',
    ),
    sweep_interval_ms: count(
      100,
      ANY,
      30_000,
      'Milliseconds between looks for failed jobs, which become dead letters, and for a wrong byte count.',
    ),
    remember_ms: count(
      1000,
      ANY,
      3_600_000,
      'How long, in milliseconds, a stored chunk is remembered, so that offering it again does nothing.',
    ),
    hits_max_bytes: bytes(
      10_000,
      ANY,
      256_000_000,
      'Compressed hits of alert rules that may wait in Redis for the evaluator. Beyond it the oldest are let go, with a counter and an error in the log.',
    ),
    hits_max_pending_bytes: bytes(
      10_000,
      ANY,
      16_000_000,
      'Hits that one process keeps in memory while Redis does not take them. Those beyond it are read again from the spool.',
    ),
    evaluator_lock_ms: count(
      500,
      ANY,
      5000,
      'Milliseconds without a sign of life after which another process takes over the evaluation of alert rules.',
    ),
  },
} as const;

/** Settings of the Redis buffer (`buffer: { type: redis, ... }`). */
export type RedisBufferOptions = Omit<OptionsOf<typeof redisBufferSchema>, 'type'>;
