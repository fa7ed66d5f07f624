import type { FastifyInstance } from 'fastify';
import { didYouMean } from '../base/text/did-you-mean.ts';
import type { BacktestApi, BacktestParams, RuleText } from '../core/api/backtest.ts';
import { LongshoreError } from '../core/errors.ts';
import { type Fields, isFields } from '../core/event.ts';
import { refuse, refuseError } from './refusal.ts';
import { clientOf, tokenNameOf, untilGone } from './requests.ts';

const MAX_TEXT_CHARS = 900_000;

/**
 * `POST /api/backtest`: a client that goes away ends its backtest. `isEditable`: who may change rule files may read them, also
 * without a token.
 */
export function backtestRoutes(app: FastifyInstance, backtests: BacktestApi, isEditable: boolean): void {
  app.post('/api/backtest', { config: { scope: 'admin' } }, async (request, reply) => {
    const { signal, off } = untilGone(request, reply);
    try {
      const params = paramsOf(request.body);
      if (params.imports === 'running' && !isEditable && tokenNameOf(request) === '')
        return refuse(reply, 403, 'LS_FILES_HIDDEN', HIDDEN);
      return await backtests.run(params, clientOf(request), signal);
    } catch (error) {
      return refuseError(reply, error);
    } finally {
      off();
    }
  });
}

const HIDDEN =
  'imports: what rules import may hold secrets and is not used without a token. Send its text, or add http.tokens and send one with the scope admin, or set http.edit_definitions.';
const MEMBERS = ['rules', 'old', 'imports', 'names', 'from', 'to', 'messages'];

function paramsOf(body: unknown): BacktestParams {
  if (!isFields(body)) throw wrong('body', 'the body is no JSON object', 'Send {} for all rules that run.');
  const unknown = Object.keys(body).find(name => !MEMBERS.includes(name));
  if (unknown !== undefined)
    throw wrong(
      'body',
      `there is no member ${JSON.stringify(unknown.slice(0, 50))}`,
      didYouMean(unknown, MEMBERS) ?? `Use some of ${MEMBERS.join(', ')}.`,
    );
  const isRunning = body['imports'] === 'running';
  const given = [filesOf(body, 'rules'), filesOf(body, 'old'), isRunning ? [] : filesOf(body, 'imports')] as const;
  const [rules, old, texts] = given;
  if (isRunning && rules === undefined)
    throw wrong('imports', 'rules that run bring what they import', 'Leave imports out, or send {"rules": [...]}.');
  const imports = isRunning ? 'running' : texts;
  if (given.flatMap(files => files ?? []).reduce((sum, { text }) => sum + text.length, 0) > MAX_TEXT_CHARS)
    throw wrong('rules', 'the texts are too long', `Send at most ${MAX_TEXT_CHARS} characters.`);
  if (old !== undefined && rules === undefined)
    throw wrong('old', 'there are no rules to compare them with', 'Send {"rules": [...], "old": [...]}.');
  const { names, messages } = body;
  if (names !== undefined && !(Array.isArray(names) && names.every(name => typeof name === 'string')))
    throw wrong('names', 'names is no list of texts', 'Write {"names": ["Error burst"]}.');
  if (messages !== undefined && typeof messages !== 'boolean')
    throw wrong('messages', 'messages is neither true nor false', 'Write {"messages": true}.');
  const [from, to] = [timeOf(body, 'from'), timeOf(body, 'to')];
  return { rules, old, imports, names: names as string[] | undefined, from, to, messages };
}

function filesOf(body: Fields, name: string): RuleText[] | undefined {
  const given = body[name];
  if (given === undefined || given === null) return undefined;
  const isFile = (file: unknown): file is RuleText =>
    isFields(file) && typeof file['path'] === 'string' && typeof file['text'] === 'string';
  if (!Array.isArray(given) || !given.every(isFile))
    throw wrong(name, `${name} is no list of files`, `Write {"${name}": [{"path": "burst.yaml", "text": "..."}]}.`);
  return given.map(({ path, text }) => ({ path: path.slice(0, 1000), text }));
}

function timeOf(body: Fields, name: string): string | number | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw wrong(name, `${name} is no time`, 'Write an ISO time, epoch milliseconds or now-7d.');
}

function wrong(where: string, what: string, fix: string): LongshoreError {
  return new LongshoreError('LS_BACKTEST_PARAMETER', `${what}.`, { where, fix });
}
