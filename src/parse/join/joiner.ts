import type { EventMeta, Fields } from '../../core/event.ts';
import { counter } from '../../core/metrics.ts';
import type { LevelOfText } from '../trace/trace.ts';
import { DockerJoins } from './docker-joins.ts';
import type { StreamLine } from './line.ts';
import { LineJoins, type OfferedLine, type Outcome, type RuleOf, type RuleOfLine } from './line-joins.ts';
import { lineId, type MultilineRule } from './multiline-join.ts';
import { type JoinLimits, type JoinOptions, joinOptions } from './options.ts';
import type { Complete, Offered, PieceRecord } from './piece.ts';

export type { OfferedLine, RuleOf } from './line-joins.ts';
export type { MultilineRule } from './multiline-join.ts';
export type { JoinLimits } from './options.ts';
export type { Complete, Offered, PieceRecord } from './piece.ts';

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
  readonly #limits: JoinOptions;
  readonly #docker: DockerJoins;
  readonly #lines: LineJoins;

  /** `levelOf`: the level that a line of text shows by its form; a line that says ERROR may be the header of a stack trace. */
  constructor(limits: JoinLimits, levelOf: LevelOfText = () => undefined) {
    this.#limits = joinOptions(limits);
    const ended = (cause: string | undefined): void => joined.inc({ ended_by: cause ?? 'end' });
    this.#docker = new DockerJoins(this.#limits, ended);
    this.#lines = new LineJoins(this.#limits, levelOf, ended);
  }

  /** About how much memory the waiting records take. */
  get openBytes(): number {
    return this.#docker.bytes + this.#lines.bytes;
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
   * Offers a line: a record whose `message` (or `log`) is one line of text. A line that belongs to the open event of its
   * stream goes there, whatever pipeline would take it by itself; for any other one `ruleOf` gives its pipeline's
   * `multiline`. Undefined: the line is an event by itself, and nothing waited for it.
   */
  line(record: Fields, meta: EventMeta, id: string, sender: string, ruleOf: RuleOf): OfferedLine | undefined {
    const offered = this.#lines.offer(record, meta, id, sender, ruleOf);
    if (offered?.held === undefined) return offered;
    return this.#makeRoom(offered.complete, offered.held.id) ? { ...offered, held: undefined } : offered;
  }

  /** The same for a line of a stream that has a key. */
  streamLine(line: StreamLine, ruleOf: RuleOfLine): Outcome | undefined {
    const outcome = this.#lines.offerLine(line, ruleOf);
    if (outcome?.join !== undefined) this.#makeRoom(outcome.complete, '');
    return outcome;
  }

  /** True while an event of this stream (`streamOf`) waits for lines. */
  isOpen(stream: string): boolean {
    return this.#lines.isOpen(stream);
  }

  /** True when a line of this stream (`streamOf`) is an event by itself and nothing waits for it: it need not be offered. */
  isAlone(stream: string, text: string, rule: MultilineRule | undefined): boolean {
    return this.#lines.isAlone(stream, text, rule);
  }

  /** True when the line may be joined with others, by its pipeline's `multiline` or by its form. */
  concerns(record: Fields, rule: MultilineRule | undefined): boolean {
    return this.#lines.concerns(record, rule);
  }

  /** What has waited long enough at `now` (epoch milliseconds). Never throws. */
  expire(now: number): Complete[] {
    const complete: Complete[] = [];
    this.#docker.expire(now, complete);
    this.#lines.expire(now, complete);
    return complete;
  }

  /** When `expire` should be called next (it may find nothing then); undefined when nothing waits. */
  nextDeadline(): number | undefined {
    const docker = this.#docker.soonest;
    const lines = this.#lines.soonest;
    return docker === undefined || lines === undefined ? (docker ?? lines) : Math.min(docker, lines);
  }

  /** Everything that waits, in an order that `restore` understands. */
  open(): PieceRecord[] {
    return [...this.#docker.pieces(), ...this.#lines.pieces()];
  }

  /**
   * Takes pieces up again that a run before made durable, those of one key in the order in which they came. What is
   * complete by that (or has no rule any more) is told by the next `expire`. With `now`, nothing expires earlier than if
   * it had come at `now`.
   */
  restore(pieces: readonly PieceRecord[], ruleOf: RuleOf, now = 0): void {
    for (const piece of pieces) {
      const { record, id, key } = piece;
      const at = Number.isFinite(piece.meta.receivedAt) ? Math.max(piece.meta.receivedAt, now) : now;
      if (piece.kind === 'docker') this.#docker.restore(key, record, piece.meta, at, id);
      else this.#lines.restore(key, record, piece.meta, at, lineId(id), ruleOf);
    }
  }

  /** Ends the oldest joins until the limits hold. True when the record `id` went out with them. */
  #makeRoom(complete: Complete[], id: string): boolean {
    let isOut = false;
    while (true) {
      const cause =
        this.openBytes > this.#limits.max_open_bytes
          ? 'max_open_bytes'
          : this.#docker.size + this.#lines.size > this.#limits.max_open_joins
            ? 'max_open_joins'
            : undefined;
      if (cause === undefined) return isOut;
      const docker = this.#docker.oldest;
      const lines = this.#lines.oldest;
      const before = complete.length;
      if (docker !== undefined && (lines === undefined || docker.deadline <= lines.deadline))
        this.#docker.end(docker, cause, complete);
      else if (lines !== undefined) this.#lines.end(lines, cause, complete);
      else return isOut;
      for (let i = before; i < complete.length; i++) isOut ||= complete[i]!.releases.includes(id);
    }
  }
}
