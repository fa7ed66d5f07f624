import { hideSecrets } from '../../base/secrets/secrets.ts';
import type { DocumentForm } from '../../core/contracts.ts';
import { type EventMeta, type Fields, isFields, type LogEvent, newFields } from '../../core/event.ts';
import { streamOf } from '../../parse/join/stream.ts';
import { jsonOf, quote } from '../../schema/json.ts';
import type { KeyInfo } from '../../schema/names.ts';
import { serviceOf } from '../../schema/service.ts';

import { constantsOf, copyOf, Shape } from './constants.ts';

/** What all lines of one output of a container share. */
export interface Stream {
  readonly name: string;
  readonly source: string;
  readonly tag: string;
  /** The event before its pipeline, whose message is that of the line at hand. */
  readonly view: Fields;
  /** What joins know it by. */
  readonly key: string;
  readonly containerName: string;
  readonly serviceName: string;
  /** Names of what its records have beside a container's id and name: no pipeline that touches one writes its lines. */
  readonly names: readonly string[];
  /** Those fields. */
  readonly others: Fields | undefined;
  /** `,"service":...`; `,"container_id":...`; `,"container_name":...` to `,"tag":...`; labels and pod; its undeclared fields, each with a comma. */
  readonly service: Uint8Array;
  readonly container: Uint8Array;
  readonly tail: Uint8Array;
  readonly objects: Uint8Array;
  readonly rest: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);
const MAX_STREAMS = 4096;
/** Of all fields together. */
const MAX_STREAM_CHARS = 2048;
const FIELDS: ReadonlySet<string> = new Set(['message', 'container_name', 'container_id', 'stream', 'tag', 'image']);

export interface StreamRules {
  readonly form: DocumentForm;
  readonly hidesSecrets: boolean;
  readonly shortKeyword: number;
  infoOf(key: string): KeyInfo;
  conform(fields: Fields, meta: EventMeta): LogEvent;
  /** As intake does it. */
  admit(record: Fields, meta: EventMeta): Fields;
}

/** Streams whose records have more than that. */
interface Wide {
  readonly streams: { readonly stream: Stream; readonly shape: Shape }[];
  /** Records of it that were none of these. */
  misses: number;
}
const MAX_WIDE = 4;
const MAX_MISSES = 16;
/** A record that is no such thing is hardly the only one. */
const MISSES_OF_OTHERS = 4;
const MAX_WIDE_CHARS = 4096;

/**
 * The streams of containers: the records have nothing beside the line but what is the same in all of them: the container's id
 * and name and the output, and perhaps labels, variables of the environment, or a pod.
 */
export class Streams {
  readonly #rules: StreamRules;
  /** By the container's id: one for each output, name and tag. */
  readonly #known = new Map<string, (Stream | undefined)[]>();
  readonly #wide = new Map<string, Wide>();
  #count = 0;

  constructor(rules: StreamRules) {
    this.#rules = rules;
  }

  /** The stream of a record whose line, a text, is its field `line`; undefined: it has something else, or is something else. */
  of(record: Fields, line: string, meta: EventMeta): Stream | undefined {
    const id = record['container_id'];
    const name = record['container_name'];
    const source = record['source'];
    let fields = 0;
    for (const _ in record) fields++;
    if (
      fields !== 4 ||
      line !== 'log' ||
      typeof id !== 'string' ||
      typeof name !== 'string' ||
      typeof source !== 'string'
    )
      return this.#wideOf(record, line, meta);
    const known = this.#known.get(id);
    if (known !== undefined)
      for (let i = 0; i < known.length; i++) {
        const stream = known[i]!;
        if (stream.source === source && stream.name === name && stream.tag === meta.tag) return stream;
      }
    return this.#learn(id, name, source, meta);
  }

  /** Its view has got something beside the message. */
  forget(): void {
    this.#known.clear();
    this.#wide.clear();
    this.#count = 0;
  }

  #wideOf(record: Fields, line: string, meta: EventMeta): Stream | undefined {
    const { kubernetes } = record;
    const id = record['container_id'] ?? (isFields(kubernetes) ? kubernetes['docker_id'] : undefined);
    if (typeof id !== 'string' || id === '') return undefined;
    const known = this.#wide.get(id);
    if (known !== undefined) {
      if (known.misses >= MAX_MISSES && known.streams.length === 0) return undefined;
      for (let i = 0; i < known.streams.length; i++) {
        const { stream, shape } = known.streams[i]!;
        if (stream.tag === meta.tag && shape.fits(record, line)) return stream;
      }
      known.misses++;
      if (known.streams.length >= MAX_WIDE) {
        // They vary from record to record.
        if (known.misses < MAX_MISSES) return undefined;
        known.streams.length = 0;
        return undefined;
      }
      if (known.misses >= MAX_MISSES) return undefined;
    }
    if (this.#count >= MAX_STREAMS) this.forget();
    this.#count++;
    const entry = this.#wide.get(id) ?? { streams: [], misses: 0 };
    this.#wide.set(id, entry);
    const shape = Shape.of(record, line);
    const stream = shape === undefined ? undefined : this.#madeWide(record, line, meta);
    if (shape !== undefined && stream !== undefined) entry.streams.push({ stream, shape });
    else entry.misses += MISSES_OF_OTHERS;
    return stream;
  }

  #madeWide(record: Fields, line: string, meta: EventMeta): Stream | undefined {
    const sample = copyOf(record);
    sample[line] = '-';
    const { form, shortKeyword, admit } = this.#rules;
    const view = admit(sample, meta);
    let chars = 0;
    for (const key of FIELDS) {
      const value = view[key];
      if (key === 'image' && value === undefined) continue;
      if (typeof value !== 'string' || value === '' || value.length > shortKeyword) return undefined;
      chars += value.length;
    }
    const key = streamOf(view, '');
    const constants = constantsOf(view, meta, FIELDS, this.#rules);
    if (constants === undefined || key === undefined) return undefined;
    const { service, hostname, labels, kubernetes, rest, names } = constants;
    if (service.length > shortKeyword || (hostname !== undefined && hostname.length > shortKeyword)) return undefined;
    const member = (name: string, value: unknown): string =>
      value === undefined ? '' : `,${quote(name)}:${jsonOf(value)}`;
    const objects = member('labels', labels) + member('kubernetes', kubernetes);
    const others = rest.map(([name, value]) => member(name, value)).join('');
    if (chars + objects.length + others.length > MAX_WIDE_CHARS) return undefined;
    const { container_id, container_name, stream, tag } = view;
    const fields: Fields = Object.assign(newFields(), Object.fromEntries(rest));
    if (hostname !== undefined) fields['hostname'] = hostname;
    if (labels !== undefined) fields['labels'] = labels;
    if (kubernetes !== undefined) fields['kubernetes'] = kubernetes;
    return {
      ...{ name: '', source: '', tag: meta.tag, view, key, names, others: fields },
      ...{ containerName: container_name as string, serviceName: service },
      service: Buffer.from(member('service', service)),
      container: Buffer.from(member('container_id', container_id)),
      tail: Buffer.from(
        member('container_name', container_name) +
          member('stream', stream) +
          member('tag', tag) +
          member('hostname', hostname),
      ),
      objects: Buffer.from(objects),
      rest: Buffer.from(others === '' || form !== 'embedded' ? others : `${others.slice(1)},`),
    };
  }

  #learn(id: string, name: string, source: string, meta: EventMeta): Stream | undefined {
    const stream = this.#made(id, name, source, meta);
    if (stream === undefined) return undefined;
    if (this.#count >= MAX_STREAMS) this.forget();
    this.#count++;
    const known = this.#known.get(id);
    if (known === undefined) this.#known.set(id, [stream]);
    else known.push(stream);
    return stream;
  }

  #made(id: string, name: string, source: string, meta: EventMeta): Stream | undefined {
    const record = { container_id: id, container_name: name, source, log: '-' };
    const { form, hidesSecrets, shortKeyword, admit } = this.#rules;
    const view = admit(record, meta);
    let chars = 0;
    for (const key in view) {
      const value = view[key];
      if (!FIELDS.has(key) || typeof value !== 'string' || value === '' || value.length > shortKeyword)
        return undefined;
      chars += value.length;
    }
    const { container_id, container_name, stream, tag, image } = view;
    if (stream === undefined || tag === undefined || chars > MAX_STREAM_CHARS) return undefined;
    if (hidesSecrets && image !== undefined && hideSecrets(image as string) !== image) return undefined;
    const key = streamOf(view, '');
    const service = serviceOf(view, tag);
    if (key === undefined || service === undefined || service.length > shortKeyword) return undefined;
    const member = (key: string, value: unknown): string => `"${key}":${jsonOf(value)}`;
    const rest = image === undefined ? '' : member('image', image);
    return {
      ...{ names: [], others: undefined, objects: NO_BYTES },
      ...{ name, source, tag: meta.tag, view, key },
      ...{ containerName: String(container_name), serviceName: service },
      service: Buffer.from(`,${member('service', service)}`),
      container: Buffer.from(`,${member('container_id', container_id)}`),
      tail: Buffer.from(
        `,${member('container_name', container_name)},${member('stream', stream)},${member('tag', tag)}`,
      ),
      rest: Buffer.from(rest === '' ? '' : form === 'embedded' ? `${rest},` : `,${rest}`),
    };
  }
}
