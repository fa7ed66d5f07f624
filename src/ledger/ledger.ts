import type { LedgerBalance, LedgerLine } from '../core/api/ledger.ts';
import type { DeadLetterCounts } from '../core/contracts.ts';
import { add, addCounts, type Counts, fromRecord, OTHER, recordOf } from './counts.ts';

/*
 * The proof that no event is lost: for each container, with everything counted in events,
 *
 *   received = stored + dead-lettered + dropped by rule + in flight + unaccounted
 *
 * `received`, `dropped` and `taken` are counted where they happen and survive a crash (see `book.ts`); what is in flight
 * is counted where it lies, in logs, chunks and Redis. `unaccounted` is what these leave over: 0, or events are missing.
 * A replayed letter comes through the spool again; it is one event that was received once.
 */

/** Events by container, of one spool. */
export interface LedgerCounts {
  /** Documents and drops. */
  readonly received: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  /** Given to what stands behind the spool, for good. */
  readonly taken: Readonly<Record<string, number>>;
  readonly in_flight: Readonly<Record<string, number>>;
}

/** All that one process knows: a plain object that may travel between processes and be added up. */
export interface LedgerSnapshot extends LedgerCounts {
  /** Dead letters ever written, and those of them that were replayed. */
  readonly letters: Readonly<Record<string, number>>;
  readonly replayed: Readonly<Record<string, number>>;
}

/** What a queue between the processes counted of one source. */
export interface QueueCounts {
  /** Put into it. */
  readonly moved: ReadonlyMap<string, number>;
  /** Final verdicts. */
  readonly taken: ReadonlyMap<string, number>;
  readonly in_flight: ReadonlyMap<string, number>;
}

const NAMES = ['received', 'dropped', 'taken', 'in_flight', 'letters', 'replayed'] as const;

export function sumLedgers(snapshots: readonly (LedgerCounts & Partial<LedgerSnapshot>)[]): LedgerSnapshot {
  const sum = (name: (typeof NAMES)[number]): Record<string, number> => {
    const counts: Counts = new Map();
    for (const snapshot of snapshots) addCounts(counts, fromRecord(snapshot[name] ?? {}));
    return recordOf(counts);
  };
  return Object.fromEntries(NAMES.map(name => [name, sum(name)])) as unknown as LedgerSnapshot;
}

/** The part of a snapshot that comes from the dead letters. */
export function lettersOf(
  counts: ReadonlyMap<string, Readonly<DeadLetterCounts>>,
): Pick<LedgerSnapshot, 'letters' | 'replayed'> {
  const pick = (name: 'letters' | 'replayed'): Record<string, number> =>
    Object.fromEntries([...counts].map(([container, count]) => [container, count[name]]));
  return { letters: pick('letters'), replayed: pick('replayed') };
}

/**
 * Adds up processes and, where there is one, the queue between them, by source. What a process says of itself is of one
 * instant, and so is what the queue says; the two instants may differ, so each is balanced by itself: nothing is
 * unaccounted for only because it moved meanwhile.
 */
export function balance(
  processes: ReadonlyMap<string, LedgerSnapshot>,
  queue: ReadonlyMap<string, QueueCounts> | undefined,
): LedgerBalance {
  const all = sumLedgers([...processes.values()]);
  const received = fromRecord(all.received);
  const dropped = fromRecord(all.dropped);
  const unaccounted: Counts = new Map();
  let taken = fromRecord(all.taken);
  addCounts(unaccounted, received);
  for (const gone of [dropped, taken, fromRecord(all.in_flight)]) subtract(unaccounted, gone);
  if (queue !== undefined) {
    taken = new Map();
    for (const source of new Set([...processes.keys(), ...queue.keys()])) {
      const counts = queue.get(source) ?? NOTHING;
      addCounts(taken, counts.taken);
      // A queue that lost its memory lost the count, too; what was ever put into it is what its source says then.
      addCounts(unaccounted, larger(counts.moved, fromRecord(processes.get(source)?.taken ?? {})));
      subtract(unaccounted, counts.taken);
      subtract(unaccounted, counts.in_flight);
    }
  }
  const names = new Set([...received.keys(), ...taken.keys(), ...unaccounted.keys()]);
  const letters = knownOnly(fromRecord(all.letters), names);
  const replayed = knownOnly(fromRecord(all.replayed), names);
  for (const name of letters.keys()) names.add(name);
  const lines = [...names].sort().map((name): [string, LedgerLine] => {
    const of = (counts: Counts): number => counts.get(name) ?? 0;
    return [name, lineOf(of(received), of(dropped), of(taken), of(letters), of(replayed), of(unaccounted))];
  });
  return { containers: Object.fromEntries(lines), total: totalOf(lines.map(([, line]) => line)) };
}

function lineOf(
  received: number,
  dropped: number,
  taken: number,
  letters: number,
  replayed: number,
  unaccounted: number,
): LedgerLine {
  // Letters of events that came before anybody counted.
  const before = Math.max(0, letters - taken);
  const line = {
    received: received - replayed + before,
    stored: taken + before - letters,
    dead_lettered: letters - replayed,
    dropped,
    in_flight: received - dropped - taken - unaccounted,
    unaccounted,
  };
  // What was stored since its process last spoke was received, too.
  if (line.in_flight < 0) {
    line.received -= line.in_flight;
    line.in_flight = 0;
  }
  return line;
}

function totalOf(lines: readonly LedgerLine[]): LedgerLine {
  const total: LedgerLine = { received: 0, stored: 0, dead_lettered: 0, dropped: 0, in_flight: 0, unaccounted: 0 };
  for (const line of lines) for (const name of Object.keys(total) as (keyof LedgerLine)[]) total[name] += line[name];
  return total;
}

/** Names that the ledger counts with the others stand there with the others. */
function knownOnly(counts: Counts, names: ReadonlySet<string>): Counts {
  const known: Counts = new Map();
  for (const [name, count] of counts) add(known, names.has(name) ? name : OTHER, count);
  return known;
}

function subtract(counts: Counts, less: ReadonlyMap<string, number>): void {
  for (const [name, count] of less) add(counts, name, -count);
}

function larger(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): Counts {
  const counts: Counts = new Map(a);
  for (const [name, count] of b) if (count > (counts.get(name) ?? 0)) counts.set(name, count);
  return counts;
}

const NOTHING: QueueCounts = { moved: new Map(), taken: new Map(), in_flight: new Map() };
