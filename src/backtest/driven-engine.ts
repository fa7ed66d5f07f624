import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Alert } from '../alerts/alerters/alerter.ts';
import { AlertEngine } from '../alerts/engine.ts';
import type { Instance } from '../alerts/instances/instance.ts';
import { compileMatcher, type RuleMatcher } from '../alerts/match.ts';
import type { Rule } from '../alerts/rules/rule.ts';
import type { AlertSettings } from '../alerts/settings.ts';
import type { StateStore } from '../alerts/state.ts';
import { DAY_MS } from '../base/time/duration.ts';
import type { AlertView, RuleStatus } from '../core/api/alerts.ts';
import type { StoredEvent } from '../core/contracts.ts';
import type { Fields } from '../core/event.ts';
import { DrivenPast } from './driven-past.ts';

/** What time it is, epoch milliseconds: whoever drives the engine sets it. Rules are compiled with it. */
export class DrivenClock {
  now = 0;
}

/** An event on its way to the rules. */
export interface TimedEvent {
  readonly id: string;
  /** When it comes in, epoch milliseconds. */
  readonly time: number;
  readonly event: Fields & { '@timestamp': string };
}

export interface DrivenEngineDependencies {
  readonly rules: readonly Rule[];
  readonly clock: DrivenClock;
  readonly settings?: Partial<AlertSettings> | undefined;
  /** Told at the time of the clock, instead of any alerter; `view` is how the service would list it. */
  readonly onAlert: (rule: Rule, alert: Alert, view: AlertView) => void;
  /** What rules know of the time before, by name: an event of each value that they look for. */
  readonly past?: ReadonlyMap<string, readonly StoredEvent[]> | undefined;
  readonly onHit?: ((rule: string, event: TimedEvent) => void) | undefined;
  /** After each second, with the alerts of which there is news. */
  readonly onTick?: ((now: number, changed: Iterable<Instance>) => void) | undefined;
  /** Before this time `onTick` has nothing to do without news, epoch milliseconds. */
  readonly nextAt?: (() => number) | undefined;
  /** Seconds in which nothing can happen are gone through all the same. */
  readonly everySecond?: boolean | undefined;
}

/** As in the service, intake says each second that nothing is missing. */
const TICK_MS = 1000;
/**
 * Where no event comes for longer (one of them is of 1970), what is silent is silent: time goes on shortly before the next
 * event.
 */
const MAX_IDLE_MS = 15 * DAY_MS;

const NOTHING_KEPT: StateStore = {
  mayLag: true,
  read: () => Promise.resolve(undefined),
  write: () => Promise.resolve(),
};

/**
 * The service's own alert engine under a clock that events drive: each event comes in at its time, every whole second is
 * a tick, except where nothing can happen before the next event. Nothing is sent and nothing is kept. Receivers are as fast as can be: no storm becomes one message.
 */
export class DrivenEngine {
  readonly #engine: AlertEngine;
  readonly #clock: DrivenClock;
  readonly #match: RuleMatcher;
  readonly #onHit: DrivenEngineDependencies['onHit'];
  readonly #past: DrivenPast;
  readonly #onTick: DrivenEngineDependencies['onTick'];
  readonly #nextAt: () => number;
  readonly #everySecond: boolean;
  #position = 0;
  #nextTick = Number.NaN;
  #skippedMs = 0;

  constructor(deps: DrivenEngineDependencies) {
    const { rules, clock, settings, past, onAlert, onHit, onTick, nextAt, everySecond = false } = deps;
    const told = rules.map(rule => ({ ...rule, alerters: [this.#recorder(rule, onAlert)] }));
    this.#clock = clock;
    this.#onHit = onHit;
    this.#onTick = onTick;
    this.#nextAt = nextAt ?? (() => Number.POSITIVE_INFINITY);
    this.#everySecond = everySecond;
    this.#match = compileMatcher(told);
    this.#past = new DrivenPast(told);
    this.#engine = new AlertEngine({
      store: NOTHING_KEPT,
      rules: told,
      settings: { ...settings, state_write_interval_ms: 3_600_000, blind_after_ms: Number.MAX_SAFE_INTEGER },
      now: () => clock.now,
      random: () => 0.5,
      askPast: question => this.#past.answer(question),
      ...(past === undefined ? {} : { fill: async rule => [...(past.get(rule.name) ?? [])] }),
    });
  }

  /** `at`: when it begins, epoch milliseconds. `since`: when the oldest event is of that there is. */
  async start(at: number, since = at): Promise<void> {
    this.#clock.now = at;
    this.#past.begin(since);
    this.#nextTick = Math.ceil(at / TICK_MS) * TICK_MS;
    await this.#engine.start();
    while (this.statuses().some(({ filling }) => filling)) await nextTurn();
  }

  /** Events of one moment or later ones; one whose time has passed already comes in now. */
  take(events: readonly TimedEvent[]): void {
    for (const event of events) {
      if (event.time > this.#clock.now) this.#tickBefore(event.time);
      const names = this.#match(event.event);
      if (names === undefined) continue;
      for (const rule of names) this.#past.add(rule, event);
      if (this.#onHit !== undefined) for (const rule of names) this.#onHit(rule, event);
      this.#engine.consume(
        names.map(rule => ({ rule, id: event.id, event: event.event })),
        ++this.#position,
      );
    }
  }

  /** Time passes until then; the tick of that very second is done. */
  advanceTo(time: number): void {
    if (time < this.#clock.now) return;
    this.#tickBefore(time);
    if (this.#nextTick === time) this.#tick();
  }

  /** Time without an event that was too long to be gone through, milliseconds. */
  get skippedMs(): number {
    return this.#skippedMs;
  }

  /** Since the last tick. */
  changedInstances(): Iterable<Instance> {
    return this.#engine.takeChangedInstances();
  }

  statuses(): RuleStatus[] {
    return this.#engine.rulesStatus();
  }

  async stop(): Promise<void> {
    await this.#engine.stop(AbortSignal.abort());
  }

  #tickBefore(time: number): void {
    const idleUntil = this.#nextTick + MAX_IDLE_MS;
    if (time > idleUntil + DAY_MS) {
      this.#tickUntil(idleUntil);
      const next = Math.floor((time - DAY_MS) / TICK_MS) * TICK_MS;
      this.#skippedMs += next - this.#nextTick;
      this.#nextTick = next;
    }
    this.#tickUntil(time);
    this.#clock.now = time;
  }

  /** The ticks before a time: the first one always, for what came since the last one; then those that come to something, and the last one. */
  #tickUntil(end: number): void {
    const last = Math.ceil(end / TICK_MS) * TICK_MS - TICK_MS;
    while (this.#nextTick < end) {
      this.#tick();
      if (this.#everySecond || this.#nextTick >= last || !this.#engine.isIdle) continue;
      const next = Math.ceil(this.#nextAt() / TICK_MS) * TICK_MS;
      this.#nextTick = Math.max(this.#nextTick, Math.min(next, last));
    }
  }

  /** Stands for all alerters of a rule. */
  #recorder(rule: Rule, tell: DrivenEngineDependencies['onAlert']): Rule['alerters'][number] {
    return {
      type: 'backtest',
      missing: undefined,
      sendResolved: rule.alerters.some(({ sendResolved }) => sendResolved === true),
      render: alert => {
        // What is told was just put on the list.
        tell(rule, alert, this.#engine.recent(1)[0]!);
        return [];
      },
      queue: () => 'backtest',
      send: () => Promise.resolve({ ok: true }),
    };
  }

  #tick(): void {
    this.#clock.now = this.#nextTick;
    this.#engine.advance(this.#nextTick);
    this.#onTick?.(this.#nextTick, this.#engine.takeChangedInstances());
    this.#nextTick += TICK_MS;
  }
}
