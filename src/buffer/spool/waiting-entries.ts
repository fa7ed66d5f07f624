import type { SpoolEntry, WritableEntry } from './commit.ts';
import type { StoredPiece } from './stored-piece.ts';

/** An entry whose promise is open. */
export interface Waiting extends WritableEntry {
  /** About what it takes in a record. */
  readonly bytes: number;
  resolve(): void;
  reject(error: Error): void;
}

const MAX_COMMIT_BYTES = 16_000_000;
/** About what an entry, a hit and a released id take in a record beside what is counted. */
const ENTRY_BYTES = 200;
const HIT_BYTES = 40;
const RELEASE_BYTES = 40;

/** Entries on their way to the disk, in the order in which they came. */
export class WaitingEntries {
  #queue: Waiting[] = [];
  /** Of all whose promises are open, those of a commit under way too. */
  bytes = 0;

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  add(entry: SpoolEntry, pieces: readonly StoredPiece[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const bytes = sizeOf(entry, pieces);
    this.#queue.push({ entry, pieces, bytes, resolve, reject });
    this.bytes += bytes;
    return promise;
  }

  /** The next commit: all that waits, but not more than 16 MB (or one entry). */
  take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && bytes < MAX_COMMIT_BYTES) {
      const next = this.#queue[count]!.bytes;
      if (count > 0 && bytes + next > MAX_COMMIT_BYTES) break;
      bytes += next;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** All that wait. */
  takeAll(): Waiting[] {
    return this.#queue.splice(0);
  }

  resolve(batch: readonly Waiting[]): void {
    for (const waiting of batch) {
      this.bytes -= waiting.bytes;
      waiting.resolve();
    }
  }

  reject(batch: readonly Waiting[], error: Error): void {
    for (const waiting of batch) {
      this.bytes -= waiting.bytes;
      waiting.reject(error);
    }
  }
}

function sizeOf({ parts, hits, releases }: SpoolEntry, pieces: readonly StoredPiece[]): number {
  let bytes = ENTRY_BYTES + HIT_BYTES * hits.length + RELEASE_BYTES * releases.length;
  for (const part of parts) bytes += part.bytes.length;
  for (const piece of pieces) bytes += piece.bytes;
  return bytes;
}
