import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AlertmanagerApi, AlertQuery, Answer } from '../core/api/alertmanager.ts';
import type { WebDeps } from './deps.ts';

/** Prometheus sends 64 alerts at a time; each may have 64 KB. */
const MAX_BODY_BYTES = 16_777_216;

/** Alertmanager's HTTP API, version 2. */
export function alertmanagerRoutes(app: FastifyInstance, { alertmanager }: WebDeps): void {
  app.get('/-/healthy', async (_request, reply) => reply.type('text/plain; charset=utf-8').send('OK'));
  app.get('/-/ready', async (_request, reply) => reply.type('text/plain; charset=utf-8').send('OK'));
  if (alertmanager === undefined) return;
  const read = { config: { scope: 'read' } };
  const change = { config: { scope: 'admin' } };
  app.get('/api/v2/status', read, async () => alertmanager.status());
  app.get('/api/v2/receivers', read, async () => alertmanager.receivers());
  app.get('/api/v2/alerts', read, async (request, reply) => send(reply, await alertmanager.alerts(queryOf(request))));
  app.get('/api/v2/alerts/groups', read, async (request, reply) =>
    send(reply, await alertmanager.groups(queryOf(request))),
  );
  app.post('/api/v2/alerts', { config: { scope: 'ingest' }, bodyLimit: MAX_BODY_BYTES }, async (request, reply) =>
    send(reply, await alertmanager.post(request.body)),
  );
  silenceRoutes(app, alertmanager, read, change);
}

function silenceRoutes(app: FastifyInstance, alertmanager: AlertmanagerApi, read: object, change: object): void {
  const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id;
  app.get('/api/v2/silences', read, async (request, reply) =>
    send(reply, alertmanager.silences(all(request, 'filter'))),
  );
  app.post('/api/v2/silences', change, async (request, reply) =>
    send(reply, await alertmanager.setSilence(request.body)),
  );
  app.get('/api/v2/silence/:id', read, async (request, reply) => send(reply, alertmanager.silence(idOf(request))));
  app.delete('/api/v2/silence/:id', change, async (request, reply) =>
    send(reply, await alertmanager.expireSilence(idOf(request))),
  );
}

/** A refusal is a text in JSON, as Alertmanager's clients expect it. */
function send<T>(reply: FastifyReply, answer: Answer<T>): FastifyReply {
  if ('refused' in answer) {
    const { status, message } = answer.refused;
    return reply.code(status).type('application/json').send(JSON.stringify(message));
  }
  return answer.value === undefined ? reply.code(200).send() : reply.send(answer.value);
}

function queryOf(request: FastifyRequest): AlertQuery {
  const flag = (name: string): boolean => /^(?:true|t|1|y|yes|ok|on|)$/i.test(all(request, name).at(-1) ?? '');
  return {
    active: flag('active'),
    silenced: flag('silenced'),
    inhibited: flag('inhibited'),
    filter: all(request, 'filter'),
    receiver: all(request, 'receiver').at(-1),
  };
}

function all(request: FastifyRequest, name: string): string[] {
  const value = (request.query as Record<string, string | string[] | undefined>)[name];
  return value === undefined ? [] : [value].flat();
}
