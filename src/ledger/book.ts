import { addCounts, addFlat, type Counts, countsOf, type FlatCounts, flatOf } from './counts.ts';

/*
 * What one spool has received, dropped and given away, for ever; the journal of the spool is its copy on the disk.
 *
 * A log is entered when it is rolled (until then its records are the counts), together with the names of the chunks
 * that were taken since the entry before. No fsync is spent on a taken chunk: one that the journal has as pending and
 * that is not on the disk at the next start was taken before the crash. Only after a clean stop, when the journal is
 * complete, such a chunk is lost: somebody has removed it.
 */

/** One entry of the journal. Entries of a log that was entered before change nothing of its counts. */
export interface BookEntry {
  /** Number of the rolled log; 0 where there is none. */
  log: number;
  /** Its chunks. */
  chunks?: [id: string, counts: FlatCounts][];
  dropped?: FlatCounts;
  taken?: string[];
  /** Neither taken nor there. */
  lost?: string[];
  /** Lost, and there again. */
  found?: string[];
  /** The last entry of a run that gave no chunk away after it. */
  clean?: true;
}

/** All of it, for a rewrite of the journal. */
export interface BookSnapshot {
  log: number;
  received: FlatCounts;
  dropped: FlatCounts;
  taken: FlatCounts;
  pending: [id: string, counts: FlatCounts][];
  lost: [id: string, counts: FlatCounts][];
}

export class Book {
  /** Documents and drops of all logs that were rolled. */
  readonly received: Counts = new Map();
  readonly dropped: Counts = new Map();
  readonly taken: Counts = new Map();
  readonly #pending = new Map<string, Counts>();
  readonly #lost = new Map<string, Counts>();
  #log = 0;
  #clean = false;
  #newlyTaken: string[] = [];
  #newlyLost: string[] = [];

  /** What is known of a chunk that nobody has taken yet. */
  pending(id: string): ReadonlyMap<string, number> | undefined {
    return this.#pending.get(id);
  }

  /** Reads an entry of the journal. */
  apply(entry: BookEntry): void {
    if (entry.log > this.#log) {
      this.#log = entry.log;
      for (const [id, flat] of entry.chunks ?? []) this.#enter(id, flat);
      addFlat(this.received, entry.dropped ?? []);
      addFlat(this.dropped, entry.dropped ?? []);
    }
    for (const id of entry.found ?? []) this.#move(id, this.#lost, this.#pending);
    for (const id of entry.taken ?? []) this.#take(id);
    for (const id of entry.lost ?? []) this.#move(id, this.#pending, this.#lost);
    this.#clean = entry.clean === true;
  }

  load(snapshot: BookSnapshot): void {
    this.#log = snapshot.log;
    for (const name of ['received', 'dropped', 'taken'] as const) {
      this[name].clear();
      addFlat(this[name], snapshot[name]);
    }
    this.#pending.clear();
    for (const [id, flat] of snapshot.pending) this.#pending.set(id, countsOf(flat));
    this.#lost.clear();
    for (const [id, flat] of snapshot.lost) this.#lost.set(id, countsOf(flat));
    this.#clean = false;
  }

  snapshot(): BookSnapshot {
    const list = (chunks: Map<string, Counts>): [string, FlatCounts][] =>
      [...chunks].map(([id, counts]) => [id, flatOf(counts)]);
    return {
      log: this.#log,
      received: flatOf(this.received),
      dropped: flatOf(this.dropped),
      taken: flatOf(this.taken),
      pending: list(this.#pending),
      lost: list(this.#lost),
    };
  }

  /** The sink has the chunk. */
  take(id: string): void {
    if (this.#take(id)) this.#newlyTaken.push(id);
  }

  /** The chunk is gone, and nobody has it. */
  lose(id: string): void {
    if (this.#move(id, this.#pending, this.#lost)) this.#newlyLost.push(id);
  }

  /** Completes an entry with what happened since the last one. Once it is durable: `entered`. */
  complete(entry: BookEntry): BookEntry {
    if (this.#newlyTaken.length > 0) entry.taken = [...this.#newlyTaken];
    if (this.#newlyLost.length > 0) entry.lost = [...this.#newlyLost];
    return entry;
  }

  entered(entry: BookEntry): void {
    this.#newlyTaken.splice(0, entry.taken?.length ?? 0);
    this.#newlyLost.splice(0, entry.lost?.length ?? 0);
    this.apply(entry);
  }

  /** At the start, with the ids of the chunks that are on the disk: what the journal should hear; undefined: nothing. */
  reconcile(onDisk: ReadonlySet<string>): BookEntry | undefined {
    const entry: BookEntry = { log: 0 };
    const gone = [...this.#pending.keys()].filter(id => !onDisk.has(id));
    const found = [...this.#lost.keys()].filter(id => onDisk.has(id));
    if (gone.length > 0) entry[this.#clean ? 'lost' : 'taken'] = gone;
    if (found.length > 0) entry.found = found;
    return gone.length + found.length > 0 || this.#clean ? entry : undefined;
  }

  #enter(id: string, flat: FlatCounts): void {
    const counts = countsOf(flat);
    this.#pending.set(id, counts);
    addCounts(this.received, counts);
  }

  #take(id: string): boolean {
    const counts = this.#pending.get(id);
    if (counts === undefined) return false;
    this.#pending.delete(id);
    addCounts(this.taken, counts);
    return true;
  }

  #move(id: string, from: Map<string, Counts>, to: Map<string, Counts>): boolean {
    const counts = from.get(id);
    if (counts === undefined) return false;
    from.delete(id);
    to.set(id, counts);
    return true;
  }
}
