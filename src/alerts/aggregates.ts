import { type Fields, isFields } from '../core/event.ts';
import { lookup } from './lookup.ts';
import { type Paged, Pages } from './pages.ts';
import { pythonStr } from './python/str.ts';
import type { Rule } from './rules/rule.ts';
import type { SavedParts } from './state-parts.ts';

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

/** A group without its matches, which may be thousands. */
interface Head {
  readonly id: number;
  readonly group: Group;
}

/** One match of a group; without a match, one of the others that are only known by their alerts. */
interface Member {
  readonly group: number;
  readonly match?: Fields;
  readonly instance: string;
}

interface Open extends Head {
  readonly members: Member[];
}

const MEMBERS_PER_PAGE = 16;

/** `aggregation`: the first match opens a group, later ones join until its time has come. Pure; bounded. */
export class Aggregates {
  /** In the order in which they began. */
  #groups: Open[] = [];
  readonly #limit: number;
  readonly #onLimit: (rule: string) => void;
  readonly #heads = new Pages<Open>('groups', 1, { isOrdered: true, plain: headLine });
  readonly #members = new Pages<Member>('grouped', MEMBERS_PER_PAGE, { isOrdered: true });
  /** What is to be written. */
  readonly pages: readonly Paged[] = [this.#heads, this.#members];
  #nextId = 0;

  constructor(limit: number, onLimit: (rule: string) => void = () => {}) {
    this.#limit = limit;
    this.#onLimit = onLimit;
  }

  /** `matchTime`: event time of the match. */
  add(rule: Rule, match: Fields, matchTime: number, now: number, instance = ''): void {
    const settings = rule.aggregation!;
    const key = groupKey(settings.key, match);
    const compared = settings.compareMatchTime ? matchTime : now;
    const open = this.#groups.find(
      ({ group }) =>
        group.rule === rule.name && group.key === key && compared <= group.alertTime && group.storm === undefined,
    );
    if (open === undefined) {
      const start = settings.byMatchTime ? matchTime : now;
      const scheduled =
        settings.schedule === undefined ? start + (settings.windowMs ?? 0) : settings.schedule.next(now);
      const alertTime = Number.isNaN(scheduled) ? now : scheduled;
      const group: Group = { rule: rule.name, key, alertTime, matches: [], instances: [], others: [], left_out: 0 };
      this.#join(this.#begin(group), match, instance);
    } else if (this.#waiting(rule.name) < this.#limit) {
      this.#join(open, match, instance);
    } else {
      this.#joinOthers(open, [instance]);
      open.group.left_out++;
      this.#heads.changed(open);
      this.#onLimit(rule.name);
    }
  }

  get isEmpty(): boolean {
    return this.#groups.length === 0;
  }

  /** When the groups of a rule are due. */
  timesOf(rule: string): number[] {
    return this.#groups.filter(({ group }) => group.rule === rule).map(({ group }) => group.alertTime);
  }

  hasStorm(rule: string): boolean {
    return this.#groups.some(({ group }) => group.storm === true && group.rule === rule);
  }

  /** Alerts of a rule that become one. True when they are the first. */
  addToStorm(
    rule: Rule,
    matches: readonly Fields[],
    leftOut: number,
    alertTime: number,
    instances: readonly string[] = [],
  ): boolean {
    const open = this.#groups.find(({ group }) => group.storm === true && group.rule === rule.name);
    if (open !== undefined) {
      open.group.left_out += matches.length + leftOut;
      this.#joinOthers(open, instances);
      this.#heads.changed(open);
      return false;
    }
    const rest = matches.length - 1 + leftOut;
    const group: Group = { rule: rule.name, key: undefined, alertTime, matches: [], left_out: rest, storm: true };
    const begun = this.#begin({ ...group, instances: [], others: [] });
    for (const match of matches.slice(0, 1)) this.#join(begun, match, instances[0] ?? '');
    this.#joinOthers(begun, instances.slice(1));
    return true;
  }

  /** Takes out the groups whose time has passed, the earliest first; those that `mustWait` stay. */
  due(now: number, mustWait: (group: Group) => boolean = () => false): Group[] {
    const isDue = ({ group }: Open): boolean => now > group.alertTime && !mustWait(group);
    if (this.#groups.length === 0 || !this.#groups.some(isDue)) return [];
    const due = new Set(this.#groups.filter(isDue));
    this.#groups = this.#groups.filter(open => !due.has(open));
    for (const open of due) {
      this.#heads.remove(open);
      for (const member of open.members) this.#members.remove(member);
    }
    return [...due].map(({ group }) => group).sort((a, b) => a.alertTime - b.alertTime);
  }

  /** `former`: those of a state that had them all in one list. */
  restore(parts: SavedParts, former: readonly Group[] = []): void {
    this.#groups = this.#heads.restore(parts, headOf);
    const byId = new Map(this.#groups.map(open => [open.id, open]));
    this.#nextId = Math.max(-1, ...byId.keys()) + 1;
    for (const member of this.#members.restore(parts, memberOf)) {
      const open = byId.get(member.group);
      if (open === undefined) this.#members.remove(member);
      else take(open, member);
    }
    for (const { matches, instances = [], others = [], ...group } of former) {
      const begun = this.#begin({ ...group, matches: [], instances: [], others: [] });
      for (const [i, match] of matches.entries()) this.#join(begun, match, instances[i] ?? '');
      this.#joinOthers(begun, others);
    }
  }

  /** The wall clock was set back by so many milliseconds: what is left of each wait stays. */
  setBack(byMs: number): void {
    for (const open of this.#groups) {
      open.group.alertTime -= byMs;
      this.#heads.changed(open);
    }
  }

  #begin(group: Group): Open {
    const open: Open = { id: this.#nextId++, group, members: [] };
    this.#groups.push(open);
    this.#heads.add(open);
    return open;
  }

  #join(open: Open, match: Fields | undefined, instance: string): void {
    const member: Member = { group: open.id, ...(match && { match }), instance };
    take(open, member);
    this.#members.add(member);
  }

  #joinOthers(open: Open, ids: readonly string[]): void {
    const { others = [], instances } = open.group;
    for (const id of ids) {
      if (others.length >= MAX_OTHERS) return;
      if (id !== '' && !others.includes(id) && instances?.includes(id) !== true) this.#join(open, undefined, id);
    }
  }

  #waiting(rule: string): number {
    let count = 0;
    for (const { group } of this.#groups) if (group.rule === rule) count += group.matches.length;
    return count;
  }
}

function take({ group, members }: Open, member: Member): void {
  const { match, instance } = member;
  members.push(member);
  if (match === undefined) {
    group.others?.push(instance);
    return;
  }
  group.matches.push(match);
  group.instances?.push(instance);
}

const headLine = ({ id, group }: Open): Head => ({ id, group: { ...group, matches: [], instances: [], others: [] } });

/** One as it was written; undefined for something else. */
function headOf(value: unknown): Open | undefined {
  if (!isFields(value) || !Number.isSafeInteger(value['id']) || !isFields(value['group'])) return undefined;
  const { rule, alertTime, left_out, storm, key } = value['group'] as unknown as Group;
  if (typeof rule !== 'string' || !Number.isFinite(alertTime) || !Number.isFinite(left_out)) return undefined;
  const known: Group = { rule, key, alertTime, left_out, matches: [], instances: [], others: [] };
  return { id: Number(value['id']), group: storm === true ? { ...known, storm } : known, members: [] };
}

function memberOf(value: unknown): Member | undefined {
  if (!isFields(value) || typeof value['instance'] !== 'string') return undefined;
  if (value['match'] !== undefined && !isFields(value['match'])) return undefined;
  return Number.isSafeInteger(value['group']) ? (value as unknown as Member) : undefined;
}

/** Alerts of a group that are known beside those of its matches. */
const MAX_OTHERS = 1000;

function groupKey(fields: readonly string[], match: Fields): string | undefined {
  if (fields.length === 0) return undefined;
  const values = fields.map(field => lookup(match, field));
  if (fields.length === 1)
    return values[0] === undefined || values[0] === null ? undefined : `=${pythonStr(values[0])}`;
  return `=${values.map(pythonStr).join(', ')}`;
}
