/**
 * A `double` or `float` of Java whose value is whole (`5.0`), while pipelines work on a document: base/number/double.ts says how it
 * stands beside plain numbers.
 */
export class Double {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  valueOf(): number {
    return this.value;
  }

  toJSON(): number {
    return this.value;
  }

  toString(): string {
    return String(this.value);
  }
}
