import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DeadLetterSelection, DeadLetterStatus, GivenPipeline } from '../core/api/dead-letters.ts';
import { LongshoreError } from '../core/errors.ts';
import { type Fields, isFields } from '../core/event.ts';
import type { WebDeps } from './deps.ts';
import { refuse, refuseError } from './refusal.ts';
import { pick, pickNumber } from './requests.ts';

const STATUSES: readonly DeadLetterStatus[] = ['open', 'replaying', 'replayed', 'discarded'];
const MAX_PIPELINE_BYTES = 900_000;

/** `GET /api/dead-letters`, `GET /api/dead-letters/<id>`, `POST /api/dead-letters/preview|replay|discard`. */
export function deadLetterRoutes(app: FastifyInstance, deps: WebDeps): void {
  const letters = deps.deadLetters;
  if (letters === undefined) return;
  const config = { scope: 'read' };

  app.get('/api/dead-letters', { config }, (request, reply) =>
    answer(reply, async () => {
      const { type, container, query, status, size, cursor } = pick(request, [
        'type',
        'container',
        'query',
        'status',
        'size',
        'cursor',
      ]);
      const shown = { status: statusOf(status), size: pickNumber(size, 50, 1000) };
      return letters.list({ type, container, query, cursor, ...shown });
    }),
  );
  app.get<{ Params: { id: string } }>('/api/dead-letters/:id', { config }, (request, reply) =>
    answer(reply, async () => {
      const letter = await letters.get(request.params.id);
      return letter ?? notFound(reply, request.params.id);
    }),
  );

  // Reads files of pipelines and sends nothing, but what it is given it compiles.
  post(app, '/api/dead-letters/preview', body =>
    letters
      .preview(selectionOf(body), body['as_is'] === true, filesOf(body['pipelines']))
      .then(previews => ({ previews })),
  );
  post(app, '/api/dead-letters/replay', body => letters.replay(selectionOf(body), body['as_is'] === true));
  post(app, '/api/dead-letters/discard', body => letters.discard(selectionOf(body)));
}

function post(app: FastifyInstance, path: string, run: (body: Fields) => Promise<unknown>): void {
  app.post(path, { config: { scope: 'admin' } }, (request: FastifyRequest, reply) =>
    answer(reply, async () => {
      if (!isFields(request.body))
        throw wrong('the body is no JSON object', 'Send {"type": "..."} or {"ids": ["..."]}.');
      return run(request.body);
    }),
  );
}

async function answer(reply: FastifyReply, run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof AggregateError) {
      const message = error.errors.map(each => (each as Error).message).join('\n');
      return refuse(reply, 422, 'LS_LETTERS_PIPELINES', message);
    }
    if (error instanceof LongshoreError && error.code === 'LS_LETTERS_PARAMETER') {
      return refuse(reply, 400, error.code, error.message);
    }
    return refuseError(reply, error);
  }
}

const notFound = (reply: FastifyReply, id: string): FastifyReply =>
  refuse(reply, 404, 'LS_LETTERS_NOT_FOUND', `There is no dead letter ${id.slice(0, 100)} (any more).`);

function statusOf(text: string | undefined): DeadLetterStatus | undefined {
  if (text === undefined || text === '') return 'open';
  if (text === 'any') return undefined;
  const found = STATUSES.find(each => each === text);
  if (found === undefined)
    throw wrong(`there is no status ${JSON.stringify(text.slice(0, 50))}`, `Write any, ${STATUSES.join(', ')}.`);
  return found;
}

function selectionOf(body: Fields): DeadLetterSelection {
  const { ids, limit } = body;
  const text = (name: string): string | undefined => {
    const value = body[name];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') throw wrong(`${name} is no text`, `Write {"${name}": "..."}.`);
    return value;
  };
  const [type, container, query, cursor] = [text('type'), text('container'), text('query'), text('cursor')];
  if (ids !== undefined && !(Array.isArray(ids) && ids.every(id => typeof id === 'string')))
    throw wrong('ids is no list of texts', 'Write {"ids": ["..."]}.');
  if (limit !== undefined && !(Number.isInteger(limit) && (limit as number) > 0))
    throw wrong('limit is no whole number above 0', 'Leave it out, or write {"limit": 100}.');
  if (ids === undefined && type === undefined && container === undefined && query === undefined && body['all'] !== true)
    throw wrong('nothing says which letters', 'Give ids, type, container or query, or {"all": true}.');
  return { ids: ids as string[] | undefined, type, container, query, limit: limit as number | undefined, cursor };
}

function filesOf(given: unknown): GivenPipeline[] | undefined {
  if (given === undefined || given === null) return undefined;
  const isFile = (file: unknown): file is GivenPipeline =>
    isFields(file) && typeof file['path'] === 'string' && typeof file['text'] === 'string';
  if (!Array.isArray(given) || !given.every(isFile))
    throw wrong('pipelines is no list of files', 'Write {"pipelines": [{"path": "web.yaml", "text": "..."}]}.');
  if (given.reduce((sum, { text }) => sum + text.length, 0) > MAX_PIPELINE_BYTES)
    throw wrong('the pipelines are too long', `Send at most ${MAX_PIPELINE_BYTES} bytes.`);
  return given.map(({ path, text }) => ({ path, text }));
}

function wrong(what: string, fix: string): LongshoreError {
  return new LongshoreError('LS_LETTERS_PARAMETER', `${what}.`, { fix });
}
