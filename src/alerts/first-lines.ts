import type { Rule } from './rules/rule.ts';
import { keyId } from './types/key-map.ts';
import type { Seen } from './types/kind.ts';

/** Keys of which the first line is kept; the one not seen for longest goes first. */
const MAX_KEYS = 200;
const MAX_CHARS = 500;

/** Whether messages of a rule show it: what is not shown is not kept. */
export const showsFirstLine = ({ timeframeMs, alerters, options }: Rule): boolean =>
  timeframeMs > 0 &&
  (alerters.some(({ type }) => type === 'slack') || JSON.stringify(options).includes('first_message'));

interface FirstLine {
  readonly message: string;
  /** Epoch milliseconds. */
  readonly time: number;
}

/**
 * The line with which a burst began: the first one of a key within a timeframe. It often tells the cause, when the latest
 * tells only what came of it. Not kept over a restart.
 */
export class FirstLines {
  readonly #timeframeMs: number;
  readonly #lines = new Map<string, FirstLine>();

  constructor(timeframeMs: number) {
    this.#timeframeMs = timeframeMs;
  }

  add({ key, time, event }: Seen): void {
    const id = keyId(key);
    const known = this.#lines.get(id);
    if (known !== undefined && time - known.time < this.#timeframeMs && known.time <= time) return;
    const { message } = event;
    this.#lines.delete(id);
    if (typeof message !== 'string' || message === '') return;
    this.#lines.set(id, { time, message: message.slice(0, MAX_CHARS).toWellFormed() });
    if (this.#lines.size > MAX_KEYS) this.#lines.delete(this.#lines.keys().next().value!);
  }

  /** The first line of what led to a match at this time; the next match begins anew. */
  take(key: unknown, time: number): FirstLine | undefined {
    const id = keyId(key);
    const found = this.#lines.get(id);
    if (found === undefined) return undefined;
    this.#lines.delete(id);
    return time - found.time <= this.#timeframeMs && found.time < time ? found : undefined;
  }
}
