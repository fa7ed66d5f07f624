import { isoTime } from '../../base/time/iso.ts';
import type { ComparisonView } from '../../core/api/alerts.ts';
import type { CountRow, QueryNode } from '../../core/contracts.ts';
import { type CompareTo, daysText, sameTimeBefore } from '../rules/compare-to.ts';
import type { Rule } from '../rules/rule.ts';
import {
  type ComparedMeasure,
  judgeEveryMs,
  type Reference,
  type ReferenceKey,
  type ReferenceWindow,
  referenceKey,
} from '../types/reference.ts';

/** What has to be counted in the past for a rule, in stretches of one length. */
export interface PastCounts {
  readonly rule: string;
  readonly query: QueryNode;
  /** Where the first stretch begins, epoch milliseconds. */
  readonly from: number;
  readonly stretchMs: number;
  readonly stretches: number;
  readonly by: readonly string[];
  readonly of: { readonly field: string; readonly as: 'values' | 'numbers' } | undefined;
  readonly maxRows: number;
}

export interface PastAnswer {
  readonly rows: readonly CountRow[];
  /** Stretches in which there was any event, of the rule or not. */
  readonly lit: Iterable<number>;
  /** The oldest event that there is, epoch milliseconds. */
  readonly oldest: number | undefined;
}

/** Numbers of the past; whoever knows them at once answers at once. */
export type AskPast = (question: PastCounts) => PastAnswer | Promise<PastAnswer>;

type Cell = Pick<CountRow, 'events' | 'values' | 'sum' | 'min' | 'max'>;

/** Numbers of one question: of so many the memory for one rule is used up. */
const MAX_ROWS = 100_000;

/**
 * What one rule compares with: what was counted then, for the windows that end now and in the timeframe to come. Asked for
 * once a timeframe, half of one ahead, and whenever the clocks of the zone change.
 */
export class Comparison implements Reference {
  readonly #rule: Rule;
  readonly #to: CompareTo;
  readonly #measure: ComparedMeasure;
  readonly #stretchMs: number;
  /** By key, then by the end of the stretch. */
  readonly #keys = new Map<string, { readonly parts: readonly string[]; readonly cells: Map<number, Cell> }>();
  /** Ends of stretches with any event. */
  readonly #lit = new Set<number>();
  /** What is known, epoch milliseconds of the past. */
  #known: { from: number; to: number } | undefined;
  /** From then to now. */
  #ageMs = Number.NaN;
  #oldest: number | undefined;
  #window: ReferenceWindow | undefined;
  #note: string | undefined = 'the store has not been asked yet';

  constructor(rule: Rule, to: CompareTo, measure: ComparedMeasure) {
    this.#rule = rule;
    this.#to = to;
    this.#measure = measure;
    this.#stretchMs = judgeEveryMs(rule);
  }

  /** Name of the rule. */
  get rule(): string {
    return this.#rule.name;
  }

  at(end: number): ReferenceWindow | 'unknown' | 'none' {
    const to = sameTimeBefore(this.#to, end);
    const from = to - this.#rule.timeframeMs;
    if (this.#window?.to === to) return this.#window;
    if (!this.#covers(from, to, end - to)) return 'unknown';
    // A window whose first moments are missing is still one.
    const begun = from + Math.min(this.#stretchMs, this.#rule.timeframeMs / 10);
    if (this.#oldest === undefined || this.#oldest > begun) {
      const oldest = this.#oldest === undefined ? 'there is no event at all' : `oldest event: ${isoTime(this.#oldest)}`;
      this.#note = `no data ${daysText(this.#to.days)} ago (${oldest})`;
      return 'none';
    }
    const keys = new Map<string, ReferenceKey>();
    const ends = Array.from({ length: (to - from) / this.#stretchMs }, (_, i) => from + (i + 1) * this.#stretchMs);
    if (!ends.some(one => this.#lit.has(one))) {
      this.#note = `no event of any kind was stored between ${isoTime(from)} and ${isoTime(to)}`;
      return 'none';
    }
    for (const [id, { parts, cells }] of this.#keys) {
      const found = ends.flatMap(one => cells.get(one) ?? []);
      if (found.length > 0) keys.set(id, { parts, measure: measureOf(found, this.#measure) });
    }
    this.#note = undefined;
    this.#window = { from, to, keys };
    return this.#window;
  }

  /** What has to be asked for windows that end then and later; undefined: nothing now. */
  question(time: number): PastCounts | undefined {
    const { timeframeMs } = this.#rule;
    const end = Math.floor(time / this.#stretchMs) * this.#stretchMs;
    const to = sameTimeBefore(this.#to, end);
    if (!this.#covers(to - timeframeMs, to, end - to)) {
      this.#ageMs = end - to;
      this.#known = undefined;
      return this.#ask(to - timeframeMs, to + timeframeMs);
    }
    const known = this.#known!.to;
    return known - to < timeframeMs / 2 ? this.#ask(known, known + timeframeMs) : undefined;
  }

  answered(question: PastCounts, { rows, lit, oldest }: PastAnswer): void {
    const from = question.from - 1;
    this.#oldest = oldest;
    this.#forgetBefore(this.#known === undefined ? Number.POSITIVE_INFINITY : from - 2 * this.#rule.timeframeMs);
    this.#known ??= { from, to: from };
    this.#known.to = from + question.stretches * this.#stretchMs;
    const endOf = (stretch: number): number => from + (stretch + 1) * this.#stretchMs;
    for (const stretch of lit) this.#lit.add(endOf(stretch));
    for (const row of rows) {
      const id = referenceKey(row.by);
      const key = this.#keys.get(id) ?? { parts: row.by, cells: new Map<number, Cell>() };
      key.cells.set(endOf(row.stretch), row);
      this.#keys.set(id, key);
    }
  }

  /** Says why nothing can be compared. */
  failed(why: string): void {
    this.#note = why;
  }

  view(): ComparisonView {
    const window = this.#window;
    return {
      with: `${daysText(this.#to.days)} ago`,
      window: window && { from: isoTime(window.from), to: isoTime(window.to), keys: window.keys.size },
      note: this.#note,
    };
  }

  #covers(from: number, to: number, ageMs: number): boolean {
    return this.#known !== undefined && ageMs === this.#ageMs && this.#known.from <= from && to <= this.#known.to;
  }

  #ask(from: number, to: number): PastCounts {
    const { name, query, queryKey } = this.#rule;
    const { field, as } = this.#measure;
    return {
      rule: name,
      query,
      // Counted are those behind `from`, and those at `to`.
      from: from + 1,
      stretchMs: this.#stretchMs,
      stretches: (to - from) / this.#stretchMs,
      by: queryKey.map(one => one.replace(/\.keyword$/, '')),
      of: field === undefined ? undefined : { field, as: as === 'values' ? 'values' : 'numbers' },
      maxRows: MAX_ROWS,
    };
  }

  #forgetBefore(time: number): void {
    if (this.#known !== undefined) this.#known.from = Math.max(this.#known.from, time);
    for (const end of this.#lit) if (end <= time) this.#lit.delete(end);
    for (const [id, { cells }] of this.#keys) {
      for (const end of cells.keys()) if (end <= time) cells.delete(end);
      if (cells.size === 0) this.#keys.delete(id);
    }
  }
}

function measureOf(cells: readonly Cell[], { as }: ComparedMeasure): number | undefined {
  const total = (of: (cell: Cell) => number | null): number => cells.reduce((sum, cell) => sum + (of(cell) ?? 0), 0);
  const some = (name: 'min' | 'max'): number[] => cells.map(cell => cell[name]).filter(one => one !== null);
  if (as === 'count') return total(({ events }) => events);
  const values = total(cell => cell.values);
  if (as === 'values') return values;
  if (values === 0) return undefined;
  if (as === 'sum') return total(({ sum }) => sum);
  if (as === 'avg') return total(({ sum }) => sum) / values;
  return as === 'min' ? Math.min(...some('min')) : Math.max(...some('max'));
}
