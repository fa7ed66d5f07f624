import type { Fields } from '../../core/event.ts';
import type { BeatsEvent } from './record.ts';

/** More events, or more bytes of them, are another run: what is taken as one stays small. */
const MAX_EVENTS = 1000;
const MAX_BYTES = 1024 * 1024;
/** What the smallest event costs beside its bytes. */
const EVENT_BYTES = 64;

/** Events of one window side by side, all of them with an id or none, and for one pipeline: taken together, or not at all. */
export class Run {
  readonly records: Fields[] = [];
  /** Epoch milliseconds with fraction; NaN where there is none. */
  readonly times: number[] = [];
  readonly ids: string[] = [];
  readonly sequences: number[] = [];
  /** That they name. */
  pipeline: string | undefined = undefined;
  /** Of the events as they came. */
  bytes = 0;
  /** When the last one arrived, epoch milliseconds. */
  receivedAt = 0;

  get length(): number {
    return this.records.length;
  }

  get hasIds(): boolean {
    return this.ids.length > 0;
  }

  get isFull(): boolean {
    return this.records.length >= MAX_EVENTS || this.bytes >= MAX_BYTES;
  }

  /** What it counts for in limits. */
  get size(): number {
    return this.bytes + EVENT_BYTES * this.records.length;
  }

  /** Whether the event may stand in it. */
  fits(event: BeatsEvent): boolean {
    if (this.length === 0) return true;
    return (event.id !== undefined) === this.hasIds && event.pipeline === this.pipeline;
  }

  add({ record, time, id, pipeline }: BeatsEvent, sequence: number, bytes: number): void {
    this.pipeline = pipeline;
    this.records.push(record);
    this.times.push(time);
    if (id !== undefined) this.ids.push(id);
    this.sequences.push(sequence);
    this.bytes += bytes;
  }
}
