import type { PastAnswer, PastCounts } from '../alerts/comparison/comparison.ts';
import type { Rule } from '../alerts/rules/rule.ts';
import { DAY_MS, HOUR_MS } from '../base/time/duration.ts';
import { CountTable } from '../store/counts.ts';
import { storedField } from '../store/query/fields.ts';
import type { TimedEvent } from './driven-engine.ts';

/** Clocks of a zone may be changed by so much in between. */
const MAX_CHANGE_MS = 2 * HOUR_MS;
/** What is too old is let go when there is so much of it. */
const MAX_GONE = 65_536;

/** So much of the time before is needed by a rule that compares; 0 for others. Milliseconds. */
export const lookBackMs = ({ compareTo, timeframeMs }: Rule): number =>
  compareTo === undefined ? 0 : compareTo.days * DAY_MS + timeframeMs + MAX_CHANGE_MS;

/** What came by, for rules that compare with it: in place of a store. */
export class DrivenPast {
  readonly #rules: ReadonlyMap<string, Remembered>;
  /** From when on everything came by, epoch milliseconds. */
  #since: number | undefined;

  constructor(rules: readonly Rule[]) {
    const comparing = rules.filter(({ compareTo }) => compareTo !== undefined);
    this.#rules = new Map(comparing.map(rule => [rule.name, new Remembered(rule)]));
  }

  begin(since: number): void {
    this.#since = since;
  }

  add(rule: string, event: TimedEvent): void {
    this.#rules.get(rule)?.add(event);
  }

  answer(question: PastCounts): PastAnswer {
    const { stretches, by, of } = question;
    const request = {
      ...question,
      by: by.map(storedField),
      of: of && { ...of, field: storedField(of.field) },
    };
    const table = new CountTable(request);
    this.#rules.get(question.rule)?.addTo(table, question);
    return { rows: table.rows(), lit: Array.from({ length: stretches }, (_, i) => i), oldest: this.#since };
  }
}

/** The events of one rule, as few fields of each as it is asked for. */
class Remembered {
  readonly #names: readonly string[];
  readonly #keepMs: number;
  readonly #events: { readonly time: number; readonly event: TimedEvent['event'] }[] = [];
  #head = 0;

  constructor(rule: Rule) {
    const field = rule.kind.compared?.(rule.options).field;
    const names = [
      ...rule.queryKey.map(name => name.replace(/\.keyword$/, '')),
      ...(field === undefined ? [] : [field]),
    ];
    // Nested keys are found from their first part on.
    this.#names = [...new Set(names.map(storedField).flatMap(name => [name, name.split('.')[0]!]))];
    this.#keepMs = lookBackMs(rule) + rule.timeframeMs;
  }

  add({ event }: TimedEvent): void {
    const time = Date.parse(event['@timestamp']);
    const kept: TimedEvent['event'] = { '@timestamp': event['@timestamp'] };
    for (const name of this.#names) if (event[name] !== undefined) kept[name] = event[name];
    const events = this.#events;
    let at = events.length;
    while (at > this.#head && events[at - 1]!.time > time) at--;
    events.splice(at, 0, { time, event: kept });
    while (events[this.#head]!.time < time - this.#keepMs) this.#head++;
    if (this.#head < MAX_GONE || this.#head * 2 < events.length) return;
    events.splice(0, this.#head);
    this.#head = 0;
  }

  addTo(table: CountTable, { from, stretchMs, stretches }: PastCounts): void {
    const end = from + stretchMs * stretches;
    for (let at = this.#firstFrom(from); at < this.#events.length && this.#events[at]!.time < end; at++) {
      const { event, time } = this.#events[at]!;
      table.addEvent(event, time);
    }
  }

  #firstFrom(time: number): number {
    let low = this.#head;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#events[middle]!.time < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
