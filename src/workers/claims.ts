import { AcceptedIds, keyOf } from '../buffer/spool/accepted.ts';

export type ClaimVerdict = 'go' | 'known';
type Answer = (verdict: ClaimVerdict) => void;

interface InFlight {
  owner: string;
  waiting: { worker: string; answer: Answer }[];
}

/**
 * Which frames are durable with any worker, and which are on their way with one: a frame that is sent again, over another
 * connection and so to another worker, is stored once. The primary asks; time is milliseconds of uptime.
 */
export class Claims {
  readonly #accepted: AcceptedIds;
  readonly #uptime: () => number;
  readonly #inFlight = new Map<string, InFlight>();

  constructor(options: { retry_horizon_ms: number; max_accepted_ids: number }, uptime = () => performance.now()) {
    this.#accepted = new AcceptedIds({ horizonMs: options.retry_horizon_ms, maxIds: options.max_accepted_ids });
    this.#uptime = uptime;
  }

  isAccepted(key: string): boolean {
    const { hi, lo } = keyOf(key);
    return this.#accepted.has(hi, lo);
  }

  /** Answers at once, or when whoever has the frame on its way is done with it. */
  claim(key: string, worker: string, answer: Answer): void {
    const inFlight = this.#inFlight.get(key);
    if (inFlight !== undefined) inFlight.waiting.push({ worker, answer });
    else if (this.isAccepted(key)) answer('known');
    else {
      this.#inFlight.set(key, { owner: worker, waiting: [] });
      answer('go');
    }
  }

  done(key: string): void {
    const { hi, lo } = keyOf(key);
    this.#accepted.add(hi, lo, this.#uptime());
    const inFlight = this.#inFlight.get(key);
    this.#inFlight.delete(key);
    for (const { answer } of inFlight?.waiting ?? []) answer('known');
  }

  failed(key: string, worker: string): void {
    const inFlight = this.#inFlight.get(key);
    if (inFlight?.owner !== worker) return;
    const next = inFlight.waiting.shift();
    if (next === undefined) this.#inFlight.delete(key);
    else {
      inFlight.owner = next.worker;
      next.answer('go');
    }
  }

  /** The worker is dead: what it waited for is nobody's; what it had on its way stays so until `recovered` tells. */
  gone(worker: string): void {
    for (const inFlight of this.#inFlight.values())
      inFlight.waiting = inFlight.waiting.filter(one => one.worker !== worker);
  }

  /** The worker has read its spool: these frames (8 bytes each) are durable with it, and no other one is. */
  recovered(worker: string, keys: Uint8Array): void {
    const view = new DataView(keys.buffer, keys.byteOffset, keys.byteLength);
    const now = this.#uptime();
    for (let i = 0; i + 8 <= keys.byteLength; i += 8) this.#accepted.add(view.getUint32(i), view.getUint32(i + 4), now);
    for (const [key, { owner }] of [...this.#inFlight]) {
      if (owner !== worker) continue;
      if (this.isAccepted(key)) this.done(key);
      else this.failed(key, worker);
    }
  }
}
