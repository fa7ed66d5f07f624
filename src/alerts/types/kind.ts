import type { Fields } from '../../core/event.ts';
import type { OptionTable } from '../rules/options.ts';
import type { Problems } from '../rules/problems.ts';
import type { Rule } from '../rules/rule.ts';
import type { RowsByKey } from './keyed-rows.ts';
import type { Measured } from './measured.ts';
import type { ComparedMeasure, Reference } from './reference.ts';

/** An event that a rule's filter held for. */
export interface Seen {
  readonly id: string;
  /** Event time by the rule's timestamp field, epoch milliseconds. */
  readonly time: number;
  /** Value of the query key; undefined and null are one group. */
  readonly key: unknown;
  readonly event: Fields;
}

/** What a rule type found. */
export interface Match {
  /** Event time of the match, epoch milliseconds. */
  readonly time: number;
  readonly key: unknown;
  /** Id of the event that the match carries; undefined where the match is about absence. */
  readonly id?: string | undefined;
  /** That event; undefined where there is none. */
  readonly event?: Fields | undefined;
  /** Events that made the match; 1 when left out. */
  readonly count?: number | undefined;
  /** What the type adds to the match. */
  readonly fields?: Fields | undefined;
  /** The other events of the window, oldest first, when the rule attaches them. */
  readonly related?: readonly Related[] | undefined;
  /** Tells it apart from the other matches of the same event and key; `undefined` where an event gives one. */
  readonly part?: string | undefined;
  /** Name of the level that was reached, where the rule has several. */
  readonly level?: string | undefined;
}

/** An event of a window; without its document when too many are kept. */
export interface Related {
  readonly id: string;
  readonly time: number;
  readonly event?: Fields | undefined;
}

/** Limits of what one rule keeps. */
export interface WindowLimits {
  /** Keys (values of the query key); the one not seen for longest goes first. */
  readonly max_keys_per_rule: number;
  /** Event times over all keys. */
  readonly max_window_events: number;
  /** Documents kept for `attach_related`, over all keys. */
  readonly max_related_events: number;
}

/** The state of one rule: event time in, matches out. Pure: time comes as an argument, nothing is sent or written. */
export interface RuleWindow {
  /** Mostly nothing; one match, or several where the event means several things (a new term in each of two fields). */
  add(seen: Seen): Match | readonly Match[] | undefined;
  /** Everything received before this event-time instant has been added. */
  tick(time: number): Match[];
  /**
   * Whether what a match told of still lasts at this event-time instant, for the key of that match (`Match.key`): still
   * too few events, still above the threshold. It only looks: nothing is counted, forgotten or matched. Ask it with the
   * time of the latest tick: what is not in by then does not count. Undefined, or no such method: the type cannot say,
   * and the alert is over when nothing has matched for long enough. `level`: that of the match.
   */
  holds?(key: unknown, time: number, level?: string): boolean | undefined;
  /** Nothing was received from `from` to `to` because nobody listened: silence then means nothing. */
  blind(from: number, to: number): void;
  /** The clock was set back to this: nothing in it is later. */
  setBack(to: number): void;
  /** Plain JSON for `restore`, a row for each key. */
  save(): unknown[];
  /** Where `save` gives a row for each key: the same in parts, so that what changed can be written alone. */
  readonly keyed?: RowsByKey | undefined;
  /** Takes over what `save` gave, at once or in several calls; what does not fit is left out. */
  restore(saved: unknown): void;
  /**
   * Without further events, ticks before this time (epoch milliseconds) find the same keys as the last one did, so that
   * they may be left out. Not there: any tick may find something.
   */
  readonly quietUntil?: number;
  /** Without further events no tick finds anything, and none changes what a later event finds. Not there: any tick may. */
  readonly isIdle?: boolean;
  /** Of very many keys a tick judges only some: what it does not find may be there all the same. */
  readonly isJudgedInTurns?: boolean;
  /** A tick changed what `save` gives. */
  isChanged: boolean;
  /** Keys in memory. */
  readonly keys: number;
  /** Keys that a limit pushed out since the start though they still mattered. */
  readonly forgotten: number;
}

/** A rule type: one file, one entry in `types/index.ts`. */
export interface RuleKind {
  readonly type: string;
  readonly required: readonly string[];
  readonly options: OptionTable;
  /** Those that decide what the window holds: when one is edited the window starts anew. Timeframe, filter and key are known to. */
  readonly windowOptions?: readonly string[];
  /** What else decides it. */
  readonly windowKey?: string | undefined;
  /** How long its alerts are silent after one, where the rule does not say (milliseconds; a minute). */
  readonly realertMs?: number;
  /** It counts what other rules find, not events. */
  readonly isFedByRules?: true;
  /** Those that say how much is too much; `levels` and `overrides` may give them. */
  readonly thresholdOptions?: readonly string[];
  /** Names of the levels of a rule that has several, the lowest first. */
  readonly levels?: readonly string[] | undefined;
  /** Those that are filters beside the rule's own; compiled in `Rule.filters`. */
  readonly filterOptions?: readonly string[];
  /** Lists of texts with `!file path` entries; read into `Rule.lists`. */
  readonly listOptions?: readonly string[];
  /** Those whose values name fields. */
  readonly fieldOptions?: readonly string[];
  /** Says what a table of options cannot. */
  check?(options: Fields, problems: Problems): void;
  /** It can be compared with the same time some days before (`compare_to`): what of a window is measured. */
  compared?(options: Fields): ComparedMeasure;
  /** What of a window is compared with which bounds, where that is one number. */
  measured?(options: Fields): Measured;
  /** How much of the past a fresh window needs, milliseconds; 0 for none. */
  fillMs(rule: Rule): number;
  /** Fields of whose values one event each is enough of the past; undefined where all events matter. */
  pastFields?(rule: Rule): readonly string[] | undefined;
  /** `reference`: what the rule compares with, where it does. */
  open(rule: Rule, limits: WindowLimits, reference?: Reference): RuleWindow;
  /** The sentence in the alert text; `` for none. `pretty` prints an epoch time as the rule wants it. */
  sentence(match: Fields, options: Fields, timeframeMs: number, pretty: (offsetMs: number) => string): string;
}
