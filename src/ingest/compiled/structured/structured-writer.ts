import { hideSecrets } from '../../../base/secrets/secrets.ts';
import { isoMsOfBytes } from '../../../base/time/iso-bytes.ts';
import type { DocumentForm } from '../../../core/contracts.ts';
import type { EventMeta } from '../../../core/event.ts';
import { isLossy, levelOf } from '../../../core/schema/levels.ts';
import { levelWithout } from '../../../schema/conform.ts';
import { type EventTime, FAILED_DATE } from '../../../schema/event-time.ts';
import { isRawJson, isSame, usable } from '../../../schema/map-fields.ts';
import { putAscii, putBytes, putCounter, putId, putLong, putNumber, putTime } from '../../../schema/put.ts';
import { isWanted, type LineWriter, type Written } from '../line-writer.ts';
import type { Stream } from '../stream.ts';
import * as at from '../targets.ts';
import { eventOf } from './document-event.ts';
import { durationOf } from './duration-bytes.ts';
import type { ScanRules } from './json-tokens.ts';
import { Keys, type Step } from './keys.ts';
import { PutSlots } from './put-slots.ts';
import { JsonScan } from './scan-json.ts';
import { PairsScan } from './scan-pairs.ts';
import { factsOf, type Shape, type ShapeRules, shapeOf } from './shape.ts';
import { FALSE, NULL, NUMBER, OBJECT, type Slots, STRING, TRUE } from './slots.ts';
import { Words } from './words.ts';

export interface StructuredRules extends ShapeRules, ScanRules {
  readonly form: DocumentForm;
  readonly shortKeyword: number;
  readonly eventTime: EventTime;
  readonly maxChars: number;
}

const FIXED_BYTES = 32_768;
/** After so many lines in a row that had to be left alone, only one in some is looked at. */
const MANY_MISSES = 16;
const MOST_SKIPPED = 64;

const OPEN_BRACE = 123;
const QUOTE = 34;
const EQUALS = 61;

/** How lines of one kind are read. */
interface Way {
  readonly keys: Keys<Shape | null>;
  readonly scanner: { scan(line: string): Step<Shape | null> | undefined };
  /** Lines in a row that were left alone, and those that are left alone without a look. */
  misses: number;
  skips: number;
}

/** A value of a declared field, as JavaScript has it. */
type Value = string | number | boolean | null | undefined | typeof UNREAD;

/**
 * Lines that are one JSON object or nothing but `key=value` pairs, and whose names all are known: as the automatic processor,
 * `createConform` and `writeDocument` treat them. Their values go from the line to the document without becoming an event.
 */
export class StructuredWriter implements LineWriter {
  readonly names: ReadonlySet<string>;
  readonly code = '';
  readonly values: readonly unknown[] = [];
  readonly maxChars: number;
  readonly #rules: StructuredRules;
  readonly #written: Written;
  readonly #slots: Slots;
  readonly #json: Way;
  readonly #pairs: Way;
  readonly #isEmbedded: boolean;
  readonly #put: PutSlots;
  readonly #words: Words;
  /** By targets: what the event has there, and the slot where it comes from; -1: from nowhere. */
  readonly #values: Value[] = new Array(at.LINE_TARGETS.length).fill(undefined);
  readonly #sources = new Int16Array(at.LINE_TARGETS.length);

  constructor(rules: StructuredRules, written: Written, slots: Slots) {
    this.#rules = rules;
    this.#written = written;
    this.#slots = slots;
    this.maxChars = rules.maxChars;
    this.names = new Set(rules.asked);
    this.#isEmbedded = rules.form === 'embedded';
    this.#words = new Words(slots);
    this.#put = new PutSlots(slots, this.#isEmbedded);
    const facts = (key: string, isInner: boolean) => factsOf(key, isInner, rules);
    const json = new Keys<Shape | null>(facts, QUOTE);
    const pairs = new Keys<Shape | null>(facts, EQUALS);
    this.#json = { keys: json, scanner: new JsonScan(json, slots, rules), misses: 0, skips: 0 };
    this.#pairs = { keys: pairs, scanner: new PairsScan(pairs, slots, rules), misses: 0, skips: 0 };
  }

  room(chars: number): number {
    return FIXED_BYTES + 16 * chars;
  }

  /** See `LineWriter`. */
  write(
    bytes: Buffer,
    line: string,
    stream: Stream,
    meta: EventMeta,
    idBase: string,
    index: number,
    seq: number,
  ): number {
    const way = line.charCodeAt(0) === OPEN_BRACE ? this.#json : this.#pairs;
    if (way.skips > 0) {
      way.skips--;
      return -1;
    }
    // Half a character has become another one in the document, and stays in the event.
    if (this.#written.wantsFields && !line.isWellFormed()) return -1;
    const last = way.scanner.scan(line);
    const length = last === undefined ? -1 : this.#document(way, last, bytes, line, stream, meta, idBase, index, seq);
    if (length < 0) {
      if (++way.misses > MANY_MISSES) way.skips = Math.min(way.misses, MOST_SKIPPED);
      return -1;
    }
    way.misses = 0;
    way.keys.written();
    return length;
  }

  #document(
    way: Way,
    last: Step<Shape | null>,
    b: Buffer,
    line: string,
    stream: Stream,
    meta: EventMeta,
    idBase: string,
    index: number,
    seq: number,
  ): number {
    const rules = this.#rules;
    if (last.shape === undefined) last.shape = shapeOf(last, rules) ?? null;
    let { shape } = last;
    if (shape !== null && shape.aside.length > 0) shape = this.#besideOf(shape, last, stream);
    if (shape === null) return -1;
    const { names } = stream;
    for (let i = 0; i < names.length; i++) if (shape.touched.has(names[i]!)) return -1;
    const isLevelTold = stream.rawLevel !== undefined || stream.mappedLevel !== undefined;
    if (isLevelTold && shape.touched.has('level')) return -1;
    if (stream.time !== undefined && (shape.given >= 0 || shape.times.length > 0)) return -1;
    if (shape.hasTags && line.includes(FAILED_DATE)) return -1;
    const slots = this.#slots;
    const { types, isGone } = slots;
    const { own } = shape;
    const values = this.#values;

    const sources = this.#sources;
    for (let target = 0; target < own.length; target++) sources[target] = own[target]!;
    if (own[at.MESSAGE]! >= 0) {
      if (types[own[at.MESSAGE]!] !== STRING) return -1;
    } else {
      for (let i = 0; i < shape.messages.length; i++) {
        const slot = shape.messages[i]!;
        if (types[slot] !== STRING) continue;
        sources[at.MESSAGE] = slot;
        isGone[slot] = 1;
        break;
      }
    }

    // The level under its own name; what is none, or says more, stands beside it.
    const levelSlot = own[at.LEVEL]!;
    let ownLevel: string | undefined;
    let isMoved = false;
    values[at.LEVEL] = undefined;
    if (levelSlot >= 0) {
      if (types[levelSlot]! >= OBJECT) return -1;
      const word = types[levelSlot] === STRING ? this.#words.of(levelSlot) : undefined;
      const value = word === undefined ? slots.value(levelSlot) : word.text;
      ownLevel = word === undefined ? levelOf(value) : word.level;
      if (ownLevel === undefined) isMoved = value !== null && value !== '';
      else isMoved = word === undefined ? isLossy(value) : word.isLossy;
      if (ownLevel !== undefined) values[at.LEVEL] = value;
    }
    if (shape.rows.length > 0 && !this.#map(shape, line)) return -1;
    if (!this.#areUsual(shape)) return -1;
    const isLine = sources[at.MESSAGE]! < 0;
    // Names and values of pairs were looked at one by one.
    const mayHold = isLine && rules.hidesSecrets && (way !== this.#pairs || slots.mayHold);
    if (mayHold && hideSecrets(line) !== line) return -1;
    const time = this.#time(shape, line, meta, stream.time);
    if (Number.isNaN(time)) return -1;
    let level: string | undefined = ownLevel ?? (shape.rows.length === 0 ? undefined : levelOf(values[at.LEVEL]));
    if (level === undefined) level = stream.ownLevel ?? stream.mappedLevel;
    if (level === undefined) {
      const verb = shape.verb < 0 || isGone[shape.verb] === 1 ? undefined : types[shape.verb];
      const status = shape.response >= 0 && types[shape.response] === NUMBER ? slots.value(shape.response) : undefined;
      level = levelWithout(verb, status, this.#message(line));
    }

    const isEmbedded = this.#isEmbedded;
    const put = this.#put;
    let p = putBytes(b, 0, isEmbedded ? EMBEDDED_ID : CREATE_ID);
    p = putId(b, p, idBase, index);
    p = putBytes(b, p, isEmbedded ? EMBEDDED_SEQ : CREATE_SEQ);
    p = putCounter(b, p, seq);
    p = putBytes(b, p, TIMESTAMP);
    p = putTime(b, p, time);
    p = putBytes(b, p, AND_LEVEL);
    p = putAscii(b, p, level);
    b[p++] = 34;
    const before = p;
    p = put.declared(b, p, sources[at.SERVICE]!, SERVICE);
    const hasService = p > before;
    if (!hasService) p = putBytes(b, p, stream.service);
    p = putBytes(b, p, stream.container);
    p = putBytes(b, p, MESSAGE);
    p = isLine ? putLong(b, p, line) : put.put(b, p, sources[at.MESSAGE]!);
    p = put.declared(b, p, sources[at.USER_ID]!, USER_ID);
    p = put.declared(b, p, sources[at.IP_ADDRESS]!, IP_ADDRESS);
    const responseTime = sources[at.RESPONSE_TIME]!;
    if (responseTime >= 0) {
      p = putBytes(b, p, RESPONSE_TIME);
      if (responseTime === own[at.RESPONSE_TIME]) p = put.put(b, p, responseTime);
      else p = putNumber(b, p, values[at.RESPONSE_TIME] as number);
    }
    p = putBytes(b, p, stream.tail);
    p = put.declared(b, p, sources[at.HOSTNAME]!, HOSTNAME);
    p = put.declared(b, p, sources[at.TRACE_ID]!, TRACE_ID);
    const { varied } = stream;
    if (varied !== undefined) p = varied.put(b, p, varied.objects);
    else if (stream.objects.length > 0) p = putBytes(b, p, stream.objects);
    const rest = p;
    if (isEmbedded) p = putBytes(b, p, FIELDS);
    const first = p;
    if (varied !== undefined) p = varied.put(b, p, varied.rest);
    else if (stream.rest.length > 0) p = putBytes(b, p, stream.rest);
    p = put.members(b, p, shape.members);
    if (shape.aside.length > 0) p = put.object(b, p, 'json', shape.aside);
    if (isMoved) p = put.members(b, p, shape.levelMoved);
    p = put.members(b, p, shape.renamed);
    // Behind each field stands a comma: the last one is written over.
    if (isEmbedded) {
      if (p === first) p = rest;
      else b[p - 1] = 125;
    }
    b[p++] = 125;
    b[p++] = 10;
    const written = this.#written;
    written.time = time;
    written.level = level;
    const service = sources[at.SERVICE]!;
    const isWord = hasService && types[service] === STRING ? this.#words.of(service)?.text : undefined;
    written.service = hasService ? (isWord ?? String(slots.value(service))) : stream.serviceName;
    if (isWanted(written)) written.fields = eventOf(b.toString('utf8', 0, p), isEmbedded);
    return p;
  }

  /** Applies the rows of the mapping table, as `mapFields` does. False: something is unusual. */
  #map(shape: Shape, line: string): boolean {
    const slots = this.#slots;
    const values = this.#values;
    const sources = this.#sources;
    for (let target = at.SERVICE; target <= at.TRACE_ID; target++) values[target] = UNREAD;
    for (let i = 0; i < shape.rows.length; i++) {
      const { slot, target, row } = shape.rows[i]!;
      if (slots.isGone[slot] === 1 || slots.types[slot]! >= NULL) continue;
      const { mapping } = row;
      const isText = slots.types[slot] === STRING;
      let present = values[target];
      if (isText && IS_TEXT[target] === 1 && present === UNREAD && sources[target]! < 0) {
        // It is not asked for as a text before another row wants to be there, too.
        if (slots.to[slot] === slots.from[slot]) continue;
        sources[target] = slot;
        if (mapping.keep !== true) slots.isGone[slot] = 1;
        continue;
      }
      const word = isText && target === at.LEVEL ? this.#words.of(slot) : undefined;
      let found: unknown = word?.text;
      let value: Value = word?.usable(mapping);
      if (isText && target === at.RESPONSE_TIME) {
        const ms = durationOf(slots.bytes, slots.from[slot]!, slots.to[slot]!, mapping.as);
        if (!Number.isNaN(ms)) value = ms;
      }
      if (word === undefined && value === undefined) {
        found = slots.value(slot);
        value = usable(found, mapping) as Value;
      }
      if (value === undefined) continue;
      if (present === UNREAD) {
        const source = sources[target]!;
        if (source >= 0 && slots.types[source]! >= OBJECT) return false;
        present = source >= 0 ? slots.value(source) : target === at.MESSAGE ? line : undefined;
        values[target] = present;
      }
      const isFree = present === undefined || present === null || present === '';
      if (isFree || (target === at.MESSAGE && isRawJson(present, row.path))) {
        values[target] = value;
        sources[target] = slot;
      } else if (!isSame(present, value)) continue;
      if (mapping.keep !== true && !(target === at.LEVEL && isLossy(found))) slots.isGone[slot] = 1;
    }
    return true;
  }

  /** NaN: something is unusual. */
  #time(shape: Shape, line: string, meta: EventMeta, own: number | undefined): number {
    const { given, zone, times, timeNames, timeFields } = shape;
    const { eventTime } = this.#rules;
    const slots = this.#slots;
    let found: number | undefined = own ?? Number.NaN;
    const one = given >= 0 ? given : times.length > 0 ? times[0]!.slot : -1;
    const isOne = one >= 0 && times.length === (given >= 0 ? 0 : 1) && slots.isGone[one] === 0;
    const ms =
      isOne && slots.types[one] === STRING ? isoMsOfBytes(slots.bytes, slots.from[one]!, slots.to[one]!) : Number.NaN;
    if (!Number.isNaN(ms)) {
      const use = given >= 0 ? 'repeats' : times[0]!.use;
      found = eventTime.ofText(ms, use, meta);
      // What is finer than a millisecond stays.
      if (given < 0 && use === 'repeats' && Number.isInteger(ms)) slots.isGone[one] = 1;
    } else if (one >= 0) {
      if (given >= 0) {
        if (slots.types[given]! >= OBJECT) return Number.NaN;
        timeFields['@timestamp'] = slots.value(given);
      }
      for (let i = 0; i < times.length; i++) {
        const { name, slot } = times[i]!;
        if (slots.types[slot]! >= OBJECT) return Number.NaN;
        timeFields[name] = slots.isGone[slot] === 1 ? undefined : slots.value(slot);
      }
      if (zone >= 0) timeFields['tz'] = slots.types[zone]! < OBJECT ? slots.value(zone) : undefined;
      found = eventTime.ofFields(timeFields, meta, timeNames);
      if (found === undefined) return Number.NaN;
      for (let i = 0; i < times.length; i++)
        if (timeFields[times[i]!.name] === undefined) slots.isGone[times[i]!.slot] = 1;
    }
    return eventTime.within(Number.isNaN(found) ? eventTime.ofMessage(this.#message(line), meta) : found, meta);
  }

  #message(line: string): string {
    const source = this.#sources[at.MESSAGE]!;
    return source < 0 ? line : (this.#slots.value(source) as string);
  }

  /** The shape for an event that has itself some of what the line has as well; null: something is unusual. */
  #besideOf(shape: Shape, last: Step<Shape | null>, { view }: Stream): Shape | null {
    const { types } = this.#slots;
    let its: Shape | null = shape;
    if (shape.asideNames.includes('image') && !Object.hasOwn(view, 'image')) {
      if (shape.withoutImage === undefined) shape.withoutImage = shapeOf(last, this.#rules, false) ?? null;
      its = shape.withoutImage;
    }
    if (its === null || !its.asideNames.every(name => Object.hasOwn(view, name))) return null;
    return its.aside.every(({ slot }) => types[slot] === STRING || types[slot] === NUMBER) ? its : null;
  }

  /** False: a declared field has a value that has to be changed. */
  #areUsual(shape: Shape): boolean {
    const { types, from, to } = this.#slots;
    const { own } = shape;
    const sources = this.#sources;
    for (let target = 0; target < own.length; target++) {
      const slot = own[target]!;
      if (slot < 0 || target === at.LEVEL || target === at.MESSAGE) continue;
      const source = sources[target]!;
      const type = types[source]!;
      if (
        target === at.RESPONSE_TIME
          ? type !== NUMBER || source !== slot
          : type === TRUE || type === FALSE || type >= OBJECT
      )
        return false;
      if (to[source]! - from[source]! > this.#rules.shortKeyword) return false;
    }
    return true;
  }
}

/** By targets: what is there is a text as it came. */
const IS_TEXT = Uint8Array.from(at.LINE_TARGETS, (_, target) =>
  [at.SERVICE, at.USER_ID, at.HOSTNAME, at.TRACE_ID].includes(target) ? 1 : 0,
);

/** A field that nobody has asked for. */
const UNREAD = Symbol('unread');

const EMBEDDED_ID = Buffer.from('{"_id":"');
const CREATE_ID = Buffer.from('{"create":{"_id":"');
const EMBEDDED_SEQ = Buffer.from('","seq":');
const CREATE_SEQ = Buffer.from('"}}\n{"seq":');
const TIMESTAMP = Buffer.from(',"@timestamp":"');
const AND_LEVEL = Buffer.from('","level":"');
const SERVICE = Buffer.from(',"service":');
const MESSAGE = Buffer.from(',"message":');
const USER_ID = Buffer.from(',"user_id":');
const IP_ADDRESS = Buffer.from(',"ip_address":');
const RESPONSE_TIME = Buffer.from(',"response_time":');
const HOSTNAME = Buffer.from(',"hostname":');
const TRACE_ID = Buffer.from(',"trace_id":');
const FIELDS = Buffer.from(',"fields":{');
