import { RedisFailure, redisFailure } from './failure.ts';
import { REDIS_LIMITS } from './options.ts';
import { isNearlyFull, type Proof, proofOf, type ServerState } from './server-state.ts';

/*
 * When is a job that Redis has acknowledged on its disk?
 *
 *   append-only file off      never; said loudly, and the chunk leaves the spool anyway
 *   appendfsync always        with the acknowledgement
 *   everysec, Redis >= 7.2    when WAITAOF on a connection that wrote something after it says so
 *   everysec, older           an fsync begins within a second: after `fsync_wait_ms` none may be pending, none have failed
 *   appendfsync no            as with everysec; that the system may wait longer is said loudly
 *
 * One question serves all jobs that wait. A server that ended in between may have lost what it acknowledged, so every
 * job must still be known at the end, and after a reconnection its time starts again. With `min_replicas` the fence
 * waits for them, too.
 */
export interface DurabilityDeps {
  state(): Promise<ServerState>;
  /** Gives how many [local files, replicas] have everything up to now. */
  fence(replicas: number, hasWaitAof: boolean): Promise<[number, number]>;
  areKnown(ids: readonly string[]): Promise<boolean[]>;
  epoch(): number;
  /** Milliseconds that never go back. */
  now(): number;
  delay(ms: number): Promise<void>;
}

interface Waiting {
  id: string;
  since: number;
  epoch: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** Jobs that come within this time are asked about together. */
const GATHER_MS = 100;

export class Durability {
  readonly #deps: DurabilityDeps;
  readonly #fsyncWaitMs: number;
  readonly #minReplicas: number;
  #waiting: Waiting[] = [];
  #running = false;
  #closed = false;
  /** Bytes sent since `#state` was asked for. */
  #sentSince = 0;
  #proof: Proof = 'interval';
  #state: { state: ServerState; at: number; epoch: number } | undefined;

  constructor(deps: DurabilityDeps, options: { fsync_wait_ms?: number; min_replicas: number }) {
    this.#deps = deps;
    this.#fsyncWaitMs = options.fsync_wait_ms ?? REDIS_LIMITS.fsync_wait_ms;
    this.#minReplicas = options.min_replicas;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Resolves when the job, which Redis acknowledged just now, is as safe as this Redis makes it.
   * @param epoch of the connection before the job was sent.
   * @throws RedisFailure when that cannot be said: offer it again.
   */
  async confirm(id: string, epoch: number): Promise<void> {
    const proof = await this.#proofNow();
    const isSameServer = epoch === this.#deps.epoch();
    if (isSameServer && this.#minReplicas === 0 && (proof === 'always' || proof === 'none')) return;
    if (this.#closed) throw new RedisFailure('away', 'The buffer is closed.');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ id, since: this.#deps.now(), epoch, resolve, reject });
    if (!this.#running) void this.#run();
    return promise;
  }

  /** @throws RedisFailure when so little memory would be left that workers could not take jobs out any more. */
  async assertRoom(bytes: number, minFreePercent: number): Promise<void> {
    const state = await this.#recentState(250);
    this.#sentSince += bytes;
    if (!isNearlyFull(state, this.#sentSince, minFreePercent)) return;
    this.#sentSince -= bytes;
    throw new RedisFailure(
      'full',
      `Redis uses ${state.usedMemory} of its maxmemory of ${state.maxMemory} bytes, and some must stay free for those who take jobs out.`,
      {
        fix: 'Raise its maxmemory or lower `buffer.min_free_memory_percent`.',
      },
    );
  }

  /** Whoever still waits hears that it cannot be said. */
  close(): void {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(new RedisFailure('away', 'The buffer is closed.'));
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const due = await this.#nextDue();
      try {
        await this.#settle(due);
      } catch (error) {
        const failure = redisFailure(error);
        for (const waiting of due) waiting.reject(failure);
      }
    }
    this.#running = false;
  }

  /** Those that may be asked about now; the others are older connections' or younger than the wait. */
  async #nextDue(): Promise<Waiting[]> {
    const isByTime = this.#proof === 'interval';
    const wait = isByTime ? this.#waiting[0]!.since + this.#fsyncWaitMs + GATHER_MS - this.#deps.now() : 0;
    if (wait > 0) await this.#deps.delay(wait);
    const until = isByTime ? this.#deps.now() - this.#fsyncWaitMs : Number.POSITIVE_INFINITY;
    const due = this.#waiting.filter(({ since }) => since <= until);
    this.#waiting = this.#waiting.filter(({ since }) => since > until);
    return due;
  }

  async #settle(due: Waiting[]): Promise<void> {
    const proof = await this.#proofNow();
    if (proof === 'waitaof' || this.#minReplicas > 0) {
      const [files, replicas] = await this.#deps.fence(this.#minReplicas, proof === 'waitaof');
      if (proof === 'waitaof' && files < 1)
        throw new RedisFailure('timeout', 'Redis did not say that its file is safe.');
      if (replicas < this.#minReplicas)
        throw new RedisFailure('refused', `${replicas} replicas have the chunk instead of \`buffer.min_replicas\`.`);
    }
    if (proof === 'interval') await this.#untilNoFsyncPends();
    const known = await this.#deps.areKnown(due.map(({ id }) => id));
    const epochAfter = this.#deps.epoch();
    for (const [i, waiting] of due.entries()) {
      if (!known[i]) waiting.reject(new RedisFailure('lost', 'Redis has lost a chunk that it had acknowledged.'));
      else if (waiting.epoch === epochAfter || proof === 'none') waiting.resolve();
      else this.#waiting.push({ ...waiting, since: this.#deps.now(), epoch: epochAfter });
    }
  }

  async #untilNoFsyncPends(): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      const state = await this.#recentState(0);
      if (!state.aofHealthy) throw new RedisFailure('refused', 'Redis cannot write its append-only file.');
      if (!state.fsyncPending || this.#closed) return;
      await this.#deps.delay(50);
    }
    throw new RedisFailure('timeout', 'An fsync of Redis does not end.');
  }

  async #proofNow(): Promise<Proof> {
    this.#proof = proofOf(await this.#recentState(1000));
    return this.#proof;
  }

  async #recentState(maxAgeMs: number): Promise<ServerState> {
    const epoch = this.#deps.epoch();
    const known = this.#state;
    if (known !== undefined && known.epoch === epoch && this.#deps.now() - known.at < maxAgeMs) return known.state;
    const state = await this.#deps.state();
    this.#state = { state, at: this.#deps.now(), epoch };
    this.#sentSince = 0;
    return state;
  }
}
