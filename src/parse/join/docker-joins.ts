import type { EventMeta, Fields } from '../../core/event.ts';
import { counter } from '../../core/metrics.ts';
import { bytesOf, type Cause, DockerJoin, describePiece, isPiece } from './docker-join.ts';
import { eachAlone } from './each-alone.ts';
import type { Ordinals } from './ordinals.ts';
import type { Complete, PieceRecord } from './piece.ts';

const duplicates = counter('longshore_join_duplicate_pieces_total', 'Pieces that came again and were left out.');

/** Lines that are out, remembered for pieces that are sent again; and of how long names, in characters. */
const MAX_FINISHED = 4096;
const MAX_FINISHED_CHARS = 4_000_000;

export interface DockerLimits {
  readonly max_event_bytes: number;
  readonly docker_piece_timeout_ms: number;
}

/** The lines of Docker whose pieces are not all here. */
export class DockerJoins {
  readonly #limits: DockerLimits;
  readonly #ended: (cause: string | undefined) => void;
  // In the order of their last record, so that the first is the oldest.
  readonly #open = new Map<string, DockerJoin>();
  readonly #finished = new Map<string, Ordinals>();
  #finishedChars = 0;
  /** Complete since `restore`, waiting for `expire` to say so. */
  readonly #ready: DockerJoin[] = [];
  #openOld = 0;
  /** Of all that wait, in memory. */
  bytes = 0;
  /** No deadline is earlier. */
  #soonest = Number.POSITIVE_INFINITY;

  /** `ended`: told of each line that goes out, with the limit that ended it. */
  constructor(limits: DockerLimits, ended: (cause: string | undefined) => void) {
    this.#limits = limits;
    this.#ended = ended;
  }

  get size(): number {
    return this.#open.size;
  }

  get oldest(): DockerJoin | undefined {
    return this.#open.values().next().value;
  }

  /** When `expire` should be called next; undefined when nothing waits. */
  get soonest(): number | undefined {
    if (this.#ready.length > 0) return 0;
    return this.#open.size === 0 ? undefined : this.#soonest;
  }

  /** See `Joiner.wantsWhole`. */
  wantsWhole(record: Fields, sender: string, tag: string): boolean {
    if (this.#openOld === 0 || isPiece(record)) return false;
    const { key, isOld } = describePiece(record, sender, tag);
    return isOld && this.#open.has(key);
  }

  /** Puts what is complete by the record into `complete`; gives the piece when it waits now. */
  offer(record: Fields, meta: EventMeta, id: string, sender: string, complete: Complete[]): PieceRecord | undefined {
    const { key, isOld } = describePiece(record, sender, meta.tag);
    let join = this.#open.get(key);
    const size = bytesOf(record['log']).byteLength;
    if (join !== undefined && join.textBytes + size > this.#limits.max_event_bytes) {
      this.end(join, 'max_event_bytes', complete);
      join = undefined;
    }
    // It is among the others once it has a piece: whatever a record says, no join is ever without one.
    const isNew = join === undefined;
    join ??= new DockerJoin(key, this.#finished.get(key));
    const before = join.bytes;
    const isTaken = isPiece(record) ? join.add(record, meta, id) : join.addEnd(record, meta, id);
    if (!isTaken) {
      duplicates.inc();
      return undefined;
    }
    if (isNew) this.#add(join, isOld);
    this.bytes += join.bytes - (isNew ? 0 : before);
    if (join.isComplete) {
      this.end(join, undefined, complete);
      return undefined;
    }
    this.#touch(join, meta.receivedAt + this.#limits.docker_piece_timeout_ms);
    return { record, meta, id, key, kind: 'docker' };
  }

  /** What has waited long enough at `now`. Never throws. */
  expire(now: number, complete: Complete[]): void {
    for (const join of this.#ready.splice(0)) {
      this.bytes -= join.bytes;
      this.#finish(join, undefined, complete);
    }
    if (now < this.#soonest) return;
    let soonest = Number.POSITIVE_INFINITY;
    for (const join of this.#open.values()) {
      if (join.deadline <= now) this.end(join, join.isComplete ? undefined : 'timeout', complete);
      else if (join.deadline < soonest) soonest = join.deadline;
    }
    this.#soonest = soonest;
  }

  /** The pieces that are here go out. Never throws. */
  end(join: DockerJoin, cause: Cause | undefined, complete: Complete[]): void {
    this.#forget(join);
    this.#finish(join, cause, complete);
    this.#remember(join);
  }

  /** Takes a piece up again that a run before made durable. */
  restore(key: string, record: Fields, meta: EventMeta, at: number, id: string): void {
    const known = this.#open.get(key);
    const join = known ?? new DockerJoin(key, this.#finished.get(key));
    const before = known?.bytes ?? 0;
    if (!join.add(record, meta, id)) return;
    if (known === undefined) this.#add(join, key.startsWith('old'));
    this.bytes += join.bytes - before;
    if (!join.isComplete) {
      this.#touch(join, at + this.#limits.docker_piece_timeout_ms);
      return;
    }
    this.#forget(join);
    this.#remember(join);
    this.#ready.push(join);
    this.bytes += join.bytes;
  }

  /** Everything that waits, in an order that `restore` understands. */
  *pieces(): Generator<PieceRecord> {
    for (const join of this.#ready) yield* join.open();
    for (const join of this.#open.values()) yield* join.open();
  }

  #add(join: DockerJoin, isOld: boolean): void {
    this.#open.set(join.key, join);
    if (isOld) this.#openOld++;
  }

  #touch(join: DockerJoin, deadline: number): void {
    join.deadline = deadline;
    this.#open.delete(join.key);
    this.#open.set(join.key, join);
    if (deadline < this.#soonest) this.#soonest = deadline;
  }

  #finish(join: DockerJoin, cause: Cause | undefined, complete: Complete[]): void {
    try {
      complete.push(join.finish(cause));
      this.#ended(cause ?? 'end');
    } catch (error) {
      complete.push(...eachAlone(join.open(), error));
      this.#ended('fault');
    }
  }

  #forget(join: DockerJoin): void {
    if (!this.#open.delete(join.key)) return;
    if (join.key.startsWith('old')) this.#openOld--;
    this.bytes -= join.bytes;
  }

  #remember({ key, gone }: DockerJoin): void {
    if (key.startsWith('old')) return;
    if (this.#finished.delete(key)) this.#finishedChars -= key.length;
    this.#finished.set(key, gone);
    this.#finishedChars += key.length;
    while (this.#finished.size > MAX_FINISHED || this.#finishedChars > MAX_FINISHED_CHARS) {
      const oldest = this.#finished.keys().next().value!;
      this.#finished.delete(oldest);
      this.#finishedChars -= oldest.length;
    }
  }
}
