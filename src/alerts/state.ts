import { isFields } from '../core/event.ts';
import type { Group } from './aggregates.ts';
import type { OutboxItem } from './outbox.ts';
import type { SavedSilence } from './silences.ts';
import type { AlertView } from './views.ts';

const VERSION = 2;

export const stateVersion = VERSION;

/** What a rule knows, as it is written. */
export interface SavedRule {
  readonly fingerprint: string;
  readonly window: unknown;
  readonly seen: readonly string[];
  readonly hits: readonly [number, number][];
  readonly top: readonly unknown[];
  readonly counters: { hits: number; matches: number; alerts: number; suppressed: number };
}

/**
 * All that the engine must not lose: windows, silences, ids of counted hits, how far the hits of each source are
 * counted, matches waiting for a common alert, and the outbox.
 * It is: as new as the last write. It is not: the place of addresses or other secrets, except headers filled from a match.
 *
 * Version 1 had one source: `positionsOf` (its name, `` if unknown) and `position` in place of `positions`.
 */
export interface AlertState {
  readonly version: typeof VERSION;
  /** Source of hits -> position up to which they are counted. */
  readonly positions: Readonly<Record<string, number>>;
  /** Epoch milliseconds. */
  readonly watermark: number;
  readonly savedAt: number;
  readonly rules: Readonly<Record<string, SavedRule>>;
  readonly silences: readonly SavedSilence[];
  readonly groups: readonly Group[];
  readonly outbox: readonly OutboxItem[];
  readonly recent: readonly AlertView[];
}

/** Where the state is kept between two runs. */
export interface StateStore {
  /** The last one written; undefined if there is none. One that is damaged is put aside and said, not thrown. */
  read(): Promise<AlertState | undefined>;
  /**
   * Replaces the state in one step; resolves when it is durable. `text` is the state as it is at the moment of the call:
   * nothing is consumed in between.
   */
  write(text: string): Promise<void>;
}

/** The state of a text, of this version or an older one. @throws Error when it is none. */
export function parseState(text: string): AlertState {
  const state: unknown = JSON.parse(text);
  if (!isFields(state) || !hasCommonParts(state)) throw new Error('it has another form');
  if (state['version'] === 1 && typeof state['position'] === 'number') {
    const { positionsOf, position, ...rest } = state;
    const isKnown = typeof positionsOf === 'string' && positionsOf !== '';
    const positions = isKnown ? { [positionsOf]: position as number } : {};
    return { ...rest, version: VERSION, positions } as unknown as AlertState;
  }
  const { positions } = state;
  if (state['version'] === VERSION && isFields(positions) && Object.values(positions).every(Number.isFinite))
    return state as unknown as AlertState;
  throw new Error(`it has version ${String(state['version'])}, this program knows 1 to ${VERSION}`);
}

function hasCommonParts(state: Record<string, unknown>): boolean {
  return (
    typeof state['watermark'] === 'number' &&
    typeof state['savedAt'] === 'number' &&
    isFields(state['rules']) &&
    ['silences', 'groups', 'outbox', 'recent'].every(name => Array.isArray(state[name]))
  );
}
