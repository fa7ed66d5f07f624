import type { FastifyInstance, FastifyReply } from 'fastify';
import { LongshoreError } from '../core/errors.ts';
import { isFields } from '../core/event.ts';
import type { WebDeps } from './deps.ts';
import { refuse, refuseError } from './refusal.ts';
import { pick, tokenNameOf } from './requests.ts';
import { offerPage, refusedPage, SILENCE_PAGE_POLICY, silencedPage } from './silence-page.ts';

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
      return silences.add(request.body, tokenNameOf(request));
    }),
  );
  app.delete<WithId>('/api/silences/:id', { config: changing }, (request, reply) =>
    answer(reply, () => silences.expire(request.params.id)),
  );
}

/** `GET /silence/<token>` asks, `POST /silence/<token>` does it. The token is all that one needs: it came with a message. */
export function silenceLinkRoutes(app: FastifyInstance, { alerts }: WebDeps, done: () => void): void {
  if (alerts === undefined) {
    done();
    return;
  }
  const { silences } = alerts;
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: MAX_FORM_BYTES },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('content-security-policy', SILENCE_PAGE_POLICY).type('text/html; charset=utf-8');
  });
  app.get<WithToken>('/silence/:token', async (request, reply) => {
    const offer = await silences.offer(request.params.token);
    return offer === undefined ? reply.code(410).send(refusedPage(GONE)) : offerPage(offer);
  });
  app.post<WithToken>('/silence/:token', async (request, reply) => {
    const body = isFields(request.body) ? request.body : {};
    try {
      const silence = await silences.accept(request.params.token, body);
      return silence === undefined ? reply.code(410).send(refusedPage(GONE)) : silencedPage(silence);
    } catch (error) {
      if (!(error instanceof LongshoreError)) throw error;
      return reply.code(error.retryable ? 503 : 400).send(refusedPage(error.message));
    }
  });
  done();
}

type WithToken = { Params: { token: string } };
const MAX_FORM_BYTES = 10_000;
const GONE = 'This link is not good any more: its time is over, or the alert is forgotten. Use longshore silence add.';

async function answer(reply: FastifyReply, run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof LongshoreError) || error.retryable) return refuseError(reply, error);
    const status = error.code === 'LS_ALERTS_SILENCE_UNKNOWN' ? 404 : error.code.startsWith('LS_ALERTS_') ? 400 : 500;
    return refuse(reply, status, error.code, error.message);
  }
}
