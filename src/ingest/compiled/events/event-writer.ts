import { LEAST_CHARS } from '../../../base/secrets/may-hold.ts';
import { hideNamedSecret, hideSecrets } from '../../../base/secrets/secrets.ts';
import type { EventMeta, Fields } from '../../../core/event.ts';
import { isLossy, levelOf } from '../../../core/schema/levels.ts';
import { levelWithout } from '../../../schema/conform.ts';
import { FAILED_DATE } from '../../../schema/event-time.ts';
import { isRawJson, isSame, usable } from '../../../schema/map-fields.ts';
import { putAscii, putBytes, putCounter, putLong, putNumber, putText, putTime } from '../../../schema/put.ts';
import { serviceOf } from '../../../schema/service.ts';
import { isWanted, type WriterRules, type Written } from '../line-writer.ts';
import * as at from '../targets.ts';
import { putUsual } from './event-lists.ts';
import { type EventShape, type EventShapeRules, eventShapeOf, type Item } from './event-shape.ts';
import { LEAF, OBJECT } from './event-steps.ts';
import { EventValues } from './event-values.ts';
import { shapeText } from './shape-text.ts';

/** Longer texts are left alone. */
const MOST_CHARS = 8192;
/** Of texts without secrets. */
const MAX_REMEMBERED = 256;
const ITEM_BYTES = 40;
/** Constant parts of a document. */
const FIXED_BYTES = 4096;
const FIRST_BYTES = 64 * 1024;
/** After so many events in a row that had to be left alone, only one in some is looked at. */
const MANY_MISSES = 32;
const MOST_SKIPPED = 256;

type EventRules = WriterRules & Pick<EventShapeRules, 'maxNameBytes' | 'maxDepth'>;

/**
 * Events as their pipelines leave them -> documents, as `plainNumbers`, `createConform` and `writeDocument` make them: for events
 * whose names, in their order, have been seen before. What the names decide is known then: which fields become declared ones,
 * what stays and where it stands. Whatever is unusual in an event is left alone, and nothing in the event is changed.
 */
export class EventWriter {
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  length = 0;
  /** Of the document that was written last; undefined: it is counted by its service. */
  containerName: string | undefined = undefined;
  readonly #rules: EventRules;
  readonly #written: Written;
  readonly #event: EventValues;
  readonly #isEmbedded: boolean;
  /** By targets: what the event has there. */
  readonly #targets: unknown[] = new Array(at.EVENT_TARGETS.length).fill(undefined);
  #misses = 0;
  #skips = 0;

  constructor(rules: EventRules, written: Written) {
    this.#rules = rules;
    this.#written = written;
    this.#isEmbedded = rules.form === 'embedded';
    this.#event = new EventValues({ ...rules, mostChars: Math.min(MOST_CHARS, rules.shortText) });
  }

  /** Writes the document of the event. False: it was left alone. */
  write(fields: Fields, meta: EventMeta, id: string, seq: number): boolean {
    if (this.#skips > 0) {
      this.#skips--;
      return false;
    }
    const last = this.#event.read(fields);
    if (last !== undefined) {
      if (last.shape === undefined && this.#event.mayLearn()) last.shape = eventShapeOf(last, this.#rules) ?? null;
      const { shape } = last;
      if (shape !== undefined && shape !== null && this.#document(shape, fields, meta, id, seq)) {
        this.#misses = 0;
        this.#event.written();
        return true;
      }
    }
    if (++this.#misses > MANY_MISSES) this.#skips = Math.min(this.#misses, MOST_SKIPPED);
    return false;
  }

  /** What the names of an event decide, for people to read; undefined: it is left alone. */
  describe(fields: Fields): string | undefined {
    const last = this.#event.read(fields);
    const shape = last === undefined ? undefined : eventShapeOf(last, this.#rules);
    return shape === undefined ? undefined : shapeText(shape);
  }

  #document(shape: EventShape, fields: Fields, meta: EventMeta, id: string, seq: number): boolean {
    const rules = this.#rules;
    const { chars, lists } = this.#event;
    const size = shape.fixedBytes + lists.items * ITEM_BYTES;
    if (size + 2 * chars > rules.shortEvent || shape.count + lists.items >= rules.mostFields) return false;
    const targets = this.#targets;
    if (!this.#takeOwn(shape, meta.tag)) return false;
    const { values } = this.#event;
    const line = targets[at.MESSAGE] as string | undefined;
    if (line !== undefined && !this.#isUsualMessage(line)) return false;
    const ownLevel = targets[at.LEVEL] === undefined ? undefined : levelOf(targets[at.LEVEL]);
    if (targets[at.LEVEL] !== undefined && (ownLevel === undefined || isLossy(targets[at.LEVEL]))) return false;
    if (shape.rows.length > 0 && !this.#map(shape, line)) return false;
    const message = targets[at.MESSAGE];
    if (message !== line && !this.#isUsualMessage(message as string)) return false;
    const time = this.#time(shape, meta);
    if (Number.isNaN(time)) return false;
    const level =
      ownLevel ??
      levelOf(targets[at.LEVEL]) ??
      levelWithout(shape.hasVerb ? '' : undefined, shape.response < 0 ? undefined : values[shape.response], message);
    const written = this.#written;
    written.level = level;
    // Who asks for it gets it as before.
    if (isWanted(written)) return false;
    let service = targets[at.SERVICE];
    if (service === undefined) {
      // The service's name comes from the container's.
      if (targets[at.CONTAINER_NAME] !== undefined && shape.own[at.CONTAINER_NAME]! < 0) return false;
      service = serviceOf(fields, targets[at.TAG]);
    }
    if (typeof service !== 'string' || service.length > rules.shortKeyword) return false;

    const room = FIXED_BYTES + size + 6 * (2 * chars + id.length + service.length);
    if (room > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(room * 2);
    const b = this.bytes;
    const isEmbedded = this.#isEmbedded;
    let p = putBytes(b, 0, isEmbedded ? EMBEDDED_ID : CREATE_ID);
    p = putText(b, p, id);
    p = putBytes(b, p, isEmbedded ? EMBEDDED_SEQ : CREATE_SEQ);
    p = putCounter(b, p, seq);
    p = putBytes(b, p, TIMESTAMP);
    p = putTime(b, p, time);
    p = putBytes(b, p, AND_LEVEL);
    p = putAscii(b, p, level);
    b[p++] = QUOTE;
    p = putBytes(b, p, SERVICE);
    p = putText(b, p, service);
    p = this.#declared(p, CONTAINER_ID, at.CONTAINER_ID);
    if (message !== undefined) {
      p = putBytes(b, p, MESSAGE);
      p = putLong(b, p, message as string);
    }
    p = this.#declared(p, USER_ID, at.USER_ID);
    p = this.#declared(p, IP_ADDRESS, at.IP_ADDRESS);
    if (targets[at.RESPONSE_TIME] !== undefined) {
      p = putBytes(b, p, RESPONSE_TIME);
      p = putNumber(b, p, targets[at.RESPONSE_TIME] as number);
    }
    p = this.#declared(p, CONTAINER_NAME, at.CONTAINER_NAME);
    p = this.#declared(p, STREAM, at.STREAM);
    p = this.#declared(p, TAG, at.TAG);
    p = this.#declared(p, HOSTNAME, at.HOSTNAME);
    p = this.#declared(p, TRACE_ID, at.TRACE_ID);
    p = this.#object(p, shape.labels);
    if (p >= 0) p = this.#object(p, shape.kubernetes);
    if (p < 0) return false;
    // Behind each field stands a comma: the last one is written over.
    const before = p;
    if (isEmbedded) p = putBytes(b, p, FIELDS);
    else b[p++] = COMMA;
    const first = p;
    p = this.#put(p, shape.rest, line);
    if (p < 0) return false;
    if (!isEmbedded) b[p - 1] = CLOSE;
    else {
      if (p === first) p = before;
      else b[p - 1] = CLOSE;
      b[p++] = CLOSE;
    }
    b[p++] = LINE_FEED;
    this.length = p;
    written.time = time;
    written.service = service;
    this.containerName = targets[at.CONTAINER_NAME] as string | undefined;
    return true;
  }

  /** What the event has under the names of declared fields. False: something has to be changed in it. */
  #takeOwn({ own, texts }: EventShape, tag: string): boolean {
    const { values } = this.#event;
    for (let i = 0; i < texts.length; i++) {
      const text = values[texts[i]!];
      if (typeof text !== 'string' || text === '') return false;
    }
    const targets = this.#targets;
    for (let target = 0; target < own.length; target++) {
      const slot = own[target]!;
      const value = slot < 0 ? undefined : values[slot];
      targets[target] = value;
      if (slot < 0) continue;
      if (target === at.RESPONSE_TIME) {
        if (typeof value !== 'number') return false;
      } else if (target !== at.LEVEL || typeof value !== 'number') {
        if (typeof value !== 'string' || value === '') return false;
        if (target !== at.MESSAGE && value.length > this.#rules.shortKeyword) return false;
      }
    }
    // A pipeline may have taken it away.
    if (targets[at.TAG] === undefined) targets[at.TAG] = tag;
    return tag.length <= this.#rules.shortKeyword;
  }

  #isUsualMessage(text: string): boolean {
    if (text.includes('\u001b')) return false;
    return !this.#rules.hidesSecrets || hideSecrets(text) === text;
  }

  /** Applies the rows of the mapping table, as `mapFields` does. False: something is unusual. */
  #map({ rows }: EventShape, line: string | undefined): boolean {
    const { values } = this.#event;
    const targets = this.#targets;
    const { isGone } = this.#event;
    for (let i = 0; i < rows.length; i++) {
      const { slot, target, row, holder } = rows[i]!;
      const found = values[slot];
      if (isGone[slot] === 1 || found === null) continue;
      const { mapping } = row;
      const value = usable(found, mapping);
      if (value === undefined) continue;
      const present = targets[target];
      const isFree = present === undefined || present === null || present === '';
      if (isFree || (target === at.MESSAGE && isRawJson(present, row.path))) targets[target] = value;
      else if (!isSame(present, value)) continue;
      if (mapping.keep === true || (target === at.LEVEL && isLossy(found))) continue;
      isGone[slot] = 1;
      // It would have been hidden before it became another field.
      if (holder >= 0 && this.#event.isTwice(holder)) return false;
      if (holder < 0 && typeof found === 'string' && !this.#isClean(found, line)) return false;
    }
    return true;
  }

  #isClean(text: string, line: string | undefined): boolean {
    if (!this.#rules.hidesSecrets || text.length < LEAST_CHARS) return true;
    return hideSecrets(text) === text || line?.includes(text) === true;
  }

  /** NaN: something is unusual. */
  #time(shape: EventShape, meta: EventMeta): number {
    const { given, tags, times, timeFields, zone } = shape;
    const { eventTime } = this.#rules;
    const { values, isGone } = this.#event;
    if (tags >= 0) {
      const value = values[tags];
      if (Array.isArray(value) ? value.includes(FAILED_DATE) : value === FAILED_DATE) return Number.NaN;
    }
    let found: number | undefined = Number.NaN;
    if (given >= 0 || times.length > 0) {
      if (given >= 0) {
        const value = values[given];
        if (typeof value !== 'string' && typeof value !== 'number') return Number.NaN;
        timeFields['@timestamp'] = value;
      }
      for (let i = 0; i < times.length; i++) {
        const { name, slot } = times[i]!;
        timeFields[name] = isGone[slot] === 1 ? undefined : values[slot];
      }
      if (zone >= 0) timeFields['tz'] = values[zone];
      found = eventTime.ofFields(timeFields, meta, shape.timeNames);
      if (found === undefined) return Number.NaN;
      for (let i = 0; i < times.length; i++) {
        const { name, slot } = times[i]!;
        if (timeFields[name] === undefined) isGone[slot] = 1;
      }
    }
    const message = this.#targets[at.MESSAGE];
    if (Number.isNaN(found) && message !== undefined) found = eventTime.ofMessage(message as string, meta);
    return eventTime.within(found, meta);
  }

  #declared(p: number, name: Uint8Array, target: number): number {
    const value = this.#targets[target];
    if (value === undefined) return p;
    return putText(this.bytes, putBytes(this.bytes, p, name), value as string);
  }

  /** -1: there is a secret in it. */
  #object(at: number, items: readonly Item[]): number {
    if (items.length === 0) return at;
    this.bytes[at] = COMMA;
    const p = this.#put(at + 1, items, undefined);
    // Its own comma goes.
    return p < 0 ? p : p - 1;
  }

  /** Writes undeclared fields. -1: there is a secret in one. */
  #put(at: number, items: readonly Item[], line: string | undefined): number {
    const b = this.bytes;
    const { values, isGone } = this.#event;
    const { hidesSecrets } = this.#rules;
    let p = at;
    for (let i = 0; i < items.length; i++) {
      const item = items[i]!;
      if (item.kind === LEAF) {
        if (isGone[item.slot] === 1) continue;
        const value = values[item.slot];
        p = putBytes(b, p, item.bytes);
        if (item.secret !== undefined && hidesSecrets && isNamedSecret(item.secret, value)) return -1;
        if (typeof value === 'string') {
          if (hidesSecrets && value.length >= LEAST_CHARS && value !== item.clean) {
            if (hideSecrets(value) === value) item.clean = value.length <= MAX_REMEMBERED ? value : undefined;
            else if (!item.isTop || line?.includes(value) !== true) return -1;
          }
          p = putText(b, p, value);
        } else p = putUsual(b, p, value);
        b[p++] = COMMA;
      } else if (item.kind === OBJECT) {
        if (item.vanishes?.every(slot => isGone[slot] === 1) === true) i = item.last;
        else p = putBytes(b, p, item.bytes);
      } else {
        if (b[p - 1] === COMMA) b[p - 1] = CLOSE;
        else b[p++] = CLOSE;
        b[p++] = COMMA;
      }
    }
    return p;
  }
}

/** Whether something has to be hidden in a value for its name. */
function isNamedSecret(name: string, value: unknown): boolean {
  if (Array.isArray(value)) return true;
  if (typeof value !== 'string' && typeof value !== 'number') return false;
  return hideNamedSecret(name, String(value)) !== String(value);
}

const QUOTE = 34;
const COMMA = 44;
const CLOSE = 125;
const LINE_FEED = 10;

const EMBEDDED_ID = Buffer.from('{"_id":');
const CREATE_ID = Buffer.from('{"create":{"_id":');
const EMBEDDED_SEQ = Buffer.from(',"seq":');
const CREATE_SEQ = Buffer.from('}}\n{"seq":');
const TIMESTAMP = Buffer.from(',"@timestamp":"');
const AND_LEVEL = Buffer.from('","level":"');
const SERVICE = Buffer.from(',"service":');
const CONTAINER_ID = Buffer.from(',"container_id":');
const MESSAGE = Buffer.from(',"message":');
const USER_ID = Buffer.from(',"user_id":');
const IP_ADDRESS = Buffer.from(',"ip_address":');
const RESPONSE_TIME = Buffer.from(',"response_time":');
const CONTAINER_NAME = Buffer.from(',"container_name":');
const STREAM = Buffer.from(',"stream":');
const TAG = Buffer.from(',"tag":');
const HOSTNAME = Buffer.from(',"hostname":');
const TRACE_ID = Buffer.from(',"trace_id":');
const FIELDS = Buffer.from(',"fields":{');
