import type { FastifyReply } from 'fastify';
import type { ErrorAnswer } from '../core/api/operations.ts';
import type { ErrorCode } from '../core/codes.ts';
import { LongshoreError } from '../core/errors.ts';
import { logger } from '../core/log.ts';

const log = logger('web');

/** An answer in the one shape of all errors. */
export function refuse(
  reply: FastifyReply,
  status: number,
  code: ErrorCode,
  message: string,
  more: Partial<ErrorAnswer['error']> = {},
): FastifyReply {
  const answer: ErrorAnswer = { error: { code, message, ...more } };
  return reply.code(status).send(answer);
}

/** Answers with what was thrown. */
export function refuseError(reply: FastifyReply, error: unknown): FastifyReply {
  const { status, answer } = errorAnswer(error);
  if (status === 503) reply.header('retry-after', '1');
  return reply.code(status).send(answer);
}

/** What was thrown, for the client: its sentence if it is meant for humans, else a plain 500. */
export function errorAnswer(error: unknown): { status: number; answer: ErrorAnswer } {
  if (error instanceof LongshoreError) {
    const { code, message, position } = error;
    return {
      status: statusOf(error),
      answer: { error: { code, message, ...(position === undefined ? {} : { position }) } },
    };
  }
  const { statusCode, message = 'The request is not valid.' } = error as { statusCode?: number; message?: string };
  // Mistakes of the client that fastify found: a bad address, a bad header.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return { status: statusCode, answer: { error: { code: 'LS_WEB_BAD_REQUEST', message } } };
  }
  log.error({ err: error }, 'request failed');
  return {
    status: 500,
    answer: { error: { code: 'LS_WEB_FAILED', message: 'The request failed; the log says why.' } },
  };
}

function statusOf(error: LongshoreError): number {
  if (/^LS_(QUERY|SEARCH|STORE_QUERY)_(.*_)?(TIMEOUT|TIMED_OUT)$/.test(error.code)) return 504;
  if (error.code === 'LS_SEARCH_NO_EVENT') return 404;
  if (error.retryable) return 503;
  if (error.code === 'LS_BACKTEST_PARAMETER' || error.code === 'LS_TRIAL_REQUEST') return 400;
  // What was sent took more than one request may take.
  if (error.code === 'LS_TRIAL_FAILED') return 422;
  if (error.code.startsWith('LS_QUERY_') || error.code.startsWith('LS_SEARCH_')) return 400;
  return 500;
}
