import type { FastifyInstance } from 'fastify';
import type { WebDeps } from './deps.ts';
import { refuseError } from './refusal.ts';
import { pick, pickNumber } from './requests.ts';

const DAYS = 30;
const MAX_DAYS = 366;

/** `GET /api/dora?days=30&service=...`. */
export function doraRoutes(app: FastifyInstance, { dora }: WebDeps): void {
  if (dora === undefined) return;
  app.get('/api/dora', { config: { scope: 'read' } }, async (request, reply) => {
    const { days, service } = pick(request, ['days', 'service']);
    try {
      return await dora.figures(Math.max(1, pickNumber(days, DAYS, MAX_DAYS)), service);
    } catch (error) {
      return refuseError(reply, error);
    }
  });
}
