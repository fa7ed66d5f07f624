import type { AlertView } from '../core/api/alerts.ts';
import { isFields } from '../core/event.ts';
import type { Group } from './aggregates.ts';
import type { SavedFuture } from './future-events.ts';
import type { SavedHeld } from './held-matches.ts';
import type { PageLines, SavedPages } from './instances/pages.ts';
import type { FinishedNotification, Remembered } from './notifications.ts';
import type { OutboxItem } from './outbox.ts';
import type { SavedSilence } from './silences.ts';
import type { Match } from './types/kind.ts';

const VERSION = 3;

export const stateVersion = VERSION;

/** Source of hits -> position up to which they are counted. */
export type Positions = Readonly<Record<string, number>>;

export interface RuleCounters {
  hits: number;
  matches: number;
  alerts: number;
  suppressed: number;
  /** ISO time. */
  last_alert?: string | undefined;
}

/** What a rule knows, as it is written. */
export interface SavedRule {
  readonly fingerprint: string;
  /** A row for each key. */
  readonly window: unknown;
  /** Ids of the events it has counted last; see `SeenIds`. */
  readonly seen: string;
  readonly hits: readonly [number, number][];
  readonly top: readonly unknown[];
  /** Events whose own time is still to come. */
  readonly future: readonly SavedFuture[];
  /** When a tick found each key last. */
  readonly ticks: readonly [string, number][];
  /** Found while the past was read: raised if the hit of the event that completed it still comes. */
  readonly filled: readonly (readonly [string, readonly Match[]])[];
  /** Keys that a limit pushed out. */
  readonly forgotten: number;
  readonly counters: RuleCounters;
}

/** How much less than all of the rest a rule's part knows: it was not worth writing again. */
export interface Behind {
  readonly positions: Positions;
  /** Matches found since: they are in the rest. */
  readonly matched: readonly string[];
}

/** Everything but what the rules know: written each time. */
export interface MainState {
  readonly version: typeof VERSION;
  readonly positions: Positions;
  /** Epoch milliseconds. */
  readonly watermark: number;
  readonly savedAt: number;
  /** Rules whose part is older than this. */
  readonly behind: Readonly<Record<string, Behind>>;
  readonly counters: Readonly<Record<string, RuleCounters>>;
  readonly silences: readonly SavedSilence[];
  readonly groups: readonly Group[];
  readonly held: readonly SavedHeld[];
  readonly outbox: readonly OutboxItem[];
  readonly recent: readonly AlertView[];
  /** Notifications that are on their way no more; absent in what earlier versions wrote. */
  readonly finished?: readonly FinishedNotification[];
  readonly remembered?: readonly Remembered[];
}

/**
 * All that the engine must not lose: windows, silences, ids of counted hits, how far the hits of each source are
 * counted, matches waiting for a common alert, and the outbox.
 * It is: as new as the last write. It is not: the place of addresses or other secrets, except headers filled from a match.
 * It is written in parts: a rule's part only when it changed.
 */
export interface AlertState extends MainState {
  readonly rules: Readonly<Record<string, SavedRule>>;
  /** The alerts that there are, and those that are over; see `Pages`. */
  readonly pages?: SavedPages | undefined;
}

/** One step from a state to the next. */
export interface AlertStateChange {
  readonly main: MainState;
  /** All rules that are known: the new lines of their part (`ruleLines`), or undefined where it stays. */
  readonly rules: ReadonlyMap<string, readonly string[] | undefined>;
  /** All pages that there are, likewise. */
  readonly pages: PageLines;
}

/** Where the state is kept between two runs. */
export interface StateStore {
  /** Parts of rules may be older than the rest; see `Behind`. */
  readonly mayLag: boolean;
  /** Where it is kept, for the log. */
  readonly where?: string;
  /** The last one written; undefined if there is none. One that is damaged is put aside and said, not thrown. */
  read(): Promise<AlertState | undefined>;
  /** Replaces the state in one step; resolves when it is durable. */
  write(change: AlertStateChange): Promise<void>;
}

const ROWS_PER_LINE = 500;

/** A rule's part as lines of JSON: no text of it gets longer than a few hundred keys. */
export function ruleLines({ window, ...rest }: SavedRule): string[] {
  const rows = Array.isArray(window) ? window : [];
  const lines = [JSON.stringify(rest)];
  for (let at = 0; at < rows.length; at += ROWS_PER_LINE)
    lines.push(JSON.stringify(rows.slice(at, at + ROWS_PER_LINE)));
  return lines;
}

/** @throws Error when it is none. */
export function ruleOfLines(lines: Iterable<string>): SavedRule {
  let rule: Record<string, unknown> | undefined;
  const window: unknown[] = [];
  for (const line of lines) {
    if (line === '') continue;
    const value: unknown = JSON.parse(line);
    if (rule === undefined) {
      if (!isFields(value) || typeof value['fingerprint'] !== 'string') throw new Error('it is no part of a rule');
      rule = value;
    } else if (Array.isArray(value)) for (const row of value) window.push(row);
  }
  if (rule === undefined) throw new Error('it is empty');
  return { ...rule, window } as unknown as SavedRule;
}

/** The state of a text. @throws Error when it is none, or of another version. */
export function parseState(text: string): AlertState {
  const state: unknown = JSON.parse(text);
  if (!isFields(state)) throw new Error('it has another form');
  if (state['version'] !== VERSION)
    throw new Error(`it has version ${String(state['version'])}, this program knows ${VERSION}`);
  if (!hasAllParts(state)) throw new Error('it has another form');
  const { rules, pages, ...main } = state;
  return { ...main, rules: isFields(rules) ? rules : {}, pages: pagesOf(pages) } as unknown as AlertState;
}

/** Only lists of lines: what a file has there are their places. */
function pagesOf(pages: unknown): Record<string, string[]> {
  const isLines = (lines: unknown): lines is string[] =>
    Array.isArray(lines) && lines.every(line => typeof line === 'string');
  return Object.fromEntries(
    Object.entries(isFields(pages) ? pages : {}).filter((page): page is [string, string[]] => isLines(page[1])),
  );
}

function hasAllParts(state: Record<string, unknown>): boolean {
  const { positions } = state;
  return (
    typeof state['watermark'] === 'number' &&
    typeof state['savedAt'] === 'number' &&
    isFields(positions) &&
    Object.values(positions).every(Number.isFinite) &&
    ['behind', 'counters'].every(name => isFields(state[name])) &&
    ['silences', 'groups', 'held', 'outbox', 'recent'].every(name => Array.isArray(state[name])) &&
    ['finished', 'remembered'].every(name => state[name] === undefined || Array.isArray(state[name]))
  );
}
