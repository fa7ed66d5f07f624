import type { DocumentForm, StoredEvent } from '../core/contracts.ts';
import { type Fields, isFields, LEVELS, type LogEvent, newFields } from '../core/event.ts';
import { DECLARED_FIELDS, INDEX_PREFIX } from '../core/schema/fields.ts';
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
  out.raw(isEmbedded ? EMBEDDED : ELASTICSEARCH);
  out.string(id);
  out.raw(isEmbedded ? EMBEDDED_SEQ : ELASTICSEARCH_SEQ);
  out.counter(seq);
  writeTime(fields['@timestamp'] as string);
  writeDeclared(fields);
  if (writeRest(fields, isEmbedded)) out.raw(END_BOTH);
  else out.raw(END);
  return out;
}

/** The same as a text. */
export function serialise(event: LogEvent, id: string, seq: number, form: DocumentForm): string {
  return writeDocument(event, id, seq, form).toString();
}

// One at a time: writing a document is synchronous.
const out = new JsonBytes();

const EMBEDDED = Buffer.from('{"_id":');
const EMBEDDED_SEQ = Buffer.from(',"seq":');
const ELASTICSEARCH = Buffer.from('{"create":{"_id":');
const ELASTICSEARCH_SEQ = Buffer.from('}}\n{"seq":');
const END = Buffer.from('}\n');
const END_BOTH = Buffer.from('}}\n');
const REST = Buffer.from(',"fields":{');

let lastTime = '';
let lastTimeBytes: Uint8Array = Buffer.from(',"@timestamp":""');

function writeTime(time: string): void {
  if (time !== lastTime) {
    lastTime = time;
    lastTimeBytes = Buffer.from(`,"@timestamp":"${time}"`);
  }
  out.raw(lastTimeBytes);
}

function writeDeclared(fields: Fields): void {
  const level = fields['level'];
  if (level !== undefined) {
    const known = LEVEL_TEXTS.get(level);
    if (known !== undefined) out.raw(known);
    else writeOther(',"level":', level);
  }
  const { head, tail } = sharedOf(fields);
  out.raw(head);
  const message = fields['message'];
  if (typeof message === 'string') {
    out.raw(MESSAGE);
    if (message.length < 60) out.string(message);
    else out.text(quote(message));
  }
  const user = fields['user_id'];
  if (user !== undefined) writeOther(',"user_id":', user);
  const address = fields['ip_address'];
  if (typeof address === 'string') {
    out.raw(ADDRESS);
    out.string(address);
  }
  const responseTime = fields['response_time'];
  if (responseTime !== undefined) writeOther(',"response_time":', responseTime);
  out.raw(tail);
  const trace = fields['trace_id'];
  if (trace !== undefined) writeOther(',"trace_id":', trace);
  const labels = fields['labels'];
  if (labels !== undefined) writeOther(',"labels":', labels);
  const kubernetes = fields['kubernetes'];
  if (kubernetes !== undefined) writeOther(',"kubernetes":', kubernetes);
}

function writeOther(prefix: string, value: unknown): void {
  out.text(prefix);
  out.text(jsonOf(value));
}

const MESSAGE = Buffer.from(',"message":');
const ADDRESS = Buffer.from(',"ip_address":');
const LEVEL_TEXTS: ReadonlyMap<unknown, Uint8Array> = new Map(
  LEVELS.map(level => [level, Buffer.from(`,"level":"${level}"`)]),
);

/** What the events of a container share: the JSON of it is made once. */
interface Shared {
  readonly service: unknown;
  readonly name: unknown;
  readonly stream: unknown;
  readonly tag: unknown;
  readonly host: unknown;
  /** `service` and `container_id`. */
  readonly head: Uint8Array;
  /** `container_name`, `stream`, `tag`, `hostname`. */
  readonly tail: Uint8Array;
}

const sharedOfContainers = new Map<unknown, Shared>();
const MAX_CONTAINERS = 1024;

function sharedOf(fields: Fields): Shared {
  const container = fields['container_id'];
  const service = fields['service'];
  const name = fields['container_name'];
  const stream = fields['stream'];
  const tag = fields['tag'];
  const host = fields['hostname'];
  const known = sharedOfContainers.get(container);
  if (
    known !== undefined &&
    known.service === service &&
    known.name === name &&
    known.stream === stream &&
    known.tag === tag &&
    known.host === host
  ) {
    return known;
  }
  const head = [declared('service', service), declared('container_id', container)].join('');
  const tail = [
    declared('container_name', name),
    declared('stream', stream),
    declared('tag', tag),
    declared('hostname', host),
  ].join('');
  const made = { service, name, stream, tag, host, head: Buffer.from(head), tail: Buffer.from(tail) };
  if (sharedOfContainers.size >= MAX_CONTAINERS) sharedOfContainers.clear();
  sharedOfContainers.set(container, made);
  return made;
}

function declared(name: string, value: unknown): string {
  return value === undefined ? '' : `,"${name}":${jsonOf(value)}`;
}

/** What is known of an undeclared name: its JSON, and the JSON of the text it had last, for neighbours have much in common. */
interface Member {
  readonly key: string;
  /** Written elsewhere. */
  readonly isDeclared: boolean;
  /** `,"name":` */
  readonly json: Uint8Array;
  lastValue: string;
  /** How often in a row it was `lastValue`. */
  repeats: number;
  /** `,"name":"value"`, once it has come often enough. */
  lastJson: Uint8Array | undefined;
}

// Bounded, for names come from outside.
const members = new Map<string, Member>();
const MAX_MEMBERS = 4096;
const MAX_REMEMBERED = 256;
const REPEATS_TO_REMEMBER = 3;
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
      out.raw(REST);
      out.raw(member.json.subarray(1));
      out.text(jsonOf(value));
    } else if (typeof value === 'string') writeText(member, value);
    else {
      out.raw(member.json);
      if (typeof value === 'number') out.number(value);
      else out.text(jsonOf(value));
    }
  }
  return isApart && !isFirst;
}

function writeText(member: Member, value: string): void {
  if (value === member.lastValue) {
    if (member.lastJson !== undefined) {
      out.raw(member.lastJson);
      return;
    }
    member.repeats++;
  } else {
    member.lastValue = value.length <= MAX_REMEMBERED ? value : '';
    member.lastJson = undefined;
    member.repeats = 0;
  }
  const start = out.length;
  out.raw(member.json);
  out.string(value);
  if (member.repeats >= REPEATS_TO_REMEMBER) member.lastJson = out.copyFrom(start);
}

function learn(key: string): Member {
  const isDeclared = key === '@timestamp' || Object.hasOwn(DECLARED_FIELDS, key);
  const json = Buffer.from(`,${quote(key)}:`);
  const member = { key, isDeclared, json, lastValue: '', repeats: 0, lastJson: undefined };
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
