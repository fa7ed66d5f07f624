import type { PostedWord, SharedState, StateKeeper, StateRecord } from '../alerts/manager/state.ts';
import { Coalesced } from '../base/flow/coalesced.ts';
import { parsedJson } from '../base/text/json.ts';
import type { Connection } from '../buffer/redis/connection.ts';
import { RedisFailure, redisFailure } from '../buffer/redis/failure.ts';
import { keysOf } from '../buffer/redis/keys.ts';
import type { RedisBufferOptions } from '../buffer/redis/options.ts';
import { postedBytes } from '../buffer/redis/routing-scripts.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import type { Lease } from './evaluator-lock.ts';
import { packText, unpackText } from './hits-codec.ts';
import { fieldOf, recordOf } from './routing-fields.ts';
import { idAfter } from './stream-id.ts';

const log = logger('redis');

const MAX_POSTED_BYTES = 134_217_728;
const MAX_WORD_ALERTS = 500;
/** Larger writes are not in the log: whoever follows reads the hash anew. */
const MAX_LOGGED_CHARS = 2_000_000;
const MAX_UNPACKED_BYTES = 16_000_000;
const MAX_FIELDS = 5000;
const SCAN_COUNT = 500;
const READ_COUNT = 100;

/** A word that was posted, with what it counts. */
export interface Posted {
  readonly id: string;
  readonly bytes: number;
  /** Undefined: nobody can read it. */
  readonly word: PostedWord | undefined;
}

/** Routed alerts in Redis: one process writes them, under its lease, the others follow. */
export class SharedRouting implements SharedState {
  readonly #connection: Connection;
  readonly #options: Pick<RedisBufferOptions, 'queue' | 'compression_level'>;
  /** Number of the last write that is known here, and its place in the log. */
  #n = 0;
  #logId = '0-0';
  /** What a lease that was lost could not write. */
  #unwritten: StateRecord[] = [];
  /** Nobody else has written since this process did. */
  #isOurs = false;
  /** What is there next has nothing to do with what was known. */
  #isStale = false;

  constructor(connection: Connection, options: Pick<RedisBufferOptions, 'queue' | 'compression_level'>) {
    this.#connection = connection;
    this.#options = options;
  }

  async read(): Promise<{ records: unknown[]; isAnew: boolean; isLost: boolean }> {
    this.#connection.assertReady();
    const { alertsRouted, alertsRoutedLog } = keysOf(this.#options.queue);
    const n = Number(await this.#connection.call('HGET', alertsRouted, '#n'));
    if (n === 0 && this.#n > 0) {
      this.#n = 0;
      this.#logId = '0-0';
      this.#isStale = true;
      return { records: [], isAnew: false, isLost: this.#isOurs };
    }
    if (n === this.#n) return { records: [], isAnew: false, isLost: this.#isStale && this.#isOurs };
    this.#unwritten = [];
    this.#isOurs = false;
    if (this.#isStale) return this.#readAnew();
    const records: unknown[] = [];
    for (;;) {
      const entries = (await this.#connection.call(
        ...(['XRANGE', alertsRoutedLog, `(${this.#logId}`, '+', 'COUNT', READ_COUNT] as const),
      )) as [string, string[]][];
      for (const [id, fields] of entries) {
        const { n: number, r: packed } = Object.fromEntries(pairsOf(fields));
        if (Number(number) !== this.#n + 1 || !packed) return this.#readAnew();
        try {
          records.push(...(JSON.parse(await unpackText(packed, MAX_UNPACKED_BYTES)) as unknown[]));
        } catch {
          return this.#readAnew();
        }
        this.#n++;
        this.#logId = id;
      }
      if (entries.length < READ_COUNT) break;
    }
    return this.#n < n ? this.#readAnew() : { records, isAnew: false, isLost: false };
  }

  async post(word: PostedWord): Promise<void> {
    const { alertsPosted, alertsPostedBytes } = keysOf(this.#options.queue);
    for (const part of partsOf(word)) {
      this.#connection.assertReady();
      const taken = await this.#connection
        .script('longshorePostWord', [alertsPosted, alertsPostedBytes], [JSON.stringify(part), MAX_POSTED_BYTES])
        .catch((error: unknown) => {
          throw redisFailure(error);
        });
      if (taken === 0)
        throw new RedisFailure('budget', 'Redis holds as many posted alerts as it may.', {
          fix: 'Start a process with the role alert: it takes them.',
        });
    }
  }

  /** What is posted after the word of that id, the oldest first; of much only a part. */
  async posted(after: string): Promise<Posted[]> {
    this.#connection.assertReady();
    const { alertsPosted } = keysOf(this.#options.queue);
    const entries = (await this.#connection.call(
      ...(['XRANGE', alertsPosted, `(${after}`, '+', 'COUNT', READ_COUNT] as const),
    )) as [string, string[]][];
    return entries.map(([id, [, text = '']]) => ({
      id,
      bytes: postedBytes(text),
      word: parsedJson(text) as PostedWord | undefined,
    }));
  }

  /** Writes for who holds the lease. */
  keeper(lease: Lease): RoutedKeeper {
    const keeper = new RoutedKeeper((records, taken) => this.#write(lease, records, taken), this.#unwritten);
    this.#unwritten = keeper.records;
    return keeper;
  }

  async #write(lease: Lease, records: readonly StateRecord[], taken: Taken | undefined): Promise<void> {
    if (!lease.isHeld()) throw notOurs();
    this.#connection.assertReady();
    const { alertsLock, alertsRouted, alertsRoutedLog, alertsPosted, alertsPostedBytes } = keysOf(this.#options.queue);
    const text = JSON.stringify(records);
    const logged = text.length > MAX_LOGGED_CHARS ? '' : await packText(text, this.#options.compression_level);
    const fields = [...new Map(records.map(record => fieldOf(record)).map(field => [field.name, field])).values()];
    for (const [i, part] of chunks(fields, MAX_FIELDS).entries()) {
      const isLast = (i + 1) * MAX_FIELDS >= fields.length;
      const gone = part.filter(({ value }) => value === undefined).map(({ name }) => name);
      const set = part.flatMap(({ name, value }) => (value === undefined ? [] : [name, value]));
      const [n, logId] = (await this.#connection.script(
        'longshoreSaveRouted',
        [alertsLock, alertsRouted, alertsRoutedLog, alertsPosted, alertsPostedBytes],
        [
          ...[lease.value, lease.token, fields.length > MAX_FIELDS ? '' : logged],
          // Words are gone when all that comes of them is there.
          ...(taken === undefined || !isLast ? ['', 0] : [idAfter(taken.id), taken.bytes]),
          ...[gone.length, ...gone, ...set],
        ],
      )) as [number, string?];
      if (logId === undefined) {
        lease.lose('Redis refused its routed alerts');
        throw notOurs();
      }
      this.#n = n;
      this.#logId = logId;
      this.#isOurs = true;
      this.#isStale = false;
    }
  }

  async #readAnew(): Promise<{ records: unknown[]; isAnew: boolean; isLost: boolean }> {
    const { alertsRouted } = keysOf(this.#options.queue);
    this.#isStale = false;
    // What is written meanwhile comes again with the log.
    this.#logId = await this.#lastLogId();
    this.#n = Number(await this.#connection.call('HGET', alertsRouted, '#n'));
    const records: unknown[] = [];
    let cursor = '0';
    do {
      const [next, fields] = (await this.#connection.call(
        ...(['HSCAN', alertsRouted, cursor, 'COUNT', SCAN_COUNT] as const),
      )) as [string, string[]];
      for (const [name, value] of pairsOf(fields)) records.push(...recordOf(name, value));
      cursor = next;
    } while (cursor !== '0');
    return { records, isAnew: true, isLost: false };
  }

  async #lastLogId(): Promise<string> {
    const { alertsRoutedLog } = keysOf(this.#options.queue);
    const [last] = (await this.#connection.call('XREVRANGE', alertsRoutedLog, '+', '-', 'COUNT', 1)) as [string][];
    return last?.[0] ?? '0-0';
  }
}

/** How far posted words are taken. */
interface Taken {
  readonly id: string;
  readonly bytes: number;
}

/** What becomes durable goes in one write with the posted words that it comes from. */
export class RoutedKeeper implements StateKeeper {
  readonly #write: (records: readonly StateRecord[], taken: Taken | undefined) => Promise<void>;
  readonly #writing = new Coalesced(() => this.#writeAll());
  /** Not written yet. */
  readonly records: StateRecord[];
  #taken: Taken | undefined;
  #failure: unknown;

  constructor(
    write: (records: readonly StateRecord[], taken: Taken | undefined) => Promise<void>,
    left: StateRecord[],
  ) {
    this.#write = write;
    this.records = left;
  }

  append(record: StateRecord): void {
    this.records.push(record);
  }

  /** A posted word was heard: it goes with the next write. */
  took({ id, bytes }: Posted): void {
    this.#taken = { id, bytes: (this.#taken?.bytes ?? 0) + bytes };
  }

  async flush(): Promise<void> {
    await this.#writing.run();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close(): Promise<void> {
    await this.flush().catch(() => {});
  }

  async #writeAll(): Promise<void> {
    const count = this.records.length;
    const taken = this.#taken;
    this.#failure = undefined;
    if (count === 0 && taken === undefined) return;
    try {
      await this.#write(this.records.slice(0, count), taken);
      this.records.splice(0, count);
      if (taken === undefined) return;
      // Others may have been heard meanwhile.
      const bytes = (this.#taken?.bytes ?? 0) - taken.bytes;
      this.#taken = bytes > 0 ? { id: this.#taken!.id, bytes } : undefined;
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'routed alerts are not written for a moment');
      this.#failure = error;
    }
  }
}

function partsOf(word: PostedWord): PostedWord[] {
  return 'alerts' in word ? chunks(word.alerts, MAX_WORD_ALERTS).map(alerts => ({ alerts })) : [word];
}

/** At least one part. */
function chunks<T>(all: readonly T[], most: number): T[][] {
  const parts = Array.from({ length: Math.max(1, Math.ceil(all.length / most)) }, (_, i) => i * most);
  return parts.map(at => all.slice(at, at + most));
}

function pairsOf(list: readonly string[]): [string, string][] {
  return Array.from({ length: list.length >> 1 }, (_, i) => [list[2 * i]!, list[2 * i + 1]!]);
}

function notOurs(): LongshoreError {
  return new LongshoreError('LS_REDIS_LEASE', 'Another process routes alerts now.', { retryable: true });
}
