import type { Fields } from '../core/event.ts';
import { lookup } from './lookup.ts';
import { pythonStr } from './python/str.ts';
import type { Rule } from './rules/rule.ts';

/** Matches of one rule that wait for their common alert. */
export interface Group {
  readonly rule: string;
  /** Text of the aggregation key; undefined when its field is missing, which is a group of its own. */
  readonly key: string | undefined;
  /** Sent as soon as now is past it; epoch milliseconds. */
  alertTime: number;
  readonly matches: Fields[];
  /** Ids of the alerts of these matches, `` where there is none. */
  readonly instances?: string[];
  /** Of those that did not fit. */
  readonly others?: string[];
  /** Matches that did not fit. */
  left_out: number;
  /** Alerts that were more than can be delivered: the first match, the others are counted. */
  readonly storm?: true;
}

/** `aggregation`: the first match opens a group, later ones join until its time has come. Pure; bounded. */
export class Aggregates {
  readonly #groups: Group[] = [];
  readonly #limit: number;
  readonly #onLimit: () => void;

  constructor(limit: number, onLimit: () => void = () => {}) {
    this.#limit = limit;
    this.#onLimit = onLimit;
  }

  /** `matchTime`: event time of the match. */
  add(rule: Rule, match: Fields, matchTime: number, now: number, instance = ''): void {
    const settings = rule.aggregation!;
    const key = groupKey(settings.key, match);
    const compared = settings.compareMatchTime ? matchTime : now;
    const open = this.#groups.find(
      group =>
        group.rule === rule.name && group.key === key && compared <= group.alertTime && group.storm === undefined,
    );
    if (open === undefined) {
      const start = settings.byMatchTime ? matchTime : now;
      const scheduled =
        settings.schedule === undefined ? start + (settings.windowMs ?? 0) : settings.schedule.next(now);
      const alertTime = Number.isNaN(scheduled) ? now : scheduled;
      this.#groups.push({
        rule: rule.name,
        key,
        alertTime,
        matches: [match],
        instances: [instance],
        others: [],
        left_out: 0,
      });
    } else if (this.#waiting(rule.name) < this.#limit) {
      open.matches.push(match);
      open.instances?.push(instance);
    } else {
      addOthers(open, [instance]);
      open.left_out++;
      this.#onLimit();
    }
  }

  /** When the groups of a rule are due. */
  timesOf(rule: string): number[] {
    return this.#groups.filter(group => group.rule === rule).map(({ alertTime }) => alertTime);
  }

  hasStorm(rule: string): boolean {
    return this.#groups.some(group => group.storm === true && group.rule === rule);
  }

  /** Alerts of a rule that become one. True when they are the first. */
  addToStorm(
    rule: Rule,
    matches: readonly Fields[],
    leftOut: number,
    alertTime: number,
    instances: readonly string[] = [],
  ): boolean {
    const open = this.#groups.find(group => group.storm === true && group.rule === rule.name);
    if (open !== undefined) {
      open.left_out += matches.length + leftOut;
      addOthers(open, instances);
      return false;
    }
    const rest = matches.length - 1 + leftOut;
    const first = matches.slice(0, 1);
    const group: Group = { rule: rule.name, key: undefined, alertTime, matches: first, left_out: rest, storm: true };
    this.#groups.push({ ...group, instances: [instances[0] ?? ''], others: instances.slice(1, MAX_OTHERS) });
    return true;
  }

  /** Takes out the groups whose time has passed, the earliest first; those that `mustWait` stay. */
  due(now: number, mustWait: (group: Group) => boolean = () => false): Group[] {
    const isDue = (group: Group): boolean => now > group.alertTime && !mustWait(group);
    if (this.#groups.length === 0 || !this.#groups.some(isDue)) return [];
    const due = this.#groups.filter(isDue);
    const rest = this.#groups.filter(group => !due.includes(group));
    this.#groups.splice(0, this.#groups.length, ...rest);
    return due.sort((a, b) => a.alertTime - b.alertTime);
  }

  save(): readonly Group[] {
    return this.#groups;
  }

  restore(saved: readonly Group[]): void {
    this.#groups.push(...saved);
  }

  /** The wall clock was set back by so many milliseconds: what is left of each wait stays. */
  setBack(byMs: number): void {
    for (const group of this.#groups) group.alertTime -= byMs;
  }

  #waiting(rule: string): number {
    let count = 0;
    for (const group of this.#groups) if (group.rule === rule) count += group.matches.length;
    return count;
  }
}

/** Alerts of a group that are known beside those of its matches. */
const MAX_OTHERS = 1000;

function addOthers({ others, instances }: Group, ids: readonly string[]): void {
  if (others === undefined) return;
  for (const id of ids) {
    if (others.length >= MAX_OTHERS) return;
    if (id !== '' && !others.includes(id) && instances?.includes(id) !== true) others.push(id);
  }
}

function groupKey(fields: readonly string[], match: Fields): string | undefined {
  if (fields.length === 0) return undefined;
  const values = fields.map(field => lookup(match, field));
  if (fields.length === 1)
    return values[0] === undefined || values[0] === null ? undefined : `=${pythonStr(values[0])}`;
  return `=${values.map(pythonStr).join(', ')}`;
}
