import { type Fields, isFields } from '../../../core/event.ts';
import { DECLARED_FIELDS, type DeclaredField } from '../../../core/schema/fields.ts';
import { type FoundColumns, foundColumn, foundText } from '../../query/found-columns.ts';
import { type MessagePiece, NOTHING, TIME_FORMS, type TimeForm, writeTime } from '../../query/message-pieces.ts';
import { identifier, literal } from './quote.ts';

/*
 * How the messages of a segment are put together (message-pieces.ts) is learned from a few events: where the values of their
 * columns stand in the message, and the time; what is between them stays. Whether it holds for an event is asked of each when
 * it is written: what comes out must be the message that came, byte by byte, or it is stored as it is.
 */

/** Events that are taken apart, and how many of all must come out right for it to be worth while. */
const TAKEN_APART = 12;
const MIN_SHARE = 0.5;
const MIN_CHARS = 24;
const MAX_PIECES = 64;
const MAX_MESSAGE_CHARS = 4_000;

/** Declared fields that a message may have. */
const KEYWORDS = (Object.keys(DECLARED_FIELDS) as DeclaredField[]).filter(name => DECLARED_FIELDS[name] === 'keyword');

interface FoundTime {
  readonly start: number;
  readonly end: number;
  readonly piece: MessagePiece;
}

interface Looked {
  readonly message: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Where the time stands in the message. */
  readonly time: FoundTime | undefined;
  /** Column -> text, in the order of the columns. */
  readonly values: ReadonlyMap<string, string>;
}

/** The pieces that most of the events are made of; undefined when there are none. `before`: those that are kept if they do as well. */
export function messagePieces(
  events: readonly Fields[],
  found: FoundColumns,
  before?: readonly MessagePiece[],
): readonly MessagePiece[] | undefined {
  const looked = events.flatMap(event => look(event, found) ?? []);
  const least = Math.max(1, events.length * MIN_SHARE);
  const holdsFor = (pieces: readonly MessagePiece[]): number =>
    looked.filter(event => writeMessage(pieces, event) === event.message).length;
  if (before !== undefined && isOf(before, found) && holdsFor(before) >= least) return before;
  const step = Math.max(1, looked.length / TAKEN_APART);
  const candidates = new Map<string, readonly MessagePiece[]>();
  for (let at = 0; at < looked.length; at += step) {
    const event = looked[Math.floor(at)]!;
    for (const pieces of [inOrder(event), byPlace(event)])
      if (pieces !== undefined) candidates.set(JSON.stringify(pieces), pieces);
  }
  let best: readonly MessagePiece[] | undefined;
  let most = least - 1;
  for (const pieces of candidates.values()) {
    const count = holdsFor(pieces);
    if (count > most) [best, most] = [pieces, count];
  }
  return best;
}

/** True when all columns of the pieces are there. */
export const isOf = (pieces: readonly MessagePiece[], found: FoundColumns): boolean => {
  const columns = new Set<string>([...KEYWORDS, ...[...found.keys()].map(foundColumn)]);
  return pieces.every(piece => typeof piece === 'string' || piece[0] === 'time' || columns.has(piece[1]));
};

function look(event: Fields, found: FoundColumns): Looked | undefined {
  const message = event['message'];
  const at = Date.parse(String(event['@timestamp']));
  if (typeof message !== 'string' || message.length < MIN_CHARS || message.length > MAX_MESSAGE_CHARS) return undefined;
  if (Number.isNaN(at)) return undefined;
  const fields = event['fields'];
  const values = new Map<string, string>();
  for (const key of found.keys()) {
    const value = isFields(fields) ? fields[key] : undefined;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      values.set(foundColumn(key), String(value));
  }
  for (const name of KEYWORDS) {
    const value = event[name];
    if (typeof value === 'string') values.set(name, value);
  }
  return { message, at, time: timeIn(message, at), values };
}

/** Not inside of the time: its digits are no values. */
function placeOf(text: string, { message, time }: Looked, at: number): number {
  const place = message.indexOf(text, at);
  if (place < 0 || time === undefined || place >= time.end || place + text.length <= time.start) return place;
  return message.indexOf(text, time.end);
}

/** Each column behind the one before it, as lines are read. */
function inOrder(event: Looked): MessagePiece[] | undefined {
  const pieces: MessagePiece[] = [];
  let at = 0;
  for (const [column, text] of event.values) {
    const place = text === '' ? -1 : placeOf(text, event, at);
    if (place < 0) continue;
    pieces.push(...between(event, at, place), ['column', column]);
    at = place + text.length;
  }
  pieces.push(...between(event, at, event.message.length));
  return finished(pieces);
}

/** Always the column whose value comes next; of several the longest one. */
function byPlace(event: Looked): MessagePiece[] | undefined {
  const pieces: MessagePiece[] = [];
  const left = new Map(event.values);
  for (let at = 0; ; ) {
    let next: { place: number; column: string; text: string } | undefined;
    for (const [column, text] of left) {
      const place = text === '' ? -1 : placeOf(text, event, at);
      if (place < 0) left.delete(column);
      else if (next === undefined || place < next.place || (place === next.place && text.length > next.text.length))
        next = { place, column, text };
    }
    if (next === undefined) {
      pieces.push(...between(event, at, event.message.length));
      return finished(pieces);
    }
    left.delete(next.column);
    pieces.push(...between(event, at, next.place), ['column', next.column]);
    at = next.place + next.text.length;
  }
}

/** Undefined when there is nothing but text. */
function finished(pieces: readonly MessagePiece[]): MessagePiece[] | undefined {
  const all = pieces.filter(piece => piece !== '');
  // An SQL text ends with it.
  if (all.some(piece => typeof piece === 'string' && piece.includes('\0'))) return undefined;
  const isWorth = all.length <= MAX_PIECES && all.some(piece => typeof piece !== 'string');
  return isWorth ? all : undefined;
}

/** What stands between two places, with the time in it. */
function between({ message, time }: Looked, start: number, end: number): MessagePiece[] {
  if (time === undefined || time.start < start || time.end > end) return [message.slice(start, end)];
  return [message.slice(start, time.start), time.piece, message.slice(time.end, end)];
}

function timeIn(message: string, at: number): FoundTime | undefined {
  for (const form of Object.keys(TIME_FORMS) as TimeForm[]) {
    const match = TIME_FORMS[form].like.exec(message);
    const offset = match === null ? undefined : offsetOf(form, match[0], at);
    if (match === null || offset === undefined) continue;
    return { start: match.index, end: match.index + match[0].length, piece: ['time', form, offset] };
  }
  return undefined;
}

/** Minutes east of UTC for which the text is the time; undefined without any. */
function offsetOf(form: TimeForm, text: string, time: number): number | undefined {
  for (let offset = -12 * 60; offset <= 14 * 60; offset += 15)
    if (writeTime(form, time, offset) === text) return offset;
  return undefined;
}

function writeMessage(pieces: readonly MessagePiece[], { at, values }: Looked): string {
  return pieces
    .map(piece => {
      if (typeof piece === 'string') return piece;
      return piece[0] === 'column' ? (values.get(piece[1]) ?? NOTHING) : writeTime(piece[1], at, piece[2]);
    })
    .join('');
}

/** SQL for the message of an event of this form; never NULL. */
export function madeMessage(pieces: readonly MessagePiece[], found: FoundColumns): string {
  const types = new Map([...found].map(([key, type]) => [foundColumn(key), foundText(key, type)]));
  const parts = pieces.map(piece => {
    if (typeof piece === 'string') return literal(piece);
    if (piece[0] === 'column') return `coalesce(${types.get(piece[1]) ?? identifier(piece[1])}, ${literal(NOTHING)})`;
    const [, form, offset] = piece;
    const time = offset === 0 ? '"@timestamp"' : `"@timestamp" + INTERVAL (${offset}) MINUTE`;
    return `strftime(${time}, ${literal(TIME_FORMS[form].sql)})`;
  });
  return `concat(${parts.join(', ')})`;
}

/** The column that says of which events the message is not stored. */
export const MADE = identifier('message:made');

/** A relation of parted events, as they are written: without the messages that come out again. */
export function withoutMessages(parted: string, found: FoundColumns): string {
  if (found.message === undefined) return parted;
  const made = `SELECT *, coalesce(message = ${madeMessage(found.message, found)}, FALSE) AS ${MADE} FROM (${parted})`;
  return `SELECT * REPLACE (CASE WHEN ${MADE} THEN NULL ELSE message END AS message) FROM (${made})`;
}

/** Segments as if each message were stored. */
export function withMessages(segments: string, found: FoundColumns): string {
  if (found.message === undefined) return segments;
  const message = `CASE WHEN ${MADE} THEN ${madeMessage(found.message, found)} ELSE message END`;
  return `(SELECT * REPLACE (${message} AS message) FROM ${segments})`;
}
