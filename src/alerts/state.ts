import type { AlertView, RuleStatus } from '../core/api/alerts.ts';
import { isFields } from '../core/event.ts';
import type { Group } from './aggregates.ts';
import type { SavedHeld } from './held-matches.ts';
import type { FinishedNotification, Remembered } from './notifications.ts';
import type { OutboxItem } from './outbox.ts';
import type { SavedSilence } from './silences.ts';
import type { PartChanges, SavedParts } from './state-parts.ts';

const VERSION = 4;
/** As it, but with the lists of `FormerLists` beside the rest. */
const FORMER_VERSION = 3;

export const stateVersion = VERSION;

/** Source of hits -> position up to which they are counted. */
export type Positions = Readonly<Record<string, number>>;

export interface RuleCounters {
  hits: number;
  matches: number;
  alerts: number;
  suppressed: number;
  /** Events that came later than the window reaches back. */
  late: number;
  /** ISO time. */
  last_alert?: string | undefined;
}

/** What a rule has done, as it is shown. */
export type RuleFigures = RuleCounters &
  Pick<RuleStatus, 'keys' | 'forgotten_keys' | 'future_events' | 'last_evaluation' | 'last_error'>;

/** How much less than all of the rest a rule's part knows: it was not worth writing again. */
export interface Behind {
  readonly positions: Positions;
  /** Matches found since: they are in the rest. */
  readonly matched: readonly string[];
}

/** What is in no part, as it is small: written each time. */
export interface MainState {
  readonly version: typeof VERSION;
  readonly positions: Positions;
  /** Epoch milliseconds. */
  readonly watermark: number;
  readonly savedAt: number;
  /** Rules whose part is older than this. */
  readonly behind: Readonly<Record<string, Behind>>;
  readonly held: readonly SavedHeld[];
}

/** What version 3 had in one piece with the rest. */
export interface FormerLists {
  readonly counters?: Readonly<Record<string, RuleFigures>>;
  readonly silences?: readonly SavedSilence[];
  readonly groups?: readonly Group[];
  readonly outbox?: readonly OutboxItem[];
  readonly recent?: readonly AlertView[];
  /** Notifications that are on their way no more. */
  readonly finished?: readonly FinishedNotification[];
  readonly remembered?: readonly Remembered[];
}

/**
 * All that the engine must not lose: windows, silences, ids of counted hits, how far the hits of each source are
 * counted, matches waiting for a common alert, and the outbox.
 * It is: as new as the last write. It is not: the place of addresses or other secrets, except headers filled from a match.
 */
export interface AlertState extends MainState, FormerLists {
  /** What rules know (`rule:PIECE:NAME`), and pages of things that are many (`page:KIND.PAGE`). */
  readonly parts: SavedParts;
  /** It was read elsewhere than where it is written: there, nothing of it is yet. */
  readonly isForeign?: true;
}

/** One step from a state to the next. */
export interface AlertStateChange {
  readonly main: MainState;
  readonly parts: PartChanges;
  /** There are no other parts than those that change. */
  readonly isAll: boolean;
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
  /** Nothing is written any more. */
  close?(): Promise<void>;
}

/** The state of a text. @throws Error when it is none, or of another version. */
export function parseState(text: string): AlertState {
  const state: unknown = JSON.parse(text);
  if (!isFields(state)) throw new Error('it has another form');
  if (state['version'] !== VERSION && state['version'] !== FORMER_VERSION)
    throw new Error(`it has version ${String(state['version'])}, this program knows ${VERSION}`);
  if (!hasAllParts(state)) throw new Error('it has another form');
  const { parts, ...main } = state;
  return { ...main, version: VERSION, parts: isFields(parts) ? linesIn(parts) : {} } as unknown as AlertState;
}

/** Only lists of lines: what a file has there are their places. */
function linesIn(parts: Record<string, unknown>): SavedParts {
  const isLines = (lines: unknown): lines is string[] =>
    Array.isArray(lines) && lines.every(line => typeof line === 'string');
  return Object.fromEntries(Object.entries(parts).filter((part): part is [string, string[]] => isLines(part[1])));
}

const FORMER_LISTS = ['silences', 'groups', 'outbox', 'recent', 'finished', 'remembered'];

function hasAllParts(state: Record<string, unknown>): boolean {
  const { positions } = state;
  return (
    typeof state['watermark'] === 'number' &&
    typeof state['savedAt'] === 'number' &&
    isFields(positions) &&
    Object.values(positions).every(Number.isFinite) &&
    isFields(state['behind']) &&
    Array.isArray(state['held']) &&
    FORMER_LISTS.every(name => state[name] === undefined || Array.isArray(state[name]))
  );
}
