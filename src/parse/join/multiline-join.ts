import type { EventMeta, Fields } from '../../core/event.ts';
import { PIECE_OVERHEAD } from './docker-join.ts';
import { type Complete, nameIn, type PieceRecord } from './piece.ts';
import { weightOf } from './weight.ts';

/** Which lines make one event; a pipeline's `multiline`. */
export interface MultilineRule {
  readonly name: string;
  /** True: this line begins a new event. */
  starts(text: string): boolean;
  /** True: this line belongs to the one before. */
  continues(text: string): boolean;
  /** True: this line completes its event (`what: next`). */
  ends?(text: string): boolean;
  readonly max_lines: number;
  /** Milliseconds after the last line until the event is complete without another. */
  readonly flush_interval_ms: number;
  readonly max_bytes: number;
}

interface Line {
  readonly record: Fields;
  readonly text: string;
  readonly meta: EventMeta;
  readonly id: string;
}

/** The lines of one event of one container's stream. */
export class MultilineJoin {
  readonly key: string;
  deadline = 0;
  bytes = 0;
  rule: MultilineRule;
  #textBytes = 0;
  readonly #lines: Line[] = [];
  readonly #ids = new Set<string>();

  constructor(key: string, rule: MultilineRule) {
    this.key = key;
    this.rule = rule;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** True when the line belongs to the lines that are here. */
  takes(text: string): boolean {
    return this.rule.continues(text) || !this.rule.starts(text);
  }

  /** True when the last line says that nothing more belongs to it. */
  get isEnded(): boolean {
    return this.rule.ends?.(this.#lines.at(-1)!.text) === true;
  }

  /** True when the line would make it longer than it may be. */
  overflows(text: string, maxBytes: number): boolean {
    if (this.#lines.length === 0) return false;
    return this.#textBytes + Buffer.byteLength(text) + 1 > Math.min(this.rule.max_bytes, maxBytes);
  }

  add(record: Fields, text: string, meta: EventMeta, id: string): void {
    const bytes = Buffer.byteLength(text);
    this.#lines.push({ record, text, meta, id });
    this.#ids.add(id);
    this.#textBytes += bytes + (this.#lines.length === 1 ? 0 : 1);
    this.bytes += Math.max(weightOf(record), bytes + PIECE_OVERHEAD);
    this.deadline = meta.receivedAt + this.rule.flush_interval_ms;
  }

  get isFull(): boolean {
    return this.#lines.length >= this.rule.max_lines;
  }

  /** The event: time and fields of the first line, all lines in its message; marked when a limit ended it. */
  finish(cause: string | undefined): Complete {
    const first = this.#lines[0]!;
    const { record } = first;
    if (this.#lines.length > 1) record[textKey(record)] = this.#lines.map(line => line.text).join('\n');
    if (cause !== undefined) {
      record['partial'] = true;
      record['partial_reason'] = `${cause}: ${this.#lines.length} lines`;
    }
    const releases = this.#lines.map(line => line.id + LINE_MARK);
    return { record, meta: first.meta, id: first.id, releases, kind: 'multiline' };
  }

  open(): PieceRecord[] {
    return this.#lines.map(({ record, meta, id }) => linePiece(record, meta, id, this.key));
  }
}

// A line that Docker's pieces made has the id of the first of them: in one write that piece goes and the line comes.
export const LINE_MARK = '+';

export function linePiece(record: Fields, meta: EventMeta, id: string, key: string): PieceRecord {
  return { record, meta, id: id + LINE_MARK, key, kind: 'multiline' };
}

/** The id that the caller gave the record of a piece. */
export function lineId(id: string): string {
  return id.endsWith(LINE_MARK) ? id.slice(0, -LINE_MARK.length) : id;
}

/** The stream that a line belongs to: a container's stdout or stderr, else what a sender sends under one tag. */
export function lineKey(record: Fields, meta: EventMeta, sender: string): string {
  const container = record['container_id'] ?? record['container_name'];
  const origin = typeof container === 'string' && container !== '' ? container : `${sender}\u0000${meta.tag}`;
  return `${origin}\u0000${nameIn(record['stream']) || nameIn(record['source'])}`;
}

/** Where a record has its text: `message`, before `admit` also `log`. */
export function textKey(record: Fields): 'message' | 'log' {
  return record['message'] === undefined && record['log'] !== undefined ? 'log' : 'message';
}
