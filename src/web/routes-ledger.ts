import type { FastifyInstance } from 'fastify';
import type { WebDeps } from './deps.ts';

/** `GET /api/ledger`: of each container what was received and what became of it. */
export function ledgerRoutes(app: FastifyInstance, deps: WebDeps): void {
  app.get('/api/ledger', { config: { scope: 'read' } }, async () => deps.ledger());
}
