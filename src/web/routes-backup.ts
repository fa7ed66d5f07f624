import type { FastifyInstance } from 'fastify';
import type { WebDeps } from './deps.ts';

/** `POST /api/backup`: a backup in `data_dir/backups`; the answer says where. */
export function backupRoutes(app: FastifyInstance, deps: WebDeps): void {
  app.post('/api/backup', { config: { scope: 'admin' } }, async () => deps.backup());
}
