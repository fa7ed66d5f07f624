import { pythonStr } from '../python/str.ts';

/**
 * Identity of a query key value: 1 and "1" are different groups, missing and null are one, lists and objects count by
 * their text. (Python takes false for 0 and true for 1; here they are different groups.)
 */
export function keyId(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'number') return `n${value}`;
  if (typeof value === 'boolean') return `b${value}`;
  return `s${typeof value === 'string' ? value : pythonStr(value)}`;
}

/** Identity of an alert in its rule: the key, and the level where there are several. */
export const alertId = ({ key, level }: { readonly key?: unknown; readonly level?: string | undefined }): string =>
  level === undefined ? keyId(key) : `${keyId(key)}\0${level}`;

/** What is kept per key, bounded: touching a key makes it the last to go. */
export class KeyMap<T> {
  readonly #map = new Map<string, T>();
  readonly #limit: number;
  readonly #onEvict: (value: T) => void;

  constructor(limit: number, onEvict: (value: T) => void = () => {}) {
    this.#limit = Math.max(1, limit);
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#map.size;
  }

  get(id: string): T | undefined {
    return this.#map.get(id);
  }

  touch(id: string, value: T): void {
    if (this.#map.size > 1) this.#map.delete(id);
    this.#map.set(id, value);
    if (this.#map.size > this.#limit) this.evictOldest();
  }

  delete(id: string): void {
    this.#map.delete(id);
  }

  evictOldest(): void {
    for (const [id, value] of this.#map) {
      this.#map.delete(id);
      this.#onEvict(value);
      return;
    }
  }

  entries(): MapIterator<[string, T]> {
    return this.#map.entries();
  }
}
