import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { HistogramParams, SearchAnswer, SearchApi, SearchParams, SearchRows } from '../core/api/search.ts';
import type { WebDeps } from './deps.ts';
import { refuse } from './refusal.ts';
import { clientOf, pick, pickNumber } from './requests.ts';
import { answerInParts, wantsParts } from './rows-first.ts';
import type { BoundedSearches } from './searches.ts';

/** `GET /api/days`, `/api/alerts`, `/api/rules`, as far as they are here. */
export function searchRoutes(app: FastifyInstance, { days, alerts }: WebDeps): void {
  if (days !== undefined) app.get('/api/days', { config }, async () => ({ days: await days() }));
  if (alerts === undefined) return;
  app.get('/api/rules', { config }, async () => ({ rules: await alerts.rules() }));
  app.get('/api/alerts', { config }, async (request, reply) => {
    const { limit, state, rule } = pick(request, ['limit', 'state', 'rule']);
    if (state !== undefined && !isState(state))
      return refuse(
        reply,
        400,
        'LS_WEB_BAD_REQUEST',
        `There is no state ${JSON.stringify(state.slice(0, 50))}. Use one of ${STATES.join(', ')}.`,
      );
    return alerts.list({ limit: pickNumber(limit, 50, 1000), state, rule });
  });
}

/** Of more hits the text is made some at a time: all at once would keep acknowledgements waiting. */
const HITS_AT_ONCE = 500;

async function answerOf(answer: SearchAnswer, reply: FastifyReply): Promise<SearchAnswer | string> {
  const { hits } = answer;
  if (hits.length <= HITS_AT_ONCE) return answer;
  const pieces: string[] = [];
  for (let first = 0; first < hits.length; first += HITS_AT_ONCE) {
    pieces.push(JSON.stringify(hits.slice(first, first + HITS_AT_ONCE)).slice(1, -1));
    await setImmediate();
  }
  // No text of an event stands before it.
  const [before, behind] = split(JSON.stringify({ ...answer, hits: [] }), '"hits":[');
  reply.type('application/json; charset=utf-8');
  return `${before}"hits":[${pieces.join(',')}${behind}`;
}

function split(text: string, at: string): [before: string, behind: string] {
  const place = text.indexOf(at);
  return [text.slice(0, place), text.slice(place + at.length)];
}

const STATES = ['pending', 'firing', 'suppressed', 'active', 'resolved'] as const;
const isState = (text: string): text is (typeof STATES)[number] => STATES.some(state => state === text);

const config = { scope: 'read' };

/** `GET /api/search`, `/api/histogram`, `/api/stats`, `/api/containers`, `/api/context`, `/api/fields`. */
export function searchPageRoutes(
  app: FastifyInstance,
  searcher: SearchApi,
  searches: BoundedSearches,
  fieldNames: WebDeps['fieldNames'],
): void {
  app.get('/api/search', { config }, (request, reply) => {
    const params = asked(request, ['query', 'q', 'from', 'to', 'size', 'cursor', 'order', 'timezone', 'total']);
    const bars = pick(request, ['histogram', 'by', 'buckets', 'interval']);
    const search = (signal: AbortSignal, onRows?: (rows: SearchRows) => void): Promise<SearchAnswer> =>
      bars.histogram === 'true'
        ? withHistogram(searcher, params, bars, signal, onRows)
        : searcher.search(params, signal, onRows);
    if (!wantsParts(request))
      return searches.run(request, reply, async signal => answerOf(await search(signal), reply));
    return answerInParts(request, reply, onRows => searches.run(request, reply, signal => search(signal, onRows)));
  });
  app.get('/api/histogram', { config }, (request, reply) => {
    const params = asked(request, ['query', 'q', 'from', 'to', 'interval', 'buckets', 'by', 'timezone']);
    return searches.run(request, reply, signal => searcher.histogram(params, signal));
  });
  app.get('/api/stats', { config }, (request, reply) => {
    const params = asked(request, ['query', 'q', 'from', 'to', ...STATS]);
    return searches.run(request, reply, signal => searcher.stats(params, signal));
  });
  app.get('/api/containers', { config }, (request, reply) => {
    const params = asked(request, ['from', 'to', 'timezone']);
    return searches.run(request, reply, signal => searcher.containers(params, signal));
  });
  app.get('/api/fields', { config }, async (request, reply) => {
    const { sample, ...params } = asked(request, ['query', 'q', 'from', 'to', 'timezone', 'sample']);
    return searches.run(request, reply, async signal => {
      const [fields = [], seen = {}] = await Promise.all([
        fieldNames?.(signal),
        sample === undefined ? undefined : searcher.seenFields({ ...params, size: sample }, signal),
      ]);
      return { fields, ...seen };
    });
  });
  app.get('/api/context', { config }, (request, reply) => {
    const params = asked(request, ['id', 'time', 'before', 'after', 'scope']);
    return searches.run(request, reply, signal => searcher.context(params, signal));
  });
}

/** The rows, and only then the histogram of everything that matches, which says also how many there are: nothing is counted twice. */
async function withHistogram(
  searcher: SearchApi,
  params: SearchParams,
  { by, buckets, interval }: HistogramParams,
  signal: AbortSignal,
  onRows?: (rows: SearchRows) => void,
): Promise<SearchAnswer> {
  const found = await searcher.search({ ...params, total: 'false' }, signal, onRows);
  const { query, from, to, timezone, client } = params;
  const histogram = await searcher.histogram({ query, from, to, timezone, client, by, buckets, interval }, signal);
  const value = histogram.buckets.reduce((sum, { count }) => sum + count, 0);
  return { ...found, total: { value, relation: 'eq' }, histogram };
}

const STATS = ['metrics', 'by', 'interval', 'limit', 'sort', 'order', 'timezone'] as const;

/** The parameters of a request, and whose it is. */
function asked<K extends string>(request: FastifyRequest, names: readonly K[]) {
  return { ...withQuery(pick<K | 'query' | 'q'>(request, names)), client: clientOf(request) };
}

/** `q` is another name of `query`. */
export function withQuery<T extends { query?: string; q?: string }>(params: T): Omit<T, 'q'> {
  const { q, ...rest } = params;
  if (q !== undefined && rest.query === undefined) rest.query = q;
  return rest;
}
