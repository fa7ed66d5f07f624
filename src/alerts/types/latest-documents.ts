import type { Fields } from '../../core/event.ts';

export interface Document {
  readonly id: string;
  readonly time: number;
  readonly event: Fields;
}

const MAX_KEYS = 32;

/** The newest event of each of the few keys that were seen last: a document is larger than all else that is known of a key. */
export class LatestDocuments {
  readonly #byKey = new Map<string, Document>();

  get(id: string): Document | undefined {
    return this.#byKey.get(id);
  }

  set(id: string, document: Document): void {
    this.#byKey.delete(id);
    this.#byKey.set(id, document);
    if (this.#byKey.size > MAX_KEYS) this.#byKey.delete(this.#byKey.keys().next().value!);
  }

  delete(id: string): void {
    this.#byKey.delete(id);
  }
}
