import type { Fields } from '../core/event.ts';
import { changesBetween } from '../parse/simulate/changes.ts';
import { plain } from '../parse/simulate/plain.ts';
import { shownFields } from './origin.ts';
import type { TrialRecord, Tried } from './trial.ts';

/** What a change does to events, of one kind: `fails`, `drops`, `added`, ... */
export interface DifferenceGroup {
  readonly kind: DifferenceKind;
  /** The field; of `taken` who takes the event now: `java -> shop`. */
  readonly what: string;
  count: number;
  readonly example: DifferenceExample;
}

export type DifferenceKind =
  | 'fails'
  | 'fails no more'
  | 'dropped'
  | 'dropped no more'
  | 'joined otherwise'
  | 'taken'
  | 'added'
  | 'changed'
  | 'removed';

export interface DifferenceExample {
  /** The numbers of its lines. */
  readonly lines: readonly number[];
  /** The line itself, or the first of them. */
  readonly line: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** One event that comes out otherwise. */
export interface ChangedEvent {
  readonly lines: readonly number[];
  readonly differences: readonly {
    readonly kind: DifferenceKind;
    readonly what: string;
    readonly before?: unknown;
    readonly after?: unknown;
  }[];
}

/** Compares what two sets of pipelines make of the same records, event by event. */
export class Comparison {
  readonly #groups = new Map<string, DifferenceGroup>();
  /** What one side has come to and the other not yet, by first line. */
  readonly #old = new Map<number, Tried>();
  readonly #new = new Map<number, Tried>();
  readonly #texts = new Map<number, string>();
  /** Of the event that is compared. */
  #differences: ChangedEvent['differences'][number][] = [];
  readonly #maxChanged: number;
  /** The first events that differ, at most `maxChanged` of them. */
  readonly changed: ChangedEvent[] = [];
  #noted = 0;
  events = 0;
  differing = 0;

  constructor(maxChanged = 0) {
    this.#maxChanged = maxChanged;
  }

  /** The kinds, most events first. */
  get groups(): DifferenceGroup[] {
    return [...this.#groups.values()].sort((a, b) => b.count - a.count);
  }

  record({ record, number }: TrialRecord): void {
    this.#texts.set(number, String(record['message'] ?? record['log'] ?? JSON.stringify(record)));
  }

  add(before: readonly Tried[], after: readonly Tried[]): void {
    for (const tried of before) this.#old.set(firstOf(tried), tried);
    for (const tried of after) this.#new.set(firstOf(tried), tried);
    for (const [line, old] of this.#old) {
      const now = this.#new.get(line);
      if (now === undefined) continue;
      this.#old.delete(line);
      this.#new.delete(line);
      this.#compare(old, now);
    }
  }

  /** When both have come to their ends: what stands alone was joined to another event on the other side. */
  end(): void {
    for (const [side, rest] of [
      ['old', this.#old],
      ['new', this.#new],
    ] as const)
      for (const tried of rest.values()) {
        this.events++;
        this.differing++;
        const shown = eventOf(tried);
        this.#note('joined otherwise', '', tried, side === 'old' ? { before: shown } : { after: shown });
        this.#keep(tried);
      }
    this.#old.clear();
    this.#new.clear();
  }

  #compare(old: Tried, now: Tried): void {
    this.events++;
    const before = this.#noted;
    if (old.lines.length !== now.lines.length)
      this.#note('joined otherwise', '', now, { before: old.lines.length, after: now.lines.length });
    const [was, is] = [eventOf(old), eventOf(now)];
    const [by, to] = [old.trace?.pipeline ?? NOBODY, now.trace?.pipeline ?? NOBODY];
    if (by !== to) this.#note('taken', `${by} -> ${to}`, now, {});
    if (was === undefined || is === undefined) {
      if (was !== is) this.#note(is === undefined ? 'dropped' : 'dropped no more', to, now, { before: was, after: is });
    } else {
      const [failed, fails] = [was['pipeline_error'], is['pipeline_error']];
      if (failed === undefined && fails !== undefined) this.#note('fails', to, now, { after: fails });
      if (failed !== undefined && fails === undefined) this.#note('fails no more', to, now, { before: failed });
      for (const { field, kind, before, after } of changesBetween(was, is))
        if (field !== 'pipeline_error') this.#note(kind, field, now, { before, after });
    }
    if (this.#noted > before) {
      this.differing++;
      this.#keep(now);
    }
    for (const line of [...old.lines, ...now.lines]) this.#texts.delete(line);
  }

  #keep({ lines }: Tried): void {
    if (this.changed.length < this.#maxChanged) this.changed.push({ lines, differences: this.#differences });
    this.#differences = [];
  }

  #note(kind: DifferenceKind, what: string, { lines }: Tried, values: { before?: unknown; after?: unknown }): void {
    this.#noted++;
    if (this.changed.length < this.#maxChanged) this.#differences.push({ kind, what, ...values });
    const key = `${kind}\0${what}`;
    const group = this.#groups.get(key);
    if (group !== undefined) group.count++;
    else if (this.#groups.size < MAX_GROUPS) {
      const line = this.#texts.get(Math.min(...lines)) ?? '';
      this.#groups.set(key, { kind, what, count: 1, example: { lines, line, ...values } });
    }
  }
}

const NOBODY = 'no pipeline';
const MAX_GROUPS = 1000;

const firstOf = ({ lines }: Tried): number => Math.min(...lines);

const eventOf = ({ event }: Tried): Fields | undefined =>
  event === undefined ? undefined : (plain(shownFields(event.fields)) as Fields);
