import { abortableDelay } from '../base/flow/abort.ts';
import type { Connection } from '../buffer/redis/connection.ts';
import { keysOf } from '../buffer/redis/keys.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';

const log = logger('redis');

/** A renewal is due after this part of the time to live, and the lease is not trusted in the last tenth. */
const RENEWALS = 3;
const TRUSTED = 0.9;

export interface LockOptions {
  queue: string;
  /** Who asks, for people to read; no two may be the same. */
  name: string;
  ttlMs: number;
  /** Milliseconds that never go back; default `performance.now`. */
  monotonic?: () => number;
}

/**
 * At most one evaluator. Whoever has the lock knows by the monotonic clock until when nobody else can have it: a process
 * that stood still finds its lease expired, whatever the wall clock says. What it writes carries the lock's value, and
 * Redis refuses it from anybody else.
 * Is not: safe from a failover to a replica that does not have the lock yet; then two may hold it until the first one's
 * next renewal, which follows each reconnection at once.
 */
export class EvaluatorLock {
  readonly #connection: Connection;
  readonly #options: LockOptions;
  /** Of the one who has it, as of the last try. */
  holder: string | undefined;
  #lease: Lease | undefined;

  constructor(connection: Connection, options: LockOptions) {
    this.#connection = connection;
    this.#options = options;
    connection.onReady(() => this.#lease?.renewSoon());
  }

  /** The lease, or undefined while another has it. @throws when Redis is away. */
  async tryAcquire(): Promise<Lease | undefined> {
    this.#connection.assertReady();
    const { queue, name, ttlMs, monotonic = () => performance.now() } = this.#options;
    const { alertsLock, alertsToken, alertsState } = keysOf(queue);
    const askedAt = monotonic();
    const [token, holder] = (await this.#connection.script(
      'longshoreLockAcquire',
      [alertsLock, alertsToken, alertsState],
      [name, ttlMs],
    )) as [number, string];
    this.holder = token > 0 ? name : holder.slice(holder.indexOf(':') + 1);
    if (token === 0) return undefined;
    const value = `${token}:${name}`;
    this.#lease = new Lease(this.#connection, { queue, ttlMs, monotonic, askedAt, token, value });
    return this.#lease;
  }
}

interface LeaseOptions {
  queue: string;
  ttlMs: number;
  monotonic: () => number;
  askedAt: number;
  token: number;
  value: string;
}

export class Lease {
  readonly token: number;
  /** What stands in the lock while it is ours. */
  readonly value: string;
  readonly #connection: Connection;
  readonly #options: LeaseOptions;
  readonly #lost = new AbortController();
  readonly #released = new AbortController();
  #trustedUntil: number;
  #hurry: (() => void) | undefined;

  constructor(connection: Connection, options: LeaseOptions) {
    this.#connection = connection;
    this.#options = options;
    this.token = options.token;
    this.value = options.value;
    this.#trustedUntil = options.askedAt + options.ttlMs * TRUSTED;
    void this.#renewAll();
  }

  /** Whether surely nobody else has the lock. */
  isHeld(): boolean {
    if (this.#lost.signal.aborted || this.#released.signal.aborted) return false;
    if (this.#options.monotonic() < this.#trustedUntil) return true;
    this.lose('it was not renewed in time');
    return false;
  }

  /** Aborts when it is no longer sure. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  lose(why: string): void {
    if (this.#lost.signal.aborted || this.#released.signal.aborted) return;
    log.warn({ token: this.token, why }, 'lost the lock of alert evaluation; another process may take over');
    this.#lost.abort();
  }

  /** The connection came up: another server may know nothing of the lock. */
  renewSoon(): void {
    this.#hurry?.();
  }

  /** Gives it back at once. Never throws. */
  async release(): Promise<void> {
    if (this.#released.signal.aborted) return;
    const isOurs = this.isHeld();
    this.#released.abort();
    if (!isOurs || !this.#connection.isReady) return;
    await this.#connection
      .script('longshoreLockRelease', [keysOf(this.#options.queue).alertsLock], [this.value])
      .catch(error => log.debug({ error: messageOf(error) }, 'the lock was not given back and expires'));
  }

  async #renewAll(): Promise<void> {
    const { ttlMs, monotonic } = this.#options;
    const end = AbortSignal.any([this.#lost.signal, this.#released.signal]);
    while (!end.aborted) {
      const isShort = !this.#connection.isReady;
      const untilLost = Math.max(0, this.#trustedUntil - monotonic());
      await this.#pause(Math.min(untilLost, isShort ? ttlMs / 20 : ttlMs / RENEWALS), end);
      if (end.aborted || !this.isHeld()) return;
      await this.#renew();
    }
  }

  async #renew(): Promise<void> {
    if (!this.#connection.isReady) return;
    const { queue, ttlMs, monotonic } = this.#options;
    const askedAt = monotonic();
    try {
      const reply = await this.#connection.script(
        'longshoreLockRenew',
        [keysOf(queue).alertsLock],
        [this.value, ttlMs],
      );
      if (reply === 1) this.#trustedUntil = askedAt + ttlMs * TRUSTED;
      else this.lose('another has taken the lock, or Redis has lost it');
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'the lock was not renewed; trying again');
      await abortableDelay(ttlMs / 20, this.#lost.signal);
    }
  }

  async #pause(ms: number, end: AbortSignal): Promise<void> {
    const early = new AbortController();
    this.#hurry = () => early.abort();
    await abortableDelay(ms, AbortSignal.any([end, early.signal]));
    this.#hurry = undefined;
  }
}
