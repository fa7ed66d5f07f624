import { createHash } from 'node:crypto';
import { messageOf } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { isFields } from '../../core/event.ts';
import { pythonStr } from '../python/str.ts';
import type { SendContext, SendResult } from './alerter.ts';

const MAX_RETRY_AFTER_MS = 3_600_000;
const MAX_REASON_CHARS = 200;

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}

/**
 * Posts once and says what came of it. 2xx is delivered. 429, 5xx, 408, time-outs and network errors concern the place;
 * other answers concern this message. A redirect is an error: following it would turn the POST into a GET.
 */
export async function post(request: PostRequest, context: SendContext): Promise<SendResult> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(request.timeoutMs)]);
  try {
    const response = await context.fetch(request.url, {
      method: 'POST',
      headers: { ...request.headers, 'Idempotency-Key': context.idempotencyKey },
      body: request.body,
      redirect: 'manual',
      signal,
    });
    if (response.status >= 200 && response.status < 300) {
      // The status is the answer; what follows it must not hold the connection.
      await response.body?.cancel().catch(() => {});
      return { ok: true };
    }
    const answer = await firstBytes(response);
    const { status } = response;
    const wide = status === 429 || status === 408 || status === 425 || status >= 500;
    const hint = status >= 300 && status < 400 ? ' (a redirect: use the final address)' : '';
    return {
      ok: false,
      scope: wide ? 'place' : 'message',
      reason: `HTTP ${status}${hint}${answer === '' ? '' : `: ${answer}`}`,
      retryAfterMs: retryAfter(response.headers.get('retry-after')),
    };
  } catch (error) {
    return { ok: false, scope: 'place', reason: failure(error, request, context) };
  }
}

async function firstBytes(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const { value } = await reader.read();
  await reader.cancel().catch(() => {});
  const text = value === undefined ? '' : new TextDecoder().decode(value.subarray(0, MAX_REASON_CHARS));
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ').trim();
}

/** Messages of the network layer may quote the address: only its code and its cause are told. */
function failure(error: unknown, request: PostRequest, context: SendContext): string {
  if (context.signal.aborted) return 'stopped';
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${request.timeoutMs} ms`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
  const code = cause !== undefined && 'code' in cause ? String(cause.code) : undefined;
  if (code !== undefined) return `cannot connect (${code})`;
  const text = (cause ?? (error instanceof Error ? error : undefined))?.message ?? messageOf(error);
  return text.includes(request.url) ? 'the request failed' : text;
}

function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+(?:\.\d+)?$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined;
}

/** The addresses of an option: one text or a list. Empty when it is missing or an environment variable that is not set. */
export function addresses(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((one): one is string => typeof one === 'string' && one.trim() !== '' && !one.startsWith('$'));
}

/** A queue per address, without telling the address. */
export function queueName(type: string, url: string | undefined): string {
  return `${type}:${createHash('sha256')
    .update(url ?? '')
    .digest('hex')
    .slice(0, 16)}`;
}

/** Seconds of an option as milliseconds, at least a tenth of a second. */
export function timeoutMs(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.max(100, Math.min(600_000, value * 1000)) : 10_000;
}

/** Header values of an option; line breaks, which no header may have, become blanks. */
export function headersOf(value: unknown): Record<string, string> {
  const headers: Record<string, string> = {};
  if (!isFields(value)) return headers;
  for (const [name, content] of Object.entries(value as Fields)) {
    if (/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) headers[name] = headerText(pythonStr(content));
  }
  return headers;
}

const headerText = (text: string): string => text.replace(/[\x00-\x1f\x7f]+|[^\x00-\xff]/g, ' ').trim();
