import { randomBytes } from 'node:crypto';
import { readSilences, type Silence } from '../alerts/silencing/silence.ts';
import type { SilenceKeeper } from '../alerts/user-silences.ts';
import { parsedJson } from '../base/text/json.ts';
import type { Connection } from '../buffer/redis/connection.ts';
import { keysOf } from '../buffer/redis/keys.ts';

/** So often a process asks whether another one has changed them. */
const ASK_AGAIN_MS = 1000;
/** Counts the changes; no id of a silence is like it. */
const VERSION = '#version';
const SECRET = '#secret';
const SECRET_BYTES = 32;

/** The silences that people made, in Redis: what one process changes holds in all of them a second later. */
export class SharedSilences implements SilenceKeeper {
  readonly askAgainMs = ASK_AGAIN_MS;
  readonly #connection: Connection;
  readonly #key: string;
  readonly #seed: (() => Promise<readonly Silence[] | undefined>) | undefined;
  #version: string | undefined;
  /** As they were read or written last: a Redis that lost them gets them back. */
  #known: (() => readonly Silence[]) | undefined;

  /** `seed`: those of a time without Redis, taken where Redis has none. */
  constructor(connection: Connection, queue: string, seed?: () => Promise<readonly Silence[] | undefined>) {
    this.#connection = connection;
    this.#key = keysOf(queue).alertsSilences;
    this.#seed = seed;
  }

  async read(): Promise<readonly Silence[] | undefined> {
    this.#connection.assertReady();
    const version = (await this.#connection.call('HGET', this.#key, VERSION)) as string | null;
    if (version === null) return this.#sown();
    if (version === this.#version) return undefined;
    const texts = (await this.#connection.call('HGETALL', this.#key)) as Record<string, string> | string[];
    const fields = Array.isArray(texts) ? pairs(texts) : texts;
    this.#version = fields[VERSION] ?? version;
    const read = readSilences(
      Object.entries(fields).flatMap(([id, text]) => (id.startsWith('#') ? [] : [parsedJson(text)])),
    );
    this.#known = () => read;
    return read;
  }

  async secret(): Promise<Uint8Array> {
    this.#connection.assertReady();
    await this.#connection.call('HSETNX', this.#key, SECRET, randomBytes(SECRET_BYTES).toString('base64'));
    return Buffer.from(String(await this.#connection.call('HGET', this.#key, SECRET)), 'base64');
  }

  async write({ changed, removed, all }: Parameters<SilenceKeeper['write']>[0]): Promise<void> {
    this.#connection.assertReady();
    const fields = changed.flatMap(silence => [silence.id, JSON.stringify(silence)]);
    if (fields.length > 0) await this.#connection.call('HSET', this.#key, ...fields);
    if (removed.length > 0) await this.#connection.call('HDEL', this.#key, ...removed);
    await this.#connection.call('HINCRBY', this.#key, VERSION, 1);
    this.#known = all;
  }

  async #sown(): Promise<readonly Silence[] | undefined> {
    this.#version = undefined;
    const silences = this.#known?.() ?? (await this.#seed?.()) ?? [];
    if (silences.length > 0) await this.write({ changed: silences, removed: [], all: () => silences });
    return silences;
  }
}

function pairs(list: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = Object.create(null);
  for (let i = 0; i + 1 < list.length; i += 2) fields[list[i]!] = list[i + 1]!;
  return fields;
}
