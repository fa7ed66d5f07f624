import type { EventMeta, Fields } from '../../core/event.ts';
import { BLANK } from '../trace/lines.ts';
import type { Trace, TraceVerdict } from '../trace/trace.ts';
import { PIECE_OVERHEAD } from './docker-join.ts';
import { JoinedLines, joinedText, recordOf, releasesOf } from './joined-lines.ts';
import { type Line, StreamLine } from './line.ts';
import { type Complete, LINE_MARK, type PieceRecord } from './piece.ts';
import { bringsNothingNew } from './stream.ts';
import { weightOf } from './weight.ts';

/** Which lines make one event; a pipeline's `multiline`. */
export interface MultilineRule {
  readonly name: string;
  /** `pattern` (the default): the rule alone decides. `language`: stack traces are followed as well. `none`: each line is an event. */
  readonly kind?: 'pattern' | 'language' | 'none' | undefined;
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

/** The lines of one event of one stream. The last ones may still turn out to be events of their own. */
export class MultilineJoin {
  readonly key: string;
  deadline = 0;
  bytes = 0;
  readonly rule: MultilineRule;
  readonly #trace: Trace | undefined;
  /** It goes on where a limit has cut. */
  readonly #isRest: boolean;
  #textBytes = 0;
  readonly #lines: Line[] = [];
  /** Undefined while each line stands behind the one before in one frame. */
  #ids: Set<string> | undefined = undefined;
  /** How many lines certainly belong to it; the others wait for one that says so. */
  #sure = 0;

  constructor(key: string, rule: MultilineRule, trace?: Trace, isRest = false) {
    this.key = key;
    this.rule = rule;
    this.#trace = trace;
    this.#isRest = isRest;
  }

  has(line: Line): boolean {
    if (this.#ids === undefined) {
      if (isBehind(this.#lines.at(-1), line)) return false;
      this.#ids = new Set(this.#lines.map(({ id }) => id));
    }
    return this.#ids.has(line.id);
  }

  /** What the next line of the stream is to the lines that are here. Asked once for each line. */
  verdict(line: Line): TraceVerdict {
    const { text } = line;
    const first = this.#lines[0];
    if (first !== undefined && !isAlike(first, line) && !bringsNothingNew(first.record, line.record)) return 'no';
    if (this.#trace !== undefined) {
      const verdict = this.#trace.next(text);
      if (verdict !== 'no') return verdict === 'maybe' && this.#isContinued(text) ? 'yes' : verdict;
    }
    return this.#isContinued(text) ? 'yes' : this.rule.kind === 'language' && BLANK.test(text) ? 'maybe' : 'no';
  }

  #isContinued(text: string): boolean {
    return this.rule.continues(text) || !this.rule.starts(text);
  }

  /** True when the last line says that nothing more belongs to it. */
  get isEnded(): boolean {
    return this.rule.max_lines <= 1 || this.rule.ends?.(this.#lines.at(-1)!.text) === true;
  }

  /** The limit that the line would break; undefined: none. */
  overflows(text: string, maxBytes: number): 'max_lines' | 'max_bytes' | undefined {
    if (this.#lines.length === 0) return undefined;
    if (this.#lines.length >= this.rule.max_lines) return 'max_lines';
    const bytes = this.#textBytes + Buffer.byteLength(text) + 1;
    return bytes > Math.min(this.rule.max_bytes, maxBytes) ? 'max_bytes' : undefined;
  }

  /** A join for the rest of an event that a limit has cut; undefined when its lines say nothing about the next ones. */
  rest(): MultilineJoin | undefined {
    return this.#trace === undefined ? undefined : new MultilineJoin(this.key, this.rule, this.#trace, true);
  }

  add(line: Line, verdict: TraceVerdict = 'yes'): void {
    const { text, meta } = line;
    const bytes = Buffer.byteLength(text);
    if (this.#ids === undefined && this.#lines.length > 0 && !isBehind(this.#lines.at(-1), line))
      this.#ids = new Set(this.#lines.map(({ id }) => id));
    this.#ids?.add(line.id);
    this.#lines.push(line);
    this.#textBytes += bytes + (this.#lines.length === 1 ? 0 : 1);
    const weight = line instanceof StreamLine ? line.weight(bytes) : weightOf(line.record);
    this.bytes += Math.max(weight, bytes + PIECE_OVERHEAD);
    // A line that may not belong here keeps nobody waiting longer.
    if (verdict === 'maybe' && this.#lines.length > 1) return;
    this.#sure = this.#lines.length;
    this.deadline = meta.receivedAt + this.rule.flush_interval_ms;
  }

  /** The event: time and fields of the first line, all lines in its message; marked when a limit ended it. */
  finish(cause: string | undefined): Complete {
    const lines = this.#lines.slice(0, this.#end());
    const first = lines[0]!;
    const isWhole = cause === undefined && !this.#isRest;
    const partialReason = isWhole ? undefined : `${cause ?? 'continued'}: ${lines.length} lines`;
    if (first instanceof StreamLine) return new JoinedLines(first, lines, partialReason);
    const { meta, id } = first;
    const record = recordOf(lines, textKey(first.record), lines.length > 1 ? joinedText(lines) : '', partialReason);
    return { record, meta, id, releases: releasesOf(lines), kind: 'multiline' };
  }

  /** The lines that waited and do not belong to it. */
  strays(): Line[] {
    return this.#lines.slice(this.#end());
  }

  /** Blank lines that nothing followed go with the lines above them. */
  #end(): number {
    let end = this.#sure;
    while (end < this.#lines.length && BLANK.test(this.#lines[end]!.text)) end++;
    return end;
  }

  open(): PieceRecord[] {
    return this.#lines.map(({ record, meta, id }) => linePiece(record, meta, id, this.key));
  }
}

/** Of the same stream: no field of the one is another's. */
function isAlike(one: Line, other: Line): boolean {
  return one instanceof StreamLine && other instanceof StreamLine && one.source === other.source;
}

/** It came later in the same frame, so that it cannot be the same line. */
function isBehind(one: Line | undefined, other: Line): boolean {
  if (!(one instanceof StreamLine && other instanceof StreamLine)) return false;
  return one.idBase === other.idBase && one.index < other.index;
}

export function linePiece(record: Fields, meta: EventMeta, id: string, key: string): PieceRecord {
  return { record, meta, id: id + LINE_MARK, key, kind: 'multiline' };
}

/** The id that the caller gave the record of a piece. */
export function lineId(id: string): string {
  return id.endsWith(LINE_MARK) ? id.slice(0, -LINE_MARK.length) : id;
}

/** Where a record has its text: `message`, before `admit` also `log`. */
export function textKey(record: Fields): 'message' | 'log' {
  return record['message'] === undefined && record['log'] !== undefined ? 'log' : 'message';
}
