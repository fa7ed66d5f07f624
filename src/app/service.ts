import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AlertEngine, type AlertHit } from '../alerts/engine.ts';
import { Spool } from '../buffer/spool/spool.ts';
import type { Lifecycle } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { registry } from '../core/metrics.ts';
import { ForwardInput } from '../inputs/forward/forward-input.ts';
import { httpInput } from '../inputs/http.ts';
import { TcpJsonInput } from '../inputs/tcp-json.ts';
import { Joiner } from '../parse/join/joiner.ts';
import { decodePiece, encodePiece } from '../parse/join/piece.ts';
import { admit } from '../schema/admit.ts';
import { createConform } from '../schema/conform.ts';
import { parseStored, serialise } from '../schema/serialise.ts';
import { Searcher } from '../store/search.ts';
import { WebServer } from '../web/web-server.ts';
import { DataDirLock } from './data-dir.ts';
import { observeGauges } from './gauges.ts';
import { Intake } from './intake.ts';
import { Reloader } from './reload.ts';
import { type Settings, spoolOf } from './settings.ts';
import { type MakeStages, makeStages, type ServiceStore } from './stages.ts';
import { loadUserContent } from './user-content.ts';

const log = logger('service');
const MAX_FILL_EVENTS = 10_000;

/** Ports after start, for the log, for tests and for `demo`. */
export interface Listening {
  forward: number | undefined;
  tcp_json: number | undefined;
  http: number;
}

/**
 * The wiring: the only place that knows all rooms. Start: sinks first, inputs last; nothing starts half-way (what has
 * started is stopped again when a later part fails). Stop: inputs first, then drain, until the deadline.
 */
export class Service {
  readonly #settings: Settings;
  readonly #env: NodeJS.ProcessEnv;
  readonly #makeStages: MakeStages;
  readonly #started: { name: string; part: Pick<Lifecycle, 'stop'> }[] = [];
  #reloader: Reloader | undefined;
  #listening: Listening | undefined;
  #ready = false;
  #stopping: Promise<void> | undefined;

  constructor(settings: Settings, env: NodeJS.ProcessEnv, stages: MakeStages = makeStages) {
    this.#settings = settings;
    this.#env = env;
    this.#makeStages = stages;
  }

  get listening(): Listening {
    if (this.#listening === undefined) throw new Error('the service is not listening');
    return this.#listening;
  }

  /** Resolves when everything listens. Throws what kept it from starting, after stopping what had started. */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  reload(): Promise<{ ok: boolean; message: string }> {
    return this.#reloader?.reload('SIGHUP') ?? Promise.resolve({ ok: false, message: 'the service is not running' });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #start(): Promise<void> {
    const settings = this.#settings;
    const content = loadUserContent(settings, this.#env);
    for (const warning of content.warnings) log.warn(warning);

    const lock = await DataDirLock.acquire(settings.data_dir);
    this.#add('lock', { stop: () => lock.release() });

    const stages = this.#makeStages(lock.path, settings);
    const { store } = stages;
    this.#add('store', store);
    const storeStarted = store.start();
    // Failing later parts must not leave this rejection without a handler.
    storeStarted.catch(() => {});

    // Rules fill their windows from store and tail together, so not before the store has what the last run left.
    const { promise: searchable, resolve: isSearchable } = Promise.withResolvers<Searcher>();
    const alerts = new AlertEngine({
      dir: join(lock.path, 'alerts'),
      rules: content.rules,
      settings: settings.alerts,
      positionsOf: 'spool/w0',
      onPersisted: position => spool.releaseHits(position),
      fill: async (_rule, query, from, to) => (await searchable).newest(query, from, to, MAX_FILL_EVENTS),
    });
    this.#add('alerts', alerts);
    await alerts.start();

    const spool = new Spool({
      dir: join(lock.path, 'spool', 'w0'),
      chunkDir: join(lock.path, 'chunks'),
      worker: 'w0',
      options: spoolOf(settings),
      linesPerDocument: store.form === 'embedded' ? 1 : 2,
      parseStored,
      onDurable: (position, entries) => {
        const hits: AlertHit[] = [];
        intake.onDurable(entries, stored => {
          for (const rule of stored.rules!)
            hits.push({ rule, id: stored.id, event: stored.event.fields as AlertHit['event'] });
        });
        if (hits.length > 0) alerts.consume(hits, position);
      },
    });
    this.#add('spool', { stop: signal => spool.close(signal) });
    const recovered = await spool.open(alerts.persistedPosition);

    const joiner = new Joiner(settings.join);
    joiner.restore(
      recovered.pieces.map(piece => decodePiece(piece)),
      (fields, meta) => content.pipelines.multilineFor(fields, meta),
      Date.now(),
    );
    const intake = new Intake({
      form: store.form,
      spool,
      joiner,
      admit,
      conform: createConform({ ...settings.event, timezone: settings.timezone }),
      serialise,
      match: event => alerts.match(event),
      encodePiece,
      bootId: `b${Date.now().toString(36)}${randomBytes(4).toString('hex')}`,
      firstSeq: recovered.seq,
      pipelines: content.pipelines,
    });
    this.#add('intake', { stop: () => intake.finish(Date.now()) });
    for (const { position, hits } of recovered.hits) {
      alerts.consume(
        hits.map(({ rule, line, day }) => {
          const hit = parseStored(line, day);
          return { rule, id: hit._id, event: hit };
        }),
        position,
      );
    }

    await storeStarted;
    for (const stage of stages.between) {
      this.#started.splice(2, 0, { name: 'stage', part: stage });
      await stage.start();
    }
    const adopted = spool.offerTo(chunk => stages.accept(chunk), stages.concurrency);
    const searcher = new Searcher(store, spool, settings.search);
    adopted.then(
      () => {
        this.#ready = true;
        isSearchable(searcher);
      },
      () => {},
    );
    const reloader = new Reloader(settings, this.#env, content.texts, next => {
      alerts.replaceRules(next.rules);
      intake.pipelines = next.pipelines;
    });
    this.#reloader = reloader;
    const web = new WebServer(settings.http, {
      searcher: {
        // What the last run left is in the store a moment after the start: an answer without it would be wrong.
        search: async (params, signal) => {
          await adopted;
          return searcher.search(params, Date.now(), signal);
        },
        histogram: async (params, signal) => {
          await adopted;
          return searcher.histogram(params, Date.now(), signal);
        },
        predicate: query => searcher.predicate(query),
      },
      live: intake,
      alerts: { recent: limit => alerts.recent(limit), rules: () => alerts.rulesStatus() },
      reload: () => reloader.reload('POST /-/reload'),
      health: () => ({ status: 'ok' }),
      ready: () => this.#readiness(spool, store),
      metrics: () => registry.metrics(),
      days: () => store.days(),
      fieldNames: () => store.fieldNames(),
      input: httpInput(settings.http, intake),
    });
    observeGauges(spool);
    const forward = settings.inputs.forward === false ? undefined : new ForwardInput(settings.inputs.forward, intake);
    const tcpJson = settings.inputs.tcp_json === false ? undefined : new TcpJsonInput(settings.inputs.tcp_json, intake);
    for (const [name, part] of Object.entries({ web, tcpJson, forward })) {
      if (part === undefined) continue;
      this.#add(name, part);
      await part.start();
    }
    const watermark = setInterval(() => {
      const progress = intake.watermark(Date.now());
      if (progress !== undefined) alerts.advance(progress);
    }, 1000).unref();
    this.#add('watermark', { stop: async () => clearInterval(watermark) });
    reloader.watch();
    this.#add('reload', { stop: async () => reloader.close() });
    this.#listening = { forward: forward?.port, tcp_json: tcpJson?.port, http: web.port };
  }

  #readiness(spool: Spool, store: ServiceStore): { ready: boolean; reasons: string[] } {
    const reasons: string[] = [];
    if (!this.#ready) reasons.push('the store is still taking over what the last run left');
    if (!store.ready()) reasons.push('the store process is starting');
    const refusal = spool.refusal;
    if (refusal !== undefined) reasons.push(refusal.message);
    return { ready: reasons.length === 0, reasons };
  }

  #add(name: string, part: Pick<Lifecycle, 'stop'>): void {
    this.#started.push({ name, part });
  }

  async #stop(): Promise<void> {
    const deadline = AbortSignal.timeout(this.#settings.stop_deadline_ms);
    for (const { name, part } of this.#started.reverse()) {
      try {
        await part.stop(deadline);
      } catch (error) {
        log.error({ part: name, error: messageOf(error) }, 'a part did not stop cleanly');
      }
    }
  }
}
