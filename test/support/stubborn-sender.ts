import { expect } from 'vitest';
import type { StoredEvent } from '../../src/core/contracts.ts';
import { dockerRecord, ForwardSender } from './forward-sender.ts';

interface Sent {
  tag: string;
  records: Record<string, unknown>[];
}

/** As Docker or Fluent Bit would: each frame has a chunk id and is kept, and sent again, until it is acknowledged. */
export class StubbornSender {
  readonly unacknowledged = new Map<string, Sent>();
  readonly expected = new Map<string, string>();
  readonly #random: () => number;
  readonly #name: string;
  #frames = 0;
  #lines = 0;

  constructor(name: string, random: () => number) {
    this.#name = name;
    this.#random = random;
  }

  /** A frame of one to twelve lines, or the three pieces of a long line as three frames. */
  produce(): void {
    if (this.#random() < 0.15) {
      const text = `${this.#nextName()} ${'길다'.repeat(30)}`;
      const bytes = Buffer.from(text);
      const cut = [0, 31, 62, bytes.length];
      const id = `${this.#name}-p${this.#frames}`;
      for (let i = 0; i < 3; i++) {
        const piece = {
          partial_message: 'true',
          partial_id: id,
          partial_ordinal: String(i + 1),
          partial_last: String(i === 2),
        };
        this.#add([{ ...dockerRecord('', piece), log: bytes.subarray(cut[i], cut[i + 1]) }]);
      }
      this.expected.set(text.split(' ')[0]!, text);
      return;
    }
    const count = 1 + Math.floor(this.#random() * 12);
    const names = Array.from({ length: count }, () => this.#nextName());
    for (const name of names) this.expected.set(name, `${name} has something to say`);
    this.#add(names.map(name => dockerRecord(`${name} has something to say`)));
  }

  /** So many lines with the tag `docker.noise`, which nobody expects to find. */
  noise(count: number): void {
    const records = Array.from({ length: count }, (_, i) => dockerRecord(`noise ${i}`));
    this.unacknowledged.set(`${this.#name}-${this.#frames++}`, { tag: 'docker.noise', records });
  }

  /** Sends whatever has no ack; some of what has one, too. Stops at the first broken connection. */
  async deliver(port: number): Promise<void> {
    const client = await ForwardSender.connect(port);
    try {
      const frames = [...this.unacknowledged];
      for (const [chunk, { tag, records }] of frames) {
        client.forward(tag, records, chunk);
        if (this.#random() < 0.1) client.forward(tag, records, chunk);
        if (this.#random() < 0.2) await Promise.race([client.acknowledged(client.acks.length + 1), client.closed]);
      }
      await Promise.race([allAcknowledged(client, frames.length), client.closed]);
    } catch {
      // The connection broke: the next round sends again.
    } finally {
      for (const chunk of client.acks) this.unacknowledged.delete(chunk);
      client.close();
    }
  }

  #add(records: Record<string, unknown>[]): void {
    this.unacknowledged.set(`${this.#name}-${this.#frames++}`, { tag: 'docker.app', records });
  }

  #nextName(): string {
    return `${this.#name}x${this.#lines++}`;
  }
}

async function allAcknowledged(client: ForwardSender, frames: number): Promise<void> {
  for (let seen = new Set(client.acks).size; seen < frames; seen = new Set(client.acks).size) {
    await client.acknowledged(client.acks.length + 1);
  }
}

/** Every expected line is there once, and nothing else. */
export function verifyOnce(hits: StoredEvent[], expected: Map<string, string>): void {
  const texts = hits.map(hit => String(hit['message']));
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const missing = [...expected.values()].filter(text => !counts.has(text));
  const doubled = [...counts].filter(([, count]) => count > 1).map(([text]) => text);
  const foreign = texts.filter(text => !expected.has(text.split(' ')[0]!));
  const told = (texts: string[]) => [texts.length, ...texts.slice(0, 3)];
  expect({ missing: told(missing), doubled: told(doubled), foreign: told(foreign) }).toEqual({
    missing: [0],
    doubled: [0],
    foreign: [0],
  });
}
