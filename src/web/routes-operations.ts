import type { FastifyInstance } from 'fastify';
import type { WebDeps } from './deps.ts';

/** `/healthz`, `/readyz`, `/metrics`, `/api/status`, `POST /-/reload`. */
export function operationsRoutes(app: FastifyInstance, deps: WebDeps): void {
  app.get('/healthz', async (_request, reply) => {
    const health = deps.health();
    return reply.code(health.status === 'ok' ? 200 : 503).send(health);
  });
  app.get('/readyz', async (_request, reply) => {
    const ready = deps.ready();
    return reply.code(ready.ready ? 200 : 503).send(ready);
  });
  app.get('/metrics', { config: { scope: 'read' } }, async (_request, reply) => {
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await deps.metrics());
  });
  app.get('/api/status', { config: { scope: 'read' } }, () => deps.status());
  app.post('/-/reload', { config: { scope: 'admin' } }, async (_request, reply) => {
    const answer = await deps.reload();
    return reply.code(answer.ok ? 200 : 422).send(answer);
  });
}
