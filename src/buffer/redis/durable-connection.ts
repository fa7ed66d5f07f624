import { abortableDelay } from '../../base/flow/abort.ts';
import { Connection } from './connection.ts';
import { Durability } from './durability.ts';
import { keysOf } from './keys.ts';
import type { RedisBufferOptions } from './options.ts';

/** Redis begins an fsync once a second, and a second one waits for the first. */
const MAX_FSYNC_WAIT_MS = 2000;

/**
 * What whoever hands something over to Redis needs: a connection for commands, and `durability`, which says when these are
 * on the disk of Redis. It asks over a connection of its own: a fence blocks.
 */
export class DurableConnection {
  readonly commands: Connection;
  readonly durability: Durability;
  /** Milliseconds within which a fence is answered, or Redis counts as away. */
  readonly fenceTimeoutMs: number;
  readonly #fence: Connection;
  readonly #closed = new AbortController();

  /**
   * `areKnown`: whether Redis has these ids.
   * @throws LongshoreError LS_REDIS_URL, LS_REDIS_CA_FILE
   */
  constructor(options: RedisBufferOptions, areKnown: (ids: readonly string[]) => Promise<boolean[]>) {
    this.fenceTimeoutMs = options.command_timeout_ms + MAX_FSYNC_WAIT_MS;
    this.commands = new Connection(options, 'commands');
    this.#fence = new Connection(options, 'fence');
    const key = keysOf(options.queue).fence;
    this.durability = new Durability(
      {
        state: () => this.commands.state(),
        fence: async (replicas, hasWaitAof) => {
          this.#fence.assertReady();
          return this.#fence.fence(key, replicas, hasWaitAof, this.fenceTimeoutMs);
        },
        areKnown,
        epoch: () => this.commands.epoch,
        now: () => performance.now(),
        delay: ms => abortableDelay(ms, this.#closed.signal),
      },
      options,
    );
  }

  /** Does not wait for Redis. */
  open(): void {
    this.commands.open();
    this.#fence.open();
  }

  /** Nothing is waited for any more; commands may still be sent until `close`. */
  stopWaiting(): void {
    this.#closed.abort();
    this.durability.close();
  }

  close(): void {
    this.stopWaiting();
    this.commands.close();
    this.#fence.close();
  }
}
