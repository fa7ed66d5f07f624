import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { starTest } from '../base/text/star.ts';
import type { ParseApi, ReadyAnswer } from '../core/api/parse.ts';
import type { StoredEvent } from '../core/contracts.ts';
import { LongshoreError } from '../core/errors.ts';
import type { WebDeps } from './deps.ts';
import { refuseError } from './refusal.ts';
import { pick, pickNumber } from './requests.ts';
import { withQuery } from './routes-search.ts';
import type { BoundedSearches } from './searches.ts';

type WithName = { Params: { name: string } };

/** Undefined: this process does not search. */
export type ParseDeps = Pick<WebDeps, 'trials' | 'searcher'> & { readonly searches: BoundedSearches | undefined };

const MAX_STORED = 1000;

/**
 * `POST /api/parse`, `POST /api/parse/suggest`, and of Elasticsearch's API what tries pipelines and shows them: `POST /_ingest/pipeline/_simulate`,
 * `POST /_ingest/pipeline/<name>/_simulate`, `GET /_ingest/pipeline`, `GET /_ingest/pipeline/<name>`. Bodies go as texts to
 * the process that tries them: what is in them costs that one.
 */
export function parseRoutes(app: FastifyInstance, deps: ParseDeps, done: () => void): void {
  const { trials } = deps;
  if (trials === undefined) {
    done();
    return;
  }
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, parsed) => parsed(null, body));
  const config = { scope: 'admin' };
  const reading = { scope: 'read' };

  app.post('/api/parse', { config }, (request, reply) =>
    tried(request, reply, async (body, signal) =>
      trials.parse(body, signal, await storedEvents(deps, request, reply, signal)),
    ),
  );
  app.post('/api/parse/suggest', { config }, (request, reply) =>
    tried(request, reply, (body, signal) => trials.suggest(body, signal)),
  );
  app.post('/_ingest/pipeline/_simulate', { config }, (request, reply) => simulate(trials, request, reply, undefined));
  app.post<WithName>('/_ingest/pipeline/:name/_simulate', { config }, (request, reply) =>
    simulate(trials, request, reply, request.params.name),
  );
  app.get('/_ingest/pipeline', { config: reading }, (_request, reply) => shown(reply, trials.definitions(), ['*']));
  app.get<WithName>('/_ingest/pipeline/:name', { config: reading }, (request, reply) =>
    shown(reply, trials.definitions(), request.params.name.split(',')),
  );
  for (const method of ['PUT', 'DELETE'] as const)
    app.route<WithName>({
      method,
      url: '/_ingest/pipeline/:name',
      config,
      handler: async (_request, reply) => refused(reply),
    });
  done();
}

/** With `stored`, a number, the newest events that the search finds. */
async function storedEvents(
  { searcher, searches }: ParseDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  signal: AbortSignal,
): Promise<readonly StoredEvent[] | undefined> {
  const { stored, ...asked } = withQuery(pick(request, ['query', 'q', 'from', 'to', 'timezone', 'stored']));
  if (stored === undefined) return undefined;
  if (searcher === undefined || searches === undefined)
    throw new LongshoreError('LS_TRIAL_REQUEST', 'this process does not search.', {
      fix: 'Ask one with the role web, or send the lines.',
    });
  const params = { ...asked, size: pickNumber(stored, 100, MAX_STORED), total: 'false' };
  const found = await searches.run(request, reply, stop => searcher.search(params, AbortSignal.any([stop, signal])));
  return found.hits;
}

/** A parameter without a value counts as `true`, as in Elasticsearch. */
function isVerbose(request: FastifyRequest): boolean {
  const { verbose } = request.query as Record<string, string | undefined>;
  return verbose !== undefined && pick(request, ['verbose']).verbose !== 'false';
}

function simulate(
  trials: ParseApi,
  request: FastifyRequest,
  reply: FastifyReply,
  name: string | undefined,
): Promise<FastifyReply> {
  return tried(
    request,
    reply,
    (body, signal) => trials.simulate({ body, name, isVerbose: isVerbose(request) }, signal),
    true,
  );
}

/** A client that goes away ends it. */
async function tried(
  request: FastifyRequest,
  reply: FastifyReply,
  run: (body: string, signal: AbortSignal) => Promise<ReadyAnswer>,
  isElasticsearch = false,
): Promise<FastifyReply> {
  const abort = new AbortController();
  const gone = (): void => {
    if (!reply.raw.writableEnded) abort.abort();
  };
  request.raw.socket.once('close', gone);
  try {
    const { status, body } = await run(typeof request.body === 'string' ? request.body : '', abort.signal);
    return reply.code(status).type('application/json; charset=utf-8').send(body);
  } catch (error) {
    if (!isElasticsearch || !(error instanceof LongshoreError)) return refuseError(reply, error);
    return error.retryable
      ? failed(reply.header('retry-after', '1'), 429, 'rejected_execution_exception', error.message)
      : failed(reply, 500, 'timeout_exception', error.message);
  } finally {
    request.raw.socket.off('close', gone);
  }
}

function shown(reply: FastifyReply, all: Readonly<Record<string, unknown>>, wanted: readonly string[]): FastifyReply {
  const tests = wanted.map(starTest);
  const found = Object.entries(all).filter(([name]) => tests.some(fits => fits(name)));
  return reply.code(found.length === 0 ? 404 : 200).send(Object.fromEntries(found));
}

function refused(reply: FastifyReply): FastifyReply {
  const reason =
    'Pipelines are files here: write a file into the folder of `pipelines` in the configuration, it is taken over at once; `longshore import ingest` makes one of a pipeline of Elasticsearch.';
  return failed(reply.header('allow', 'GET'), 405, 'illegal_argument_exception', reason);
}

/** An error as Elasticsearch's clients read it. */
function failed(reply: FastifyReply, status: number, type: string, reason: string): FastifyReply {
  return reply.code(status).send({ error: { root_cause: [{ type, reason }], type, reason }, status });
}
