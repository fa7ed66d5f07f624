import type { Kept } from './kept-documents.ts';
import { packRows } from './rows.ts';

/** What is known of one key of a spike rule. */
export interface SpikeKey {
  readonly value: unknown;
  /** Both windows: the latest timeframe, and before it what it is compared with. */
  rows: number[];
  /** Where the reference begins in `rows`: what is before it is gone. */
  head: number;
  /** Where the latest timeframe begins in `rows`. */
  split: number;
  /** Weights before and from `split`. */
  reference: number;
  current: number;
  /** Since when it is observed: nothing is judged for two timeframes. Undefined until the next event or tick. */
  first: number | undefined;
  /** A key that had a spike is not judged before this, however new keys are judged. */
  notBefore: number;
  documents: Kept[] | undefined;
  /** The spike that was told last, as long as it may last. */
  told: { readonly isUp: boolean; readonly reference: number } | undefined;
}

/** It as a row of the state. */
export const rowOf = ({ value, rows, head, split, first, notBefore, documents, told }: SpikeKey): unknown[] => [
  value,
  packRows(rows.slice(head)),
  split - head,
  first ?? null,
  notBefore,
  documents ?? [],
  told ?? null,
];

export function newKey(value: unknown): SpikeKey {
  return {
    value,
    rows: [],
    head: 0,
    split: 0,
    reference: 0,
    current: 0,
    first: undefined,
    notBefore: 0,
    documents: undefined,
    told: undefined,
  };
}
