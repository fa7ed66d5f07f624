import { type Alert, leftOutNote } from '../alerts/alerters/alerter.ts';
import { completedDocument, keepable, queryKeyOf } from '../alerts/document.ts';
import { lookup } from '../alerts/lookup.ts';
import { pythonStr } from '../alerts/python/str.ts';
import type { Rule } from '../alerts/rules/rule.ts';
import { alertSettings } from '../alerts/settings.ts';
import { keyId } from '../alerts/types/key-map.ts';
import { DAY_MS } from '../base/time/duration.ts';
import { isoTime } from '../base/time/iso.ts';
import type { AlertView, RuleStatus } from '../core/api/alerts.ts';
import type { BacktestAlert, BacktestMessage, BacktestRule } from '../core/api/backtest.ts';
import { messageOf } from '../core/errors.ts';
import { type Fields, newFields } from '../core/event.ts';
import type { TimedEvent } from './driven-engine.ts';

export interface RecordOptions {
  /** The messages of each alerter, too. */
  readonly messages: boolean;
  /** Alerts of a rule that are listed; further ones are counted. */
  readonly maxAlerts?: number | undefined;
  /** Of these, those with their text, messages and events. */
  readonly maxWhole?: number | undefined;
  /** Of a text in a document. */
  readonly maxFieldChars?: number | undefined;
}

const NONE: ReadonlyMap<string, Fields> = new Map();
const MAX_ALERTS = 10_000;
const MAX_WHOLE = 100;
const MAX_MESSAGES = 3;
/** Longer texts are cut, and those of events that are shown. */
const MAX_CHARS = 20_000;
const MAX_EVENT_CHARS = 2000;
/** Events shown with an alert, and keys whose events are remembered for that. */
const EVENTS = 3;
const MAX_KEYS = 1000;

/** An event, and between which times to look for it; epoch milliseconds, both in. */
export interface ShownEvent {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

/** An alert whose texts are made when the events that they show are there. */
interface OpenAlert {
  readonly alert: Alert;
  readonly view: AlertView;
  /** The last ones of its key before it. */
  readonly events: readonly TimedEvent[];
}

/** Writes down what one rule does from `from` on. */
export class RuleRecorder {
  readonly #rule: Rule;
  readonly #options: Readonly<Record<'maxAlerts' | 'maxWhole' | 'maxFieldChars', number>> & {
    readonly messages: boolean;
  };
  readonly #fired: BacktestAlert[] = [];
  readonly #days = new Map<string, number>();
  readonly #latest = new Map<string, TimedEvent[]>();
  /** What is still to be written of the first alerts, in their order. */
  readonly #open: OpenAlert[] = [];
  #alerts = 0;
  /** As it was when the reported time began. */
  #before: RuleStatus | undefined;

  constructor(rule: Rule, options: RecordOptions) {
    this.#rule = rule;
    const { messages, maxAlerts = MAX_ALERTS, maxWhole = MAX_WHOLE } = options;
    const { maxFieldChars = alertSettings().max_field_chars } = options;
    this.#options = { messages, maxAlerts, maxWhole, maxFieldChars };
  }

  hit(event: TimedEvent): void {
    if (this.#fired.length >= this.#options.maxWhole) return;
    const id = keyId(queryKeyOf(this.#rule, event.event));
    const events = this.#latest.get(id);
    if (events !== undefined) {
      events.push(event);
      if (events.length > EVENTS) events.shift();
      return;
    }
    this.#latest.set(id, [event]);
    if (this.#latest.size > MAX_KEYS) this.#latest.delete(this.#latest.keys().next().value!);
  }

  /** The reported time begins: what came before only filled the windows. */
  begin(status: RuleStatus): void {
    this.#before = status;
    this.#alerts = 0;
    this.#fired.length = 0;
    this.#open.length = 0;
    this.#days.clear();
  }

  /** `now`: epoch milliseconds. */
  alert(alert: Alert, view: AlertView, now: number): void {
    const at = isoTime(now);
    const day = at.slice(0, 10);
    this.#alerts++;
    this.#days.set(day, (this.#days.get(day) ?? 0) + 1);
    if (this.#fired.length >= this.#options.maxAlerts) return;
    const rule = this.#rule;
    const isOver = alert.resolved !== undefined;
    const key = isOver ? view.key : keyOf(rule, alert.matches[0] ?? newFields());
    const level = rule.kind.levels === undefined ? undefined : alert.matches[0]?.['severity'];
    const { title, matches, num_hits, event_time, event_id } = view;
    if (this.#fired.length < this.#options.maxWhole)
      this.#open.push({ alert, view, events: [...(this.#latest.get(keyId(key)) ?? [])] });
    this.#fired.push({
      at,
      ...(rule.queryKey.length === 0 || key === undefined || key === null ? {} : { key: pythonStr(key) }),
      ...(level === undefined ? {} : { severity: pythonStr(level) }),
      title,
      matches,
      num_hits,
      event_time,
      ...(event_id === undefined ? {} : { event_id }),
      ...(isOver ? { resolved: true as const } : {}),
    });
  }

  /** The events that the first alerts show. */
  *shown(): Generator<ShownEvent> {
    for (const { alert, events } of this.#open) {
      for (const { id, time } of events) yield { id, from: time, to: time };
      for (const { _id: id, _index: index } of alert.matches) {
        const day = typeof index === 'string' ? dayTime(index.slice(-10)) : Number.NaN;
        if (typeof id === 'string' && !Number.isNaN(day)) yield { id, from: day, to: day + DAY_MS - 1 };
      }
    }
  }

  /** `events`: whole ones by id, where the recorder was told of some of their fields. */
  result(status: RuleStatus, spanMs: number, events: ReadonlyMap<string, Fields> = NONE): BacktestRule {
    const { name, type, where } = this.#rule;
    const since = (count: 'hits' | 'matches' | 'suppressed' | 'forgotten_keys'): number =>
      status[count] - (this.#before?.[count] ?? 0);
    return {
      ...{ name, type, where },
      hits: since('hits'),
      matches: since('matches'),
      alerts: this.#alerts,
      suppressed: since('suppressed'),
      forgotten_keys: since('forgotten_keys'),
      alerts_per_day: Math.round((this.#alerts / Math.max(1, spanMs / DAY_MS)) * 10) / 10,
      days: [...this.#days].map(([day, alerts]) => ({ day, alerts })),
      fired: this.#fired.map((fired, i) => {
        const open = this.#open[i];
        return open === undefined ? fired : { ...fired, ...this.#shownOf(open, events) };
      }),
    };
  }

  #shownOf(
    { alert, view, events: latest }: OpenAlert,
    events: ReadonlyMap<string, Fields>,
  ): Pick<BacktestAlert, 'body' | 'events' | 'messages'> {
    const rule = this.#rule;
    const matches = alert.matches.map(match => {
      const event = typeof match['_id'] === 'string' ? events.get(match['_id']) : undefined;
      return event === undefined ? match : completedDocument(rule, match, event, this.#options.maxFieldChars);
    });
    const { leftOut = 0, resolved } = alert;
    // The list cuts long ones shorter.
    const body = resolved === undefined ? leftOutNote(matches.length, leftOut) + rule.texts.body(matches) : view.body;
    return {
      body: cut(body),
      events: latest.map(({ id, event }) => keepable(events.get(id) ?? event, MAX_EVENT_CHARS)),
      ...(this.#options.messages ? { messages: messagesOf(rule, { ...alert, matches }) } : {}),
    };
  }
}

/** Where a day (`2026.11.20`) begins, epoch milliseconds. */
const dayTime = (day: string): number => Date.parse(`${day.replaceAll('.', '-')}T00:00:00Z`);

/** The value of the query key, as the match shows it. */
function keyOf({ queryKey }: Rule, match: Fields): unknown {
  if (queryKey.length === 0) return undefined;
  return queryKey.length === 1 ? lookup(match, queryKey[0]!) : match[queryKey.join(',')];
}

function messagesOf(rule: Rule, alert: Alert): BacktestMessage[] {
  const wants = rule.alerters.filter(({ sendResolved }) => alert.resolved === undefined || sendResolved === true);
  return wants.map(each => {
    const { type: alerter, missing } = each;
    if (missing !== undefined) return { alerter, missing, bodies: [] };
    try {
      const bodies = each.render(alert).map(({ body }) => body);
      return { alerter, bodies: bodies.slice(0, MAX_MESSAGES).map(cut) };
    } catch (error) {
      return { alerter, bodies: [`(the message could not be written: ${messageOf(error)})`] };
    }
  });
}

const cut = (text: string): string =>
  text.length <= MAX_CHARS ? text : `${text.slice(0, MAX_CHARS).toWellFormed()}...`;
