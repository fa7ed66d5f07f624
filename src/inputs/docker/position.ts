import { hash } from 'node:crypto';
import type { LogLine, StreamName } from './log-stream.ts';

/*
 * A container's log has an order of its own, in which times may go back: stdout and stderr are written by two, and clocks are
 * set. The engine can begin at a time only. So reading begins a little before the last line that is known, and goes on
 * behind that line, which is known again by its time, its stream, its place among the lines of that very time, and its text.
 */

/** A line by which a place in a log is known again. */
export interface Mark {
  readonly time: string;
  readonly stream: StreamName;
  /** How many lines of its stream have the same time before it. */
  readonly ordinal: number;
  /** Digest of its text. */
  readonly print: string;
}

/** A line with its place among those of its stream. */
export interface PlacedLine extends LogLine {
  /** How many lines, or pieces, of the same time came before it. */
  readonly ordinal: number;
  /** 0: a line; else which piece of one it is. */
  readonly piece: number;
  /** Time of the first piece of its line. */
  readonly lineTime: string;
}

/** How far the log of a container is read. */
export interface Place {
  /** The last line that is durable; undefined: none is. */
  mark?: Mark | undefined;
  /** The latest time of all lines up to there, and of those that are pending. */
  high?: string | undefined;
  /** Lines behind it, up to `mark`, that may be durable, and the name they were handed on with. */
  pending?: { readonly mark: Mark; readonly name: string } | undefined;
}

export function markOf({ time, stream, ordinal, bytes }: PlacedLine): Mark {
  return { time, stream, ordinal, print: printOf(bytes) };
}

/** Whether it is that line, as far as the line alone says. */
export function isLineOf(mark: Mark, { time, stream, bytes }: LogLine): boolean {
  return time === mark.time && stream === mark.stream && printOf(bytes) === mark.print;
}

const printOf = (bytes: Buffer): string => hash('sha256', bytes, 'hex').slice(0, 24);

function isAt(line: PlacedLine, mark: Mark | undefined): boolean {
  return mark !== undefined && line.ordinal === mark.ordinal && isLineOf(mark, line);
}

/** Tells the lines of one time apart, and the pieces of one line. */
export class Ordinals {
  readonly #last: Record<StreamName, Pick<PlacedLine, 'time' | 'ordinal' | 'piece' | 'lineTime' | 'isWhole'>> = {
    stdout: NONE,
    stderr: NONE,
  };

  place(line: LogLine): PlacedLine {
    const last = this.#last[line.stream];
    const { time, ms, stream, bytes, isWhole, cutBytes } = line;
    const goesOn = !last.isWhole;
    const placed = {
      ...{ time, ms, stream, bytes, isWhole, cutBytes },
      ordinal: time === last.time ? last.ordinal + 1 : 0,
      piece: goesOn ? last.piece + 1 : isWhole ? 0 : 1,
      lineTime: goesOn ? last.lineTime : time,
    };
    // Without its bytes, which would keep what they were read with.
    this.#last[stream] = { time, ordinal: placed.ordinal, piece: placed.piece, lineTime: placed.lineTime, isWhole };
    return placed;
  }
}

const NONE = { time: '', ordinal: -1, piece: 0, lineTime: '', isWhole: true };

/** Lines of which it is found out what they are. */
export interface Found {
  readonly lines: readonly PlacedLine[];
  /** The name that they were handed on with before; undefined: they are new. */
  readonly name?: string | undefined;
}

/** Memory that several share while they look for their places. */
export interface HoldBudget {
  used: number;
  readonly limit: number;
}

const OVERHEAD = 200;

/** Looks for the place in a log that is read anew, from a little before it on. */
export class Search {
  readonly #place: Readonly<Place>;
  readonly #budget: HoldBudget;
  #held: PlacedLine[] = [];
  #heldBytes = 0;
  #isBehindMark: boolean;
  /** Lines that were left out because there was no room to hold them: they lie before the place, or are lost. */
  dropped = 0;
  /** What was known is not in the log any more: lines between that and what came may be lost. */
  isGap = false;
  isOver = false;

  constructor(place: Readonly<Place>, budget: HoldBudget) {
    this.#place = { ...place };
    this.#budget = budget;
    this.#isBehindMark = place.mark === undefined;
    this.isOver = this.#isBehindMark && place.pending === undefined;
  }

  /** Undefined: it is not known yet what the line is. */
  take(line: PlacedLine): Found | undefined {
    const { mark, high = '', pending } = this.#place;
    if (!this.#isBehindMark && isAt(line, mark)) {
      this.#release();
      this.dropped = 0;
      this.#isBehindMark = true;
      this.isOver = pending === undefined;
      return this.isOver ? { lines: [] } : undefined;
    }
    if (pending !== undefined && isAt(line, pending.mark)) {
      this.#held.push(line);
      return this.#decide(pending.name);
    }
    // Nothing that is known is as late as this: the place is not in the log any more, and what is there lay behind it.
    if (line.time > high) {
      this.#held.push(line);
      this.isGap = !this.#isBehindMark || mark === undefined;
      return this.#decide(undefined);
    }
    this.#hold(line);
    return undefined;
  }

  /** No more lines came for a while, or will come: what is held is new. */
  giveUp(): Found {
    this.isGap = !this.#isBehindMark && this.#held.length > 0;
    return this.#decide(undefined);
  }

  /** Gives its memory back. */
  close(): void {
    this.#release();
    this.isOver = true;
  }

  #hold(line: PlacedLine): void {
    const bytes = line.bytes.length + OVERHEAD;
    if (this.#budget.used + bytes > this.#budget.limit) {
      this.dropped++;
      return;
    }
    this.#budget.used += bytes;
    this.#heldBytes += bytes;
    this.#held.push(line);
  }

  #decide(name: string | undefined): Found {
    const lines = this.#held;
    this.#release();
    this.isOver = true;
    return name === undefined ? { lines } : { lines, name };
  }

  #release(): void {
    this.#budget.used -= this.#heldBytes;
    this.#heldBytes = 0;
    this.#held = [];
  }
}

/** Reading begins so long before the last line that is known. */
const OVERLAP_MS = 1000;

/** `since` of a request; undefined: from the beginning. */
export function sinceOf({ mark }: Readonly<Place>): string | undefined {
  if (mark === undefined) return undefined;
  const ms = Date.parse(mark.time) - OVERLAP_MS;
  if (Number.isNaN(ms)) return undefined;
  return sinceText(ms, mark.time.slice(20, 29));
}

/** Seconds and nanoseconds; `digits`: those of the fraction, where there are more than milliseconds. */
export function sinceText(
  ms: number,
  digits = String(Math.floor(ms) % 1000)
    .padStart(3, '0')
    .padEnd(9, '0'),
): string {
  return `${Math.floor(ms / 1000)}.${digits}`;
}
