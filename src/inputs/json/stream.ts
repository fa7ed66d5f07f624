import { BracketScanner, isOpening } from '../../base/text/bracket-scanner.ts';
import type { Fields } from '../../core/event.ts';
import { type JsonFault, parse, readRecord, textRecord, toRecord } from './record.ts';

/*
 * JSON objects one behind the other: `{..}{..}`, with white space between them or without, also in lists: `[{..},{..}]`. A member that is
 * no JSON (`{"a":NaN}`, as Python writes it) costs its list no other.
 * Only brackets and quotes are looked at to find where one ends; what is inside is the parser's business.
 */

/** An object of a stream; with a `fault` a text between outer brackets that is none, as the record of a text. */
export interface StreamItem {
  readonly record: Fields;
  readonly fault: JsonFault | undefined;
}

/** A line for which `readRecord` gave this fault: several objects, or one text; nothing if it is blank. */
export function readOtherLine(line: string, fault: JsonFault, maxDepth: number, careful: boolean): StreamItem[] {
  if (line.trim() === '') return [];
  return readStream(line, maxDepth, careful) ?? [{ fault, record: textRecord(line) }];
}

/** The items of a text that is a stream of objects or of lists of them, one at least; undefined for any other text. */
export function readStream(text: string, maxDepth: number, careful: boolean): StreamItem[] | undefined {
  const texts = splitStream(text);
  if (texts === undefined) return undefined;
  const items: StreamItem[] = [];
  let unread = 0;
  for (const one of texts) {
    for (const item of itemsOf(one, maxDepth, careful)) {
      items.push(item);
      if (item.fault === 'not_json') unread++;
    }
    if (unread > MAX_UNREAD) return undefined;
  }
  return items.some(({ fault }) => fault === undefined) ? items : undefined;
}

/** What is no JSON costs some 0.03 ms to find out. With more of it this is a text that has many brackets, and no stream. */
const MAX_UNREAD = 1000;

function itemsOf(text: string, maxDepth: number, careful: boolean): StreamItem[] {
  const record = readRecord(text, maxDepth, careful);
  if (typeof record !== 'string') return [{ fault: undefined, record }];
  if (record !== 'not_an_object')
    return membersOf(text, maxDepth, careful) ?? [{ fault: record, record: textRecord(text) }];
  const list = parse(text, careful);
  if (!Array.isArray(list) || !list.some(isObject)) return [{ fault: record, record: textRecord(text) }];
  try {
    return list.map(value => {
      const member = toRecord(value, maxDepth, careful);
      if (typeof member !== 'string') return { fault: undefined, record: member };
      return { fault: member, record: textRecord(typeof value === 'string' ? value : JSON.stringify(value)) };
    });
  } catch (error) {
    // Nested so deeply that it cannot be written again.
    if (!(error instanceof RangeError)) throw error;
    return [{ fault: 'too_deep', record: textRecord(text) }];
  }
}

/** The items of a list of which some members are no JSON; undefined when it is none with an object in it. */
function membersOf(list: string, maxDepth: number, careful: boolean): StreamItem[] | undefined {
  const texts = list.startsWith('[') ? splitList(list) : undefined;
  if (texts === undefined) return undefined;
  const items: StreamItem[] = [];
  let unread = 0;
  for (const text of texts) {
    const record = readRecord(text, maxDepth, careful);
    if (typeof record !== 'string') {
      items.push({ fault: undefined, record });
      continue;
    }
    if (record === 'not_json' && ++unread > MAX_UNREAD) return undefined;
    const isText = record === 'not_an_object' && text.startsWith('"');
    items.push({ fault: record, record: textRecord(isText ? String(parse(text, careful)).toWellFormed() : text) });
  }
  return items.some(({ fault }) => fault === undefined) ? items : undefined;
}

/** The texts between the commas of a list whose brackets match; undefined when they are absurdly many. */
function splitList(list: string): string[] | undefined {
  const texts: string[] = [];
  const scanner = new BracketScanner();
  for (let i = 0, start = 1; i < list.length; i++) {
    const code = list.charCodeAt(i);
    const isEnd = scanner.ends(code);
    if (!isEnd && (code !== COMMA || scanner.depth > 1 || scanner.inString)) continue;
    const text = list.slice(start, i).trim();
    if (text !== '') texts.push(text);
    if (texts.length > MAX_MEMBERS) return undefined;
    start = i + 1;
  }
  return texts;
}

const COMMA = 0x2c;
const MAX_MEMBERS = 200_000;

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Cuts at the ends of the outermost brackets; undefined if there is anything else outside than white space. */
export function splitStream(text: string): string[] | undefined {
  const texts: string[] = [];
  const scanner = new BracketScanner();
  let start = -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (start === -1) {
      if (isSpace(code)) continue;
      if (!isOpening(code)) return undefined;
      start = i;
    }
    if (!scanner.ends(code)) continue;
    texts.push(text.slice(start, i + 1));
    start = -1;
  }
  return start === -1 ? texts : undefined;
}

/** Finds the whole objects, and lists of them, at the begin of a line that is still arriving; each byte is looked at once. */
export class ObjectScanner {
  readonly #brackets = new BracketScanner();
  #at = 0;
  #isInside = false;
  /** What has to come next: the first key of an object or its end, or the first object of a list. */
  #wanted: 'key' | 'object' | undefined;
  /** An object of the line is whole: what follows may be anything in brackets. */
  #isStream = false;
  /** Something else than objects has come. */
  #isOther = false;

  /** `bytes[0, length)` is the line so far. Returns where its last whole object ends, 0 if none does. */
  scan(bytes: Uint8Array, length: number): number {
    let end = 0;
    for (; this.#at < length && !this.#isOther; this.#at++) {
      const byte = bytes[this.#at]!;
      if (!this.#isInside) {
        if (isSpace(byte)) continue;
        if (!isOpening(byte)) {
          this.#isOther = true;
          return 0;
        }
        this.#isInside = true;
        this.#wanted = this.#isStream ? undefined : byte === OPEN_OBJECT ? 'key' : 'object';
      } else if (this.#wanted !== undefined && !isSpace(byte)) {
        // `{x} is text` and `[x] is text`: what begins like this is no object, and not to be cut where a read happens to end.
        const isWanted = this.#wanted === 'key' ? byte === QUOTE || byte === CLOSE_OBJECT : byte === OPEN_OBJECT;
        if (!isWanted) {
          this.#isOther = true;
          return end;
        }
        this.#wanted = this.#wanted === 'key' ? undefined : 'key';
      }
      if (!this.#brackets.ends(byte)) continue;
      this.#isInside = false;
      this.#isStream = true;
      end = this.#at + 1;
    }
    return end;
  }

  /** The first `length` bytes are gone from the line. */
  forget(length: number): void {
    this.#at -= length;
  }

  /** A new line begins. */
  reset(): void {
    this.#at = 0;
    this.#isInside = false;
    this.#wanted = undefined;
    this.#isStream = false;
    this.#isOther = false;
    this.#brackets.reset();
  }
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
const QUOTE = 0x22;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
