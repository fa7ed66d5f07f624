import { hideSecrets } from '../../base/secrets/secrets.ts';
import { type Fields, isFields } from '../../core/event.ts';

/** In the place of a value that differs from record to record. */
const VARIES = Symbol('varies');

/** Keys on the way to a value. */
export type Path = readonly string[];

/** Values of a record in their order: what the next one of the same stream has to have as well, but for those that vary. */
export class RecordShape {
  readonly #keys: string[] = [];
  readonly #values: unknown[] = [];

  /** Undefined: something in it is no plain value, or it is too much. `skipped`: a key at the top whose value is of no matter. */
  static of(record: Fields, skipped: string, left = { values: MAX_VALUES }): RecordShape | undefined {
    const shape = new RecordShape();
    for (const key in record) {
      const value = record[key];
      if (--left.values < 0 || key.length > MAX_KEY_CHARS) return undefined;
      if (key === skipped) shape.#push(key, undefined);
      else if (isFields(value)) {
        const inner = RecordShape.of(value, '', left);
        if (inner === undefined) return undefined;
        shape.#push(key, inner);
      } else if (value === undefined || isScalar(value)) shape.#push(key, value);
      else return undefined;
    }
    return shape;
  }

  /** Whether a record has the same keys in the same order, with the same values. Those that vary are added to `found`. */
  fits(record: Fields, skipped: string, found: unknown[]): boolean {
    const keys = this.#keys;
    let i = 0;
    for (const key in record) {
      if (key !== keys[i]) return false;
      const expected = this.#values[i++];
      if (key === skipped) continue;
      const value = record[key];
      if (value === expected) continue;
      if (expected === VARIES) {
        if (!mayStand(value)) return false;
        found.push(value);
      } else if (!(expected instanceof RecordShape) || !isFields(value) || !expected.fits(value, '', found))
        return false;
    }
    return i === keys.length;
  }

  /** The shape that fits this record, too; undefined: something else differs than what may vary. */
  widened(record: Fields, skipped: string, mayVary: (path: Path) => boolean, path: Path = []): RecordShape | undefined {
    const shape = new RecordShape();
    let i = 0;
    for (const key in record) {
      if (key !== this.#keys[i]) return undefined;
      const expected = this.#values[i++];
      const value = record[key];
      if (key === skipped || value === expected) shape.#push(key, expected);
      else if (expected instanceof RecordShape) {
        const inner = isFields(value) ? expected.widened(value, '', mayVary, [...path, key]) : undefined;
        if (inner === undefined) return undefined;
        shape.#push(key, inner);
      } else if (mayStand(value) && (expected === VARIES || (isScalar(expected) && mayVary([...path, key]))))
        shape.#push(key, VARIES);
      else return undefined;
    }
    return i === this.#keys.length ? shape : undefined;
  }

  /** The shape in which the value of a key at the top may be another one; undefined: it is no plain value. */
  varyingAt(key: string): RecordShape | undefined {
    const at = this.#keys.indexOf(key);
    if (!isScalar(this.#values[at])) return undefined;
    const shape = new RecordShape();
    this.#keys.forEach((other, i) => {
      shape.#push(other, i === at ? VARIES : this.#values[i]);
    });
    return shape;
  }

  /** Where the values are that vary, in the order of `fits`. */
  varying(path: Path = []): Path[] {
    return this.#keys.flatMap((key, i) => {
      const value = this.#values[i];
      if (value instanceof RecordShape) return value.varying([...path, key]);
      return value === VARIES ? [[...path, key]] : [];
    });
  }

  #push(key: string, value: unknown): void {
    this.#keys.push(key);
    this.#values.push(value);
  }
}

const isScalar = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value);

/** Whether a value that varies is written as it is: it is short, and no secret. */
function mayStand(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= MAX_VARYING_CHARS && hideSecrets(value) === value;
  return typeof value === 'boolean' || Number.isSafeInteger(value);
}

const MAX_VALUES = 64;
const MAX_KEY_CHARS = 200;
const MAX_VARYING_CHARS = 128;
