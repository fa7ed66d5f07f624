import { randomBytes } from 'node:crypto';
import type { DocumentForm } from '../../core/contracts.ts';
import { copyFields, type EventMeta, type Fields, isFields, newFields } from '../../core/event.ts';
import { DECLARED_FIELDS } from '../../core/schema/fields.ts';
import { SERVICE_LABELS } from '../../core/schema/mapping.ts';
import { streamOf } from '../../parse/join/stream.ts';
import type { EventTime } from '../../schema/event-time.ts';
import { jsonOf, quote } from '../../schema/json.ts';
import { type Row, safeName } from '../../schema/names.ts';
import { secretName } from '../../schema/secrets.ts';
import { type ConstantRules, constantsOf } from './constants.ts';
import { type Path, RecordShape } from './record-shape.ts';
import { NO_BYTES, type Stream } from './stream.ts';
import { type Part, Varied } from './varied.ts';

export interface WideRules extends ConstantRules {
  readonly form: DocumentForm;
  readonly maxNameBytes: number;
  readonly maxDepth: number;
  readonly eventTime: EventTime;
  /** As intake does it. */
  admit(record: Fields, meta: EventMeta): Fields;
}

interface Known {
  readonly stream: Stream;
  readonly shape: RecordShape;
  readonly tag: string;
  /** Undefined: whoever sends it. */
  readonly sender: string | undefined;
}

/** Streams whose records tell the same of where they come from. */
interface Place {
  /** Those that were used last stand in front. */
  readonly known: Known[];
  /** Records of it that were none of these, and a part of them paid back by those that were. */
  misses: number;
}

const MAX_KNOWN = 12;
const MAX_MISSES = 48;
const PAID_BACK = 0.02;
/** A record that is no such thing is hardly the only one. */
const MISSES_OF_OTHERS = 12;
const MAX_PLACES = 4096;
const MAX_CHARS = 4096;
const MAX_VARYING = 8;
/** Smaller numbers could be taken for seconds. */
const EARLIEST_TIME = 1e11;

/**
 * The streams of records that have something else than what each of Docker has, or less of it: a pod, a host, a service, a file, an object of
 * their collector's. What is the same in all of them is written beforehand; a few values may differ and mean nothing but themselves.
 */
export class WideStreams {
  readonly #rules: WideRules;
  readonly #places = new Map<string, Place>();
  /** What varies in the record at hand. */
  readonly #found: unknown[] = [];
  readonly #time: Fields = Object.assign(newFields(), { '@timestamp': undefined });

  constructor(rules: WideRules) {
    this.#rules = rules;
  }

  forget(): void {
    this.#places.clear();
  }

  /** The stream of a record whose line is its field `line`; undefined: it is something else. */
  of(record: Fields, line: string, meta: EventMeta, sender: string): Stream | undefined {
    const name = placeOf(record);
    let place = this.#places.get(name);
    if (place === undefined) {
      if (this.#places.size >= MAX_PLACES) this.forget();
      place = { known: [], misses: 0 };
      if (name.length <= MAX_CHARS) this.#places.set(name, place);
    }
    const { known } = place;
    const found = this.#found;
    for (let i = 0; i < known.length; i++) {
      const one = known[i]!;
      if (one.tag !== meta.tag || (one.sender !== undefined && one.sender !== sender)) continue;
      found.length = 0;
      if (!one.shape.fits(record, line, found)) continue;
      if (i > 0) {
        known[i] = known[i - 1]!;
        known[i - 1] = one;
      }
      if (place.misses > 0) place.misses -= PAID_BACK;
      return found.length === 0 || this.#take(one.stream, meta) ? one.stream : undefined;
    }
    if (place.misses >= MAX_MISSES) return undefined;
    place.misses++;
    return this.#learn(place, record, line, meta, sender);
  }

  /** The values in `#found` become those of the stream. False: one of them is unusual. */
  #take(stream: Stream, meta: EventMeta): boolean {
    const { varied } = stream;
    if (varied === undefined || !varied.take(this.#found)) return false;
    if (varied.time === undefined) return true;
    this.#time['@timestamp'] = varied.time;
    const time = this.#rules.eventTime.ofFields(this.#time, meta, []);
    if (time === undefined || !(time >= EARLIEST_TIME)) return false;
    stream.time = time;
    return true;
  }

  #learn(place: Place, record: Fields, line: string, meta: EventMeta, sender: string): Stream | undefined {
    const { known } = place;
    let shape = RecordShape.of(record, line);
    if (shape !== undefined) {
      const at = known.findIndex(({ shape: other, tag, sender: whose }) => {
        if (tag !== meta.tag || (whose !== undefined && whose !== sender)) return false;
        const wide = other.widened(record, line, path => this.#mayVary(path));
        if (wide === undefined || wide.varying().length > MAX_VARYING) return false;
        shape = wide;
        return true;
      });
      if (at >= 0) known.splice(at, 1);
      else if (record['@timestamp'] !== undefined)
        // No two records have the same.
        shape = shape.varyingAt('@timestamp');
    }
    const stream = shape === undefined ? undefined : this.#made(record, line, shape.varying(), meta, sender);
    if (shape === undefined || stream === undefined) {
      place.misses += MISSES_OF_OTHERS;
      return undefined;
    }
    if (known.length >= MAX_KNOWN) known.pop();
    // What joins know it by tells which sender it has, unless it is a container's id.
    const isAnybodys = stream.key === undefined || stream.key === streamOf(stream.view, `${sender}-`);
    known.unshift({ stream, shape, tag: meta.tag, sender: isAnybodys ? undefined : sender });
    this.#found.length = 0;
    if (!shape.fits(record, line, this.#found)) return undefined;
    return this.#found.length === 0 || this.#take(stream, meta) ? stream : undefined;
  }

  /** Whether a value means nothing but itself: not the name of a service, a host, a stream, a level or a time. */
  #mayVary(path: Path): boolean {
    const { infoOf, maxNameBytes, maxDepth } = this.#rules;
    const [key = '', ...inner] = path;
    if (inner.length === 0 && (key === '@timestamp' || key === 'trace_id')) return true;
    const { kind, rows = [], isTime, secret } = infoOf(key);
    if (kind !== 'extra' || isTime || secret.isSecret || key.includes('.') || MEANT.has(key)) return false;
    if (inner.some(name => secretName(name).isSecret || safeName(name, maxNameBytes, maxDepth) !== name)) return false;
    const whole = path.join('.');
    if (whole === 'log.file.path') return false;
    // A row for the name alone wants a value, no object.
    const isRead = ({ path: other, isLiteral }: Row): boolean =>
      (isLiteral && inner.length === 0) ||
      (!isLiteral && (other === whole || other.startsWith(`${whole}.`) || whole.startsWith(`${other}.`)));
    return !rows.some(isRead);
  }

  #made(record: Fields, line: string, paths: readonly Path[], meta: EventMeta, sender: string): Stream | undefined {
    const sample = copyFields(record);
    sample[line] = '-';
    const mark = `v${randomBytes(6).toString('hex')}n`;
    paths.forEach((path, i) => {
      // A time has to be one.
      if (path[0] !== '@timestamp') setAt(sample, path, `${mark}${i}v`);
    });
    const { form, admit } = this.#rules;
    const view = admit(sample, meta);
    if (typeof view['tag'] !== 'string') return undefined;
    const constants = constantsOf(view, meta, this.#rules);
    if (constants === undefined) return undefined;
    const { service, hostname, labels, kubernetes, rest, names, containerId, containerName, traceId } = constants;
    const member = (name: string, value: unknown): string =>
      value === undefined ? '' : `,${quote(name)}:${jsonOf(value)}`;
    const front = member('trace_id', traceId) + member('labels', labels) + member('kubernetes', kubernetes);
    const others = rest.map(([name, value]) => member(name, value)).join('');
    const behind = others === '' || form !== 'embedded' ? others : `${others.slice(1)},`;
    const container = member('container_id', containerId);
    const tail = ['container_name', 'stream', 'tag'].map(name =>
      member(name, name === 'container_name' ? containerName : view[name]),
    );
    tail.push(member('hostname', hostname));
    if (front.length + others.length + container.length + tail.join('').length + service.length > MAX_CHARS)
      return undefined;
    const fields: Fields = Object.assign(newFields(), Object.fromEntries(rest));
    const declared = { hostname, labels, kubernetes, trace_id: traceId };
    for (const [name, value] of Object.entries(declared)) if (value !== undefined) fields[name] = value;
    if (containerId !== undefined) fields['container_id'] = containerId;
    if (containerName !== undefined) fields['container_name'] = containerName;
    const isVaried = paths.length > 0;
    const parts = (text: string): Part[] => partsOf(text, mark);
    return {
      ...{ name: '', source: '', tag: meta.tag, view, names, others: fields, serviceName: service },
      ...{ key: streamOf(view, sender), containerName },
      ...{ rawLevel: constants.rawLevel, ownLevel: constants.ownLevel, mappedLevel: constants.mappedLevel },
      service: Buffer.from(member('service', service)),
      container: Buffer.from(container),
      tail: Buffer.from(tail.join('')),
      objects: isVaried ? NO_BYTES : Buffer.from(front),
      rest: isVaried ? NO_BYTES : Buffer.from(behind),
      varied: isVaried ? new Varied(paths, [view, fields], parts(front), parts(behind)) : undefined,
      ...{ time: undefined, allowed: undefined, lineWeight: -1 },
    };
  }
}

/** Where a record comes from, as its collector names it: what tells most streams apart. */
function placeOf(record: Fields): string {
  const { container_id, kubernetes, container, container_name, log } = record;
  if (typeof container_id === 'string') return container_id;
  if (isFields(kubernetes)) {
    const id = kubernetes['docker_id'] ?? kubernetes['pod_name'];
    if (typeof id === 'string') return id;
  }
  if (isFields(container) && typeof container['id'] === 'string') return container['id'];
  if (typeof container_name === 'string') return container_name;
  if (isFields(log) && isFields(log['file']) && typeof log['file']['path'] === 'string') return log['file']['path'];
  const host = record['hostname'] ?? record['host'];
  const service = record['service'];
  return `${typeof host === 'string' ? host : ''}\u0000${typeof service === 'string' ? service : ''}`;
}

function setAt(fields: Fields, path: Path, value: unknown): void {
  let at = fields;
  for (const key of path.slice(0, -1)) at = at[key] as Fields;
  at[path.at(-1)!] = value;
}

/** A text of JSON, cut where the values stand that vary. */
function partsOf(text: string, mark: string): Part[] {
  const pieces = text.split(new RegExp(`"${mark}(\\d+)v"`));
  return pieces.map((piece, i) => (i % 2 === 0 ? Buffer.from(piece) : Number(piece)));
}

/** Names of what streams, services and images are told by, and all declared ones. */
const MEANT: ReadonlySet<string> = new Set([
  ...SERVICE_LABELS,
  ...Object.keys(DECLARED_FIELDS),
  ...['application', 'app_name', 'appname', 'app', 'program', 'source', 'host', 'node_name', 'image', 'image_name'],
  ...['file', 'filename', 'file_path', 'filepath', 'log_file', 'logfile', 'path', 'container', 'verb', 'response'],
]);
