import type { AlertSettings } from '../../alerts/settings.ts';
import type { BacktestAnswer, RuleText } from '../../core/api/backtest.ts';
import type { QueryNode, ScannedPage, StoredEvent } from '../../core/contracts.ts';
import type { PastQuestion } from '../backtest.ts';
import type { ShownEvent } from '../recorder.ts';

/** What the service asks of the process of one backtest: `begin`, `know` for each question, then `take` again and again, then `finish`. */
export type BacktestCalls = {
  begin(request: BeginRequest): BeginAnswer;
  /** What is known of the time before: one answer for each question of `past`. */
  know(answer: { readonly run: number; readonly rule: string; readonly events: readonly StoredEvent[] }): void;
  /** Events in the order of their times. */
  take(page: readonly StoredEvent[] | ScannedPage): Promise<void>;
  /** `until`: only so far could be read, epoch milliseconds. */
  finish(request: { readonly hints: readonly string[]; readonly until: number | undefined }): Promise<BacktestAnswer>;
};

/** What the process of a backtest asks of the service. */
export type ServiceCalls = {
  /** The whole events that alerts show. */
  look(shown: readonly ShownEvent[]): Promise<readonly StoredEvent[]>;
};

export interface BeginRequest {
  readonly rules: readonly RuleText[];
  readonly old: readonly RuleText[] | undefined;
  readonly imports: readonly RuleText[];
  /** They come from elsewhere: no file is read for them. */
  readonly isClosed: boolean;
  readonly names: readonly string[] | undefined;
  /** Variables that the texts may name. */
  readonly variables: Record<string, string>;
  readonly alerterDefaults: Record<string, Record<string, unknown>>;
  readonly ruleDefaults: Readonly<Record<string, unknown>>;
  readonly settings: Partial<AlertSettings>;
  /** When the oldest event is of that there is, epoch milliseconds. */
  readonly since: number | undefined;
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly messages: boolean;
  readonly routing: RoutingFiles | undefined;
}

/** `alertmanager.yml` and the files of its templates. */
export interface RoutingFiles {
  readonly file: RuleText;
  readonly templates: readonly RuleText[];
}

export interface BeginAnswer {
  /** What any of the rules counts. */
  readonly query: QueryNode;
  readonly readFrom: number;
  readonly rules: number;
  /** Of each event; undefined: all of them. */
  readonly fields: readonly string[] | undefined;
  readonly past: readonly PastQuestion[];
}
