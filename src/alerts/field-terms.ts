import { fold } from '../base/text/fold.ts';
import { exactNumberOf } from '../base/text/number.ts';
import type { PartFinder } from '../base/text/part-finder.ts';

/** Values of one field whose spelling is remembered. */
const MAX_SPELLINGS = 2000;
const MAX_SPELLING_CHARS = 200;
const NONE: readonly never[] = [];

export interface TermTargets<T> {
  /** By the whole value, folded. */
  readonly values: ReadonlyMap<string, T>;
  readonly numbers: ReadonlyMap<number, T>;
  readonly parts: PartFinder<T> | undefined;
  /** Numbers are texts for the parts, too. */
  readonly ofNumbers: boolean;
  readonly any: T | undefined;
}

/** The terms that rules want of one field, and where each leads to. */
export class FieldTerms<T> {
  readonly name: string;
  readonly isPath: boolean;
  /** Objects that are not without a prototype have something else under the name. */
  readonly isInherited: boolean;
  readonly any: T | undefined;
  readonly #targets: TermTargets<T>;
  readonly #hasValues: boolean;
  readonly #hasNumbers: boolean;
  /** As events spell them. */
  readonly #spellings = new Map<string, T | undefined>();

  constructor(name: string, targets: TermTargets<T>) {
    this.name = name;
    this.isPath = name.includes('.');
    this.isInherited = name in Object.prototype;
    this.any = targets.any;
    this.#targets = targets;
    this.#hasValues = targets.values.size > 0;
    this.#hasNumbers = targets.numbers.size > 0;
  }

  /** Where a value leads to as a whole. `value` is no object and not null. */
  whole(value: unknown): T | undefined {
    return this.#hasValues ? this.#spelled(typeof value === 'string' ? value : String(value)) : undefined;
  }

  /** Where it leads to as a number. */
  number(value: unknown): T | undefined {
    if (!this.#hasNumbers) return undefined;
    if (typeof value === 'number') return this.#targets.numbers.get(value);
    const number = typeof value === 'string' ? exactNumberOf(value) : undefined;
    return number === undefined ? undefined : this.#targets.numbers.get(Number(number));
  }

  /** Where its parts lead to; the list is used again for the next value. */
  parts(value: unknown): readonly T[] {
    const { parts, ofNumbers } = this.#targets;
    if (parts === undefined) return NONE;
    if (typeof value === 'string') return parts.find(value);
    return ofNumbers || typeof value !== 'number' || !Number.isFinite(value) ? parts.find(String(value)) : NONE;
  }

  #spelled(text: string): T | undefined {
    const known = this.#spellings.get(text);
    if (known !== undefined) return known;
    if (this.#spellings.has(text)) return undefined;
    const found = this.#targets.values.get(fold(text));
    if (this.#spellings.size < MAX_SPELLINGS && text.length < MAX_SPELLING_CHARS) this.#spellings.set(text, found);
    return found;
  }
}
