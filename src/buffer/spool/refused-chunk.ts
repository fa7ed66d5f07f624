import { readFile, unlink } from 'node:fs/promises';
import type { Chunk, DeadLetterSink } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';

const log = logger('spool');

/**
 * As `accept`, but a chunk that is refused for good is taken: its events are dead letters then. Without its file the
 * refusal stands, and the spool counts the chunk as lost. Rejects `deadLetters`, the chunk is offered again.
 */
export function orDeadLetters(
  accept: (chunk: Chunk) => Promise<void>,
  deadLetters: DeadLetterSink,
): (chunk: Chunk) => Promise<void> {
  return async chunk => {
    try {
      await accept(chunk);
    } catch (error) {
      if (!(error instanceof LongshoreError) || error.retryable) throw error;
      await giveUp(chunk, error, deadLetters);
    }
  };
}

async function giveUp({ id, path, day, events }: Chunk, error: LongshoreError, queue: DeadLetterSink): Promise<void> {
  const document = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ENOENT' ? error : cause;
  });
  const reason = `${error.what} (${error.code})`;
  const raw = { kind: 'raw', event: '', chunk: id, day, events, form: 'elasticsearch', document } as const;
  await queue.append([{ ...raw, type: 'refused_by_store', reason, source: 'spool', at: Date.now() }]);
  await unlink(path);
  log.error({ chunk: id, events, reason }, 'a chunk cannot be stored; its events are dead letters');
}
