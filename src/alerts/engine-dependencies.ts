import { randomUUID } from 'node:crypto';
import type { QueryNode, StoredEvent } from '../core/contracts.ts';
import type { Fields } from '../core/event.ts';
import type { AskPast } from './comparison/comparison.ts';
import type { LabelSet } from './instances/labels.ts';
import type { Linker } from './links.ts';
import type { Rule } from './rules/rule.ts';
import type { AlertSettings } from './settings.ts';
import { SilenceStore } from './silencing/silence-store.ts';
import type { StateStore } from './state.ts';

/** An event that is durable and that a rule's filter held for. */
export interface AlertHit {
  readonly rule: string;
  /** The event's `_id`: a rule counts it once. */
  readonly id: string;
  readonly event: Fields & { '@timestamp': string };
}

export interface AlertEngineDependencies {
  /** Where the state is kept: a folder (`FileStateStore`) or Redis. */
  readonly store: StateStore;
  readonly rules: readonly Rule[];
  readonly settings?: Partial<AlertSettings>;
  readonly fetch?: typeof fetch;
  /** Events of the past for the window of a new or edited rule; `from` and `to` are epoch milliseconds. */
  readonly fill?: (rule: Rule, query: QueryNode, from: number, to: number) => Promise<StoredEvent[]>;
  /** Numbers of the past, for rules that compare with it. Without it they raise nothing, and say so. */
  readonly askPast?: AskPast | undefined;
  readonly now?: () => number;
  readonly random?: () => number;
  /** Called after each durable write of the state, with the position of each source in it. */
  readonly onPersisted?: (positions: Readonly<Record<string, number>>) => void;
  /** The silences that people made. Default: none. */
  readonly silences?: SilenceStore;
  /** Which alerts are incidents, by their labels: those are remembered for longer. */
  readonly isIncident?: ((labels: LabelSet) => boolean) | undefined;
  /** Addresses of the page for messages; undefined: messages have none. */
  readonly links?: Linker;
  /** Asked before each notification: false keeps it back. */
  readonly mayNotify?: () => boolean;
}

/** Where nobody can make any. */
export const noSilences = ({ max_user_silences: limit }: AlertSettings): SilenceStore =>
  new SilenceStore({ newId: randomUUID, limit });
