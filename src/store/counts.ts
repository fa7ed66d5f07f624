import type { CountRow, CountsRequest, StoredEvent } from '../core/contracts.ts';
import { LongshoreError } from '../core/errors.ts';
import { fieldAt } from '../core/event.ts';

type Sums = { events: number; values: number; sum: number | null; min: number | null; max: number | null };

/** Rows that come from several places, added up. */
export class CountTable {
  readonly #rows = new Map<string, { readonly stretch: number; readonly by: readonly string[] } & Sums>();
  readonly #request: CountsRequest;

  constructor(request: CountsRequest) {
    this.#request = request;
  }

  /** Throws LS_STORE_TOO_MANY_VALUES. */
  add({ stretch, by, ...more }: CountRow): void {
    const id = JSON.stringify([stretch, by]);
    const row = this.#rows.get(id);
    if (row === undefined) {
      if (this.#rows.size >= this.#request.maxRows) throw tooManyRows(this.#request);
      this.#rows.set(id, { stretch, by, ...more });
      return;
    }
    row.events += more.events;
    row.values += more.values;
    row.sum = both(row.sum, more.sum, (a, b) => a + b);
    row.min = both(row.min, more.min, Math.min);
    row.max = both(row.max, more.max, Math.max);
  }

  /** An event that the query takes. `time`: epoch milliseconds. */
  addEvent(event: Pick<StoredEvent, string>, time: number): void {
    const { from, stretchMs, stretches, by, of } = this.#request;
    const stretch = Math.floor((time - from) / stretchMs);
    if (!(stretch >= 0 && stretch < stretches)) return;
    const texts = by.map(field => textOf(fieldAt(event, field)));
    if (texts.includes(undefined)) return;
    const value = of === undefined ? undefined : fieldAt(event, of.field);
    this.add({ stretch, by: texts as string[], events: 1, ...sumsOf(value, of?.as) });
  }

  rows(): CountRow[] {
    return [...this.#rows.values()];
  }
}

export function tooManyRows({ by, maxRows }: CountsRequest): LongshoreError {
  const what = by.length === 0 ? 'the time' : by.join(' and ');
  return new LongshoreError('LS_STORE_TOO_MANY_VALUES', `more than ${maxRows} numbers by ${what}.`, {
    fix: 'Narrow the query, or split by fields with fewer values.',
  });
}

/** What of a value is added up: of a list nothing, as in the stores. */
function sumsOf(value: unknown, as: 'values' | 'numbers' | undefined): Omit<Sums, 'events'> {
  const text = as === undefined ? undefined : textOf(value);
  const number = text === undefined || text.trim() === '' || typeof value === 'boolean' ? Number.NaN : Number(text);
  if (Number.isFinite(number)) return { values: 1, sum: number, min: number, max: number };
  return { values: as === 'values' && text !== undefined ? 1 : 0, sum: null, min: null, max: null };
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function both(a: number | null, b: number | null, merge: (a: number, b: number) => number): number | null {
  return a === null ? b : b === null ? a : merge(a, b);
}
