/*
 * The one message of protobuf that Loki's clients send (logproto.PushRequest):
 *
 *     PushRequest     1: StreamAdapter, repeated
 *     StreamAdapter   1: labels, a text     2: EntryAdapter, repeated     3: hash
 *     EntryAdapter    1: Timestamp          2: line, a text               3: LabelPair, repeated (structured metadata)
 *     Timestamp       1: seconds            2: nanoseconds
 *     LabelPair       1: name               2: value
 *
 * Fields of other numbers are passed over. Groups, of which no current schema has any, are no such message.
 */

export interface PushEntry {
  readonly seconds: number;
  readonly nanos: number;
  readonly line: string;
  readonly metadata: readonly (readonly [name: string, value: string])[];
}

export interface PushStream {
  readonly labels: string;
  readonly entries: readonly PushEntry[];
}

/**
 * Undefined: the bytes are no such message. `crowd`: more than `maxEntries` entries, or ten times as many streams, entries and
 * pairs together, for an empty one has two bytes and costs far more memory.
 */
export function readPush(bytes: Buffer, maxEntries: number): PushStream[] | 'crowd' | undefined {
  const streams: PushStream[] = [];
  const counted = { entries: 0, parts: 0 };
  const isCrowd = (): boolean => counted.entries > maxEntries || counted.parts > maxEntries * PARTS_PER_ENTRY;
  const isWhole = fieldsOf(bytes, 0, bytes.length, (field, start, end) => {
    if (field !== 1) return true;
    counted.parts++;
    let labels = '';
    const entries: PushEntry[] = [];
    const isStream = fieldsOf(bytes, start, end, (inner, from, to) => {
      if (inner === 1) labels = bytes.toString('utf8', from, to);
      if (inner !== 2) return true;
      counted.entries++;
      const entry = readEntry(bytes, from, to, maxEntries * PARTS_PER_ENTRY - counted.parts);
      if (entry === undefined) return false;
      counted.parts += 1 + entry.metadata.length;
      entries.push(entry);
      return !isCrowd();
    });
    streams.push({ labels, entries });
    return isStream && !isCrowd();
  });
  return isCrowd() ? 'crowd' : isWhole ? streams : undefined;
}

const PARTS_PER_ENTRY = 10;

/** With more than `maxPairs` pairs it ends there. */
function readEntry(bytes: Buffer, start: number, end: number, maxPairs: number): PushEntry | undefined {
  let time = { seconds: Number.NaN, nanos: 0 };
  let line = '';
  const metadata: [string, string][] = [];
  const isWhole = fieldsOf(bytes, start, end, (field, from, to) => {
    if (field === 2) line = bytes.toString('utf8', from, to);
    if (field === 3) return metadata.length > maxPairs || readPair(bytes, from, to, metadata);
    if (field !== 1) return true;
    const found = readTime(bytes, from, to);
    if (found !== undefined) time = found;
    return found !== undefined;
  });
  return isWhole ? { ...time, line, metadata } : undefined;
}

function readPair(bytes: Buffer, start: number, end: number, pairs: [string, string][]): boolean {
  const pair: [string, string] = ['', ''];
  pairs.push(pair);
  return fieldsOf(bytes, start, end, (field, from, to) => {
    if (field === 1 || field === 2) pair[field - 1] = bytes.toString('utf8', from, to);
    return true;
  });
}

function readTime(bytes: Buffer, start: number, end: number): { seconds: number; nanos: number } | undefined {
  const time = { seconds: 0, nanos: 0 };
  const reader = new Reader(bytes, start, end);
  while (reader.at < end) {
    const key = reader.varint();
    if (key === 0x08) time.seconds = reader.varint();
    else if (key === 0x10) time.nanos = reader.varint();
    else reader.skip(key);
    if (reader.isBroken) return undefined;
  }
  return time;
}

/** Calls `each` for every field that has a length; false when the bytes are no message, or `each` says so. */
function fieldsOf(
  bytes: Buffer,
  start: number,
  end: number,
  each: (field: number, start: number, end: number) => boolean,
): boolean {
  const reader = new Reader(bytes, start, end);
  while (reader.at < end) {
    const key = reader.varint();
    const from = reader.skip(key);
    if (reader.isBroken) return false;
    if ((key & 7) === LENGTH && !each(key >>> 3, from, reader.at)) return false;
  }
  return true;
}

const LENGTH = 2;

class Reader {
  at: number;
  isBroken = false;
  readonly #bytes: Buffer;
  readonly #end: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.at = start;
    this.#end = end;
  }

  /** Numbers of more than 53 bits lose their last ones; negative ones are not for us and are large. */
  varint(): number {
    let number = 0;
    for (let i = 0; i < 10 && this.at < this.#end; i++) {
      const byte = this.#bytes[this.at++]!;
      number += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return number;
    }
    this.isBroken = true;
    return 0;
  }

  /** Passes over the value of a key; where it begins. */
  skip(key: number): number {
    const type = key & 7;
    if (key < 8 || key >= 2 ** 32 || this.isBroken) this.isBroken = true;
    else if (type === 0) this.varint();
    else if (type === LENGTH) {
      const length = this.varint();
      const from = this.at;
      this.#advance(length);
      return from;
    } else if (type === 1) this.#advance(8);
    else if (type === 5) this.#advance(4);
    else this.isBroken = true;
    return this.at;
  }

  #advance(bytes: number): void {
    if (bytes > this.#end - this.at) this.isBroken = true;
    else this.at += bytes;
  }
}
