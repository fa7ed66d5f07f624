import type { Chunk } from '../../core/contracts.ts';
import { Book, type BookEntry } from '../../ledger/book.ts';
import { ContainerNames, flatOf } from '../../ledger/counts.ts';
import { AcceptedIds } from './accepted.ts';
import type { Commit, SpoolEntry } from './commit.ts';
import type { JournalState, JournalUpdate } from './journal.ts';
import type { Log } from './log.ts';
import type { RecordMeta } from './record.ts';
import type { StoredPiece } from './stored-piece.ts';

/** What the spool knows beyond the logs: accepted keys, open pieces, counters. The journal is its copy on the disk. */
export class SpoolState {
  readonly accepted: AcceptedIds;
  readonly containers = new ContainerNames();
  book = new Book();
  readonly #uptime: () => number;
  #openPieces = new Map<string, StoredPiece>();
  #position = 0;
  #seq = 0;
  #logNumber = 0;

  constructor(options: { retry_horizon_ms: number; max_accepted_ids: number }, uptime: () => number) {
    this.#uptime = uptime;
    this.accepted = new AcceptedIds({ horizonMs: options.retry_horizon_ms, maxIds: options.max_accepted_ids });
  }

  get seq(): number {
    return this.#seq;
  }

  get openPieces(): StoredPiece[] {
    return [...this.#openPieces.values()];
  }

  load(state: JournalState): void {
    for (const keys of state.keys) this.rememberAll(keys);
    this.#openPieces = state.pieces;
    this.#position = state.counters.position;
    this.#seq = state.counters.seq;
    this.#logNumber = state.counters.log;
    this.book = state.book;
    for (const name of state.book.received.keys()) this.containers.of(name);
  }

  // The counters follow the clock, so that they go on growing even if the folder was emptied meanwhile.
  nextPosition(): number {
    this.#position = Math.max(this.#position + 1, Date.now() * 1000);
    return this.#position;
  }

  nextLogNumber(): number {
    this.#logNumber = Math.max(this.#logNumber + 1, Date.now() * 1000);
    return this.#logNumber;
  }

  /** A log of this number exists or existed. */
  sawLog(number: number): void {
    this.#logNumber = Math.max(this.#logNumber, number);
  }

  sawRecord(meta: RecordMeta): void {
    this.#position = Math.max(this.#position, meta.p);
    this.#seq = Math.max(this.#seq, meta.s);
  }

  /** A record is durable. */
  note({ meta, pieces }: Pick<Commit, 'meta' | 'pieces'>): void {
    this.sawRecord(meta);
    for (const piece of pieces) this.#openPieces.set(piece.id, piece);
    for (const id of meta.r ?? []) this.#openPieces.delete(id);
  }

  /** The frames of the entry are accepted. */
  remember({ key, keys }: Pick<SpoolEntry, 'key' | 'keys'>): void {
    if (key === undefined && keys === undefined) return;
    const now = this.#uptime();
    if (key !== undefined) this.accepted.add(key.hi, key.lo, now);
    for (let i = 0; i < (keys?.length ?? 0); i++) this.accepted.add(keys!.hi(i), keys!.lo(i), now);
  }

  rememberAll(keys: Buffer): void {
    const now = this.#uptime();
    for (let i = 0; i + 8 <= keys.length; i += 8)
      this.accepted.add(keys.readUInt32BE(i), keys.readUInt32BE(i + 4), now);
  }

  /** What the journal has to learn when a log goes; once it has: `rolled`. */
  updateFor(full: Log, chunks: readonly Chunk[]): JournalUpdate & { book: { entry: BookEntry } } {
    const counters = { log: full.number, position: this.#position, seq: this.#seq };
    const entry = this.book.complete({
      log: full.number,
      chunks: chunks.map(({ id, day }) => [id, flatOf(full.days.get(day)!.containers)]),
    });
    if (full.drops.size > 0) entry.dropped = flatOf(full.drops);
    return {
      keys: Buffer.concat(full.keys),
      pieces: [...full.pieces.values()],
      released: full.released,
      counters,
      book: { entry },
    };
  }

  rolled(full: Log, entry: BookEntry): void {
    this.book.entered(entry);
    full.isBooked = true;
  }

  /** Everything, for a rewrite of the journal. */
  snapshot(): JournalUpdate {
    const counters = { log: this.#logNumber, position: this.#position, seq: this.#seq };
    return {
      keys: this.accepted.dump(),
      pieces: this.openPieces,
      released: [],
      counters,
      book: { snapshot: this.book.snapshot() },
    };
  }
}
