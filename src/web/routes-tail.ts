import type { FastifyInstance } from 'fastify';
import type { SearchApi } from '../core/api/search.ts';
import type { StoredEvent } from '../core/contracts.ts';
import { refuse } from './refusal.ts';
import { clientOf, pick, pickNumber } from './requests.ts';
import { withQuery } from './routes-search.ts';
import type { BoundedSearches } from './searches.ts';
import type { TailHub } from './tail.ts';

const MAX_LAST = 1000;

/** `GET /api/tail?query=...&last=N`: live events as server-sent events. */
export function tailRoute(app: FastifyInstance, searcher: SearchApi, hub: TailHub, searches: BoundedSearches): void {
  const config = { scope: 'read', queryToken: true, endless: true };
  app.get('/api/tail', { config, exposeHeadRoute: false }, async (request, reply) => {
    const { query = '', last } = withQuery(pick(request, ['query', 'q', 'last']));
    const wants = searcher.predicate(query);
    if (hub.isFull) {
      reply.header('retry-after', '5');
      return refuse(reply, 503, 'LS_WEB_TAILS_LIMITED', 'Too many live tails are open.');
    }
    const response = reply.raw;
    // The client collects before the search starts: nothing falls between the two.
    const client = hub.add(response, wants, query);
    response.on('close', () => hub.remove(client));
    response.on('error', () => hub.remove(client));
    response.on('drain', () => client.drained());
    let before: StoredEvent[] = [];
    const count = pickNumber(last, 0, MAX_LAST);
    try {
      if (count > 0) {
        const params = { query, size: String(count), order: 'desc', client: clientOf(request) };
        before = (await searches.run(request, reply, signal => searcher.search(params, signal))).hits;
      }
    } catch (error) {
      hub.remove(client);
      throw error;
    }
    reply.hijack();
    request.raw.socket.setNoDelay(true);
    const headers = {
      ...reply.getHeaders(),
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
    };
    response.writeHead(200, headers as Record<string, string>);
    client.begin([...before].reverse());
    return reply;
  });
}
