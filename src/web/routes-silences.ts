import type { FastifyInstance, FastifyReply } from 'fastify';
import { LongshoreError } from '../core/errors.ts';
import { isFields } from '../core/event.ts';
import type { WebDeps } from './deps.ts';
import { refuse, refuseError } from './refusal.ts';
import { pick } from './requests.ts';

type WithId = { Params: { id: string } };

/** `GET /api/silences`, `GET /api/silences/<id>`, `POST /api/silences`, `DELETE /api/silences/<id>`. */
export function silenceRoutes(app: FastifyInstance, { alerts }: WebDeps): void {
  if (alerts === undefined) return;
  const { silences } = alerts;
  const config = { scope: 'read' };
  const changing = { scope: 'admin' };

  app.get('/api/silences', { config }, request =>
    silences.list(pick(request, ['state']).state).then(list => ({ silences: list })),
  );
  app.get<WithId>('/api/silences/:id', { config }, async (request, reply) => {
    const silence = await silences.get(request.params.id);
    return silence ?? refuse(reply, 404, 'LS_ALERTS_SILENCE_UNKNOWN', 'There is no silence with this id (any more).');
  });
  app.post('/api/silences', { config: changing }, (request, reply) =>
    answer(reply, async () => {
      if (!isFields(request.body)) {
        const fix = 'Send {"matchers": "service=\\"api\\"", "duration": "2h", "comment": "..."}.';
        throw new LongshoreError('LS_ALERTS_SILENCE', 'the body is no JSON object.', { fix });
      }
      const { tokenName = '' } = request as { tokenName?: string };
      return silences.add(request.body, tokenName);
    }),
  );
  app.delete<WithId>('/api/silences/:id', { config: changing }, (request, reply) =>
    answer(reply, () => silences.expire(request.params.id)),
  );
}

async function answer(reply: FastifyReply, run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof LongshoreError) || error.retryable) return refuseError(reply, error);
    const status = error.code === 'LS_ALERTS_SILENCE_UNKNOWN' ? 404 : error.code.startsWith('LS_ALERTS_') ? 400 : 500;
    return refuse(reply, status, error.code, error.message);
  }
}
