/** A value of a class of the library that JavaScript has nothing like: what every Java object can do. */
export abstract class JavaObject {
  /** With its package, as in messages: `java.util.HashSet`. */
  abstract get javaName(): string;

  abstract toText(): string;

  equals(other: unknown): boolean {
    return this === other;
  }

  hash(): number {
    return 0;
  }

  /** As `Comparable`; undefined where it is not one, or not with this other. */
  compareTo(_other: unknown): number | undefined {
    return undefined;
  }

  /** What a document holds in its place. Default: its text. */
  toDocument(): unknown {
    return this.toText();
  }
}
