import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { type HostAndPort, plainAddress } from '../base/net/address.ts';
import { Connections } from '../base/net/connections.ts';
import { type ListenSetting, listen } from '../base/net/listen.ts';
import { serverTlsOptions } from '../base/net/tls-files.ts';
import type { Lifecycle } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { counter, gauge } from '../core/metrics.ts';
import { httpAddress, httpAllowList } from './address.ts';
import type { WebDeps } from './deps.ts';
import { checkExposure, createGuard, hasLogins } from './guard.ts';
import { People } from './login/people.ts';
import { checkOidc } from './login/provider.ts';
import { loginRoutes } from './login/routes.ts';
import { Seal } from './login/sessions.ts';
import type { TokenScope, WebOptions } from './options.ts';
import { pageRoutes } from './page.ts';
import { refuse, refuseError } from './refusal.ts';
import { countRequests } from './requests.ts';
import { alertmanagerRoutes } from './routes-alertmanager.ts';
import { backtestRoutes } from './routes-backtest.ts';
import { backupRoutes } from './routes-backup.ts';
import { deadLetterRoutes } from './routes-dead-letters.ts';
import { doraRoutes } from './routes-dora.ts';
import { exportRoute } from './routes-export.ts';
import { fileRoutes } from './routes-files.ts';
import { ledgerRoutes } from './routes-ledger.ts';
import { notificationRoutes } from './routes-notifications.ts';
import { operationsRoutes } from './routes-operations.ts';
import { parseRoutes } from './routes-parse.ts';
import { searchPageRoutes, searchRoutes } from './routes-search.ts';
import { silenceLinkRoutes, silenceRoutes } from './routes-silences.ts';
import { tailRoute } from './routes-tail.ts';
import { testAlertRoutes } from './routes-test-alerts.ts';
import { BoundedSearches } from './searches.ts';
import { TailHub, type TailLimits } from './tail.ts';

export type { WebDeps } from './deps.ts';
export { type WebOptions, webSchema } from './options.ts';

const log = logger('web');
const connections = gauge('longshore_web_connections', 'Open HTTP connections.');
/** `not_allowed`: not in `http.allow`; `too_many_connections`, `too_many_connections_of_address`: a connection was closed, the one that had waited longest for a request if there was one; else the code of the guard in lower case. */
const refused = counter('longshore_web_refused_total', 'Connections and requests refused.', ['reason']);

const PATHS = [
  'GET /api/login',
  'POST /api/login',
  'POST /api/logout',
  'GET /api/login/oidc',
  'GET /api/search',
  'GET /api/histogram',
  'GET /api/stats',
  'GET /api/containers',
  'GET /api/context',
  'GET /api/export',
  'GET /api/tail',
  'GET /api/alerts',
  'GET /api/rules',
  'GET /api/silences',
  'GET /api/silences/<id>',
  'POST /api/silences',
  'DELETE /api/silences/<id>',
  'GET /silence/<token>',
  'POST /silence/<token>',
  'GET /api/notifications',
  'POST /api/notifications/<id>/retry',
  'POST /api/alerters/test',
  'POST /api/backtest',
  'GET /api/dora',
  'POST /api/deploys',
  'GET /api/days',
  'GET /api/fields',
  'GET /api/ledger',
  'GET /api/status',
  'GET /api/dead-letters',
  'GET /api/dead-letters/<id>',
  'POST /api/dead-letters/preview',
  'POST /api/dead-letters/replay',
  'POST /api/dead-letters/discard',
  'POST /api/parse',
  'POST /api/parse/suggest',
  'GET /api/files',
  'GET /api/files/<kind>/<name>',
  'PUT /api/files/<kind>/<name>',
  'GET /_ingest/pipeline',
  'GET /_ingest/pipeline/<name>',
  'POST /_ingest/pipeline/_simulate',
  'POST /_ingest/pipeline/<name>/_simulate',
  'POST /api/logs?tag=...',
  'POST /<tag>',
  'POST /loki/api/v1/push',
  'POST /_bulk',
  'POST /<index>/_bulk',
  'POST /<index>/_doc',
  'POST /services/collector/event',
  'POST /services/collector/raw',
  'POST /services/collector/ack',
  'GET /services/collector/health',
  'POST /api/backup',
  'POST /-/reload',
  'GET /api/v2/status',
  'GET /api/v2/receivers',
  'GET /api/v2/alerts',
  'GET /api/v2/alerts/groups',
  'POST /api/v2/alerts',
  'GET /api/v2/silences',
  'POST /api/v2/silences',
  'GET /api/v2/silence/<id>',
  'DELETE /api/v2/silence/<id>',
  'GET /-/healthy',
  'GET /-/ready',
  'GET /healthz',
  'GET /readyz',
  'GET /metrics',
  'GET /',
] as const;

/** The one HTTP server: the interface for programs, the page for people, and the routes of the HTTP input. */
export class WebServer implements Lifecycle {
  readonly #options: WebOptions;
  readonly #deps: WebDeps;
  readonly #address: HostAndPort;
  readonly #guard: ReturnType<typeof createGuard>;
  readonly #isAllowed: (address: string) => boolean;
  readonly #connections: Connections;
  readonly #tails: TailHub | undefined;
  #app: FastifyInstance | undefined;
  #socketServer: Server | undefined;
  readonly #unixSockets = new WeakSet<Socket>();

  /** Checks the settings without touching the network. Throws LongshoreErrors. */
  constructor(options: WebOptions & Partial<TailLimits>, deps: WebDeps) {
    checkExposure(options);
    checkOidc(options);
    this.#options = options;
    this.#deps = deps;
    this.#address = httpAddress(options.address);
    this.#guard = createGuard(options);
    this.#isAllowed = httpAllowList(options.allow);
    this.#connections = new Connections(options, reason => refused.inc({ reason }));
    this.#tails = deps.live && new TailHub(deps.live, options);
  }

  /** The port listened on; of use when the address said port 0. */
  get port(): number {
    const address = this.#app?.server.address();
    return typeof address === 'object' && address !== null ? address.port : this.#address.port;
  }

  async start(): Promise<void> {
    const app = await this.#createApp();
    this.#app = app;
    const path = this.#options.unix_socket;
    try {
      await app.ready();
      this.#watchConnections(app.server);
      await listen(app.server, this.#address, listenSetting('http.address'));
      if (path !== undefined) {
        this.#socketServer = createServer((request, response) => app.routing(request, response));
        this.#watchConnections(this.#socketServer);
        await listen(this.#socketServer, { path }, listenSetting('http.unix_socket'));
      }
    } catch (error) {
      await this.stop(AbortSignal.abort());
      throw error;
    }
    log.info({ address: this.#options.address, port: this.port, unix_socket: path }, 'listening');
  }

  async stop(signal: AbortSignal): Promise<void> {
    const app = this.#app;
    if (app === undefined) return;
    this.#tails?.stop();
    const servers = [app.server, this.#socketServer].filter(server => server !== undefined);
    const kill = (): void => {
      for (const server of servers) server.closeAllConnections();
    };
    signal.addEventListener('abort', kill, { once: true });
    const closed = servers.map(closeServer);
    for (const server of servers) server.closeIdleConnections();
    if (signal.aborted) kill();
    await Promise.all(closed);
    signal.removeEventListener('abort', kill);
    await app.close();
  }

  async #createApp(): Promise<FastifyInstance> {
    const options = this.#options;
    const app = fastify({
      logger: false,
      bodyLimit: 1_000_000,
      requestTimeout: options.request_timeout_ms,
      exposeHeadRoutes: true,
      trustProxy: options.trust_proxy === undefined ? false : [...options.trust_proxy],
      routerOptions: { maxParamLength: 1000, ignoreTrailingSlash: false },
      frameworkErrors: (error, _request, reply) => void refuseError(reply, error),
      ...(options.tls === undefined
        ? {}
        : { https: serverTlsOptions(options.tls, { where: 'http.tls', code: 'LS_WEB_TLS_FILE' }) }),
    }) as unknown as FastifyInstance;
    const seal = new Seal(hasLogins(options) ? this.#deps.sessionKey() : randomBytes(32));
    const people = new People(options, seal);
    app.decorateRequest('tokenName', '');
    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
      reply.header('cache-control', 'no-store');
      const verdict = this.#guard(factsOf(request, this.#unixSockets.has(request.raw.socket), people));
      if (verdict.ok) {
        (request as { tokenName?: string }).tokenName = verdict.tokenName;
        return undefined;
      }
      refused.inc({ reason: verdict.code.replace('LS_WEB_', '').toLowerCase() });
      if (verdict.status === 401) reply.header('www-authenticate', 'Bearer');
      const own = request.routeOptions.config.refusal?.(verdict.status, verdict.code, verdict.message);
      if (own !== undefined) return reply.code(own.status).send(own.body);
      return refuse(reply, verdict.status, verdict.code, verdict.message);
    });
    countRequests(app);
    app.setErrorHandler((error, _request, reply) => refuseError(reply, error));
    app.setNotFoundHandler((request, reply) => {
      const path = request.url.split('?', 1)[0]!.slice(0, 200);
      const elsewhere = this.#deps.elsewhere?.(request.method, path);
      if (elsewhere !== undefined) return refuse(reply, 404, 'LS_WEB_OTHER_ROLE', elsewhere);
      const message = `There is no ${request.method} ${path}.`;
      return refuse(reply, 404, 'LS_WEB_NOT_FOUND', message, { paths: PATHS });
    });
    if (this.#deps.searcher !== undefined) await pageRoutes(app);
    loginRoutes(app, options, people, seal);
    operationsRoutes(app, this.#deps);
    alertmanagerRoutes(app, this.#deps);
    backupRoutes(app, this.#deps);
    doraRoutes(app, this.#deps);
    ledgerRoutes(app, this.#deps);
    notificationRoutes(app, this.#deps);
    deadLetterRoutes(app, this.#deps);
    searchRoutes(app, this.#deps);
    silenceRoutes(app, this.#deps);
    await app.register(silenceLinkRoutes, this.#deps);
    const { searcher, backtests, testAlerts, trials } = this.#deps;
    const searches = searcher && new BoundedSearches(searcher.limits);
    await app.register(parseRoutes, { trials, searcher, searches });
    await app.register(fileRoutes, this.#deps);
    if (testAlerts !== undefined) testAlertRoutes(app, testAlerts);
    if (backtests !== undefined) backtestRoutes(app, backtests, this.#options.edit_definitions);
    if (searcher !== undefined && searches !== undefined) {
      searchPageRoutes(app, searcher, searches, this.#deps.fieldNames);
      exportRoute(app, searcher, searches);
      if (this.#tails !== undefined) tailRoute(app, searcher, this.#tails, searches);
    }
    if (this.#deps.input !== undefined) await app.register(this.#deps.input);
    return app;
  }

  #watchConnections(server: Server): void {
    const isUnix = server === this.#socketServer;
    if (isUnix) server.maxConnections = this.#options.max_connections;
    else this.#connections.watch(server);
    server.on('drop', () => refused.inc({ reason: 'too_many_connections' }));
    server.on('connection', (socket: Socket) => {
      if (isUnix) this.#unixSockets.add(socket);
      else if (!this.#enters(socket)) {
        socket.destroy();
        return;
      }
      connections.inc();
      socket.once('close', () => connections.dec());
    });
    server.on('error', error => log.warn({ error: messageOf(error) }, 'server error'));
  }

  #enters(socket: Socket): boolean {
    const address = plainAddress(socket.remoteAddress);
    if (this.#isAllowed(address)) return this.#connections.enter(socket, address);
    refused.inc({ reason: 'not_allowed' });
    return false;
  }
}

function factsOf(
  request: FastifyRequest,
  overUnixSocket: boolean,
  people: People,
): Parameters<ReturnType<typeof createGuard>>[0] {
  const { headers } = request;
  const { config } = request.routeOptions;
  const query = request.query as Record<string, string | string[] | undefined>;
  const token = config.queryToken === true ? query['token'] : undefined;
  return {
    scope: request.is404 ? undefined : (config.scope as TokenScope | undefined),
    authorization: headers.authorization,
    queryToken: typeof token === 'string' ? token : undefined,
    host: headers.host,
    origin: headers.origin,
    fetchSite: headers['sec-fetch-site'] as string | undefined,
    overUnixSocket,
    person: headers.cookie === undefined ? undefined : people.of(headers.cookie, Date.now()),
  };
}

function listenSetting(where: string): ListenSetting {
  return { where, inUse: 'LS_WEB_ADDRESS_IN_USE', failed: 'LS_WEB_LISTEN_FAILED' };
}

function closeServer(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  return promise;
}
