import { type Fields, isFields } from '../../core/event.ts';

/** An event with its document. */
export interface Kept {
  readonly id: string;
  readonly time: number;
  readonly event: Fields;
}

export function asKept(value: unknown): Kept | undefined {
  if (!isFields(value)) return undefined;
  const { id, time, event } = value;
  return typeof id === 'string' && Number.isFinite(time) && isFields(event)
    ? { id, time: time as number, event }
    : undefined;
}

/** Documents of one key: the oldest of a window, as many as are worth keeping. */
const MAX_OF_KEY = 64;

/** How many documents a rule keeps over all its keys. */
export class DocumentBudget {
  readonly #max: number;
  #count = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** The list with the event in it, by time, unless there are enough. */
  add(list: Kept[] | undefined, { id, time, event }: Kept): Kept[] | undefined {
    if (this.#count >= this.#max || (list?.length ?? 0) >= MAX_OF_KEY) return list;
    this.#count++;
    const kept = { id, time, event };
    if (list === undefined) return [kept];
    let at = list.length;
    while (at > 0 && list[at - 1]!.time > time) at--;
    list.splice(at, 0, kept);
    return list;
  }

  /** Takes out what is not later than `time`. */
  expire(list: Kept[] | undefined, time: number): void {
    if (list === undefined || list.length === 0 || list[0]!.time > time) return;
    let gone = 1;
    while (gone < list.length && list[gone]!.time <= time) gone++;
    list.splice(0, gone);
    this.#count -= gone;
  }

  drop(list: Kept[] | undefined): void {
    this.#count -= list?.length ?? 0;
  }
}
