import type { DeadLetterStatus } from '../../core/api/dead-letters.ts';
import type { DeadLetterCounts } from '../../core/contracts.ts';
import { MAX_CONTAINERS as MAX_NAMES, OTHER } from '../../ledger/counts.ts';

export { OTHER };

/** Events of some letters, by container and by type. */
export interface EventTally {
  containers: Record<string, number>;
  types: Record<string, number>;
}

export const emptyTally = (): EventTally => ({ containers: bare(), types: bare() });

export function addTo(tally: EventTally, container: string, type: string, events: number): void {
  tally.containers[container] = (tally.containers[container] ?? 0) + events;
  tally.types[type] = (tally.types[type] ?? 0) + events;
}

/** Events since the beginning; `expired`: they were open when a limit took them. */
export interface Count extends DeadLetterCounts {
  expired: number;
}

type Change = keyof Count;

const CHANGES = ['letters', 'replayed', 'discarded', 'expired'] as const;

/** Counts by container and by type. Names come from outside, so there is a limit to them. */
export class Totals {
  readonly containers = new Map<string, Count>();
  readonly types = new Map<string, Count>();

  add(change: Change, tally: EventTally): void {
    for (const name in tally.containers) count(this.containers, name)[change] += tally.containers[name]!;
    for (const name in tally.types) count(this.types, name)[change] += tally.types[name]!;
  }

  wrote(container: string, type: string, events: number): void {
    count(this.containers, container).letters += events;
    count(this.types, type).letters += events;
  }

  /** What a change of state counts as; being sent, or not sent after all, is nothing by itself. */
  change(state: DeadLetterStatus, tally: EventTally): void {
    if (state === 'replayed' || state === 'discarded') this.add(state, tally);
  }

  toJSON(): object {
    return { containers: packed(this.containers), types: packed(this.types) };
  }

  /** What `toJSON` gave; anything else counts as nothing. */
  static from(value: unknown): Totals {
    const totals = new Totals();
    const { containers, types } = (value ?? {}) as Record<string, unknown>;
    unpack(totals.containers, containers);
    unpack(totals.types, types);
    return totals;
  }
}

function count(counts: Map<string, Count>, wanted: string): Count {
  const known = counts.get(wanted);
  if (known !== undefined) return known;
  const name = counts.size < MAX_NAMES ? wanted : OTHER;
  let found = counts.get(name);
  if (found === undefined) {
    found = { letters: 0, replayed: 0, discarded: 0, expired: 0 };
    counts.set(name, found);
  }
  return found;
}

function packed(counts: Map<string, Count>): Record<string, number[]> {
  const all = bare<number[]>();
  for (const [name, each] of counts) all[name] = CHANGES.map(change => each[change]);
  return all;
}

function unpack(counts: Map<string, Count>, value: unknown): void {
  for (const [name, numbers] of Object.entries((value ?? {}) as Record<string, unknown>)) {
    if (!Array.isArray(numbers)) continue;
    const target = count(counts, name);
    CHANGES.forEach((change, i) => {
      if (Number.isSafeInteger(numbers[i])) target[change] += numbers[i];
    });
  }
}

const bare = <T = number>(): Record<string, T> => Object.create(null) as Record<string, T>;
