import type { Budget } from '../../budget.ts';
import { ScriptFailure } from '../../failure.ts';
import { keyOf } from '../equality.ts';
import { charged } from '../items.ts';
import { JavaObject } from '../java-object.ts';

/**
 * A stream of Java, worked through step by step: each operation makes the whole next list, which its budget pays for. What
 * ends early in Java (`anyMatch`) does so here, but what stands before it has seen every item.
 */
export class Stream extends JavaObject {
  readonly javaName: string;
  readonly #items: unknown[];
  #isUsed = false;

  constructor(items: unknown[], name = 'Stream') {
    super();
    this.#items = items;
    this.javaName = `java.util.stream.${name}`;
  }

  static of(items: unknown[], budget: Budget, name?: string): Stream {
    return new Stream(charged(items, budget), name);
  }

  /** What is in it, once. One step an item. */
  take(budget: Budget): unknown[] {
    if (this.#isUsed)
      throw new ScriptFailure('IllegalStateException', 'stream has already been operated upon or closed');
    this.#isUsed = true;
    budget.steps(this.#items.length);
    return this.#items;
  }

  toText(): string {
    return 'stream';
  }
  override toDocument(): unknown {
    return this.#items;
  }
}

/** The first of each that are equal. */
export function distinct(items: readonly unknown[]): unknown[] {
  const seen = new Set<unknown>();
  return items.filter(item => {
    const key = keyOf(item);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** A count for `limit` and `skip`. */
export function countOf(count: bigint): number {
  if (count < 0n) throw new ScriptFailure('IllegalArgumentException', String(count));
  return Number(count);
}
