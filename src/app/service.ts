import { Spool } from '../buffer/spool/spool.ts';
import type { Lifecycle } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { mergedMetrics } from '../core/metrics.ts';
import { Backups } from '../data/backup.ts';
import { lockDataDir } from '../data/data-dir.ts';
import { claimDataFormat } from '../data/data-format.ts';
import { nodeIdOf } from '../data/node-id.ts';
import { adaptForm } from '../data/other-form.ts';
import { makeReplayer } from '../dead-letters/replay/make-replayer.ts';
import { Definitions } from '../definitions/definitions.ts';
import type { UserContent } from '../definitions/user-content.ts';
import { observeGauges } from '../ingest/gauges.ts';
import { spoolDeps } from '../ingest/spool-deps.ts';
import { httpInput } from '../inputs/http/http-input.ts';
import type { InputPorts } from '../inputs/inputs.ts';
import type { LedgerCounts } from '../ledger/ledger.ts';
import { Searcher } from '../store/search.ts';
import { emptyTail } from '../store/tail.ts';
import { WebServer } from '../web/web-server.ts';
import { Accounting } from './accounting.ts';
import { type Alerting, makeAlerting } from './roles/alert-role.ts';
import { IngestRole } from './roles/ingest-role.ts';
import { ALL_ROLES, type Roles } from './roles/roles.ts';
import { elsewhere, searchDeps } from './roles/web-role.ts';
import type { Settings } from './settings.ts';
import { eventOf, ingestOf } from './slices.ts';
import { type MakeStages, makeStages, type Stages } from './stages.ts';

const log = logger('service');
const MAX_FILL_EVENTS = 10_000;

/** Ports after start, for the log, for tests and for `demo`. */
export interface Listening extends InputPorts {
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
  readonly #roles: Roles;
  readonly #started: { name: string; part: Pick<Lifecycle, 'stop'> }[] = [];
  #definitions: Definitions | undefined;
  #listening: Listening | undefined;
  #stopping: Promise<void> | undefined;
  #stopAt = 0;

  constructor(settings: Settings, env: NodeJS.ProcessEnv, stages: MakeStages = makeStages, roles: Roles = ALL_ROLES) {
    this.#settings = settings;
    this.#env = env;
    this.#makeStages = stages;
    this.#roles = roles;
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
    return this.#definitions?.reload('SIGHUP') ?? Promise.resolve({ ok: false, message: 'the service is not running' });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #start(): Promise<void> {
    const settings = this.#settings;
    const roles = this.#roles;
    const definitions = new Definitions(settings, this.#env);
    const content = definitions.current;
    for (const warning of content.warnings) log.warn(warning);
    for (const { where, what, fix, code } of content.mistakes)
      log.error({ file: where, reason: what, fix, code }, 'a file with a mistake is skipped; everything else runs');

    const lock = await lockDataDir(settings.data_dir);
    this.#add('lock', { stop: () => lock.release() });
    await claimDataFormat(lock.path);
    const node = nodeIdOf(lock.path);

    const stages = this.#makeStages(lock.path, settings, roles);
    const { store, deadLetters } = stages;
    await adaptForm(lock.path, stages.form);
    this.#add('dead letters', deadLetters);
    await deadLetters.start();
    if (store !== undefined) this.#add('store', store);
    const storeStarted = store?.start();
    // Failing later parts must not leave this rejection without a handler.
    storeStarted?.catch(() => {});
    for (const stage of stages.between) {
      this.#add('stage', {
        stop: async signal => {
          // Who writes to a store that takes nothing would wait for it until the deadline; like this it puts back what it has.
          if (store?.ready() === false) await store.stop(AbortSignal.any([signal, AbortSignal.timeout(500)]));
          await stage.stop(signal);
        },
      });
    }

    // Rules fill their windows from store and tail together, so not before the store has what the last run left.
    const searchable = Promise.withResolvers<Searcher>();
    const alerting = makeAlerting({
      settings,
      roles,
      dataDir: lock.path,
      node,
      content: () => definitions.current,
      fill: async (_rule, query, from, to) => (await searchable.promise).newest(query, from, to, MAX_FILL_EVENTS),
    });
    for (const part of alerting.parts) {
      this.#add('alerts', part);
      await part.start();
    }

    let spools: (() => LedgerCounts[]) | undefined;
    const accounting = new Accounting({
      settings,
      source: node,
      spools: () => spools?.() ?? [],
      letters: () => deadLetters.counts(),
    });
    this.#add('ledger', accounting.ledger);

    const ingest = roles.has('ingest') ? await this.#openIngest(lock.path, node, stages, alerting, content) : undefined;
    const replays = ingest === undefined && roles.has('index') ? await this.#openReplays(lock.path) : undefined;
    spools = () => ingest?.ledgers() ?? (replays === undefined ? [] : [replays.ledger()]);
    await accounting.ledger.start();
    await storeStarted;
    for (const stage of stages.between) await stage.start();
    const adopted = ingest?.offer() ?? Promise.resolve();
    void replays?.offerTo(chunk => stages.accept(chunk), stages.concurrency).catch(() => {});
    adopted.catch(() => {});
    const searcher = store && new Searcher(store, ingest?.tail ?? emptyTail, settings.search);
    if (searcher !== undefined) void adopted.then(() => searchable.resolve(searcher));

    definitions.follow({ apply: async next => alerting.replaceRules(next.rules) });
    if (ingest !== undefined)
      definitions.follow({
        prepare: (texts, version) => ingest.prepare(texts, version),
        apply: (next, version) => ingest.commit(next, version),
      });
    this.#definitions = definitions;
    const spool = ingest?.own.spool ?? replays;
    const letters =
      spool &&
      makeReplayer({
        event: eventOf(settings),
        queue: deadLetters,
        form: stages.form,
        spool,
        searcher: settings.store.type === 'forward' ? undefined : searcher,
        pipelines: definitions,
      });
    if (letters !== undefined) {
      const recovering = new AbortController();
      void adopted.then(() => letters.replayer.recover(recovering.signal));
      this.#add('replays', { stop: async () => recovering.abort() });
    }

    const isWeb = roles.has('web') && searcher !== undefined && store !== undefined;
    const backups = new Backups(lock.path, store ?? {}, ingest ?? {});
    const web = new WebServer(settings.http, {
      ...(isWeb ? searchDeps({ searcher, store, live: ingest?.live, adopted, limits: settings.search }) : {}),
      alerts: roles.has('web') ? alerting.views : undefined,
      deadLetters: letters?.answers,
      backup: () => backups.take(),
      reload: () => definitions.reload('POST /-/reload'),
      health: () => ({ status: 'ok', version: definitions.version }),
      ready: () => this.#readiness(ingest, stages),
      ledger: () => accounting.report(),
      metrics: async () => mergedMetrics((await ingest?.metrics()) ?? []),
      input: ingest && httpInput(settings.http, ingest.own.intake),
      elsewhere: elsewhere(roles),
    });
    if (ingest !== undefined) observeGauges(ingest.own.spool);
    this.#add('web', web);
    await web.start();
    let ports: InputPorts = { forward: undefined, tcp_json: undefined };
    if (ingest !== undefined) {
      this.#add('inputs', { stop: signal => ingest.stopInputs(signal) });
      ports = await ingest.listen();
    }
    const canary =
      ingest &&
      accounting.canary({
        intake: ingest.own.intake,
        store: settings.store.type === 'forward' ? undefined : store,
      });
    if (canary !== undefined) {
      this.#add('canary', canary);
      adopted.then(
        () => canary.start(),
        () => {},
      );
    }
    definitions.watch();
    this.#add('reload', { stop: async () => definitions.close() });
    this.#listening = { ...ports, http: web.port };
  }

  #openIngest(dataDir: string, node: string, stages: Stages, alerting: Alerting, content: UserContent) {
    const { accept, keep, wrote, deadLetters, concurrency } = stages;
    return IngestRole.open(
      {
        settings: this.#settings,
        dataDir,
        node,
        content,
        version: 1,
        hits: alerting.hits!,
        concurrency,
        sink: {
          accept: chunk => accept(chunk),
          keep: chunk => keep(chunk),
          wrote: day => wrote(day),
          deadLetters: letters => deadLetters.append(letters),
        },
        msLeft: () => Math.max(1, Math.round(this.#stopAt - performance.now())),
      },
      (name, part) => this.#add(name, part),
    );
  }

  async #openReplays(dataDir: string) {
    const spool = new Spool({
      ...spoolDeps(ingestOf(this.#settings), dataDir, 'w0'),
      onDurable: () => {},
    });
    // Hits of an earlier run with other roles stay where they are.
    await spool.open(0);
    this.#add('spool', { stop: signal => spool.close(signal) });
    return spool;
  }

  #readiness(ingest: IngestRole | undefined, { store }: Stages): { ready: boolean; reasons: string[] } {
    const reasons = ingest?.reasons() ?? [];
    if (store?.ready() === false) reasons.push(store.alarm ?? 'the store process is starting');
    return { ready: reasons.length === 0, reasons };
  }

  #add(name: string, part: Pick<Lifecycle, 'stop'>): void {
    this.#started.push({ name, part });
  }

  async #stop(): Promise<void> {
    const { stop_deadline_ms } = this.#settings;
    this.#stopAt = performance.now() + stop_deadline_ms;
    const deadline = AbortSignal.timeout(stop_deadline_ms);
    for (const { name, part } of this.#started.reverse()) {
      try {
        await part.stop(deadline);
      } catch (error) {
        log.error({ part: name, error: messageOf(error) }, 'a part did not stop cleanly');
      }
    }
  }
}
