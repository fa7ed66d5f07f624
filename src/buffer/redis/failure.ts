import type { ErrorCode } from '../../core/codes.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';

/** Why Redis did not take or give something; all of it can pass. */
export type FailureKind = 'away' | 'full' | 'budget' | 'timeout' | 'lost' | 'refused';

const CODES: { readonly [kind in FailureKind]: ErrorCode } = {
  away: 'LS_REDIS_AWAY',
  full: 'LS_REDIS_FULL',
  budget: 'LS_REDIS_BUDGET',
  timeout: 'LS_REDIS_TIMEOUT',
  lost: 'LS_REDIS_LOST',
  refused: 'LS_REDIS_REFUSED',
};

export class RedisFailure extends LongshoreError {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, what: string, details: { fix?: string; cause?: unknown } = {}) {
    super(CODES[kind], what, { ...details, retryable: true });
    this.kind = kind;
  }
}

/** The failure behind an error of the client or of a command. */
export function redisFailure(error: unknown): RedisFailure {
  if (error instanceof RedisFailure) return error;
  const message = messageOf(error);
  if (/\bOOM\b/.test(message)) {
    return new RedisFailure('full', 'Redis has no memory left.', {
      fix: 'Raise its maxmemory or lower `buffer.max_bytes`.',
      cause: error,
    });
  }
  if (/timed out|timeout/i.test(message))
    return new RedisFailure('timeout', 'Redis did not answer in time.', { cause: error });
  if (/\bNOAUTH\b/.test(message)) {
    return new RedisFailure('refused', 'Redis wants a password.', {
      fix: "Write it into buffer.url: 'redis://:${REDIS_PASSWORD}@redis:6379'.",
      cause: error,
    });
  }
  if (/\bWRONGPASS\b/.test(message)) {
    return new RedisFailure('refused', 'Redis does not take the user or password of buffer.url.', {
      fix: 'Correct it; in a URL, characters such as @ and / of a password are written as %40 and %2F.',
      cause: error,
    });
  }
  if (/\bRESP type\b/.test(message)) {
    return new RedisFailure('refused', 'What answers there is not Redis.', {
      fix: 'Correct buffer.url.',
      cause: error,
    });
  }
  if (/\b(NOPERM|MISCONF|NOREPLICAS)\b/.test(message))
    return new RedisFailure('refused', `Redis refuses: ${message}.`, { cause: error });
  return new RedisFailure('away', `Redis is not there: ${message}.`, { cause: error });
}
