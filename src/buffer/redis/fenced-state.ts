import { LongshoreError, messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import type { Connection } from './connection.ts';
import type { Lease } from './evaluator-lock.ts';
import { packText, unpackText } from './hits-codec.ts';
import { keysOf } from './keys.ts';
import type { RedisBufferOptions } from './options.ts';

const log = logger('redis');

const MAX_STATE_BYTES = 1_000_000_000;

/** A place in the stream of hits. */
export interface Cursor {
  /** Id of the last entry that was taken in. */
  readonly id: string;
  /** Its `counted`; empty where nothing was taken in yet. */
  readonly counted: string;
}

export const START: Cursor = { id: '0-0', counted: '' };

export const STATE_BROKEN = 'LS_REDIS_STATE_BROKEN';

export interface SavedState {
  readonly text: string;
  readonly cursor: string;
  /** Of the lease under which it was written. */
  readonly token: number;
}

type StateOptions = Pick<RedisBufferOptions, 'queue' | 'compression_level'>;

/**
 * The state as it stands in Redis; undefined if there is none.
 * @throws LongshoreError LS_REDIS_STATE_BROKEN when it cannot be unpacked; something else while Redis is away.
 */
export async function readSavedState(connection: Connection, queue: string): Promise<SavedState | undefined> {
  connection.assertReady();
  const { alertsState } = keysOf(queue);
  const fields = (await connection.call('HMGET', alertsState, 'z', 'cursor', 'token')) as (string | null)[];
  const [z, cursor, token] = fields;
  if (typeof z !== 'string' || typeof cursor !== 'string') return undefined;
  try {
    return { text: await unpackText(z, MAX_STATE_BYTES), cursor, token: Number(token) };
  } catch (cause) {
    throw new LongshoreError(STATE_BROKEN, `It cannot be unpacked: ${messageOf(cause)}.`, { cause });
  }
}

/**
 * The state of the evaluation in Redis: text and place in the stream are one write, which Redis takes only from the
 * holder of the lock; what stands before that place is then trimmed. Text is opaque here.
 */
export class FencedState {
  readonly #connection: Connection;
  readonly #options: StateOptions;
  readonly #lease: Lease;
  readonly #cursor: () => Cursor;

  /** @param cursor the place that belongs to what is written; asked at the moment of `write`. */
  constructor(connection: Connection, options: StateOptions, lease: Lease, cursor: () => Cursor) {
    this.#connection = connection;
    this.#options = options;
    this.#lease = lease;
    this.#cursor = cursor;
  }

  read(): Promise<SavedState | undefined> {
    return readSavedState(this.#connection, this.#options.queue);
  }

  /** A state that nobody can read goes aside, under a name of its own. */
  async putAside(now: number): Promise<string> {
    const { alertsState } = keysOf(this.#options.queue);
    const aside = `${alertsState}:unreadable-${now}`;
    await this.#connection.call('RENAME', alertsState, aside);
    return aside;
  }

  /** @throws LongshoreError LS_REDIS_LEASE when somebody else evaluates now; RedisFailure when Redis does not take it. */
  async write(text: string): Promise<void> {
    const cursor = this.#cursor();
    const packed = await packText(text, this.#options.compression_level);
    if (!this.#lease.isHeld()) throw notOurs();
    this.#connection.assertReady();
    const { alertsLock, alertsState, hits, hitSizes } = keysOf(this.#options.queue);
    const reply = await this.#connection.script(
      'longshoreSaveState',
      [alertsLock, alertsState, hits, hitSizes],
      [this.#lease.value, this.#lease.token, packed, cursor.id, cursor.counted, idAfter(cursor.id), text.length],
    );
    if (reply !== 1) {
      this.#lease.lose('Redis refused its state');
      throw notOurs();
    }
    log.trace({ bytes: text.length, cursor: cursor.id }, 'the state of alerts is in Redis');
  }
}

function idAfter(id: string): string {
  const dash = id.indexOf('-');
  return `${id.slice(0, dash)}-${BigInt(id.slice(dash + 1)) + 1n}`;
}

function notOurs(): LongshoreError {
  return new LongshoreError('LS_REDIS_LEASE', 'Another process evaluates alert rules now.', { retryable: true });
}
