import type { EventMeta, Fields } from '../../core/event.ts';
import { counter } from '../../core/metrics.ts';
import { DockerJoins } from './docker-joins.ts';
import { eachAlone } from './each-alone.ts';
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
/**
 * Joins the pieces of Docker's long lines, and lines into events (stack traces). Pure: it keeps what waits and says what
 * is complete; time comes with the records (`meta.receivedAt`) and with `expire`. Pieces of one line may come in any
 * order and twice. What a limit or a timeout ends goes out with `partial: true` and `partial_reason`: nothing is lost.
 * Offering a record may throw for what it says, and changes nothing then; `expire` never throws.
 */
export class Joiner {
  readonly #limits: JoinLimits;
  readonly #docker: DockerJoins;
  // In the order of their last record, so that the first is the oldest.
  readonly #multiline = new Map<string, MultilineJoin>();
  /** Complete since `restore`, waiting for `expire` to say so. */
  readonly #ready: MultilineJoin[] = [];
  #bytes = 0;
  /** No deadline is earlier. */
  #soonest = Number.POSITIVE_INFINITY;

  constructor(limits: JoinLimits) {
    this.#limits = limits;
    this.#docker = new DockerJoins(limits, cause => joined.inc({ ended_by: cause ?? 'end' }));
  }

  /** About how much memory the waiting records take. */
  get openBytes(): number {
    return this.#bytes + this.#docker.bytes;
  }

  /** True for a record without `partial_message` that ends a line of an old Docker engine: offer it to `dockerPiece`. */
  wantsWhole(record: Fields, sender = '', tag = ''): boolean {
    return this.#docker.wantsWhole(record, sender, tag);
  }

  /** Offers a record with `partial_message`, or one that `wantsWhole` asks for. `log` is bytes, or a text. */
  dockerPiece(record: Fields, meta: EventMeta, id: string, sender: string): Offered {
    const complete: Complete[] = [];
    const held = this.#docker.offer(record, meta, id, sender, complete);
    if (held === undefined) return { held, complete };
    return { held: this.#makeRoom(complete, id) ? undefined : held, complete };
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
      if (!join.takes(text)) this.#finishMultiline(join, undefined, complete);
      else if (join.overflows(text, this.#limits.max_event_bytes)) this.#finishMultiline(join, 'max_bytes', complete);
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
      this.#finishMultiline(join, isCut ? 'max_lines' : undefined, complete);
      return { held: undefined, complete };
    }
    this.#touch(join, join.deadline);
    const isOut = this.#makeRoom(complete, id + LINE_MARK);
    return { held: isOut ? undefined : linePiece(record, meta, id, key), complete };
  }

  /** What has waited long enough at `now` (epoch milliseconds). Never throws. */
  expire(now: number): Complete[] {
    const complete: Complete[] = [];
    this.#docker.expire(now, complete);
    for (const join of this.#ready.splice(0)) {
      this.#bytes -= join.bytes;
      this.#finish(join, undefined, complete);
    }
    if (now >= this.#soonest) {
      let soonest = Number.POSITIVE_INFINITY;
      for (const join of this.#multiline.values()) {
        if (join.deadline <= now) this.#finishMultiline(join, undefined, complete);
        else soonest = Math.min(soonest, join.deadline);
      }
      this.#soonest = soonest;
    }
    return complete;
  }

  /** When `expire` should be called next (it may find nothing then); undefined when nothing waits. */
  nextDeadline(): number | undefined {
    const docker = this.#docker.soonest;
    const lines = this.#ready.length > 0 ? 0 : this.#multiline.size === 0 ? undefined : this.#soonest;
    return docker === undefined || lines === undefined ? (docker ?? lines) : Math.min(docker, lines);
  }

  /** Everything that waits, in an order that `restore` understands. */
  open(): PieceRecord[] {
    const pieces = [...this.#docker.pieces()];
    for (const join of this.#ready) pieces.push(...join.open());
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
      const at = Number.isFinite(piece.meta.receivedAt) ? Math.max(piece.meta.receivedAt, now) : now;
      if (piece.kind === 'docker') this.#docker.restore(key, record, piece.meta, at, id);
      else this.#restoreLine(record, piece.meta, at, lineId(id), key, ruleOf);
    }
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
      this.#touch(join, at + join.rule.flush_interval_ms);
    }
  }

  #touch(join: MultilineJoin, deadline: number): void {
    join.deadline = deadline;
    this.#multiline.delete(join.key);
    this.#multiline.set(join.key, join);
    if (deadline < this.#soonest) this.#soonest = deadline;
  }

  #finishMultiline(join: MultilineJoin, cause: string | undefined, complete: Complete[]): void {
    this.#multiline.delete(join.key);
    this.#bytes -= join.bytes;
    this.#finish(join, cause, complete);
  }

  #finish(join: MultilineJoin, cause: string | undefined, complete: Complete[]): void {
    try {
      complete.push(join.finish(cause));
      joined.inc({ ended_by: cause ?? 'end' });
    } catch (error) {
      complete.push(...eachAlone(join.open(), error));
      joined.inc({ ended_by: 'fault' });
    }
  }

  /** Ends the oldest joins until the limits hold. True when the record `id` went out with them. */
  #makeRoom(complete: Complete[], id: string): boolean {
    let isOut = false;
    while (true) {
      const cause =
        this.openBytes > this.#limits.max_open_bytes
          ? 'max_open_bytes'
          : this.#docker.size + this.#multiline.size > this.#limits.max_open_joins
            ? 'max_open_joins'
            : undefined;
      if (cause === undefined) return isOut;
      const docker = this.#docker.oldest;
      const lines = this.#multiline.values().next().value;
      const before = complete.length;
      if (docker !== undefined && (lines === undefined || docker.deadline <= lines.deadline))
        this.#docker.end(docker, cause, complete);
      else if (lines !== undefined) this.#finishMultiline(lines, cause, complete);
      else return isOut;
      for (let i = before; i < complete.length; i++) isOut ||= complete[i]!.releases.includes(id);
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
