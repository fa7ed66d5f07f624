/** A value of a class of the library that JavaScript has nothing like: what every Java object can do. */
export abstract class JavaObject {
  /** With its package, as in messages: `java.util.HashSet`. */
  abstract get javaName(): string;

  /** The simple name of the class of the library that has its methods. */
  get type(): string {
    return this.javaName.slice(this.javaName.lastIndexOf('.') + 1).replace('$', '.');
  }

  abstract toText(): string;

  equals(other: unknown): boolean {
    return this === other;
  }

  hash(): number {
    return 0;
  }

  /** The same for equal ones (equality.ts `keyOf`); undefined where each is its own. */
  key(): string | undefined {
    return undefined;
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

/** A collection that is no list: a set, a view of a map. */
export abstract class JavaCollection extends JavaObject {
  abstract get size(): number;
  /** What is in it, in its order: a new array of values of scripts. */
  abstract items(): unknown[];
  abstract has(item: unknown): boolean;
  /** False when it was there already. */
  abstract add(item: unknown): boolean;
  /** False when it was not there. */
  abstract delete(item: unknown): boolean;
  abstract clear(): void;

  [Symbol.iterator](): Iterator<unknown> {
    return this.items()[Symbol.iterator]();
  }

  override toDocument(): unknown {
    return this.items();
  }
}
