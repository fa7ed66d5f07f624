import { join } from 'node:path';
import type { SpoolDeps } from '../../../src/buffer/spool/deps.ts';
import type { StoredEvent } from '../../../src/core/contracts.ts';

/** A spool in `root` whose limits are out of the way, but for `options`. */
export function spoolDeps(root: string, options: Partial<SpoolDeps['options']> = {}): SpoolDeps {
  return {
    dir: join(root, 'spool'),
    chunkDir: join(root, 'chunks'),
    worker: 'w0',
    options: {
      max_bytes: 1e9,
      min_free_bytes: 0,
      chunk_max_events: 1000,
      chunk_max_bytes: 1e6,
      chunk_max_age_ms: 100_000,
      max_pending_bytes: 1e8,
      max_tail_bytes: 1e7,
      retry_horizon_ms: 60_000,
      max_accepted_ids: 100_000,
      ...options,
    },
    linesPerDocument: 1,
    parseStored: (line, day) => ({ ...JSON.parse(line), _index: day }) as StoredEvent,
    onDurable: () => {},
  };
}
