import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../../base/disk/folder.ts';
import { DAMAGED } from '../../base/disk/keyed-journal.ts';
import { orAborted } from '../../base/flow/abort.ts';
import { Backoff } from '../../base/flow/backoff.ts';
import { Outage } from '../../base/flow/outage.ts';
import { Semaphore } from '../../base/flow/semaphore.ts';
import type { Consumer, Lifecycle } from '../../core/contracts.ts';
import { messageOf } from '../../core/errors.ts';
import { isFields } from '../../core/event.ts';
import { logger } from '../../core/log.ts';
import { LogThrottle } from '../log-throttle.ts';
import { type Container, containersOf } from './container.ts';
import { Delivery } from './delivery.ts';
import { Engine, EngineRefusal } from './engine.ts';
import { ACTIONS, eventOf, type Happening, happeningIn } from './events.ts';
import { FollowedLogs } from './followed-logs.ts';
import { linesOf } from './lines.ts';
import * as metrics from './metrics.ts';
import type { DockerInputOptions } from './options.ts';
import { ownContainer } from './own.ts';
import { sinceText } from './position.ts';
import type { ContainerFacts } from './records.ts';
import { Selection } from './selection.ts';
import { Checkpoints } from './state.ts';
import { tellStatistics } from './statistics-loop.ts';
import { targetOf } from './target.ts';
import { sendsTo } from './unreadable.ts';

const log = logger('inputs.docker');

const RETRY = { baseMs: 200, capMs: 10_000 };
/** The list is read so often, whatever events say. */
const LIST_MS = 30_000;
/** The same where events may not be read. */
const LIST_WITHOUT_EVENTS_MS = 5000;
const FLUSH_MS = 2000;
const OPENED_AT_A_TIME = 16;
/** Lines that are held until it is known whether they are new. */
const MAX_HELD_BYTES = 32_000_000;
/** Of all batches together, and of one. */
const ALL_BATCHES_BYTES = 32_000_000;
const MAX_BATCH_BYTES = 256 * 1024;
const MIN_BATCH_BYTES = 16 * 1024;
const MAX_EVENT_BYTES = 1_000_000;
/** Events that came a little out of order are known again by what they say. */
const EVENTS_OVERLAP_MS = 1000;

export interface DockerInputDeps {
  readonly consumer: Consumer;
  /** Folder of the positions; made when it is missing. */
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  /** On which this process takes logs: containers whose driver sends there are not read a second time. */
  readonly ownPorts?: ReadonlySet<number>;
  /** How long the engine may take to begin an answer, milliseconds. */
  readonly answerTimeoutMs?: number;
}

/** Reads logs, events and statistics of a Docker engine. It only asks: nothing of the engine is changed. */
export class DockerInput implements Lifecycle {
  readonly #options: DockerInputOptions;
  readonly #deps: DockerInputDeps;
  readonly #engine: Engine;
  readonly #selection: Selection;
  readonly #isOwn = ownContainer();
  readonly #stopping = new AbortController();
  readonly #throttle = new LogThrottle(60_000);
  readonly #outage = new Outage();
  readonly #containers = new Map<string, Container>();
  #isConnected = false;
  #hostname: string;
  #checkpoints!: Checkpoints;
  #delivery!: Delivery;
  #logs: FollowedLogs | undefined;
  #running: Promise<unknown> | undefined;
  #flushing: NodeJS.Timeout | undefined;

  /** @throws LongshoreError LS_INPUTS_DOCKER_SOCKET, LS_INPUTS_TLS_FILE */
  constructor(options: DockerInputOptions, deps: DockerInputDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#engine = new Engine(targetOf(options, deps.env), deps.answerTimeoutMs);
    this.#selection = new Selection(options, () => false);
    this.#hostname = options.hostname ?? hostname();
  }

  /** Containers that are known. */
  get containers(): number {
    return this.#containers.size;
  }

  async start(): Promise<void> {
    const { consumer, dir } = this.#deps;
    const options = this.#options;
    await makeFolder(dir);
    const path = join(dir, 'positions.log');
    const checkpoints = await Checkpoints.open(path);
    if (checkpoints.broken > 0)
      log.error(
        { path, lines: checkpoints.broken, kept: `${path}${DAMAGED}` },
        'positions in logs of containers are damaged: some logs are read again from their beginning',
      );
    this.#checkpoints = checkpoints;
    const shared = { checkpoints, log, throttle: this.#throttle };
    this.#delivery = new Delivery({ consumer, tag: options.tag, ...shared });
    if (options.logs) this.#logs = new FollowedLogs(this.#logDeps());
    const { signal } = this.#stopping;
    const loops = [this.#run()];
    if (options.statistics_interval_ms > 0) {
      const deps = { engine: this.#engine, consumer, log, throttle: this.#throttle };
      const running = () => (this.#isConnected ? this.#runningContainers() : []);
      const factsOf = (container: Container) => this.#factsOf(container);
      loops.push(tellStatistics({ ...deps, running, factsOf }, options.statistics_interval_ms, signal));
    }
    this.#running = Promise.all(loops);
    this.#flushing = setInterval(() => {
      this.#logs?.count();
      checkpoints.durable().catch(error => this.#failed('positions', error));
    }, FLUSH_MS);
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#flushing);
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    await orAborted(Promise.all([running, this.#logs?.stop()]), signal);
    await this.#checkpoints.durable().catch(error => this.#failed('positions', error));
    await this.#checkpoints.close();
    metrics.connected.set(0);
  }

  #logDeps() {
    const hosts = new Set(['127.0.0.1', 'localhost', '[::1]', '::1', hostname().toLowerCase(), 'host.docker.internal']);
    const budget = { used: 0, limit: MAX_HELD_BYTES };
    return {
      ...{ engine: this.#engine, options: this.#options, delivery: this.#delivery, checkpoints: this.#checkpoints },
      ...{ opening: new Semaphore(OPENED_AT_A_TIME), budget, log, throttle: this.#throttle },
      batchBytes: () =>
        Math.max(MIN_BATCH_BYTES, Math.min(MAX_BATCH_BYTES, ALL_BATCHES_BYTES / Math.max(1, this.#logs?.size ?? 1))),
      factsOf: (container: Container) => this.#factsOf(container),
      sendsHere: sendsTo(this.#deps.ownPorts ?? new Set(), hosts),
    };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const backoff = new Backoff(RETRY);
    while (!signal.aborted) {
      try {
        await this.#connected(backoff);
        // The events of an engine end when it stops.
      } catch (error) {
        if (signal.aborted) return;
        metrics.errors.inc({ reason: 'engine' });
        this.#outage.failed(({ seconds }) =>
          log.warn({ seconds, error: messageOf(error) }, 'the Docker engine cannot be read; trying again'),
        );
      }
      this.#isConnected = false;
      metrics.connected.set(0);
      // What comes back may be a newer one.
      this.#engine.forgetVersion();
      await backoff.wait(signal);
    }
  }

  /** Until the connection ends. */
  async #connected(backoff: Backoff): Promise<void> {
    const engine = this.#engine;
    const ending = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, ending.signal]);
    const { version, api } = await engine.hello(signal);
    await this.#askName(signal);
    // Before the list: nothing falls between the two.
    const events = await this.#openEvents(signal);
    try {
      await this.#list(signal);
      this.#isConnected = true;
      metrics.connected.set(1);
      this.#outage.over(({ seconds }) => log.info({ seconds }, 'the Docker engine can be read again'));
      backoff.reset();
      const { name } = engine.target;
      log.info({ socket: name, version, api, containers: this.containers }, 'reading the Docker engine');
      const listing = this.#keepListing(events === undefined ? LIST_WITHOUT_EVENTS_MS : LIST_MS, signal).finally(() =>
        events?.destroy(),
      );
      listing.catch(() => {});
      if (events === undefined) return await listing;
      for await (const line of linesOf(events, MAX_EVENT_BYTES)) {
        const happening = happeningIn(line);
        if (happening !== undefined) await this.#happened(happening);
      }
    } catch (error) {
      throw engine.lost(error);
    } finally {
      ending.abort();
      events?.destroy();
    }
  }

  async #askName(signal: AbortSignal): Promise<void> {
    if (this.#options.hostname !== undefined) return;
    const info = await this.#engine.get('/info', {}, signal).catch(error => {
      // A proxy in front of the socket need not let that through.
      if (error instanceof EngineRefusal) return undefined;
      throw error;
    });
    if (isFields(info) && typeof info['Name'] === 'string' && info['Name'] !== '') this.#hostname = info['Name'];
  }

  async #openEvents(signal: AbortSignal) {
    let state = this.#checkpoints.events;
    if (state === undefined) {
      state = { key: 'events', kind: 'events', nanos: `${Date.now()}000000`, seen: [] };
      this.#checkpoints.note(state);
    }
    const since = sinceText(Math.max(0, Math.floor(Number(state.nanos) / 1e6) - EVENTS_OVERLAP_MS));
    const filters = JSON.stringify({ type: ['container'], event: ACTIONS });
    try {
      return await this.#engine.open('/events', { since, filters }, signal);
    } catch (error) {
      if (!(error instanceof EngineRefusal) || error.status === 503) throw error;
      if (this.#throttle.allows('events'))
        log.warn({ error: error.what }, 'events of the engine may not be read; containers are looked for instead');
      return undefined;
    }
  }

  async #keepListing(intervalMs: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(done, intervalMs);
        function done() {
          clearTimeout(timer);
          resolve();
        }
        signal.addEventListener('abort', done, { once: true });
      });
      if (signal.aborted) return;
      await this.#list(signal);
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const all = containersOf(await this.#engine.get('/containers/json', { all: '1' }, signal));
    const wanted = all.filter(container => this.#selection.leavesOut(container) === undefined);
    this.#containers.clear();
    for (const container of wanted) this.#containers.set(container.id, container);
    this.#logs?.reconcile(
      wanted.filter(({ id }) => !this.#isOwn(id)),
      Date.now(),
    );
  }

  async #happened(happening: Happening): Promise<void> {
    const { action, container } = happening;
    const known = this.#containers.get(container.id);
    if (this.#selection.leavesOut(known ?? container) !== undefined) return;
    const starts = action === 'start' || action === 'unpause';
    const isRunning = starts || (action !== 'die' && action !== 'destroy' && (known?.isRunning ?? false));
    const { image, labels } = known ?? container;
    const now = { ...container, image, labels, isRunning };
    if (action === 'destroy') this.#containers.delete(container.id);
    else this.#containers.set(container.id, now);
    if (!this.#isOwn(container.id)) {
      if (action === 'create' || action === 'start') this.#logs?.follow(now, undefined, action === 'start');
      else if (action === 'rename') this.#logs?.look(container.id, container.name);
      else if (action === 'die' || action === 'destroy') this.#logs?.look(container.id);
    }
    if (!this.#options.events) return;
    const event = eventOf(happening, this.#factsOf(now));
    const isNew = await this.#delivery.event(this.#checkpoints.events!, event, this.#stopping.signal);
    if (isNew) metrics.events.inc({ action });
  }

  *#runningContainers(): IterableIterator<Container> {
    for (const container of this.#containers.values()) if (container.isRunning) yield container;
  }

  #factsOf(container: Container): ContainerFacts {
    return { container, hostname: this.#hostname, fields: this.#options.fields };
  }

  #failed(reason: string, error: unknown): void {
    metrics.errors.inc({ reason });
    if (this.#throttle.allows(reason))
      log.warn({ error: messageOf(error) }, 'positions in containers were not written');
  }
}
