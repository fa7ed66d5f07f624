/** What an integration was last told of a group. Plain JSON. */
export interface Told {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Fingerprints of what fired then. */
  readonly firing: readonly string[];
  /** And of what was over. */
  readonly resolved: readonly string[];
  /** Forgotten then; epoch milliseconds. */
  readonly expiresAt: number;
  /** What that message left behind at its receiver: the message that the next one edits, or its thread. */
  readonly remember?: string | undefined;
}

/** Whether an integration has to be told of a group again, as Alertmanager decides. */
export function isNews(
  told: Told | undefined,
  { firing, resolved, sendResolved }: { firing: readonly string[]; resolved: readonly string[]; sendResolved: boolean },
  repeatIntervalMs: number,
  now: number,
): boolean {
  if (told === undefined) return firing.length > 0;
  if (hasNew(told.firing, firing)) return true;
  // Also without send_resolved: what fired before is over then, and what comes after it is new.
  if (firing.length === 0) return told.firing.length > 0;
  if (sendResolved && hasNew(told.resolved, resolved)) return true;
  return told.at < now - repeatIntervalMs;
}

function hasNew(before: readonly string[], now: readonly string[]): boolean {
  const known = new Set(before);
  return now.some(one => !known.has(one));
}

/** The last word to each integration of each group. */
export class NotifyLog {
  readonly #told = new Map<string, Told>();

  get(key: string, now: number): Told | undefined {
    const told = this.#told.get(key);
    return told === undefined || told.expiresAt <= now ? undefined : told;
  }

  set(key: string, told: Told): void {
    this.#told.delete(key);
    this.#told.set(key, told);
  }

  delete(key: string): void {
    this.#told.delete(key);
  }

  clear(): void {
    this.#told.clear();
  }

  entries(): IterableIterator<[string, Told]> {
    return this.#told.entries();
  }

  get size(): number {
    return this.#told.size;
  }

  /** Forgets what has expired, and the oldest beyond `most`. Gives the keys that are gone. */
  forget(now: number, most: number): string[] {
    const gone: string[] = [];
    let over = this.#told.size - most;
    for (const [key, { expiresAt }] of this.#told) {
      if (expiresAt > now && over <= 0) continue;
      this.#told.delete(key);
      gone.push(key);
      over--;
    }
    return gone;
  }
}

/** Of one integration of a receiver, for one group. */
export function logKey(groupKey: string, receiver: string, kind: string, index: number): string {
  return JSON.stringify([groupKey, receiver, kind, index]);
}
