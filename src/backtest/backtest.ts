import type { Routing } from '../alerts/manager/alertmanager.ts';
import type { PastValues } from '../alerts/past.ts';
import { withParts } from '../alerts/rules/parts.ts';
import type { Rule } from '../alerts/rules/rule.ts';
import { type AlertSettings, alertSettings } from '../alerts/settings.ts';
import { DAY_MS } from '../base/time/duration.ts';
import { isoTime } from '../base/time/iso.ts';
import type { RuleMistake } from '../core/api/alerts.ts';
import type { BacktestAnswer, BacktestReceiver, BacktestRule } from '../core/api/backtest.ts';
import type { QueryNode, StoredEvent } from '../core/contracts.ts';
import type { LongshoreError } from '../core/errors.ts';
import type { Fields } from '../core/event.ts';
import type { RuleSet } from './compile.ts';
import { differencesOf } from './differences.ts';
import { DrivenEngine, type TimedEvent } from './driven-engine.ts';
import { lookBackMs } from './driven-past.ts';
import { DrivenRoutes, isRouted } from './driven-routes.ts';
import { neededFields } from './needed-fields.ts';
import { type RecordOptions, RuleRecorder, type ShownEvent } from './recorder.ts';

export interface BacktestOptions extends Pick<RecordOptions, 'messages'> {
  /** What is reported, epoch milliseconds; undefined: from the first event on. */
  readonly from?: number | undefined;
  /** Undefined: to the last event. */
  readonly to?: number | undefined;
  readonly settings?: Partial<AlertSettings> | undefined;
  /** When the oldest event is of that there is, epoch milliseconds; undefined: the one that comes first. */
  readonly since?: number | undefined;
  /** Who reads the events answers `past`, too. */
  readonly answersPast?: boolean | undefined;
  /** Where alerts of rules with `alert: routes` go. */
  readonly routing?: Routing | undefined;
  /** Only these rules. */
  readonly names?: readonly string[] | undefined;
  /** Seconds in which nothing can happen are gone through all the same. */
  readonly everySecond?: boolean | undefined;
}

/** The newest event of each value of some fields in a time, epoch milliseconds, both in. */
export interface PastQuestion extends PastValues {
  /** Which set of rules: 0, or 1 for those that they are compared with. */
  readonly run: number;
  readonly from: number;
  readonly to: number;
}

/** Whole events by id. */
export type LookUp = (shown: readonly ShownEvent[]) => Promise<ReadonlyMap<string, Fields>>;

const NOTHING_MORE: LookUp = async () => new Map();

/** Windows are filled with at most so much of what came before; a rule may ask for weeks. */
const MAX_FILL_MS = 31 * DAY_MS;

/** Alerts that an answer lists, and of these those with texts and events, shared by all its rules. */
const MAX_ALERTS = 20_000;
const MAX_WHOLE = 500;
const MAX_WITH_MESSAGES = 100;
const fillOf = (rule: Rule): number => Math.min(MAX_FILL_MS, rule.kind.fillMs(rule));
const share = (all: number, { length }: readonly unknown[]): number =>
  Math.max(3, Math.floor(all / Math.max(2, length)));

/** The rules as they are, and as they were, on one stream of events in the order of their times. */
export class Backtest {
  readonly #runs: readonly Run[];
  readonly #mistakes: readonly RuleMistake[];
  readonly #options: BacktestOptions;
  readonly #begun = performance.now();
  #from: number | undefined;
  #last = Number.NaN;
  #events = 0;
  #isStarted = false;

  constructor(rules: RuleSet, old: RuleSet | undefined, options: BacktestOptions) {
    this.#options = options;
    this.#from = options.from;
    this.#runs = [rules, old].filter(set => set !== undefined).map(set => new Run(set, options));
    this.#mistakes = [...rules.errors, ...(old?.errors ?? [])].map(mistakeOf);
  }

  get rules(): readonly Rule[] {
    return this.#runs.flatMap(run => run.rules);
  }

  get #withParts(): readonly Rule[] {
    return this.#runs.flatMap(run => run.withParts);
  }

  /** What any of the rules counts; a time that moves with the clock is left out of it. */
  get query(): QueryNode {
    return { type: 'or', nodes: this.#withParts.map(rule => withoutMovingTimes(rule.query, true)) };
  }

  /** From where on events are needed for what is reported: windows are filled with what came before. */
  get readFrom(): number | undefined {
    if (this.#from === undefined) return undefined;
    const fills = this.#withParts.map(rule =>
      Math.max(lookBackMs(rule), this.#pastFields(rule) === undefined ? fillOf(rule) : 0),
    );
    return this.#from - Math.max(0, ...fills);
  }

  /** What has to be known of the time before `readFrom`: `know` takes the answers, in their order, before the first event. */
  get past(): readonly PastQuestion[] {
    const readFrom = this.readFrom;
    if (readFrom === undefined) return [];
    return this.#runs.flatMap(({ withParts: all }, run) =>
      all.flatMap(rule => {
        const fields = this.#pastFields(rule);
        if (fields === undefined || fillOf(rule) === 0) return [];
        const query = withoutMovingTimes(rule.query, true);
        return [{ run, rule: rule.name, query, fields, from: readFrom - fillOf(rule), to: readFrom - 1 }];
      }),
    );
  }

  know({ run, rule }: Pick<PastQuestion, 'run' | 'rule'>, events: readonly StoredEvent[]): void {
    this.#runs[run]!.past.set(rule, events);
  }

  #pastFields(rule: Rule): readonly string[] | undefined {
    return this.#options.answersPast === true ? rule.kind.pastFields?.(rule) : undefined;
  }

  /** What there is begins then, epoch milliseconds: time passes from there on also without an event. */
  async begin(at: number): Promise<void> {
    if (!this.#isStarted) await this.#start(this.readFrom ?? at, this.#options.since ?? at);
  }

  /** In the order of their times. */
  async take(events: readonly TimedEvent[]): Promise<void> {
    const first = events[0];
    if (first === undefined) return;
    await this.begin(first.time);
    for (const { time } of events) if (time >= this.#from!) this.#events++;
    this.#last = events.at(-1)!.time;
    for (const run of this.#runs) run.take(events);
  }

  /** The fields of events that are needed before `finish`; undefined: all of them. */
  get fields(): readonly string[] | undefined {
    return neededFields(this.#withParts);
  }

  /**
   * `last`: until when time passes where nothing says until when to report; `isCut`: in any case. `look`: gives the whole events
   * that alerts show, by id, where only `fields` of them came in.
   */
  async finish(
    hints: readonly string[] = [],
    last = this.#last,
    isCut = false,
    look: LookUp = NOTHING_MORE,
  ): Promise<BacktestAnswer> {
    const end = Number.isNaN(last) ? (this.#from ?? 0) : last;
    const to = isCut ? end : (this.#options.to ?? end);
    await this.begin(to);
    const from = Math.min(this.#from ?? to, to);
    await Promise.all(this.#runs.map(run => run.end(to)));
    const events = await look(this.#runs.flatMap(run => run.shown()));
    const [rules, old] = this.#runs.map(run => run.results(to - from, events));
    const receivers = this.#runs[0]!.receivers(to);
    const skippedDays = Math.max(0, ...this.#runs.map(run => Math.round(run.skippedMs / DAY_MS)));
    return {
      from: isoTime(from),
      to: isoTime(to),
      events: this.#events,
      seconds: Math.round((performance.now() - this.#begun) / 10) / 100,
      rules: rules!,
      ...(receivers === undefined ? {} : { receivers }),
      mistakes: this.#mistakes,
      hints:
        skippedDays === 0
          ? hints
          : [...hints, `${skippedDays} days without an event were skipped: silence in them is not told`],
      ...(old === undefined ? {} : { differences: differencesOf(old, rules!, this.rules) }),
    };
  }

  async #start(at: number, since: number): Promise<void> {
    this.#isStarted = true;
    this.#from ??= at;
    for (const run of this.#runs) await run.start(at, this.#from, since);
  }
}

/** One set of rules. */
class Run {
  readonly rules: readonly Rule[];
  /** And those that they are made of. */
  readonly withParts: readonly Rule[];
  /** By rule. */
  readonly past = new Map<string, readonly StoredEvent[]>();
  readonly #engine: DrivenEngine;
  readonly #recorders: ReadonlyMap<string, RuleRecorder>;
  readonly #routes: DrivenRoutes | undefined;
  /** When the reported time begins, until then. */
  #begin: number | undefined;

  constructor(set: RuleSet, options: BacktestOptions) {
    const { clock } = set;
    const { names } = options;
    this.rules = set.rules.filter(rule => rule.enabled && (names === undefined || names.includes(rule.name)));
    this.withParts = withParts(this.rules, set.rules);
    const { messages } = options;
    const record = {
      messages,
      maxFieldChars: alertSettings(options.settings).max_field_chars,
      maxAlerts: share(MAX_ALERTS, this.rules),
      maxWhole: share(messages ? MAX_WITH_MESSAGES : MAX_WHOLE, this.rules),
    };
    this.#recorders = new Map(this.rules.map(rule => [rule.name, new RuleRecorder(rule, record)]));
    const { routing } = options;
    if (routing !== undefined && this.rules.some(isRouted))
      this.#routes = new DrivenRoutes({
        ...{ rules: this.rules, routing, maxMessages: MAX_ALERTS },
        maxWhole: messages ? MAX_WITH_MESSAGES : MAX_WHOLE,
      });
    const routes = this.#routes;
    this.#engine = new DrivenEngine({
      ...(routes && { onTick: (now, changed) => routes.tick(now, changed), nextAt: () => routes.nextAt }),
      everySecond: options.everySecond,
      rules: this.withParts,
      clock,
      settings: options.settings,
      past: options.answersPast === true ? this.past : undefined,
      onAlert: (rule, alert, view) => this.#recorders.get(rule.name)?.alert(alert, view, clock.now),
      onHit: (rule, event) => this.#recorders.get(rule)?.hit(event),
    });
  }

  get skippedMs(): number {
    return this.#engine.skippedMs;
  }

  /** Undefined: no rule goes through routes, or there are none. */
  receivers(to: number): BacktestReceiver[] | undefined {
    return this.#routes?.result(to);
  }

  async start(at: number, from: number, since: number): Promise<void> {
    await this.#engine.start(at, since);
    if (from > at) this.#begin = from;
  }

  take(events: readonly TimedEvent[]): void {
    const begin = this.#begin;
    if (begin === undefined || events.at(-1)!.time < begin) {
      this.#engine.take(events);
      return;
    }
    const at = events.findIndex(event => event.time >= begin);
    this.#engine.take(events.slice(0, at));
    this.#beginReport();
    this.#engine.take(events.slice(at));
  }

  async end(to: number): Promise<void> {
    if (this.#begin !== undefined) this.#beginReport();
    this.#engine.advanceTo(to);
    this.#routes?.tick(to, this.#engine.changedInstances());
    await this.#engine.stop();
  }

  shown(): ShownEvent[] {
    return [...this.#recorders.values()].flatMap(recorder => [...recorder.shown()]);
  }

  results(spanMs: number, events: ReadonlyMap<string, Fields>): BacktestRule[] {
    const statuses = new Map(this.#engine.statuses().map(status => [status.name, status]));
    return this.rules.map(({ name }) => this.#recorders.get(name)!.result(statuses.get(name)!, spanMs, events));
  }

  #beginReport(): void {
    // The moment itself belongs to what is reported.
    this.#engine.advanceTo(this.#begin! - 1);
    this.#begin = undefined;
    for (const status of this.#engine.statuses()) this.#recorders.get(status.name)?.begin(status);
    this.#routes?.begin();
  }
}

/** The query with every event that it could take at any time. `isWanted`: the part has to hold. */
function withoutMovingTimes(node: QueryNode, isWanted: boolean): QueryNode {
  switch (node.type) {
    case 'and':
    case 'or':
      return { type: node.type, nodes: node.nodes.map(one => withoutMovingTimes(one, isWanted)) };
    case 'not':
      return { type: 'not', node: withoutMovingTimes(node.node, !isWanted) };
    case 'range':
    case 'match':
    case 'phrase':
      return JSON.stringify(node).includes('now') ? { type: isWanted ? 'all' : 'none' } : node;
    default:
      return node;
  }
}

export function mistakeOf({ where, what, fix, code }: LongshoreError): RuleMistake {
  return { where, what, fix, code };
}
