import type { Connection } from '../buffer/redis/connection.ts';
import { keysOf } from '../buffer/redis/keys.ts';
import type { RedisBufferOptions } from '../buffer/redis/options.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import type { Lease } from './evaluator-lock.ts';
import { packText, unpackText } from './hits-codec.ts';
import { idAfter } from './stream-id.ts';

const log = logger('redis');

const MAX_STATE_BYTES = 1_000_000_000;

/** A place in the stream of hits. */
export interface StreamCursor {
  /** Id of the last entry that was taken in. */
  readonly id: string;
  /** Its `counted`; empty where nothing was taken in yet. */
  readonly counted: string;
}

export const START: StreamCursor = { id: '0-0', counted: '' };

export const STATE_BROKEN = 'LS_REDIS_STATE_BROKEN';

export interface SavedState {
  /** Everything but the parts. */
  readonly text: string;
  readonly cursor: string;
  /** Of the lease under which it was written. */
  readonly token: number;
}

/** What is written in one step. */
export interface StateTexts {
  readonly text: string;
  /** Parts that changed, by name. */
  readonly changed: ReadonlyMap<string, string>;
  /** Parts that are no more. */
  readonly gone: Iterable<string>;
  /** There are no other parts than those that changed. */
  readonly isAll: boolean;
}

const PAGE_PART = 'page:';
/** Names of parts begin with what they are, also among the fields of the state. */
const isPart = (field: string): boolean => field.startsWith('rule:') || field.startsWith(PAGE_PART);

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

/** The lines of the pages, by name; those that cannot be unpacked are left out. */
export async function readPages(connection: Connection, queue: string): Promise<Record<string, string[]>> {
  const { alertsState } = keysOf(queue);
  const pages: Record<string, string[]> = Object.create(null);
  const names = ((await connection.call('HKEYS', alertsState)) as string[]).filter(name => name.startsWith(PAGE_PART));
  if (names.length === 0) return pages;
  const packed = (await connection.call('HMGET', alertsState, ...names)) as (string | null)[];
  for (const [i, text] of packed.entries()) {
    const lines = text === null ? '' : await unpackText(text, MAX_STATE_BYTES).catch(() => '');
    if (lines !== '') pages[names[i]!] = lines.split('\n');
  }
  return pages;
}

/**
 * The state of the evaluation in Redis: its texts and the place in the stream are one write, which Redis takes only from
 * the holder of the lock; what stands before that place is then trimmed. Texts are opaque here. Parts that did not
 * change are not sent again.
 */
export class FencedState {
  readonly #connection: Connection;
  readonly #options: StateOptions;
  readonly #lease: Lease;
  readonly #cursor: () => StreamCursor;
  /** Characters of each part in Redis. */
  #sizes = new Map<string, number>();

  /** @param cursor the place that belongs to what is written; asked at the moment of `write`. */
  constructor(connection: Connection, options: StateOptions, lease: Lease, cursor: () => StreamCursor) {
    this.#connection = connection;
    this.#options = options;
    this.#lease = lease;
    this.#cursor = cursor;
  }

  read(): Promise<SavedState | undefined> {
    return readSavedState(this.#connection, this.#options.queue);
  }

  /** The parts, by name; `broken` for each that cannot be unpacked. */
  async readParts(broken: (name: string, reason: string) => void): Promise<Map<string, string>> {
    this.#connection.assertReady();
    const { alertsState } = keysOf(this.#options.queue);
    const names = ((await this.#connection.call('HKEYS', alertsState)) as string[]).filter(isPart);
    const parts = new Map<string, string>();
    for (const name of names) {
      const packed = await this.#connection.call('HGET', alertsState, name);
      // Until it is written anew it is one that goes when its rule has gone.
      this.#sizes.set(name, 0);
      try {
        parts.set(name, await unpackText(String(packed), MAX_STATE_BYTES));
      } catch (cause) {
        broken(name, messageOf(cause));
      }
    }
    return parts;
  }

  /** A state that nobody can read goes aside, under a name of its own. */
  async putAside(now: number): Promise<string> {
    const { alertsState } = keysOf(this.#options.queue);
    const aside = `${alertsState}:unreadable-${now}`;
    await this.#connection.call('RENAME', alertsState, aside);
    return aside;
  }

  /** @throws LongshoreError LS_REDIS_LEASE when somebody else evaluates now; RedisFailure when Redis does not take it. */
  async write({ text, changed, gone: noMore, isAll }: StateTexts): Promise<void> {
    const cursor = this.#cursor();
    const level = this.#options.compression_level;
    const packed = await packText(text, level);
    const fields: string[] = [];
    const sizes = new Map(isAll ? [] : this.#sizes);
    for (const name of noMore) sizes.delete(name);
    for (const [name, part] of changed) {
      sizes.set(name, part.length);
      fields.push(name, await packText(part, level));
    }
    const gone = [...this.#sizes.keys()].filter(name => !sizes.has(name));
    const bytes = text.length + [...sizes.values()].reduce((a, b) => a + b, 0);
    if (!this.#lease.isHeld()) throw notOurs();
    this.#connection.assertReady();
    const { alertsLock, alertsState, hits, hitSizes } = keysOf(this.#options.queue);
    const { value, token } = this.#lease;
    const reply = await this.#connection.script(
      'longshoreSaveState',
      [alertsLock, alertsState, hits, hitSizes],
      [
        ...[value, token, packed, cursor.id, cursor.counted, idAfter(cursor.id), bytes],
        ...[gone.length, ...gone, ...fields],
      ],
    );
    if (reply !== 1) {
      this.#lease.lose('Redis refused its state');
      throw notOurs();
    }
    this.#sizes = sizes;
    log.trace({ bytes, cursor: cursor.id }, 'the state of alerts is in Redis');
  }
}

function notOurs(): LongshoreError {
  return new LongshoreError('LS_REDIS_LEASE', 'Another process evaluates alert rules now.', { retryable: true });
}
