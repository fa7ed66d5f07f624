import type { DeadLetterStatus, DeadLetterTypeCounts } from '../../core/api/dead-letters.ts';
import type { DeadLetter } from '../dead-letter.ts';
import type { StatusChange } from './record.ts';
import { type DeadLetterFile, halves, type IndexFilter, Names } from './segment.ts';
import { addTo, type EventTally, emptyTally, OTHER, Totals } from './totals.ts';

/** A letter's place in the index. */
export interface Found {
  segment: DeadLetterFile;
  i: number;
}

/** Letters that are replayed together. */
export interface ReplayBatch {
  readonly batch: string;
  readonly as_is: boolean;
  readonly ids: readonly string[];
  readonly tally: EventTally;
}

export interface DeadLetterFilter {
  type?: string | undefined;
  container?: string | undefined;
  /** Undefined: whatever became of it. */
  status?: DeadLetterStatus | undefined;
}

/** What is known of all letters, in memory. Changed only by what is durable. */
export class DeadLetterIndex {
  /** Oldest first. */
  readonly segments: DeadLetterFile[] = [];
  readonly types = new Names(OTHER);
  readonly containers = new Names(OTHER);
  totals = new Totals();
  readonly batches = new Map<string, ReplayBatch>();
  evictedUpTo = 0;

  get count(): number {
    return this.segments.reduce((sum, segment) => sum + segment.count, 0);
  }

  get bytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  find(id: string): Found | undefined {
    const [hi, lo] = halves(id);
    for (let s = this.segments.length - 1; s >= 0; s--) {
      const segment = this.segments[s]!;
      const i = segment.find(hi, lo);
      if (i !== undefined) return { segment, i };
    }
    return undefined;
  }

  /** Letters whose id begins like this one's, newest first. */
  *relatives(id: string): Generator<Found> {
    const [hi] = halves(id);
    for (let s = this.segments.length - 1; s >= 0; s--) {
      const segment = this.segments[s]!;
      for (const i of segment.ofEvent(hi).reverse()) yield { segment, i };
    }
  }

  /** The letter must not be there yet. */
  add(
    segment: DeadLetterFile,
    { id, type, container, events, at }: Pick<DeadLetter, 'id' | 'type' | 'container' | 'events' | 'at'>,
    offset: number,
    length: number,
  ): void {
    const [hi, lo] = halves(id);
    const numbers = { type: this.types.numberOf(type), container: this.containers.numberOf(container) };
    segment.add({ hi, lo, offset, length, events, ...numbers }, at);
    this.totals.wrote(container, type, events);
  }

  change({ state, ids, tally, batch, as_is }: StatusChange): void {
    if (batch !== undefined) {
      if (state === 'replaying') this.batches.set(batch, { batch, ids, tally, as_is: as_is === true });
      else this.batches.delete(batch);
    }
    for (const id of ids) {
      const found = this.find(id);
      found?.segment.setStatus(found.i, state);
    }
    this.totals.change(state, tally);
  }

  evicted(number: number, tally: EventTally): void {
    this.totals.add('expired', tally);
    this.evictedUpTo = Math.max(this.evictedUpTo, number);
  }

  remove(segment: DeadLetterFile): void {
    const at = this.segments.indexOf(segment);
    if (at !== -1) this.segments.splice(at, 1);
  }

  tallyOf(found: Iterable<Found>): EventTally {
    const tally = emptyTally();
    for (const { segment, i } of found) {
      const { container, type, events } = segment.row(i);
      addTo(tally, this.containers.at(container), this.types.at(type), events);
    }
    return tally;
  }

  /** What is still open in a file. */
  openOf(segment: DeadLetterFile): EventTally {
    return this.tallyOf(matching(segment, { status: 'open' }));
  }

  /** Undefined: no letter can match. */
  numbersOf({ type, container, status }: DeadLetterFilter): IndexFilter | undefined {
    const numbers = {
      status,
      type: type === undefined ? undefined : this.types.find(type),
      container: container === undefined ? undefined : this.containers.find(container),
    };
    if (type !== undefined && numbers.type === undefined) return undefined;
    if (container !== undefined && numbers.container === undefined) return undefined;
    return numbers;
  }

  /** Letters that match, from `after` (a position, exclusive) on in the given order. */
  *walk(filter: DeadLetterFilter, order: 'asc' | 'desc', after?: number): Generator<Found> {
    const numbers = this.numbersOf(filter);
    if (numbers === undefined) return;
    const segments = order === 'asc' ? [...this.segments] : this.segments.toReversed();
    for (const segment of segments) {
      const last = segment.count - 1;
      if (order === 'asc') {
        let i = after === undefined ? 0 : Math.max(0, after + 1 - segment.position(0));
        for (; i <= last; i++) if (segment.matches(i, numbers)) yield { segment, i };
      } else {
        let i = after === undefined ? last : Math.min(last, after - 1 - segment.position(0));
        for (; i >= 0; i--) if (segment.matches(i, numbers)) yield { segment, i };
      }
    }
  }

  /** Types with what there is of them, those with most open letters first. */
  typeCounts(): DeadLetterTypeCounts[] {
    const all = [...this.totals.types].map(([type, { letters, replayed, discarded, expired }]) => ({
      type,
      open: letters - replayed - discarded - expired,
      letters,
      replayed,
      discarded,
    }));
    return all.sort((a, b) => b.open - a.open || (a.type < b.type ? -1 : 1));
  }
}

function* matching(segment: DeadLetterFile, filter: IndexFilter): Generator<Found> {
  for (let i = 0; i < segment.count; i++) if (segment.matches(i, filter)) yield { segment, i };
}
