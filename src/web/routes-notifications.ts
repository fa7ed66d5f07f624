import type { FastifyInstance } from 'fastify';
import { NOTIFICATION_STATES, type NotificationState } from '../core/api/alerts.ts';
import { LongshoreError } from '../core/errors.ts';
import type { WebDeps } from './deps.ts';
import { refuse, refuseError } from './refusal.ts';
import { pick, pickNumber } from './requests.ts';

/** `GET /api/notifications`, `POST /api/notifications/<id>/retry`. */
export function notificationRoutes(app: FastifyInstance, { alerts }: WebDeps): void {
  if (alerts === undefined) return;
  app.get('/api/notifications', { config: { scope: 'read' } }, async (request, reply) => {
    const { state, limit } = pick(request, ['state', 'limit']);
    if (state !== undefined && !isState(state)) {
      const fix = `Write one of ${NOTIFICATION_STATES.join(', ')}.`;
      const what = `there is no state ${JSON.stringify(state.slice(0, 50))}.`;
      return refuse(reply, 400, 'LS_WEB_BAD_REQUEST', new LongshoreError('LS_WEB_BAD_REQUEST', what, { fix }).message);
    }
    return { notifications: await alerts.notifications(state, pickNumber(limit, 50, 1000)) };
  });
  app.post<{ Params: { id: string } }>('/api/notifications/:id/retry', { config: admin }, async (request, reply) => {
    const { id } = request.params;
    try {
      if (await alerts.retryNotification(id)) return { retried: true };
    } catch (error) {
      if (error instanceof LongshoreError && error.code === 'LS_ALERTS_ELSEWHERE')
        return refuse(reply, 409, error.code, error.message);
      return refuseError(reply, error);
    }
    const message = `There is no dead or dropped notification ${id.slice(0, 100)} (any more).`;
    return refuse(reply, 404, 'LS_ALERTS_NOTIFICATION_NOT_FOUND', message);
  });
}

const admin = { scope: 'admin' };
const isState = (text: string): text is NotificationState => (NOTIFICATION_STATES as readonly string[]).includes(text);
