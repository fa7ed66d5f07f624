import { messageOf } from '../../core/errors.ts';
import { redisTarget } from './address.ts';
import { Connection } from './connection.ts';
import { RedisFailure, redisFailure } from './failure.ts';
import type { RedisBufferOptions } from './options.ts';
import { type Persistence, type Proof, persistenceOf, proofOf } from './server-state.ts';

/** What stands behind `buffer.url`. */
export interface RedisFound {
  /** `host:port`s of the url, without the password. */
  readonly addresses: string;
  readonly version: string;
  /** How one knows that a chunk is on its disk. */
  readonly proof: Proof;
  readonly persistence: Persistence;
  /** Bytes; 0: no limit. */
  readonly maxMemory: number;
}

/**
 * A look at Redis, for `check`: connects, asks, and goes.
 * @throws RedisFailure when it does not answer within `timeoutMs` or does not let us in; LS_REDIS_URL, LS_REDIS_CA_FILE.
 */
export async function probeRedis(options: RedisBufferOptions, timeoutMs: number): Promise<RedisFound> {
  const addresses = redisTarget(options)
    .addresses.map(({ host, port }) => `${host}:${port}`)
    .join(', ');
  const connection = new Connection(
    { ...options, command_timeout_ms: Math.min(options.command_timeout_ms, timeoutMs) },
    'commands',
  );
  let timer: NodeJS.Timeout | undefined;
  let reason: unknown;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failure(addresses, reason)), timeoutMs);
    connection.client.on('error', error => {
      reason = error;
      // Nobody listens, or it says no: it will be the same in a moment. Of several, another one may answer.
      const [first] = error instanceof AggregateError ? error.errors : [error];
      const isAlone = options.mode === 'single' && (first as NodeJS.ErrnoException).syscall === 'connect';
      if (isAlone || redisFailure(error).kind === 'refused') reject(failure(addresses, error));
    });
  });
  const ready = new Promise<void>(resolve => connection.onReady(resolve));
  try {
    connection.open();
    await Promise.race([ready, late]);
    const state = await Promise.race([connection.state(), late]);
    return {
      addresses,
      version: state.version,
      proof: proofOf(state),
      persistence: persistenceOf(state),
      maxMemory: state.maxMemory,
    };
  } catch (error) {
    throw redisFailure(error);
  } finally {
    clearTimeout(timer);
    connection.close();
  }
}

function failure(addresses: string, reason: unknown): RedisFailure {
  if (reason !== undefined) {
    const known = redisFailure(reason);
    if (known.kind === 'refused') return known;
  }
  const why = reason === undefined ? 'it does not answer' : messageOf(reason) || 'it cannot be reached';
  return new RedisFailure('away', `there is no Redis at ${addresses}: ${why}.`, {
    fix: 'Start it, or correct buffer.url.',
    cause: reason,
  });
}
