/** Settings of the append log; see the descriptions. */
export interface SpoolOptions {
  max_bytes: number;
  min_free_bytes: number;
  chunk_max_events: number;
  chunk_max_bytes: number;
  chunk_max_age_ms: number;
  max_pending_bytes: number;
  max_tail_bytes: number;
  retry_horizon_ms: number;
  max_accepted_ids: number;
}

export const spoolSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    type: { const: 'spool', default: 'spool', description: 'The kind of buffer: files on the local disk.' },
    max_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 1_000_000,
      default: 10_000_000_000,
      description: 'Logs and chunks that the store has not taken yet. Above it senders are told to try again.',
    },
    min_free_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 0,
      default: 100_000_000,
      description: 'Free disk space below which nothing new is accepted.',
    },
    chunk_max_events: {
      type: 'integer',
      minimum: 1,
      default: 5000,
      description: 'Events after which the log is rolled into chunks.',
    },
    chunk_max_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 1000,
      default: 4_000_000,
      description: 'Bytes after which the log is rolled into chunks.',
    },
    chunk_max_age_ms: {
      type: 'integer',
      minimum: 10,
      default: 1000,
      description: 'Milliseconds after the first event of a log when it is rolled into chunks.',
    },
    max_pending_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 100_000,
      default: 64_000_000,
      description: 'Bytes that may wait for the disk. Above it senders are told to try again.',
    },
    max_tail_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 0,
      default: 24_000_000,
      description: 'Bytes kept in memory to be searched until the store has taken them over.',
    },
    retry_horizon_ms: {
      type: 'integer',
      minimum: 1000,
      default: 600_000,
      description:
        'How long, in milliseconds of uptime, a frame with a chunk id is remembered, so that a re-send is not stored twice.',
    },
    max_accepted_ids: {
      type: 'integer',
      minimum: 1000,
      default: 2_000_000,
      description: 'Chunk ids remembered at the most (16 bytes each).',
    },
  },
} as const;
