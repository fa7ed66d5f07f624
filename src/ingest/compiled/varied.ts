import type { Fields } from '../../core/event.ts';
import { putAscii, putBytes, putNumber, putText } from '../../schema/put.ts';
import type { Path } from './record-shape.ts';

/** Bytes that are the same in all records, or the place of a value that varies. */
export type Part = Uint8Array | number;

/** What differs in the records of a stream, as the record at hand has it. */
export class Varied {
  /** The pieces of `Stream.objects` and of `Stream.rest`. */
  readonly objects: readonly Part[];
  readonly rest: readonly Part[];
  readonly #values: unknown[];
  /** Objects and the key in them that have each value. */
  readonly #targets: readonly (readonly [Fields, string])[][];
  readonly #timeAt: number;
  readonly #traceAt: number;

  /** `holders`: where the values stand at the same paths; in the first all of them do. */
  constructor(paths: readonly Path[], holders: readonly Fields[], objects: readonly Part[], rest: readonly Part[]) {
    this.objects = objects;
    this.rest = rest;
    this.#values = paths.map(() => undefined);
    this.#timeAt = paths.findIndex(([key]) => key === '@timestamp');
    this.#traceAt = paths.findIndex(([key]) => key === 'trace_id');
    this.#targets = paths.map((path, i) =>
      holders.flatMap((holder, place): [Fields, string][] => {
        if (i === this.#timeAt && place > 0) return [];
        let at = holder;
        for (const key of path.slice(0, -1)) at = at[key] as Fields;
        return [[at, path.at(-1)!]];
      }),
    );
  }

  /** The event's own time as the record at hand has it. */
  get time(): unknown {
    return this.#timeAt < 0 ? undefined : this.#values[this.#timeAt];
  }

  /** False: one of them is unusual. */
  take(found: readonly unknown[]): boolean {
    if (found.length !== this.#values.length) return false;
    const trace = this.#traceAt < 0 ? undefined : found[this.#traceAt];
    if (this.#traceAt >= 0 && (typeof trace !== 'string' || trace === '')) return false;
    for (let i = 0; i < found.length; i++) {
      const value = found[i];
      this.#values[i] = value;
      const targets = this.#targets[i]!;
      for (let k = 0; k < targets.length; k++) targets[k]![0][targets[k]![1]] = value;
    }
    return true;
  }

  put(bytes: Buffer, at: number, parts: readonly Part[]): number {
    let p = at;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      if (typeof part !== 'number') {
        if (part.length > 0) p = putBytes(bytes, p, part);
        continue;
      }
      const value = this.#values[part];
      if (typeof value === 'string') p = putText(bytes, p, value);
      else if (typeof value === 'number') p = putNumber(bytes, p, value);
      else p = putAscii(bytes, p, value === true ? 'true' : 'false');
    }
    return p;
  }
}
