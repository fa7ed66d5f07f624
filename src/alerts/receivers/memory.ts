import type { Integration } from './integration.ts';

/** Of more groups the longest untold is forgotten: its next message is a new one. */
const MOST = 20_000;

/** What the last message on a group left behind at its receiver: the message that the next one edits. Not on the disk. */
export class GroupMemory {
  readonly #known = new Map<string, string>();

  get(key: string): string | undefined {
    return this.#known.get(key);
  }

  set(key: string, remember: string | undefined): void {
    this.#known.delete(key);
    if (remember === undefined) return;
    this.#known.set(key, remember);
    if (this.#known.size <= MOST) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}

/** The integration with what its messages left behind. `name`: of the entry of a list of a receiver. */
export function remembering(integration: Integration, memory: GroupMemory, name: string): Integration {
  return {
    async send(message, signal) {
      const key = JSON.stringify([message.receiver, name, message.groupKey]);
      const result = await integration.send({ remembered: memory.get(key), ...message }, signal);
      if (result.ok) memory.set(key, result.remember);
      return result;
    },
  };
}
