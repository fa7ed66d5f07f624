import type { DocumentForm, StoredEvent } from '../core/contracts.ts';
import { type Fields, isFields, type LogEvent, newFields } from '../core/event.ts';
import { DECLARED_FIELDS, type DeclaredField, INDEX_PREFIX } from '../core/schema/fields.ts';
import { jsonOf, quote } from './json.ts';
import { JsonBytes } from './json-bytes.ts';

/**
 * The document of an event as it is written at intake, ending in a line feed:
 *
 *     embedded:       {"_id":ID,"seq":N,"@timestamp":ISO,<declared, in the order of DECLARED_FIELDS>,"fields":{<the rest>}}
 *     elasticsearch:  {"create":{"_id":ID}}
 *                     {"seq":N,"@timestamp":ISO,<declared>,<the rest>}
 *
 * Absent fields are left out, `fields` too when nothing is in it. Always valid, well-formed JSON. The bytes are those of
 * the next call, too.
 */
export function writeDocument(event: LogEvent, id: string, seq: number, form: DocumentForm): JsonBytes {
  const fields = event.fields;
  const isEmbedded = form === 'embedded';
  out.begin();
  out.constant(isEmbedded ? '{"_id":' : '{"create":{"_id":');
  out.string(id);
  out.constant(isEmbedded ? ',"seq":' : '}}\n{"seq":');
  out.counter(seq);
  out.constant(',"@timestamp":"');
  out.ascii(fields['@timestamp'] as string);
  out.constant('"');
  writeDeclared(fields);
  const hasRest = writeRest(fields, isEmbedded);
  out.constant(hasRest ? '}}\n' : '}\n');
  return out;
}

/** The same as a text. */
export function serialise(event: LogEvent, id: string, seq: number, form: DocumentForm): string {
  return writeDocument(event, id, seq, form).toString();
}

// One at a time: writing a document is synchronous.
const out = new JsonBytes();

/** In the order of DECLARED_FIELDS. Each by its own name, which V8 finds quicker than one of a list. */
function writeDeclared(fields: Fields): void {
  writeNamed(LEVEL, fields['level']);
  writeNamed(SERVICE, fields['service']);
  writeNamed(CONTAINER_ID, fields['container_id']);
  const message = fields['message'];
  if (typeof message === 'string') {
    out.raw(MESSAGE);
    out.long(message);
  }
  writeNamed(USER_ID, fields['user_id']);
  const address = fields['ip_address'];
  if (typeof address === 'string') writeNamed(IP_ADDRESS, address);
  writeNamed(RESPONSE_TIME, fields['response_time']);
  writeNamed(CONTAINER_NAME, fields['container_name']);
  writeNamed(STREAM, fields['stream']);
  writeNamed(TAG, fields['tag']);
  writeNamed(HOSTNAME, fields['hostname']);
  writeNamed(TRACE_ID, fields['trace_id']);
  writeNamed(LABELS, fields['labels']);
  writeNamed(KUBERNETES, fields['kubernetes']);
}

const json = (name: DeclaredField): Uint8Array => Buffer.from(`,"${name}":`);
const LEVEL = json('level');
const SERVICE = json('service');
const CONTAINER_ID = json('container_id');
const MESSAGE = json('message');
const USER_ID = json('user_id');
const IP_ADDRESS = json('ip_address');
const RESPONSE_TIME = json('response_time');
const CONTAINER_NAME = json('container_name');
const STREAM = json('stream');
const TAG = json('tag');
const HOSTNAME = json('hostname');
const TRACE_ID = json('trace_id');
const LABELS = json('labels');
const KUBERNETES = json('kubernetes');

function writeNamed(json: Uint8Array, value: unknown): void {
  if (value === undefined) return;
  out.raw(json);
  if (typeof value === 'string') out.string(value);
  else writeOther(value);
}

function writeOther(value: unknown): void {
  if (typeof value === 'number') out.number(value);
  else out.text(jsonOf(value));
}

/** What is known of an undeclared name. */
interface Member {
  readonly key: string;
  /** Written elsewhere. */
  readonly isDeclared: boolean;
  /** `,"name":` */
  readonly json: Uint8Array;
}

// Bounded, for names come from outside.
const members = new Map<string, Member>();
const MAX_MEMBERS = 4096;
// Neighbours have the same names in the same places: a look at the place is cheaper than one into the map.
const places: (Member | undefined)[] = new Array(64).fill(undefined);

/** Writes the undeclared fields, each with a comma in front, into an object of their own or not. True: that object is there. */
function writeRest(fields: Fields, isApart: boolean): boolean {
  let isFirst = isApart;
  let place = 0;
  for (const key in fields) {
    let member = places[place];
    if (member === undefined || member.key !== key) {
      member = members.get(key) ?? learn(key);
      if (place < 64) places[place] = member;
    }
    place++;
    if (member.isDeclared) continue;
    const value = fields[key];
    if (value === undefined || typeof value === 'function' || typeof value === 'symbol') continue;
    if (isFirst) {
      isFirst = false;
      out.constant(',"fields":{');
      out.raw(member.json.subarray(1));
    } else out.raw(member.json);
    if (typeof value === 'string') out.string(value);
    else writeOther(value);
  }
  return isApart && !isFirst;
}

function learn(key: string): Member {
  const isDeclared = key === '@timestamp' || Object.hasOwn(DECLARED_FIELDS, key);
  const json = Buffer.from(`,${quote(key)}:`);
  const member = { key, isDeclared, json };
  if (members.size >= MAX_MEMBERS) members.clear();
  if (key.length <= 256) members.set(key, member);
  return member;
}

/**
 * A stored document as it is given back: flat, with `_id`, `_index` (`index`, or that of `day`, `YYYY.MM.DD`), `seq`, `@timestamp`, the
 * declared fields, then the rest. `line` is what `serialise` wrote, in either form (with its action line or without), or
 * the embedded store's row. Throws a SyntaxError when it is not JSON.
 */
export function parseStored(line: string, day: string, index: string = INDEX_PREFIX + day): StoredEvent {
  const event = newFields();
  const end = line.startsWith('{"create":') ? line.indexOf('\n') : -1;
  const document = JSON.parse(end > 0 ? line.slice(end + 1) : line) as Fields;
  // Only the embedded form has its id inside, and only there `fields` is no field of the event.
  const isEmbedded = end <= 0 && document['_id'] !== undefined;
  event['_id'] = end > 0 ? (JSON.parse(line.slice(0, end)) as { create: Fields }).create['_id'] : document['_id'];
  event['_index'] = index;
  for (const key in document) {
    if (key === '_id' || (isEmbedded && key === 'fields')) continue;
    event[key] = document[key];
  }
  const rest = isEmbedded ? document['fields'] : undefined;
  if (isFields(rest)) for (const key in rest) event[key] = rest[key];
  return event as StoredEvent;
}
