import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LoginAnswer, LoginOffer } from '../../core/api/login.ts';
import { LongshoreError } from '../../core/errors.ts';
import { isFields, newFields } from '../../core/event.ts';
import { logger } from '../../core/log.ts';
import { counter } from '../../core/metrics.ts';
import { isSameOrigin } from '../guard.ts';
import type { WebOptions } from '../options.ts';
import { refuse, refuseError } from '../refusal.ts';
import { Attempts } from './attempts.ts';
import { type People, type Person, SESSION_COOKIE } from './people.ts';
import { type Journey, Provider } from './provider.ts';
import { cookieOf, type Seal } from './sessions.ts';

const log = logger('web');
/** `result`: `ok`, `refused`, `limited`. `by`: `password`, `oidc`. */
const logins = counter('longshore_web_logins_total', 'Logins on the page.', ['by', 'result']);

const MOST_OF_ADDRESS = 10;
const MOST_OF_NAME = 100;
const JOURNEY_COOKIE = 'longshore_login';
const JOURNEY_MS = 600_000;
const JOURNEY = 'journey';

/** `/api/login` and what belongs to it: passwords of `http.users`, and a provider of OpenID Connect. */
export function loginRoutes(app: FastifyInstance, options: WebOptions, people: People, seal: Seal): void {
  // Of an address few; of a name more, so that many addresses together gain little, and hardly anybody is locked out by others.
  const limits = { address: new Attempts(MOST_OF_ADDRESS), name: new Attempts(MOST_OF_NAME) };
  const base = options.public_url?.replace(/\/+$/, '') ?? '';
  const provider = options.oidc && new Provider(options.oidc, base);
  const path = `${base === '' ? '' : new URL(base).pathname.replace(/\/$/, '')}/`;
  const isSecure = options.tls !== undefined || base.startsWith('https:');
  // Strict: no other site can make a request of somebody who is logged in, not even by a link.
  const cookie = (name: string, value: string, seconds: number, site: 'Strict' | 'Lax'): string =>
    `${name}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=${site}${isSecure ? '; Secure' : ''}`;
  const session = (value: string): string => cookie(SESSION_COOKIE, value, options.session_hours * 3600, 'Strict');

  app.get('/api/login', async (request): Promise<LoginOffer> => {
    const person = people.of(request.headers.cookie, Date.now());
    return {
      password: (options.users ?? []).length > 0,
      oidc: provider !== undefined,
      token: (options.tokens ?? []).length > 0,
      ...(person === undefined ? {} : { person: shown(person) }),
    };
  });

  app.post('/api/login', async (request, reply) => {
    if (isForeign(request))
      return refuse(reply, 403, 'LS_WEB_CROSS_SITE', 'Requests from other web sites are refused.');
    const { name, password } = isFields(request.body) ? request.body : newFields();
    if (typeof name !== 'string' || typeof password !== 'string' || name.length > 200 || password.length > 1000)
      return refuse(reply, 400, 'LS_WEB_BAD_REQUEST', 'Send {"name": "...", "password": "..."}.');
    const now = Date.now();
    const wait = Math.max(limits.address.wait(request.ip, now), limits.name.wait(name, now));
    if (wait > 0) {
      logins.inc({ by: 'password', result: 'limited' });
      reply.header('retry-after', String(Math.ceil(wait / 1000)));
      return refuse(reply, 429, 'LS_WEB_LOGIN_LIMITED', 'Too many logins failed. Wait a minute.');
    }
    const entered = people.enter(name, password, now);
    if (entered === undefined) {
      limits.address.failed(request.ip, now);
      limits.name.failed(name, now);
      logins.inc({ by: 'password', result: 'refused' });
      log.warn({ address: request.ip }, 'a login was refused');
      return refuse(reply, 401, 'LS_WEB_LOGIN_REFUSED', 'The name or the password is wrong.');
    }
    limits.address.succeeded(request.ip);
    limits.name.succeeded(name);
    logins.inc({ by: 'password', result: 'ok' });
    reply.header('set-cookie', session(entered.cookie));
    return { person: shown(entered.person) } satisfies LoginAnswer;
  });

  app.post('/api/logout', async (request, reply) => {
    if (isForeign(request))
      return refuse(reply, 403, 'LS_WEB_CROSS_SITE', 'Requests from other web sites are refused.');
    return reply
      .header('set-cookie', cookie(SESSION_COOKIE, '', 0, 'Strict'))
      .code(204)
      .send();
  });

  if (provider === undefined) return;

  app.get('/api/login/oidc', async (_request, reply) => {
    try {
      const { url, journey } = await provider.begin();
      const sealed = seal.seal(JOURNEY, journey, Date.now() + JOURNEY_MS);
      // Lax: the provider's page sends the browser back.
      reply.header('set-cookie', cookie(JOURNEY_COOKIE, sealed, JOURNEY_MS / 1000, 'Lax'));
      return reply.redirect(url, 303);
    } catch (error) {
      return toPage(reply, error);
    }
  });

  app.get('/api/login/oidc/callback', async (request, reply) => {
    const over = cookie(JOURNEY_COOKIE, '', 0, 'Lax');
    const now = Date.now();
    const journey = seal.open<Journey>(JOURNEY, cookieOf(request.headers.cookie, JOURNEY_COOKIE), now);
    try {
      if (journey === undefined)
        throw new LongshoreError('LS_WEB_OIDC_FAILED', 'this login did not begin in this browser, or took too long.', {
          fix: 'Log in again.',
        });
      const person = await provider.end(request.url.slice(request.url.indexOf('?')), journey);
      logins.inc({ by: 'oidc', result: 'ok' });
      reply.header('set-cookie', [over, session(people.welcome(person, now))]);
      return reply.redirect(path, 303);
    } catch (error) {
      logins.inc({ by: 'oidc', result: 'refused' });
      log.warn({ address: request.ip, err: error }, 'a login was refused');
      reply.header('set-cookie', over);
      return toPage(reply, error);
    }
  });

  /** Somebody who is on the way through a provider sees the page with the reason, not JSON. */
  function toPage(reply: FastifyReply, error: unknown): FastifyReply {
    if (!(error instanceof LongshoreError)) return refuseError(reply, error);
    return reply.redirect(`${path}#/logs?login=${encodeURIComponent(error.message)}`, 303);
  }
}

const shown = ({ name, scopes }: Person): Person => ({ name, scopes });

const isForeign = ({ headers }: FastifyRequest): boolean =>
  headers.origin === undefined
    ? headers['sec-fetch-site'] === 'cross-site'
    : !isSameOrigin({ origin: headers.origin, host: headers.host });
