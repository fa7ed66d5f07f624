import { hash } from 'node:crypto';
import type { LogLine, StreamName } from './log-stream.ts';

/** Some ten thousand lines a second, for as long as an engine takes to notice a rotation. */
const REMEMBERED = 8192;

/**
 * Engines before 23.0 give the last lines of a file once more when they rotate it under somebody who follows. The lines of one
 * stream never have the same time, save for the pieces of one line: those that were there before are left out.
 */
export class Repeats {
  readonly #keys = new Float64Array(REMEMBERED);
  #next = 0;
  readonly #last: Record<StreamName, { time: string; isWhole: boolean }> = {
    stdout: { time: '', isWhole: true },
    stderr: { time: '', isWhole: true },
  };

  /** Whether the line was there before; it is from now on. */
  has(line: LogLine): boolean {
    const { time, stream, isWhole } = line;
    const last = this.#last[stream];
    const goesOn = !last.isWhole && last.time === time;
    const key = keyOf(line);
    if (!goesOn && time <= last.time && this.#keys.includes(key)) return true;
    this.#keys[this.#next] = key;
    this.#next = (this.#next + 1) % REMEMBERED;
    last.time = time;
    last.isWhole = isWhole;
    return false;
  }
}

/** Nanoseconds of an hour with the stream, in 43 bits, and a few bits of the text. */
function keyOf({ time, stream, bytes }: LogLine): number {
  const nanos = Number(time.slice(14, 16)) * 60e9 + Number(time.slice(17, 19)) * 1e9 + Number(time.slice(20, 29));
  const text = bytes.length < 1024 ? bytes.length : Number.parseInt(hash('md5', bytes, 'hex').slice(0, 2), 16);
  return (nanos * 2 + (stream === 'stderr' ? 1 : 0)) * 1024 + text;
}
