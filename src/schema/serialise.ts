import type { DocumentForm, Hit } from '../core/contracts.ts';
import { type Fields, isFields, LEVELS, type LogEvent, newFields } from '../core/event.ts';
import { DECLARED_FIELDS, INDEX_PREFIX } from '../core/fields.ts';
import { jsonOf, quote } from './json.ts';

/**
 * The document of an event as it is written at intake, ending in a line feed:
 *
 *     embedded:       {"_id":ID,"seq":N,"@timestamp":ISO,<declared, in the order of DECLARED_FIELDS>,"fields":{<the rest>}}
 *     elasticsearch:  {"create":{"_id":ID}}
 *                     {"seq":N,"@timestamp":ISO,<declared>,<the rest>}
 *
 * Absent fields are left out, `fields` too when nothing is in it. Always valid, well-formed JSON.
 */
export function serialise(event: LogEvent, id: string, seq: number, form: DocumentForm): string {
  const fields = event.fields;
  const isEmbedded = form === 'embedded';
  // Joined parts make a flat string; a chain of `+` would be flattened when it is written, at twice the price.
  const parts = [
    isEmbedded ? '{"_id":' : '{"create":{"_id":',
    quote(id),
    isEmbedded ? ',"seq":' : '}}\n{"seq":',
    String(seq),
    ',"@timestamp":"',
    fields['@timestamp'] as string,
    '"',
  ];
  addDeclared(parts, fields);
  const rest = parts.length;
  addRest(parts, fields);
  if (parts.length > rest && isEmbedded) {
    parts[rest] = `,"fields":{${parts[rest]!.slice(1)}`;
    parts.push('}}\n');
  } else parts.push('}\n');
  return parts.join('');
}

function addDeclared(parts: string[], fields: Fields): void {
  const level = fields['level'];
  if (level !== undefined) parts.push(LEVEL_TEXTS.get(level) ?? declared('level', level));
  const { head, tail } = sharedOf(fields);
  parts.push(head);
  const message = fields['message'];
  if (typeof message === 'string') parts.push(',"message":', quote(message));
  const user = fields['user_id'];
  if (user !== undefined) parts.push(declared('user_id', user));
  const address = fields['ip_address'];
  if (typeof address === 'string') parts.push(',"ip_address":', quote(address));
  const responseTime = fields['response_time'];
  if (responseTime !== undefined) parts.push(declared('response_time', responseTime));
  parts.push(tail);
  const trace = fields['trace_id'];
  if (trace !== undefined) parts.push(declared('trace_id', trace));
  const labels = fields['labels'];
  if (labels !== undefined) parts.push(declared('labels', labels));
  const kubernetes = fields['kubernetes'];
  if (kubernetes !== undefined) parts.push(declared('kubernetes', kubernetes));
}

const LEVEL_TEXTS: ReadonlyMap<unknown, string> = new Map(LEVELS.map(level => [level, `,"level":"${level}"`]));

/** What the events of a container share: the JSON of it is made once. */
interface Shared {
  readonly service: unknown;
  readonly name: unknown;
  readonly stream: unknown;
  readonly tag: unknown;
  readonly host: unknown;
  /** `service` and `container_id`. */
  readonly head: string;
  /** `container_name`, `stream`, `tag`, `hostname`. */
  readonly tail: string;
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
  const made = { service, name, stream, tag, host, head, tail };
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
  readonly json: string;
  lastValue: string;
  /** `,"name":"value"` */
  lastText: string;
}

// Bounded, for names come from outside.
const members = new Map<string, Member>();
const MAX_MEMBERS = 4096;
const MAX_REMEMBERED = 256;
// Neighbours have the same names in the same places: a look at the place is cheaper than one into the map.
const places: (Member | undefined)[] = new Array(64).fill(undefined);

/** Appends the undeclared fields, each with a comma in front: one part each, for joining costs by the part. */
function addRest(parts: string[], fields: Fields): void {
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
    if (typeof value === 'string') {
      if (value === member.lastValue) parts.push(member.lastText);
      else if (value.length > MAX_REMEMBERED) parts.push(member.json + quote(value));
      else {
        member.lastValue = value;
        member.lastText = member.json + quote(value);
        parts.push(member.lastText);
      }
    } else if (typeof value === 'number') parts.push(member.json + (Number.isFinite(value) ? value : 'null'));
    else if (value !== undefined && typeof value !== 'function' && typeof value !== 'symbol') {
      parts.push(member.json + jsonOf(value));
    }
  }
}

function learn(key: string): Member {
  const isDeclared = key === '@timestamp' || Object.hasOwn(DECLARED_FIELDS, key);
  const json = `,${quote(key)}:`;
  const member = { key, isDeclared, json, lastValue: '', lastText: `${json}""` };
  if (members.size >= MAX_MEMBERS) members.clear();
  if (key.length <= 256) members.set(key, member);
  return member;
}

/**
 * A stored document as it is given back: flat, with `_id`, `_index` (`index`, or that of `day`, `YYYY.MM.DD`), `seq`, `@timestamp`, the
 * declared fields, then the rest. `line` is what `serialise` wrote, in either form (with its action line), or the
 * embedded store's row. Throws a SyntaxError when it is not JSON.
 */
export function parseStored(line: string, day: string, index: string = INDEX_PREFIX + day): Hit {
  const hit = newFields();
  const end = line.startsWith('{"create":') ? line.indexOf('\n') : -1;
  const document = JSON.parse(end > 0 ? line.slice(end + 1) : line) as Fields;
  hit['_id'] = end > 0 ? (JSON.parse(line.slice(0, end)) as { create: Fields }).create['_id'] : document['_id'];
  hit['_index'] = index;
  for (const key in document) {
    if (key === '_id' || key === 'fields') continue;
    hit[key] = document[key];
  }
  const rest = document['fields'];
  if (isFields(rest)) for (const key in rest) hit[key] = rest[key];
  return hit as Hit;
}
