import { ANY, bytes, count, type OptionsOf } from '../../base/options.ts';

export const spoolSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    max_bytes: bytes(
      1_000_000,
      ANY,
      10_000_000_000,
      'Logs and chunks that the store has not taken yet. Above it senders are told to try again.',
    ),
    min_free_bytes: bytes(0, ANY, 100_000_000, 'Free disk space below which nothing new is accepted.'),
    chunk_max_events: count(1, ANY, 5000, 'Events after which the log is rolled into chunks.'),
    chunk_max_bytes: bytes(1000, ANY, 4_000_000, 'Bytes after which the log is rolled into chunks.'),
    chunk_max_age_ms: count(
      10,
      ANY,
      1000,
      'Milliseconds after the first event of a log when it is rolled into chunks.',
    ),
    max_pending_bytes: bytes(
      100_000,
      ANY,
      64_000_000,
      'Bytes that may wait for the disk. Above it senders are told to try again.',
    ),
    max_tail_bytes: bytes(
      0,
      ANY,
      12_000_000,
      'Bytes kept in memory to be searched until the store has taken them over.',
    ),
    retry_horizon_ms: count(
      1000,
      ANY,
      600_000,
      'How long, in milliseconds of uptime, a frame with a chunk id is remembered, so that a re-send is not stored twice.',
    ),
    max_accepted_ids: count(1000, ANY, 2_000_000, 'Chunk ids remembered at the most (16 bytes each).'),
  },
} as const;

/** Settings of the append log. */
export type SpoolOptions = OptionsOf<typeof spoolSchema>;
