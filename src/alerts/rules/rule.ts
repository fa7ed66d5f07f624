import type { Predicate, QueryNode, Requirements } from '../../core/contracts.ts';
import type { Fields } from '../../core/event.ts';
import type { Alerter } from '../alerters/alerter.ts';
import type { Cron } from '../cron.ts';
import type { TimeInterval } from '../routing/time-intervals.ts';
import type { Texts } from '../text/texts.ts';
import type { RuleKind } from '../types/kind.ts';
import type { CompareTo } from './compare-to.ts';

/** How matches are collected before one alert goes out. */
export interface Aggregation {
  /** Milliseconds from the first match; undefined when `schedule` decides. */
  readonly windowMs: number | undefined;
  readonly schedule: Cron | undefined;
  /** Fields whose values make groups of their own. */
  readonly key: readonly string[];
  readonly byMatchTime: boolean;
  /** `aggregation_alert_time_compared_with_timestamp_field`: old matches join by their own time. */
  readonly compareMatchTime: boolean;
}

/** A rule file after loading: everything decided, nothing mutable. Durations are milliseconds. */
export interface Rule {
  /** Unique; keys silences, windows and status. */
  readonly name: string;
  readonly type: string;
  readonly kind: RuleKind;
  /** Where it stands: `path:line`. */
  readonly where: string;
  readonly enabled: boolean;
  /** Every option as written (imports and environment applied), for texts and custom fields. */
  readonly options: Fields;
  readonly query: QueryNode;
  readonly predicate: Predicate;
  /** Filters that the type has beside the rule's own, by option (`match_bucket_filter`). */
  readonly filters: Readonly<Record<string, Predicate>>;
  /** Lists of texts, with the lines of their files, by option (`blacklist`). */
  readonly lists: Readonly<Record<string, ReadonlySet<string>>>;
  /** Of each list, an event that the filter takes has at least one. */
  readonly required: Requirements;
  /** Makes a part of the query ready. */
  readonly compile: (node: QueryNode) => Predicate;
  /** The parts of `query_key`; empty without one. */
  readonly queryKey: readonly string[];
  readonly timestampField: string;
  readonly timestampType: 'iso' | 'unix' | 'unix_ms' | 'custom';
  readonly timestampFormat: string;
  /** 0 where the type has none. */
  readonly timeframeMs: number;
  /** The windows of its type are compared with those of so many days before. */
  readonly compareTo: CompareTo | undefined;
  readonly bufferMs: number;
  readonly queryDelayMs: number;
  readonly runEveryMs: number;
  /** 0: every match alerts. */
  readonly realertMs: number;
  readonly realertKey: string;
  readonly exponentialRealertMs: number | undefined;
  /** Labels of its alerts beside the query key: `severity`, `owner`, `category`, `priority` and those of `labels`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Where its window cannot say, an alert is over when nothing has matched for so long. */
  readonly resolveAfterMs: number;
  /** So long an alert goes on after its window says that it is over. */
  readonly keepFiringMs: number;
  /** An alert whose matches go on for less than this is told to nobody. */
  readonly forMs: number;
  readonly aggregation: Aggregation | undefined;
  /** `limit_execution`: outside its minutes matches wait. */
  readonly activeAt: Cron | undefined;
  /** `only_on`: matches of other times are told to nobody. */
  readonly onlyOn: readonly TimeInterval[] | undefined;
  /** `limit_execution_coverage`: events outside those minutes do not count at all. */
  readonly activeOnly: boolean;
  readonly include: readonly string[];
  readonly attachRelated: boolean;
  readonly topCountKeys: readonly string[];
  readonly topCountNumber: number;
  readonly ruleParameters: readonly string[];
  readonly ruleParametersInFirstOnly: boolean;
  readonly prettyTime: boolean;
  readonly texts: Texts;
  /** The last text of it, or of one of its alerters, that failed. */
  readonly textFailure: { last?: { readonly at: number; readonly what: string } | undefined };
  readonly alerters: readonly Alerter[];
  /** Fields that the rule reads (filter, keys, texts), for `check` to name those never seen. */
  readonly fields: readonly string[];
  /** Equal as long as what the window holds means the same: a rule edited elsewhere keeps its window. */
  readonly windowFingerprint: string;
}

/** Something odd that does not keep a rule from running. */
export interface RuleWarning {
  readonly file: string;
  readonly line?: number | undefined;
  readonly message: string;
  /** How it is said of many rules at once; default: as of one. */
  readonly common?: string | undefined;
}
