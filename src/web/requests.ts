import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { counter, histogram } from '../core/metrics.ts';
import type { TokenScope } from './options.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a token must be good for; left out: open to everybody. */
    scope?: TokenScope | string;
    /** The token may stand in the address (`?token=`), for clients that cannot set headers. */
    queryToken?: boolean;
    /** A stream that ends when the client wants: its duration says nothing. */
    endless?: boolean;
    /** How the protocol of the route says that the guard refuses a request. */
    refusal?: (status: number, code: string, message: string) => { status: number; body: string | object };
  }
}

const requests = counter('longshore_http_requests_total', 'Answered HTTP requests.', ['route', 'status']);
const durations = histogram('longshore_http_request_duration_seconds', 'Time from request to answer.', ['route']);

/** Counts requests by route pattern, so that addresses from outside never become labels. */
export function countRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    requests.inc({ route, status: String(reply.statusCode) });
    if (request.routeOptions.config.endless !== true) durations.observe({ route }, reply.elapsedTime / 1000);
  });
}

/** The named parameters of the query that are there; of several with one name the last. */
export function pick<K extends string>(request: FastifyRequest, names: readonly K[]): { [P in K]?: string } {
  const query = request.query as Record<string, string | string[] | undefined>;
  const picked: { [P in K]?: string } = {};
  for (const name of names) {
    const value = query[name];
    const text = Array.isArray(value) ? value.at(-1) : value;
    if (text !== undefined && text !== '') picked[name] = text;
  }
  return picked;
}

/** Of the token that came with it, or of who is logged in; empty without. */
export const tokenNameOf = (request: FastifyRequest): string => (request as { tokenName?: string }).tokenName ?? '';

/** Who asks: whoever has this token, else this address. */
export function clientOf(request: FastifyRequest): string {
  const tokenName = tokenNameOf(request);
  // A socket has no address.
  return tokenName === '' ? (request.ip ?? '') : `token ${tokenName}`;
}

/** Aborts when the client is gone before it has its answer; `off` when nobody has to know any more. */
export function untilGone({ raw }: FastifyRequest, reply: FastifyReply): { signal: AbortSignal; off(): void } {
  const abort = new AbortController();
  const gone = (): void => {
    if (!reply.raw.writableEnded) abort.abort();
  };
  if (raw.socket.destroyed) gone();
  raw.socket.once('close', gone);
  return { signal: abort.signal, off: () => raw.socket.off('close', gone) };
}

/** A whole number of the query within bounds; what is no number counts as the default. */
export function pickNumber(text: string | undefined, byDefault: number, max: number): number {
  if (text === undefined || !/^\d{1,9}$/.test(text)) return byDefault;
  return Math.min(Number(text), max);
}
