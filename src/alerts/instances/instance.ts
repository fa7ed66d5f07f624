import type { AlertSample } from '../../core/api/alerts.ts';
import type { Fields } from '../../core/event.ts';
import { pythonStr } from '../python/str.ts';
import type { Rule } from '../rules/rule.ts';
import type { Match } from '../types/kind.ts';
import type { LabelSet } from './labels.ts';

/** Why an alert is over: its condition does not hold any more, nothing has matched for long, or its rule went. */
export type EndReason = 'over' | 'quiet' | 'rule_removed' | 'rule_disabled' | 'rule_changed';

/** What an alert tells of a match beside its document. */
export type Told = Pick<Match, 'time' | 'key' | 'id'>;

/** Something that a message can be made of. */
export interface Tellable {
  readonly document: Fields;
  readonly told: Told;
}

/** An alert of a rule for one key, from its first match until it is over. Plain JSON; times are epoch milliseconds. */
export interface Instance {
  /** Its labels' fingerprint when it began, and when that was: usable in addresses. */
  readonly id: string;
  readonly rule: string;
  /** Identity of the key, see `keyId`. */
  readonly keyId: string;
  readonly key: unknown;
  /** Where its rule has several. */
  readonly level?: string | undefined;
  /** Type and query key of the rule: with others keys mean something else. */
  readonly by: string;
  readonly keyLabels: LabelSet;
  labels: LabelSet;
  fingerprint: string;
  annotations: Readonly<Record<string, string>>;
  /** Event time of the first match. */
  readonly startsAt: number;
  /** Event time of the last match. */
  lastAt: number;
  /** When it was known last that it lasts: by a match, or by the rule's window; or from when on that can be judged. */
  heldAt: number;
  endsAt?: number;
  reason?: EndReason;
  /** Wall clock. */
  updatedAt: number;
  matches: number;
  /** Events in those matches. */
  hits: number;
  /** What the last match counted. */
  value: number;
  /** False: pending, `for` has not gone by. */
  isFiring: boolean;
  /** The same in all messages that tell of it: its own id, or that of another one that the first message told of, too. */
  incident?: string;
  /** The last match that was told; only where somebody wants to know that it is over. */
  last?: Fields;
  /** The others of its incident that are over already: the first start, and their matches. */
  carried?: { readonly startsAt: number; readonly matches: number };
  /** It is over and told of: the message that says so is still to be made. */
  owesResolved?: true;
  /** A match that a silence of somebody kept quiet: told when that ends. */
  untold?: Tellable;
  /** Ids of events that caused it: the first ones, and the latest. */
  events: string[];
  samples: AlertSample[];
}

export const groupingOf = ({ type, queryKey }: Rule): string => `${type} ${queryKey.join(',')}`;

/** Whether the rule has this level; undefined where it has none. */
export const hasLevel = ({ kind }: Rule, level: string | undefined): boolean =>
  level === undefined ? kind.levels === undefined : kind.levels?.includes(level) === true;

const MAX_EVENTS = 20;
const MAX_SAMPLES = 3;
const MAX_MESSAGE_CHARS = 300;

/** A match of it. */
export function addMatch(instance: Instance, match: Match, forMs: number, now: number): void {
  instance.matches++;
  instance.hits += match.count ?? 1;
  instance.value = match.count ?? 1;
  instance.lastAt = Math.max(instance.lastAt, match.time);
  instance.heldAt = Math.max(instance.heldAt, match.time);
  instance.updatedAt = now;
  if (match.time - instance.startsAt >= forMs) instance.isFiring = true;
  for (const related of match.related ?? []) addEvent(instance, related.id);
  if (match.id === undefined) return;
  addEvent(instance, match.id);
  const { samples } = instance;
  if (samples.length >= MAX_SAMPLES) samples.splice(1, 1);
  samples.push(sampleOf(match.id, match));
}

/** The first half stays, the other half is the latest. */
function addEvent({ events }: Instance, id: string): void {
  if (events.length >= MAX_EVENTS) events.splice(MAX_EVENTS / 2, 1);
  events.push(id);
}

function sampleOf(id: string, { time, event }: Match): AlertSample {
  const short = (name: string): string | undefined => {
    const value = event?.[name];
    return value === undefined || value === null
      ? undefined
      : pythonStr(value).slice(0, MAX_MESSAGE_CHARS).toWellFormed();
  };
  return { id, time, level: short('level'), service: short('service'), message: short('message') };
}

/** Whether, and as of when, it is over. `holds`: what the rule's window says; `resolveAfterMs`: the rule's own, or how long it must be quiet. */
export function endOf(
  { heldAt }: Instance,
  holds: boolean | undefined,
  waits: { readonly quietMs: number; readonly keepMs: number },
  time: number,
): { endsAt: number; reason: EndReason } | undefined {
  if (holds === true) return undefined;
  if (holds === false) return time - heldAt >= waits.keepMs ? { endsAt: time, reason: 'over' } : undefined;
  return time - heldAt >= waits.quietMs ? { endsAt: heldAt + waits.quietMs, reason: 'quiet' } : undefined;
}
