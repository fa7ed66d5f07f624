import type { DocumentForm, Hit } from '../core/contracts.ts';
import { type Fields, isFields, type LogEvent, newFields } from '../core/event.ts';
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
  const head = isEmbedded ? `{"_id":${quote(id)},"seq":` : `{"create":{"_id":${quote(id)}}}\n{"seq":`;
  // Joined parts make a flat string; a chain of `+` would be flattened when it is written, at twice the price.
  const parts = [`${head}${seq},"@timestamp":"${fields['@timestamp'] as string}"${declaredOf(fields)}`];
  addRest(parts, fields);
  if (parts.length > 1 && isEmbedded) {
    parts[1] = `,"fields":{${parts[1]!.slice(1)}`;
    parts.push('}}\n');
  } else parts.push('}\n');
  return parts.join('');
}

// Neighbours come from the same container: the JSON of what they share is made once.
let headLevel: unknown;
let headService: unknown;
let headContainer: unknown;
let headText = '';
let tailName: unknown;
let tailStream: unknown;
let tailTag: unknown;
let tailHost: unknown;
let tailText = '';

function declaredOf(fields: Fields): string {
  const level = fields['level'];
  const service = fields['service'];
  const container = fields['container_id'];
  if (level !== headLevel || service !== headService || container !== headContainer) {
    headText = declared('level', level) + declared('service', service) + declared('container_id', container);
    headLevel = level;
    headService = service;
    headContainer = container;
  }
  let out = headText;
  const message = fields['message'];
  if (typeof message === 'string') out += `,"message":${quote(message)}`;
  const user = fields['user_id'];
  if (user !== undefined) out += declared('user_id', user);
  const address = fields['ip_address'];
  if (typeof address === 'string') out += `,"ip_address":${quote(address)}`;
  const responseTime = fields['response_time'];
  if (responseTime !== undefined) out += declared('response_time', responseTime);
  const name = fields['container_name'];
  const stream = fields['stream'];
  const tag = fields['tag'];
  const host = fields['hostname'];
  if (name !== tailName || stream !== tailStream || tag !== tailTag || host !== tailHost) {
    tailText =
      declared('container_name', name) + declared('stream', stream) + declared('tag', tag) + declared('hostname', host);
    tailName = name;
    tailStream = stream;
    tailTag = tag;
    tailHost = host;
  }
  out += tailText;
  const trace = fields['trace_id'];
  if (trace !== undefined) out += declared('trace_id', trace);
  const labels = fields['labels'];
  if (labels !== undefined) out += declared('labels', labels);
  const kubernetes = fields['kubernetes'];
  return kubernetes === undefined ? out : out + declared('kubernetes', kubernetes);
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
 * A stored document as it is given back: flat, with `_id`, `_index` (of `day`, `YYYY.MM.DD`), `seq`, `@timestamp`, the
 * declared fields, then the rest. `line` is what `serialise` wrote, in either form (with its action line), or the
 * embedded store's row. Throws a SyntaxError when it is not JSON.
 */
export function parseStored(line: string, day: string): Hit {
  const hit = newFields();
  const end = line.startsWith('{"create":') ? line.indexOf('\n') : -1;
  const document = JSON.parse(end > 0 ? line.slice(end + 1) : line) as Fields;
  hit['_id'] = end > 0 ? (JSON.parse(line.slice(0, end)) as { create: Fields }).create['_id'] : document['_id'];
  hit['_index'] = INDEX_PREFIX + day;
  for (const key in document) {
    if (key === '_id' || key === 'fields') continue;
    hit[key] = document[key];
  }
  const rest = document['fields'];
  if (isFields(rest)) for (const key in rest) hit[key] = rest[key];
  return hit as Hit;
}
