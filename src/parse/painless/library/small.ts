import { createHash } from 'node:crypto';
import type { Budget } from '../budget.ts';
import { ScriptFailure } from '../failure.ts';
import type { Byte } from '../values.ts';
import { javaClass } from './define.ts';
import type { JavaClass } from './java-class.ts';
import { JavaObject } from './java-object.ts';
import { compare, unsignedLong, wrapLong } from './numbers.ts';
import { MapEntry } from './sets.ts';
import { textOf } from './string.ts';

/*
 * Small classes of java.lang and java.util.
 */

const systemClass = javaClass('java.lang.System', {
  is: () => false,
  statics: {
    'void arraycopy(Object, int, Object, int, int)': (
      from: unknown[],
      at: number,
      to: unknown[],
      place: number,
      count: number,
      budget: Budget,
    ) => {
      budget.steps(Math.max(0, count));
      if (at < 0 || place < 0 || count < 0 || at + count > from.length || place + count > to.length)
        throw new ScriptFailure('ArrayIndexOutOfBoundsException', 'arraycopy: outside of the array');
      const part = from.slice(at, at + count);
      for (let i = 0; i < count; i++) to[place + i] = part[i];
      return null;
    },
    // The same for the whole event: pipelines are repeatable.
    'long currentTimeMillis()': (budget: Budget) => BigInt(Math.floor(budget.now)),
    'long nanoTime()': (budget: Budget) => BigInt(Math.floor(budget.now)) * 1_000_000n,
  },
});

class Uuid extends JavaObject {
  readonly most: bigint;
  readonly least: bigint;
  constructor(most: bigint, least: bigint) {
    super();
    this.most = wrapLong(most);
    this.least = wrapLong(least);
  }
  get javaName(): string {
    return 'java.util.UUID';
  }
  get hex(): string {
    return [this.most, this.least].map(half => unsignedLong(half).toString(16).padStart(16, '0')).join('');
  }
  toText(): string {
    return this.hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }
  override equals(other: unknown): boolean {
    return other instanceof Uuid && other.most === this.most && other.least === this.least;
  }
  override hash(): number {
    const both = this.most ^ this.least;
    return Number(BigInt.asIntN(32, both >> 32n)) ^ Number(BigInt.asIntN(32, both));
  }
  override key(): string {
    return `\0u${this.hex}`;
  }
  override compareTo(other: unknown): number | undefined {
    if (!(other instanceof Uuid)) return undefined;
    return compare(this.most, other.most) || compare(this.least, other.least);
  }
  get version(): number {
    return Number((this.most >> 12n) & 0xfn);
  }
}

const ofHex = (hex: string): Uuid => new Uuid(BigInt(`0x${hex.slice(0, 16)}`), BigInt(`0x${hex.slice(16)}`));

function parseUuid(text: string): Uuid {
  const found = /^([0-9a-f]{1,8})-([0-9a-f]{1,4})-([0-9a-f]{1,4})-([0-9a-f]{1,4})-([0-9a-f]{1,12})$/i.exec(text);
  if (found === null)
    throw new ScriptFailure('IllegalArgumentException', `Invalid UUID string: ${text}`, 'the text is no UUID');
  return ofHex([8, 4, 4, 4, 12].map((size, i) => found[i + 1]!.padStart(size, '0')).join(''));
}

function namedUuid(bytes: readonly Byte[]): Uuid {
  const digest = createHash('md5')
    .update(Buffer.from(bytes.map(byte => byte.value & 0xff)))
    .digest();
  digest[6] = (digest[6]! & 0x0f) | 0x30;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  return ofHex(digest.toString('hex'));
}

function timeBased(self: Uuid): Uuid {
  if (self.version !== 1) throw new ScriptFailure('UnsupportedOperationException', 'Not a time-based UUID');
  return self;
}

const uuidClass = javaClass('java.util.UUID', {
  extends: 'Comparable',
  is: value => value instanceof Uuid,
  constructors: { '(long, long)': (most: bigint, least: bigint) => new Uuid(most, least) },
  statics: {
    'UUID fromString(String)': parseUuid,
    'UUID nameUUIDFromBytes(byte[])': namedUuid,
    'UUID randomUUID()': (): never => {
      throw new ScriptFailure('UnsupportedOperationException', 'pipelines have no random numbers');
    },
  },
  methods: {
    'int clockSequence()': (self: Uuid) => Number((timeBased(self).least >> 48n) & 0x3fffn),
    'int compareTo(UUID)': (self: Uuid, other: Uuid) => self.compareTo(other),
    'long getLeastSignificantBits()': (self: Uuid) => self.least,
    'long getMostSignificantBits()': (self: Uuid) => self.most,
    'long node()': (self: Uuid) => timeBased(self).least & 0xffff_ffff_ffffn,
    'long timestamp()': (self: Uuid) => {
      const { most } = timeBased(self);
      return ((most & 0xfffn) << 48n) | (((most >> 16n) & 0xffffn) << 32n) | (unsignedLong(most) >> 32n);
    },
    'int variant()': (self: Uuid) => {
      const top = Number(unsignedLong(self.least) >> 61n);
      return top < 4 ? 0 : top < 6 ? 2 : top;
    },
    'int version()': (self: Uuid) => self.version,
  },
});

class StringTokenizer extends JavaObject {
  readonly #text: string;
  #separators: string;
  readonly #givesThem: boolean;
  #at = 0;

  constructor(text: string, separators = ' \t\n\r\f', givesThem = false) {
    super();
    this.#text = text;
    this.#separators = separators;
    this.#givesThem = givesThem;
  }
  get javaName(): string {
    return 'java.util.StringTokenizer';
  }
  toText(): string {
    return 'tokens';
  }
  /** Where the next token starts and ends; undefined when there is none. */
  #next(from: number): [start: number, end: number] | undefined {
    const isSeparator = (at: number): boolean => this.#separators.includes(this.#text[at]!);
    let start = from;
    if (!this.#givesThem) while (start < this.#text.length && isSeparator(start)) start++;
    if (start >= this.#text.length) return undefined;
    if (isSeparator(start)) return [start, start + 1];
    let end = start;
    while (end < this.#text.length && !isSeparator(end)) end++;
    return [start, end];
  }
  get hasMore(): boolean {
    return this.#next(this.#at) !== undefined;
  }
  next(separators = this.#separators): string {
    this.#separators = separators;
    const found = this.#next(this.#at);
    if (found === undefined) throw new ScriptFailure('NoSuchElementException');
    this.#at = found[1];
    return this.#text.slice(...found);
  }
  count(budget: Budget): number {
    let count = 0;
    for (let found = this.#next(this.#at); found !== undefined; found = this.#next(found[1])) {
      budget.steps(1);
      count++;
    }
    return count;
  }
}

const tokenizerClass = javaClass('java.util.StringTokenizer', {
  is: value => value instanceof StringTokenizer,
  constructors: {
    '(String)': (text: string) => new StringTokenizer(text),
    '(String, String)': (text: string, separators: string) => new StringTokenizer(text, separators),
    '(String, String, boolean)': (text: string, separators: string, givesThem: boolean) =>
      new StringTokenizer(text, separators, givesThem),
  },
  methods: {
    'int countTokens()': (self: StringTokenizer, budget: Budget) => self.count(budget),
    'boolean hasMoreTokens()': (self: StringTokenizer) => self.hasMore,
    'boolean hasMoreElements()': (self: StringTokenizer) => self.hasMore,
    'def nextElement()': (self: StringTokenizer) => self.next(),
    'String nextToken()': (self: StringTokenizer) => self.next(),
    'String nextToken(String)': (self: StringTokenizer, separators: string) => self.next(separators),
  },
});

class StringJoiner extends JavaObject {
  readonly separator: string;
  readonly before: string;
  readonly after: string;
  parts: string[] | undefined;
  empty: string | undefined;

  constructor(separator: string, before = '', after = '') {
    super();
    this.separator = separator;
    this.before = before;
    this.after = after;
  }
  get javaName(): string {
    return 'java.util.StringJoiner';
  }
  toText(): string {
    if (this.parts === undefined && this.empty !== undefined) return this.empty;
    return this.before + (this.parts ?? []).join(this.separator) + this.after;
  }
  add(part: string, budget: Budget): this {
    budget.memory(part.length + this.separator.length);
    this.parts ??= [];
    this.parts.push(part);
    return this;
  }
}

const joinerClass = javaClass('java.util.StringJoiner', {
  is: value => value instanceof StringJoiner,
  constructors: {
    '(CharSequence)': (separator: string) => new StringJoiner(textOf(separator)),
    '(CharSequence, CharSequence, CharSequence)': (separator: string, before: string, after: string) =>
      new StringJoiner(textOf(separator), textOf(before), textOf(after)),
  },
  methods: {
    'StringJoiner add(CharSequence?)': (self: StringJoiner, part: string | null, budget: Budget) =>
      self.add(part === null ? 'null' : textOf(part), budget),
    'int length()': (self: StringJoiner) => self.toText().length,
    'StringJoiner merge(StringJoiner)': (self: StringJoiner, other: StringJoiner, budget: Budget) =>
      other.parts === undefined ? self : self.add(other.parts.join(other.separator), budget),
    'StringJoiner setEmptyValue(CharSequence)': (self: StringJoiner, text: string) => {
      self.empty = textOf(text);
      return self;
    },
  },
});

const entryClass = (name: string): JavaClass =>
  javaClass(`java.util.AbstractMap$${name}`, {
    extends: 'Map.Entry',
    is: value => value instanceof MapEntry && value.map === undefined,
    constructors: { '(Map.Entry)': ({ key_, value }: MapEntry) => new MapEntry(key_, value) },
  });

export const smallClasses: readonly JavaClass[] = [
  systemClass,
  uuidClass,
  tokenizerClass,
  joinerClass,
  entryClass('SimpleEntry'),
  entryClass('SimpleImmutableEntry'),
];
