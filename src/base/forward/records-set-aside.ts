import type { ValueFault } from '../msgpack/msgpack.ts';

/**
 * Why a record of a frame is not taken, while the others are: `bad_entry`: it has no time and record; `bad_record`: it is
 * no map; `bad_key`: a key is a map or an array too large to become text; `too_deep`: so is something that is nested
 * deeper than allowed.
 */
export type RecordFault = 'bad_entry' | 'bad_record' | ValueFault;

/** The records of one frame that were not taken. */
export class RecordsSetAside {
  readonly counts = new Map<RecordFault, number>();
  readonly first: { readonly at: number; readonly reason: RecordFault; readonly excerpt: string };

  /** `at`: its place in the frame, from 1; `excerpt`: how it begins, for the log. */
  constructor(at: number, reason: RecordFault, excerpt: string) {
    this.first = { at, reason, excerpt };
    this.add(reason);
  }

  add(reason: RecordFault): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }

  get total(): number {
    let total = 0;
    for (const count of this.counts.values()) total += count;
    return total;
  }
}
