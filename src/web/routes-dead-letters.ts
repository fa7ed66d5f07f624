import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LongshoreError } from '../core/errors.ts';
import { type Fields, isFields } from '../core/event.ts';
import type { LetterSelection, WebDeps } from './deps.ts';
import { refuse, refuseError } from './refusal.ts';
import { pick, pickNumber } from './requests.ts';

const STATUSES = ['open', 'replaying', 'replayed', 'discarded'] as const;
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
      return withCursor(
        await letters.list({
          type,
          container,
          query,
          status: statusOf(status),
          size: pickNumber(size, 50, 1000),
          after: cursor === undefined || cursor === '' ? undefined : positionOf(cursor),
        }),
      );
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
  post(app, '/api/dead-letters/replay', async body =>
    withCursor(await letters.replay(selectionOf(body), body['as_is'] === true)),
  );
  post(app, '/api/dead-letters/discard', async body => withCursor(await letters.discard(selectionOf(body))));
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

/** Positions are told as one opaque text. */
function withCursor<T extends object>(found: T & { after?: number | undefined; until?: number | undefined }): object {
  const { after, until, ...rest } = found;
  if (after === undefined) return rest;
  return { ...rest, cursor: until === undefined ? String(after) : `${after}-${until}` };
}

function positionOf(cursor: string): number {
  if (!/^\d{1,16}$/.test(cursor)) throw wrong('the cursor is none of ours', 'Give the one of the page before.');
  return Number(cursor);
}

function statusOf(text: string | undefined): (typeof STATUSES)[number] | undefined {
  if (text === undefined || text === '') return 'open';
  if (text === 'any') return undefined;
  const found = STATUSES.find(each => each === text);
  if (found === undefined)
    throw wrong(`there is no status ${JSON.stringify(text.slice(0, 50))}`, `Write any, ${STATUSES.join(', ')}.`);
  return found;
}

function selectionOf(body: Fields): LetterSelection {
  const { ids, limit, cursor } = body;
  const text = (name: string): string | undefined => {
    const value = body[name];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') throw wrong(`${name} is no text`, `Write {"${name}": "..."}.`);
    return value;
  };
  const [type, container, query] = [text('type'), text('container'), text('query')];
  if (ids !== undefined && !(Array.isArray(ids) && ids.every(id => typeof id === 'string')))
    throw wrong('ids is no list of texts', 'Write {"ids": ["..."]}.');
  if (limit !== undefined && !(Number.isInteger(limit) && (limit as number) > 0))
    throw wrong('limit is no whole number above 0', 'Leave it out, or write {"limit": 100}.');
  if (ids === undefined && type === undefined && container === undefined && query === undefined && body['all'] !== true)
    throw wrong('nothing says which letters', 'Give ids, type, container or query, or {"all": true}.');
  const [after, until] = positionsOf(cursor);
  return { ids: ids as string[] | undefined, type, container, query, limit: limit as number | undefined, after, until };
}

function positionsOf(cursor: unknown): [after: number | undefined, until: number | undefined] {
  if (cursor === undefined || cursor === null || cursor === '') return [undefined, undefined];
  const match = /^(\d{1,16})-(\d{1,16})$/.exec(String(cursor));
  if (match === null) throw wrong('the cursor is none of ours', 'Give the one of the answer before.');
  return [Number(match[1]), Number(match[2])];
}

function filesOf(given: unknown): { path: string; text: string }[] | undefined {
  if (given === undefined || given === null) return undefined;
  const isFile = (file: unknown): file is { path: string; text: string } =>
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
