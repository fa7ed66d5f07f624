import type { Chunk } from '../../core/contracts.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { addCounts, type Counts, recordOf } from '../../ledger/counts.ts';
import type { LedgerCounts } from '../../ledger/ledger.ts';
import type { Journal } from './journal.ts';
import type { Log } from './log.ts';
import type { Roller } from './roller.ts';
import type { SpoolState } from './state.ts';

const log = logger('spool');

/** The spool's part of the ledger: what its logs and chunks add to its book, and what the book learns beside rolling. */
export class SpoolAccounts {
  readonly #state: SpoolState;
  readonly #journal: Journal;
  readonly #roller: Roller;
  readonly #worker: string;

  constructor(state: SpoolState, journal: Journal, roller: Roller, worker: string) {
    this.#state = state;
    this.#journal = journal;
    this.#roller = roller;
    this.#worker = worker;
  }

  /**
   * At the start: chunks of the last run that went meanwhile were taken, or somebody has removed them. Gives the chunks
   * with their counts; those of a chunk that was taken before, and that the store still has there, are none.
   */
  async reconcile(chunks: readonly Chunk[]): Promise<Chunk[]> {
    const { book } = this.#state;
    const own = chunks.filter(({ id }) => id.split('.')[1] === this.#worker);
    const entry = book.reconcile(new Set(own.map(({ id }) => id)));
    if (entry !== undefined) {
      const { lost } = entry;
      if (lost !== undefined)
        log.error({ chunks: lost.slice(0, 20), count: lost.length }, 'chunks are missing that were never stored');
      try {
        await this.#journal.note(entry);
        book.entered(entry);
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'cannot write the ledger; retrying');
        this.#roller.noteUntilDone(entry);
      }
    }
    return chunks.map(chunk => ({ ...chunk, containers: recordOf(book.pending(chunk.id) ?? new Map()) }));
  }

  /** Nobody can ever take the chunk. */
  lose(id: string): void {
    this.#state.book.lose(id);
    this.#roller.note({ log: 0 }).catch(() => {});
  }

  /** `nobodyWorks`: no chunk can be taken any more. Of one that is, nobody knows whether the next start finds it. */
  async close(nobodyWorks: boolean): Promise<void> {
    await this.#roller.note(nobodyWorks ? { log: 0, clean: true } : { log: 0 }).catch(() => {});
  }

  /** `waitingEvents`: those whose parts wait for their rest; received they are, and nowhere else. */
  counts(logs: readonly Log[], waitingChunks: Iterable<string>, waitingEvents: Counts): LedgerCounts {
    const { book } = this.#state;
    const received: Counts = new Map(book.received);
    const dropped: Counts = new Map(book.dropped);
    const inFlight: Counts = new Map(waitingEvents);
    addCounts(received, waitingEvents);
    for (const { days, drops, isBooked } of logs) {
      for (const { containers } of days.values()) {
        addCounts(inFlight, containers);
        if (!isBooked) addCounts(received, containers);
      }
      if (isBooked) continue;
      addCounts(received, drops);
      addCounts(dropped, drops);
    }
    for (const id of waitingChunks) {
      const counts = book.pending(id);
      if (counts !== undefined) addCounts(inFlight, counts);
    }
    return {
      received: recordOf(received),
      dropped: recordOf(dropped),
      taken: recordOf(book.taken),
      in_flight: recordOf(inFlight),
    };
  }
}
