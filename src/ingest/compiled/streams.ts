import { hideSecrets } from '../../base/secrets/secrets.ts';
import type { EventMeta, Fields } from '../../core/event.ts';
import { streamOf } from '../../parse/join/stream.ts';
import { jsonOf } from '../../schema/json.ts';
import { serviceOf } from '../../schema/service.ts';
import { STREAM_FIELDS } from './fields-code.ts';
import { NO_BYTES, type Stream } from './stream.ts';
import { type WideRules, WideStreams } from './wide-streams.ts';

const MAX_STREAMS = 4096;
/** Of all fields together. */
const MAX_STREAM_CHARS = 2048;
const FIELDS: ReadonlySet<string> = new Set(['message', ...STREAM_FIELDS]);

export interface StreamRules extends WideRules {
  readonly hidesSecrets: boolean;
}

/**
 * The streams of containers: the records have nothing beside the line but what is the same in all of them: the container's id
 * and name and the output, and perhaps labels, variables of the environment, or a pod.
 */
export class Streams {
  readonly #rules: StreamRules;
  /** By the container's id: one for each output, name and tag. */
  readonly #known = new Map<string, (Stream | undefined)[]>();
  readonly #wide: WideStreams;
  #count = 0;

  constructor(rules: StreamRules) {
    this.#rules = rules;
    this.#wide = new WideStreams(rules);
  }

  /** The stream of a record whose line, a text, is its field `line`; undefined: it has something else, or is something else. */
  of(record: Fields, line: string, meta: EventMeta, sender: string): Stream | undefined {
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
      return this.#wide.of(record, line, meta, sender);
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
    this.#wide.forget();
    this.#count = 0;
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
      ...{ names: [], others: undefined, objects: NO_BYTES, varied: undefined, time: undefined, allowed: undefined },
      lineWeight: -1,
      ...{ rawLevel: undefined, ownLevel: undefined, mappedLevel: undefined },
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
