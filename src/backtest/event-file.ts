import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { isoTime } from '../base/time/iso.ts';
import type { Predicate } from '../core/contracts.ts';
import { LongshoreError } from '../core/errors.ts';
import { type Fields, isFields, newFields } from '../core/event.ts';
import { parseTime } from '../store/query/times.ts';
import type { TimedEvent } from './driven-engine.ts';

export interface ReadOptions {
  /** Events that no rule wants are let go at once. */
  readonly isWanted: Predicate;
  /** Epoch milliseconds, inclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** So many wanted events are in memory to be put in order; of a longer file, half of them leave at a time. */
const MAX_SORTED = 200_000;
/** Of the year 9999: what lies behind it is no time of a log. */
const MAX_TIME = 253_402_300_799_999;
const TIMES = ['@timestamp', 'timestamp', 'time', 'ts'];

/** Events as NDJSON: what `search --json` prints, or Elasticsearch's `{"_id", "_source"}`. `-` is standard input. */
export class EventFile {
  readonly #name: string;
  readonly #input: Readable;
  /** Lines that hold no event, and the first of them. */
  #bad = 0;
  #firstBad = '';
  #late = 0;
  /** Events of the file so far, wanted or not, and the earliest and latest time among them. */
  events = 0;
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;

  constructor(path: string, stdin: Readable) {
    this.#name = path === '-' ? 'standard input' : path;
    this.#input = path === '-' ? stdin : createReadStream(path);
  }

  /** In the order of their times, as far as the memory goes. Throws LS_BACKTEST_EVENTS. */
  async *read({ isWanted, from = -Infinity, to = Infinity }: ReadOptions): AsyncGenerator<TimedEvent[]> {
    let waiting: TimedEvent[] = [];
    let told = -Infinity;
    const sorted = (count: number): TimedEvent[] => {
      waiting.sort((a, b) => a.time - b.time);
      const first = waiting.slice(0, count);
      waiting = waiting.slice(count);
      for (const { time } of first) if (time < told) this.#late++;
      told = Math.max(told, first.at(-1)?.time ?? told);
      return first;
    };
    for await (const event of this.#all()) {
      if (event.time < from || event.time > to || !isWanted(event.event)) continue;
      waiting.push(event);
      if (waiting.length >= MAX_SORTED) yield sorted(MAX_SORTED / 2);
    }
    yield sorted(waiting.length);
    if (this.events === 0) {
      throw new LongshoreError(
        'LS_BACKTEST_EVENTS',
        `${this.#name} holds no event${this.#bad > 0 ? `: ${this.#firstBad}` : ''}.`,
        {
          fix: 'Write one JSON object a line, with @timestamp, as `longshore search --json` does.',
        },
      );
    }
  }

  /** For people. */
  get hints(): string[] {
    const hints: string[] = [];
    if (this.#bad > 0)
      hints.push(`${this.#bad} lines of ${this.#name} are no event and were left out: ${this.#firstBad}`);
    if (this.#late > 0) {
      hints.push(
        `${this.#late} events of ${this.#name} stand more than ${MAX_SORTED / 2} events from their place and came in late; sort the file by @timestamp`,
      );
    }
    return hints;
  }

  async *#all(): AsyncGenerator<TimedEvent> {
    let line = 0;
    try {
      for await (const text of createInterface({ input: this.#input, crlfDelay: Number.POSITIVE_INFINITY })) {
        line++;
        if (text.trim() === '') continue;
        const event = eventOf(text, line);
        if (typeof event === 'string') {
          if (this.#bad++ === 0) this.#firstBad = `line ${line} ${event}`;
        } else {
          this.events++;
          this.first = Math.min(this.first, event.time);
          this.last = Math.max(this.last, event.time);
          yield event;
        }
      }
    } catch (cause) {
      throw new LongshoreError('LS_BACKTEST_EVENTS', `${this.#name} cannot be read: ${(cause as Error).message}.`, {
        cause,
      });
    }
  }
}

/** What is wrong, to go on after the line's number, where it is no event. */
function eventOf(text: string, line: number): TimedEvent | string {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return 'is no JSON';
  }
  const source = isFields(read) && isFields(read['_source']) ? read['_source'] : read;
  if (!isFields(read) || !isFields(source)) return 'is no JSON object';
  const name = TIMES.find(one => source[one] !== undefined);
  const time = name === undefined ? Number.NaN : timeOf(source[name]);
  if (Number.isNaN(time)) return name === undefined ? 'has no @timestamp' : `has no time in ${name}`;
  const event: Fields = newFields();
  event['@timestamp'] = isoTime(time);
  for (const key of Object.keys(source))
    if (key !== '@timestamp' && key !== '_id' && key !== '_index' && key !== 'seq') event[key] = source[key];
  const id = read['_id'] ?? source['_id'];
  return { id: typeof id === 'string' ? id : `line-${line}`, time, event: event as TimedEvent['event'] };
}

function timeOf(value: unknown): number {
  if (typeof value !== 'string' && typeof value !== 'number') return Number.NaN;
  try {
    const time = parseTime(value, 0);
    return time >= 0 && time <= MAX_TIME ? time : Number.NaN;
  } catch {
    return Number.NaN;
  }
}
