import type { EventMeta, Fields } from '../../core/event.ts';
import { counter } from '../../core/metrics.ts';
import { bytesOf, type Cause, DockerJoin, describePiece, isPiece } from './docker-join.ts';
import { LINE_MARK, lineId, lineKey, linePiece, MultilineJoin, type MultilineRule, textKey } from './multiline-join.ts';
import type { Complete, Offered, PieceRecord } from './piece.ts';

export type { MultilineRule } from './multiline-join.ts';
export type { Complete, Offered, PieceRecord } from './piece.ts';

export interface JoinLimits {
  /** All waiting records together, in memory. */
  readonly max_open_bytes: number;
  /** One joined event; what is longer goes out in parts. */
  readonly max_event_bytes: number;
  readonly max_open_joins: number;
  /** Since the last piece of a line. */
  readonly docker_piece_timeout_ms: number;
}

const joined = counter('longshore_join_events_total', 'Events joined from several records, by what ended them.', [
  'ended_by',
]);
const duplicates = counter('longshore_join_duplicate_pieces_total', 'Pieces that came again and were left out.');

/** Lines that are out, remembered for pieces that are sent again. */
const MAX_FINISHED = 4096;

type Join = DockerJoin | MultilineJoin;

/**
 * Joins the pieces of Docker's long lines, and lines into events (stack traces). Pure: it keeps what waits and says what
 * is complete; time comes with the records (`meta.receivedAt`) and with `expire`. Pieces of one line may come in any
 * order and twice. What a limit or a timeout ends goes out with `partial: true` and `partial_reason`: nothing is lost.
 */
export class Joiner {
  readonly #limits: JoinLimits;
  // In the order of their last record, so that the first is the oldest.
  readonly #docker = new Map<string, DockerJoin>();
  readonly #multiline = new Map<string, MultilineJoin>();
  readonly #finished = new Map<string, Set<number>>();
  /** Complete since `restore`, waiting for `expire` to say so. */
  readonly #ready: Join[] = [];
  #openOld = 0;
  #bytes = 0;
  /** No deadline is earlier. */
  #soonest = Number.POSITIVE_INFINITY;

  constructor(limits: JoinLimits) {
    this.#limits = limits;
  }

  /** About how much memory the waiting records take. */
  get openBytes(): number {
    return this.#bytes;
  }

  /** True for a record without `partial_message` that ends a line of an old Docker engine: offer it to `dockerPiece`. */
  wantsWhole(record: Fields, sender = '', tag = ''): boolean {
    if (this.#openOld === 0 || isPiece(record)) return false;
    const { key, isOld } = describePiece(record, sender, tag);
    return isOld && this.#docker.has(key);
  }

  /** Offers a record with `partial_message`, or one that `wantsWhole` asks for. `log` is bytes, or a text. */
  dockerPiece(record: Fields, meta: EventMeta, id: string, sender: string): Offered {
    const { key, isOld } = describePiece(record, sender, meta.tag);
    const complete: Complete[] = [];
    const isEnd = !isPiece(record);
    let join = this.#docker.get(key);
    const size = bytesOf(record['log']).byteLength;
    if (join !== undefined && !join.isEmpty && join.textBytes + size > this.#limits.max_event_bytes) {
      complete.push(this.#finishDocker(join, 'max_event_bytes'));
      join = undefined;
    }
    if (join === undefined) join = this.#openDocker(key, isOld);
    this.#bytes -= join.bytes;
    if (isEnd) join.addEnd(record, meta, id);
    else if (!join.add(record, meta, id)) {
      this.#bytes += join.bytes;
      if (join.isEmpty) this.#forget(join);
      duplicates.inc();
      return { held: undefined, complete };
    }
    this.#bytes += join.bytes;
    if (join.isComplete) {
      complete.push(this.#finishDocker(join, undefined));
      return { held: undefined, complete };
    }
    this.#touch(this.#docker, join, meta.receivedAt + this.#limits.docker_piece_timeout_ms);
    const isOut = this.#makeRoom(complete, id);
    return { held: isOut ? undefined : { record, meta, id, key, kind: 'docker' }, complete };
  }

  /**
   * Offers a line: a record whose `message` (or `log`) is one line of text. `rule` is the pipeline's `multiline`. Lines
   * of one container's stream belong together; without a container, those of one sender and tag.
   */
  multiline(record: Fields, meta: EventMeta, id: string, rule: MultilineRule, sender = ''): Offered {
    const key = lineKey(record, meta, sender);
    const text = lineText(record);
    const complete: Complete[] = [];
    let join = this.#multiline.get(key);
    if (join !== undefined) {
      if (join.has(id)) return { held: undefined, complete };
      join.rule = rule;
      if (!join.takes(text)) complete.push(this.#finishMultiline(join, undefined));
      else if (join.overflows(text, this.#limits.max_event_bytes))
        complete.push(this.#finishMultiline(join, 'max_bytes'));
      if (complete.length > 0) join = undefined;
    }
    if (join === undefined) {
      join = new MultilineJoin(key, rule);
      this.#multiline.set(key, join);
    }
    this.#bytes -= join.bytes;
    join.add(record, text, meta, id);
    this.#bytes += join.bytes;
    if (join.isEnded || join.isFull) {
      const isCut = !join.isEnded && rule.max_lines > 1;
      complete.push(this.#finishMultiline(join, isCut ? 'max_lines' : undefined));
      return { held: undefined, complete };
    }
    this.#touch(this.#multiline, join, join.deadline);
    const isOut = this.#makeRoom(complete, id + LINE_MARK);
    return { held: isOut ? undefined : linePiece(record, meta, id, key), complete };
  }

  /** What has waited long enough at `now` (epoch milliseconds). */
  expire(now: number): Complete[] {
    const complete: Complete[] = [];
    for (const join of this.#ready.splice(0)) {
      this.#bytes -= join.bytes;
      complete.push(join.finish(undefined));
      joined.inc({ ended_by: 'end' });
    }
    if (now >= this.#soonest) {
      let soonest = Number.POSITIVE_INFINITY;
      for (const join of this.#docker.values()) {
        if (join.deadline <= now) complete.push(this.#finishDocker(join, join.isComplete ? undefined : 'timeout'));
        else soonest = Math.min(soonest, join.deadline);
      }
      for (const join of this.#multiline.values()) {
        if (join.deadline <= now) complete.push(this.#finishMultiline(join, undefined));
        else soonest = Math.min(soonest, join.deadline);
      }
      this.#soonest = soonest;
    }
    return complete;
  }

  /** When `expire` should be called next (it may find nothing then); undefined when nothing waits. */
  nextDeadline(): number | undefined {
    if (this.#ready.length > 0) return 0;
    if (this.#docker.size === 0 && this.#multiline.size === 0) return undefined;
    return this.#soonest;
  }

  /** Everything that waits, in an order that `restore` understands. */
  open(): PieceRecord[] {
    const pieces: PieceRecord[] = [];
    for (const join of this.#ready) pieces.push(...join.open());
    for (const join of this.#docker.values()) pieces.push(...join.open());
    for (const join of this.#multiline.values()) pieces.push(...join.open());
    return pieces;
  }

  /**
   * Takes pieces up again that a run before made durable, those of one key in the order in which they came. What is
   * complete by that (or has no rule any more) is told by the next `expire`. With `now`, nothing expires earlier than if
   * it had come at `now`.
   */
  restore(
    pieces: readonly PieceRecord[],
    ruleOf: (record: Fields, meta: EventMeta) => MultilineRule | undefined,
    now = 0,
  ): void {
    for (const piece of pieces) {
      const { record, id, key } = piece;
      const at = Math.max(piece.meta.receivedAt, now);
      if (piece.kind === 'docker') this.#restoreDocker(key, record, piece.meta, at, id);
      else this.#restoreLine(record, piece.meta, at, lineId(id), key, ruleOf);
    }
  }

  #restoreDocker(key: string, record: Fields, meta: EventMeta, at: number, id: string): void {
    const join = this.#docker.get(key) ?? this.#openDocker(key, key.startsWith('old'));
    this.#bytes -= join.bytes;
    join.add(record, meta, id);
    this.#bytes += join.bytes;
    if (join.isComplete) {
      this.#forget(join);
      this.#remember(join);
      this.#ready.push(join);
      this.#bytes += join.bytes;
    } else this.#touch(this.#docker, join, at + this.#limits.docker_piece_timeout_ms);
  }

  #restoreLine(
    record: Fields,
    meta: EventMeta,
    at: number,
    id: string,
    key: string,
    ruleOf: (record: Fields, meta: EventMeta) => MultilineRule | undefined,
  ): void {
    const text = lineText(record);
    let join = this.#multiline.get(key);
    const rule = join?.rule ?? ruleOf(record, meta);
    if (join !== undefined && (join.has(id) || !join.takes(text))) {
      if (join.has(id)) return;
      this.#multiline.delete(key);
      this.#ready.push(join);
      join = undefined;
    }
    join ??= new MultilineJoin(key, rule ?? SINGLE_LINES);
    this.#bytes -= join.bytes;
    join.add(record, text, meta, id);
    this.#bytes += join.bytes;
    if (join.isEnded || join.isFull) {
      this.#multiline.delete(key);
      this.#ready.push(join);
    } else {
      this.#multiline.set(key, join);
      this.#touch(this.#multiline, join, at + join.rule.flush_interval_ms);
    }
  }

  #openDocker(key: string, isOld: boolean): DockerJoin {
    const join = new DockerJoin(key, this.#finished.get(key));
    this.#docker.set(key, join);
    if (isOld) this.#openOld++;
    return join;
  }

  #touch<J extends Join>(joins: Map<string, J>, join: J, deadline: number): void {
    join.deadline = deadline;
    joins.delete(join.key);
    joins.set(join.key, join);
    if (deadline < this.#soonest) this.#soonest = deadline;
  }

  #finishDocker(join: DockerJoin, cause: Cause | undefined): Complete {
    this.#forget(join);
    const complete = join.finish(cause);
    this.#remember(join);
    joined.inc({ ended_by: cause ?? 'end' });
    return complete;
  }

  #finishMultiline(join: MultilineJoin, cause: string | undefined): Complete {
    this.#multiline.delete(join.key);
    this.#bytes -= join.bytes;
    joined.inc({ ended_by: cause ?? 'end' });
    return join.finish(cause);
  }

  #forget(join: DockerJoin): void {
    if (!this.#docker.delete(join.key)) return;
    if (join.key.startsWith('old')) this.#openOld--;
    this.#bytes -= join.bytes;
  }

  #remember(join: DockerJoin): void {
    if (join.key.startsWith('old')) return;
    this.#finished.delete(join.key);
    this.#finished.set(join.key, join.gone);
    if (this.#finished.size > MAX_FINISHED) this.#finished.delete(this.#finished.keys().next().value!);
  }

  /** Ends the oldest joins until the limits hold. True when the record `id` went out with them. */
  #makeRoom(complete: Complete[], id: string): boolean {
    let isOut = false;
    while (true) {
      const cause =
        this.#bytes > this.#limits.max_open_bytes
          ? 'max_open_bytes'
          : this.#docker.size + this.#multiline.size > this.#limits.max_open_joins
            ? 'max_open_joins'
            : undefined;
      if (cause === undefined) return isOut;
      const docker = this.#docker.values().next().value;
      const lines = this.#multiline.values().next().value;
      let ended: Complete;
      if (docker !== undefined && (lines === undefined || docker.deadline <= lines.deadline))
        ended = this.#finishDocker(docker, cause);
      else if (lines !== undefined) ended = this.#finishMultiline(lines, cause);
      else return isOut;
      complete.push(ended);
      isOut ||= ended.releases.includes(id);
    }
  }
}

function lineText(record: Fields): string {
  const text = record[textKey(record)];
  return typeof text === 'string' ? text : '';
}

/** For lines whose pipeline is gone: each is an event. */
const SINGLE_LINES: MultilineRule = {
  name: 'single lines',
  starts: () => true,
  continues: () => false,
  max_lines: 1,
  flush_interval_ms: 0,
  max_bytes: Number.POSITIVE_INFINITY,
};
