import type { FastifyInstance } from 'fastify';
import type { WebDeps } from './deps.ts';
import { pick, pickNumber } from './requests.ts';
import type { BoundedSearches } from './searches.ts';

/** `GET /api/search`, `/api/histogram`, `/api/days`, `/api/fields`, `/api/alerts`, `/api/rules`. */
export function searchRoutes(app: FastifyInstance, deps: WebDeps, searches: BoundedSearches): void {
  const config = { scope: 'read' };

  app.get('/api/search', { config }, (request, reply) => {
    const params = withQuery(pick(request, ['query', 'q', 'from', 'to', 'size', 'cursor', 'order']));
    return searches.run(request, reply, signal => deps.searcher.search(params, signal));
  });
  app.get('/api/histogram', { config }, (request, reply) => {
    const params = withQuery(pick(request, ['query', 'q', 'from', 'to', 'interval', 'buckets', 'by']));
    return searches.run(request, reply, signal => deps.searcher.histogram(params, signal));
  });
  app.get('/api/days', { config }, async () => ({ days: await deps.days() }));
  app.get('/api/fields', { config }, async () => ({ fields: await deps.fieldNames() }));
  app.get('/api/rules', { config }, async () => ({ rules: deps.alerts.rules() }));
  app.get('/api/alerts', { config }, async request => {
    const limit = pickNumber(pick(request, ['limit']).limit, 50, 1000);
    return { alerts: deps.alerts.recent(limit) };
  });
}

/** `q` is another name of `query`. */
export function withQuery<T extends { query?: string; q?: string }>(params: T): Omit<T, 'q'> {
  const { q, ...rest } = params;
  if (q !== undefined && rest.query === undefined) rest.query = q;
  return rest;
}
