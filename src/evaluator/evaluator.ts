import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { AlertEngine, type AlertEngineDependencies, type AlertHit } from '../alerts/engine.ts';
import type { Instance } from '../alerts/instances/instance.ts';
import type { Linker } from '../alerts/links.ts';
import type { Rule } from '../alerts/rules/rule.ts';
import type { AlertSettings } from '../alerts/settings.ts';
import type { SilenceStore } from '../alerts/silencing/silence-store.ts';
import { type AlertState, type AlertStateChange, parseState, type StateStore } from '../alerts/state.ts';
import type { SavedParts } from '../alerts/state-parts.ts';
import { abortableDelay, orAborted } from '../base/flow/abort.ts';
import { Connection } from '../buffer/redis/connection.ts';
import type { RedisBufferOptions } from '../buffer/redis/options.ts';
import type { AlertView, NotificationState, NotificationView, RuleStatus } from '../core/api/alerts.ts';
import type { Lifecycle } from '../core/contracts.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { counter, gauge } from '../core/metrics.ts';
import { EvaluatorLock, type Lease } from './evaluator-lock.ts';
import { deliveredElsewhere, EvaluatorView } from './evaluator-view.ts';
import { FencedState, type SavedState, START, STATE_BROKEN, type StreamCursor } from './fenced-state.ts';
import { forgetOldSources } from './hits-forget.ts';
import { type HitsEntry, HitsReader } from './hits-reader.ts';
import { StreamWatermark } from './hits-watermark.ts';

const log = logger('evaluator');

const active = gauge('longshore_alerts_active', '1 in the process that evaluates the alert rules');
const lag = gauge(
  'longshore_alerts_lag_seconds',
  'How long ago Redis took the hit or watermark that was evaluated last',
);
const takeovers = counter('longshore_alerts_takeovers_total', 'How often this process took the evaluation over');

const RETRY_MS = 200;
const FORGET_INTERVAL_MS = 3_600_000;
const FORGET_AFTER_MS = 7 * 86_400_000;

export interface AlertEvaluatorDeps {
  readonly options: RedisBufferOptions;
  /** Who this is, for people: stable over restarts. */
  readonly node: string;
  readonly rules: readonly Rule[];
  readonly settings?: Partial<AlertSettings>;
  readonly fill?: AlertEngineDependencies['fill'];
  readonly askPast?: AlertEngineDependencies['askPast'];
  readonly isIncident?: AlertEngineDependencies['isIncident'];
  /** The silences that people made. */
  readonly silences?: SilenceStore;
  readonly links?: Linker;
  /** A state from elsewhere (a file of a time without Redis), taken where Redis has none. */
  readonly seed?: () => Promise<AlertState | undefined>;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
  /** A source that is silent for so long does not hold up rules of absence. */
  readonly silentMs?: number;
  /** What goes on only in the process that evaluates, for as long as it has this lease. */
  readonly beside?: (lease: Lease) => Lifecycle;
}

interface Serving {
  readonly engine: AlertEngine;
  readonly lease: Lease;
}

/**
 * One of the processes that may evaluate the alert rules; the one that has the lock does.
 *
 * Active: reads the stream of hits of all sources, and writes its state together with the place in the stream, as the
 * holder of the lock only. A standby therefore goes on exactly there: with windows, silences and the outbox. Whoever is
 * not sure of the lock any more ends at once, without writing or sending.
 * Is: each alert that is due, once, as long as the active one ends orderly or loses its lock. Is not: exactly once at the
 * receiver when it dies between a request and the next write; the second one has the same idempotency key.
 */
export class AlertEvaluator implements Lifecycle {
  readonly #deps: AlertEvaluatorDeps;
  readonly #commands: Connection;
  readonly #reader: HitsReader;
  readonly #lock: EvaluatorLock;
  readonly #view: EvaluatorView;
  readonly #now: () => number;
  readonly #stopping = new AbortController();
  #stopSignal: AbortSignal = AbortSignal.abort();
  #rules: readonly Rule[];
  #running: Promise<void> | undefined;
  #serving: Serving | undefined;
  #cursor: StreamCursor = START;
  /** What was known at the last involuntary end. */
  #kept: { text: string; token: number } | undefined;
  #forgetAt = 0;

  /** @throws LongshoreError LS_REDIS_URL, LS_REDIS_CA_FILE */
  constructor(deps: AlertEvaluatorDeps) {
    const { options, node } = deps;
    this.#deps = deps;
    this.#rules = deps.rules;
    this.#now = deps.now ?? Date.now;
    this.#commands = new Connection(options, 'commands');
    this.#reader = new HitsReader(options);
    this.#view = new EvaluatorView(this.#commands, options.queue);
    this.#lock = new EvaluatorLock(this.#commands, {
      queue: options.queue,
      name: `${node}#${randomBytes(4).toString('hex')}`,
      ttlMs: options.evaluator_lock_ms,
    });
  }

  /** Does not wait for Redis. */
  async start(): Promise<void> {
    if (this.#running !== undefined) return;
    this.#commands.open();
    this.#reader.open();
    this.#running = this.#run();
  }

  /** The active one writes its state and gives the lock back, so that a standby goes on at once. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopSignal = signal;
    this.#stopping.abort();
    if (this.#running !== undefined) await orAborted(this.#running, signal);
    this.#reader.close();
    this.#commands.close();
  }

  replaceRules(rules: readonly Rule[]): void {
    this.#rules = rules;
    this.#serving?.engine.replaceRules(rules);
  }

  /** `active`: the node that evaluates, as far as this one knows. */
  status(): { state: 'active' | 'standby'; active: string | undefined } {
    if (this.#serving !== undefined) return { state: 'active', active: this.#deps.node };
    return { state: 'standby', active: this.#lock.holder?.split('#')[0] };
  }

  /** Undefined while another process evaluates. */
  get engine(): AlertEngine | undefined {
    return this.#serving?.engine;
  }

  /** The latest alerts, newest first, whoever raised them. */
  async recent(limit = 100): Promise<AlertView[]> {
    return this.#serving?.engine.recent(limit) ?? this.#view.recent(limit);
  }

  /** The alerts that there are, then those that are over, the latest last. */
  async instances(): Promise<Instance[]> {
    const { engine } = this.#serving ?? {};
    return engine === undefined ? this.#view.instances() : [...engine.instances()];
  }

  async notifications(state: NotificationState | undefined, limit: number): Promise<NotificationView[]> {
    return this.#serving?.engine.notifications(state, limit) ?? this.#view.notifications(state, limit);
  }

  /** @throws LongshoreError where another process delivers */
  retryNotification(id: string): boolean {
    if (this.#serving === undefined) throw deliveredElsewhere(this.#lock.holder);
    return this.#serving.engine.retryNotification(id);
  }

  async rulesStatus(): Promise<RuleStatus[]> {
    return this.#serving?.engine.rulesStatus() ?? this.#view.rulesStatus(this.#rules, this.#now());
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const lease = await this.#tryAcquire();
      if (lease === undefined) {
        await abortableDelay(Math.min(500, this.#deps.options.evaluator_lock_ms / 10), signal);
        continue;
      }
      try {
        await this.#serve(lease);
      } catch (error) {
        log.error({ error: messageOf(error) }, 'alert evaluation failed; restarting it');
        await abortableDelay(RETRY_MS, signal);
      } finally {
        await lease.release();
      }
    }
  }

  async #tryAcquire(): Promise<Lease | undefined> {
    try {
      return await this.#lock.tryAcquire();
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'Redis does not say who evaluates');
      return undefined;
    }
  }

  async #serve(lease: Lease): Promise<void> {
    this.#cursor = START;
    const rules = this.#rules;
    const engine = this.#engineOf(lease, rules);
    let beside: Lifecycle | undefined;
    try {
      await engine.start();
      if (rules !== this.#rules) engine.replaceRules(this.#rules);
      beside = this.#deps.beside?.(lease);
      await beside?.start();
      this.#become({ engine, lease });
      await this.#feed(engine, lease);
    } finally {
      const isOrderly = this.#stopping.signal.aborted && lease.isHeld();
      const ended = beside?.stop(isOrderly ? this.#stopSignal : AbortSignal.abort());
      // Nobody else goes on before the lock is given back or expires.
      if (isOrderly) await engine.stop(this.#stopSignal);
      else {
        const text = await engine.abandon();
        if (text !== undefined) this.#kept = { text, token: lease.token };
      }
      await ended;
      this.#become(undefined);
    }
  }

  #become(serving: Serving | undefined): void {
    if (serving === undefined && this.#serving === undefined) return;
    this.#serving = serving;
    if (serving === undefined) lag.set(0);
    active.set(serving === undefined ? 0 : 1);
    if (serving === undefined) {
      log.info('this process no longer evaluates alert rules');
      return;
    }
    takeovers.inc();
    log.info({ token: serving.lease.token, from: this.#cursor.id }, 'this process now evaluates the alert rules');
  }

  #engineOf(lease: Lease, rules: readonly Rule[]): AlertEngine {
    const { settings, fill, askPast, isIncident, silences, links, options } = this.#deps;
    const send = this.#deps.fetch ?? fetch;
    return new AlertEngine({
      store: this.#storeOf(new FencedState(this.#commands, options, lease, () => this.#cursor)),
      rules,
      now: this.#now,
      mayNotify: () => lease.isHeld(),
      fetch: (input, init) => (lease.isHeld() ? send(input, init) : Promise.reject(new Error('another one sends'))),
      ...(settings === undefined ? {} : { settings }),
      ...(fill === undefined ? {} : { fill }),
      askPast,
      isIncident,
      ...(silences === undefined ? {} : { silences }),
      ...(links === undefined ? {} : { links }),
    });
  }

  #storeOf(fenced: FencedState): StateStore {
    const write = ({ main, parts: { changed, gone }, isAll }: AlertStateChange): Promise<void> =>
      fenced.write({
        text: JSON.stringify(main),
        changed: new Map([...changed].map(([name, lines]) => [name, lines.join('\n')] as const)),
        gone,
        isAll,
      });
    // The stream is trimmed up to one place for all rules.
    return { mayLag: false, read: () => this.#read(fenced), write };
  }

  async #read(fenced: FencedState): Promise<AlertState | undefined> {
    const kept = this.#kept;
    let saved: SavedState | undefined;
    try {
      saved = await fenced.read();
      if (saved === undefined && kept === undefined) return foreign(await this.#deps.seed?.());
      if (saved === undefined) log.warn('Redis lost the alert state; continuing with the state of this process');
      this.#kept = undefined;
      // Nobody else has written since: this process knows better, for instance what it has sent after its last write.
      const isOurs = kept !== undefined && (saved === undefined || saved.token <= kept.token);
      const parts = await this.#readParts(fenced);
      const main = parseState(isOurs ? kept.text : saved!.text);
      const state = isOurs ? foreign(main) : { ...main, parts };
      if (saved !== undefined) this.#cursor = { id: saved.cursor, counted: '' };
      return state;
    } catch (error) {
      const isDamaged = saved !== undefined || (error instanceof LongshoreError && error.code === STATE_BROKEN);
      if (!isDamaged) throw error;
      const aside = await fenced.putAside(this.#now());
      const reason = messageOf(error);
      log.error({ reason, aside }, 'the alert state in Redis is corrupt and was set aside; starting with an empty one');
      return undefined;
    }
  }

  async #readParts(fenced: FencedState): Promise<SavedParts> {
    const parts: Record<string, readonly string[]> = Object.create(null);
    const broken = (part: string, reason: string): void =>
      log.error(
        { part, reason },
        'a part of the alert state in Redis is corrupt; a rule starts with an empty window, or some alerts are forgotten',
      );
    for (const [name, text] of await fenced.readParts(broken)) parts[name] = text.split('\n');
    return parts;
  }

  async #feed(engine: AlertEngine, lease: Lease): Promise<void> {
    const signal = AbortSignal.any([lease.lost, this.#stopping.signal]);
    const watermark = new StreamWatermark(this.#deps.silentMs);
    while (!signal.aborted) {
      let read: { entries: HitsEntry[]; lastId: string };
      try {
        read = await this.#reader.next(this.#cursor.id, signal);
      } catch (error) {
        log.debug({ error: messageOf(error) }, 'hits cannot be read for a moment');
        await abortableDelay(RETRY_MS, signal);
        continue;
      }
      for (const entry of read.entries) {
        if (signal.aborted || !lease.isHeld()) return;
        this.#take(engine, entry, watermark);
        if (entry.positions.length > 0) await setImmediate();
      }
      if (signal.aborted) return;
      this.#cursor = { ...this.#cursor, id: read.lastId };
      // Matches that wait for a common alert are due by the clock, also when nothing comes.
      if (read.entries.length === 0) engine.advance(0);
      await this.#forgetSources();
    }
  }

  /** In one go: whenever the state is written, it and the cursor belong together. */
  #take(engine: AlertEngine, entry: HitsEntry, watermark: StreamWatermark): void {
    for (const { position, hits } of entry.positions) {
      engine.consume(hits as readonly AlertHit[], position, entry.source, entry.at);
    }
    this.#cursor = { id: entry.id, counted: entry.counted };
    lag.set(Math.max(0, Date.now() - entry.at) / 1000);
    const reached = watermark.hear(entry);
    if (reached !== undefined) engine.advance(reached);
  }

  async #forgetSources(): Promise<void> {
    if (performance.now() < this.#forgetAt) return;
    this.#forgetAt = performance.now() + FORGET_INTERVAL_MS;
    await forgetOldSources(this.#commands, this.#deps.options.queue, Date.now() - FORGET_AFTER_MS).catch(error =>
      log.debug({ error: messageOf(error) }, 'old sources are not forgotten for now'),
    );
  }
}

/** It does not stand where it is written to. */
const foreign = (state: AlertState | undefined): AlertState | undefined => state && { ...state, isForeign: true };
