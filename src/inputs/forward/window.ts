import type { ByteBudget } from '../../base/flow/byte-budget.ts';
import type { ForwardSettings } from './options.ts';

/** What one connection has given on and is not durable yet, beside what all connections have. */
export class Window {
  readonly #settings: ForwardSettings;
  readonly #all: ByteBudget;
  #bytes = 0;
  #bytesWithoutChunk = 0;

  constructor(settings: ForwardSettings, all: ByteBudget) {
    this.#settings = settings;
    this.#all = all;
  }

  /** `hasChunk`: it is acknowledged, so that its sender has it still. */
  take(bytes: number, hasChunk: boolean): void {
    this.#bytes += bytes;
    if (!hasChunk) this.#bytesWithoutChunk += bytes;
    this.#all.take(bytes);
  }

  give(bytes: number, hasChunk: boolean): void {
    this.#bytes -= bytes;
    if (!hasChunk) this.#bytesWithoutChunk -= bytes;
    this.#all.give(bytes);
  }

  /** Whether there is no room for more, beside so many bytes that are about to be taken. */
  isFull(bytes: number, bytesWithoutChunk: number): boolean {
    const { max_unacked_bytes_per_connection, max_unacked_bytes_without_chunk } = this.#settings;
    return (
      this.#bytes + bytes >= max_unacked_bytes_per_connection ||
      this.#bytesWithoutChunk + bytesWithoutChunk >= max_unacked_bytes_without_chunk ||
      this.#all.used + bytes >= this.#all.limit
    );
  }
}
