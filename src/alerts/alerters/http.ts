import { createHash } from 'node:crypto';
import { REFUSED_ADDRESS } from '../../base/net/fetch-via.ts';
import { messageOf } from '../../core/errors.ts';
import { type Address, mergedHeaders } from './address.ts';
import type { SendContext, SendResult } from './alerter.ts';
import { conceal } from './secrets.ts';

const MAX_RETRY_AFTER_MS = 3_600_000;
/** Who is away does not know for how long: only a rate limit (429) is waited for longer. */
const MAX_AWAY_MS = 15_000;
const MAX_REASON_CHARS = 200;
/** Read of an answer: what is cut from it must not make room for half a secret. */
const MAX_ANSWER_BYTES = 4096;
const MAX_JUDGED_BYTES = 1_048_576;

/** Longer than most receivers ever take: one that does not know `Idempotency-Key` shows a repeated message twice. */
const TIMEOUT_MS = 20_000;

export interface PostRequest {
  readonly address: Address;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  /** Default: POST. */
  readonly method?: 'POST' | 'PUT' | 'GET' | undefined;
  /** Secrets beside those of address, headers and body, for what is told of answers. */
  readonly secrets?: readonly string[] | undefined;
  /** What a 2xx answer says, where that is not yet a success; its text is cut after 1 MiB. */
  readonly judge?: ((answer: string) => SendResult) | undefined;
}

/**
 * Sends once and says what came of it. 2xx is delivered. 429, 5xx, 408, 425, time-outs and network errors concern the place;
 * other answers concern this message, and 4xx among them are final. A redirect is an error: following it would turn the
 * POST into a GET.
 */
export async function post(request: PostRequest, context: SendContext): Promise<SendResult> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(request.timeoutMs)]);
  const { method = 'POST' } = request;
  try {
    const response = await context.fetch(request.address.url, {
      method,
      headers: mergedHeaders(request.headers, request.address.headers, { 'Idempotency-Key': context.idempotencyKey }),
      ...(method === 'GET' ? {} : { body: request.body }),
      redirect: 'manual',
      signal,
    });
    if (response.status >= 200 && response.status < 300) {
      if (request.judge !== undefined) return told(request.judge(await textOf(response)), request);
      // The status is the answer; what follows it must not hold the connection.
      await response.body?.cancel().catch(() => {});
      return { ok: true };
    }
    const text = await firstBytes(response);
    const answer = shown(text, request);
    const { status } = response;
    const wide = status === 429 || status === 408 || status === 425 || status >= 500;
    const hint = status >= 300 && status < 400 ? ' (a redirect: use the final address)' : '';
    return {
      ok: false,
      scope: wide ? 'place' : 'message',
      isFinal: !wide && status >= 400,
      status,
      reason: `HTTP ${status}${hint}${answer === '' ? '' : `: ${answer}`}`,
      retryAfterMs: retryAfter(
        response.headers.get('retry-after') ?? (status === 429 ? toldSeconds(text) : null),
        status === 429 ? MAX_RETRY_AFTER_MS : MAX_AWAY_MS,
      ),
    };
  } catch (error) {
    if (isRefusedAddress(error)) return { ok: false, scope: 'message', isFinal: true, reason: NOT_PUBLIC };
    return { ok: false, scope: 'place', reason: failure(error, request, context) };
  }
}

export const NOT_PUBLIC =
  'the address leads to this machine, a private network or a reserved one, which is not allowed here';

/** Reasons that quote an answer tell no secret either. */
function told(result: SendResult, request: PostRequest): SendResult {
  return result.ok ? result : { ...result, reason: shown(result.reason, request) };
}

const isRefusedAddress = (error: unknown): boolean =>
  error instanceof Error && (error.cause as NodeJS.ErrnoException | undefined)?.code === REFUSED_ADDRESS;

async function textOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < MAX_JUDGED_BYTES) {
    const { value } = await reader.read();
    if (value === undefined) break;
    chunks.push(value);
    bytes += value.length;
  }
  await reader.cancel().catch(() => {});
  return Buffer.concat(chunks).subarray(0, MAX_JUDGED_BYTES).toString('utf8');
}

async function firstBytes(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const { value } = await reader.read();
  await reader.cancel().catch(() => {});
  return value === undefined ? '' : new TextDecoder().decode(value.subarray(0, MAX_ANSWER_BYTES));
}

/** What may be told of a text from outside. */
function shown(text: string, request: PostRequest): string {
  const line = conceal(text, request)
    .replace(/[\x00-\x1f\x7f]+/g, ' ')
    .trim();
  return line.slice(0, MAX_REASON_CHARS).toWellFormed();
}

/** Messages of the network layer may quote the address: its code is told, or what is left of its cause. */
function failure(error: unknown, request: PostRequest, context: SendContext): string {
  if (context.signal.aborted) return 'stopped';
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${request.timeoutMs} ms`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
  const code = cause !== undefined && 'code' in cause ? String(cause.code) : undefined;
  if (code !== undefined) return `cannot connect (${code})`;
  const text = (cause ?? (error instanceof Error ? error : undefined))?.message ?? messageOf(error);
  return shown(text, request);
}

function retryAfter(header: string | null, maxMs: number): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+(?:\.\d+)?$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, maxMs) : undefined;
}

/** Discord and Telegram say in the answer how many seconds to wait. */
const toldSeconds = (text: string): string | null => /"retry_after"\s*:\s*(\d+(?:\.\d+)?)/.exec(text)?.[1] ?? null;

/** A queue per address, without telling the address. */
export function queueName(type: string, address: Address | undefined): string {
  return `${type}:${createHash('sha256')
    .update(JSON.stringify(address ?? ''))
    .digest('hex')
    .slice(0, 16)}`;
}

/** Seconds of an option as milliseconds, at least a tenth of a second. */
export function timeoutMs(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.max(100, Math.min(600_000, value * 1000)) : TIMEOUT_MS;
}
