import { orAborted } from '../base/flow/abort.ts';
import { Connection } from '../buffer/redis/connection.ts';
import { keysOf } from '../buffer/redis/keys.ts';
import * as metrics from '../buffer/redis/metrics.ts';
import type { RedisBufferOptions } from '../buffer/redis/options.ts';
import { logger } from '../core/log.ts';
import { decodeEntry, type HitsEntry } from './hits-codec.ts';

export type { HitsEntry };

const log = logger('redis');

/** A batch of hits is up to 256 KB before compression: this bounds the memory. */
const ENTRIES_AT_ONCE = 32;
const BLOCK_MS = 1000;

type Raw = [id: string, fields: string[]];
/** A list of pairs; since RESP3 a map, which the client gives as one list. */
type Reply = [[key: string, entries: Raw[]]] | [key: string, entries: Raw[]] | null;

/** Reads the stream of hits, in order, for the evaluator. */
export class HitsReader {
  readonly #connection: Connection;
  readonly #key: string;

  constructor(options: RedisBufferOptions) {
    this.#connection = new Connection(options, 'fence');
    this.#key = keysOf(options.queue).hits;
  }

  open(): void {
    this.#connection.open();
  }

  /**
   * Entries behind `after`, oldest first; waits up to a second for the first of them. Empty when there was none, or the
   * signal aborted. An entry that cannot be read is said and left out; `lastId` is behind it all the same.
   * @throws when Redis is away.
   */
  async next(after: string, signal: AbortSignal): Promise<{ entries: HitsEntry[]; lastId: string }> {
    this.#connection.assertReady();
    const read = this.#connection.call(
      ...(['XREAD', 'COUNT', ENTRIES_AT_ONCE, 'BLOCK', BLOCK_MS, 'STREAMS', this.#key, after] as const),
    ) as Promise<Reply>;
    await orAborted(read, signal);
    if (signal.aborted) return { entries: [], lastId: after };
    const raw = entriesOf(await read);
    const entries: HitsEntry[] = [];
    for (const [id, fields] of raw) {
      const entry = await decodeEntry(id, fields);
      if (!('reason' in entry)) entries.push(entry);
      else {
        metrics.hitsBroken.inc();
        log.error({ entry: id, reason: entry.reason }, 'skipped an unreadable entry of the hits stream');
      }
    }
    return { entries, lastId: raw.at(-1)?.[0] ?? after };
  }

  close(): void {
    this.#connection.close();
  }
}

function entriesOf(reply: Reply): Raw[] {
  if (reply === null) return [];
  return reply.length === 1 ? reply[0][1] : reply[1];
}
