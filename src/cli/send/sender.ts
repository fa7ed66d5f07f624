import { backoffMs } from '../../base/flow/backoff.ts';
import { isRetryable } from '../../core/errors.ts';
import type { Client } from '../client.ts';
import { printable } from '../format.ts';

const RETRY = { baseMs: 200, capMs: 5000 };
const PROGRESS_MS = 500;

export interface Sum {
  events: number;
  bytes: number;
}

export const told = ({ events, bytes }: Sum): string => `taken: ${events} events, ${bytes} bytes`;
export const nameOf = (name: string): string => (name === '-' ? 'standard input' : printable(name));

/** Sends batches, again and again while nobody takes them, and shows how far it is. */
export class Sender {
  readonly #client: Client;
  readonly #path: string;
  readonly #retryMs: number;
  readonly #screen: NodeJS.WriteStream;
  readonly #type: string;
  #shownAt = 0;

  /** `type`: the media type of what is sent. */
  constructor(client: Client, tag: string, retryMs: number, screen: NodeJS.WriteStream, type = 'text/plain') {
    this.#type = type;
    this.#client = client;
    this.#path = `/api/logs?tag=${encodeURIComponent(tag)}`;
    this.#retryMs = retryMs;
    this.#screen = screen;
  }

  /** How many events it was. Rejects when it was not taken in time, or never will be. */
  async post(batch: Buffer, id: string): Promise<number> {
    const until = Date.now() + this.#retryMs;
    for (let failures = 1; ; failures++) {
      try {
        const response = await this.#client.ingestBytes(this.#path, batch, id, this.#type);
        return ((await response.json()) as { accepted: number }).accepted;
      } catch (error) {
        if (!isRetryable(error) || Date.now() > until) throw error;
        await new Promise(resolve => setTimeout(resolve, backoffMs(failures, RETRY)));
      }
    }
  }

  shown(): void {
    if (this.#shownAt > 0) this.#screen.write('\r\u001b[K');
  }

  show(text: string): void {
    if (!this.#screen.isTTY || Date.now() - this.#shownAt < PROGRESS_MS) return;
    this.#shownAt = Date.now();
    this.#screen.write(`\r\u001b[K${text}`);
  }
}
