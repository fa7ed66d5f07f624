import { withoutColors } from '../core/colors.ts';
import { type EventMeta, type Fields, isFields, newFields } from '../core/event.ts';
import { imageOfTag, isSurelyImage } from '../core/schema/image-of-tag.ts';
import type { EventOptions } from './options.ts';
import { freeName } from './values.ts';

/**
 * Brings a record as senders write it to the names that pipelines see: `message`, `container_name`, `container_id`,
 * `stream`, `tag`, `image`, `labels`; everything else stays as it is. A record of Docker's driver comes back as a new
 * object with these names in front, any other one is changed in place.
 *
 * - Docker's `log` becomes `message`. A message has no line end, no byte order mark, and no colours unless they are to stay.
 * - `source` is `stream` only when it is `stdout` or `stderr`, `container_name` loses its slash.
 * - Keys with a dot that Docker's driver sends are labels of the container (`com.docker.compose.service`), for names of
 *   environment variables have none: they go into `labels`. Variables stay at the top.
 * - `image` comes from the record, else from a tag `docker.<image>` that surely names one (`docker.app` may name anything).
 */
export function createAdmit(
  options: Partial<Pick<EventOptions, 'keep_colors'>> = {},
): (record: Fields, meta: EventMeta) => Fields {
  const lineOf = lineCleaner(options);
  return (record, meta) => {
    const log = record['log'];
    if ((typeof log === 'string' || log instanceof Uint8Array) && record['message'] === undefined) {
      return fromDocker(record, lineOf(typeof log === 'string' ? log : decoder.decode(log)), meta);
    }
    return fromOthers(record, lineOf, meta);
  };
}

/** What becomes of a text on its way into `message`. */
export function lineCleaner({ keep_colors }: Partial<Pick<EventOptions, 'keep_colors'>>): (text: string) => string {
  return keep_colors === true ? bareLine : text => withoutColors(bareLine(text));
}

function fromOthers(record: Fields, lineOf: (text: string) => string, meta: EventMeta): Fields {
  const message = record['message'] ?? record['MESSAGE'];
  if (message instanceof Uint8Array) record['message'] = lineOf(decoder.decode(message));
  else if (typeof message === 'string') record['message'] = lineOf(message);
  else if (message === undefined && typeof record['msg'] === 'string') {
    record['msg'] = lineOf(record['msg']);
    record['message'] = record['msg'];
  }
  const source = record['source'];
  if ((source === 'stdout' || source === 'stderr') && record['stream'] === undefined) record['stream'] = source;
  const name = record['container_name'];
  if (typeof name === 'string' && name.charCodeAt(0) === SLASH) record['container_name'] = withoutSlash(name);
  setTag(record, record['tag'], meta);
  addKubernetes(record);
  addImage(record, meta.tag);
  return record;
}
const SLASH = 47;

// The same string object for each event of a container: what looks it up later need not read it again.
const withoutSlashes = new Map<string, string>();
const MAX_CONTAINERS = 1024;

function withoutSlash(name: string): string {
  const known = withoutSlashes.get(name);
  if (known !== undefined) return known;
  const made = name.slice(1);
  if (name.length > 256) return made;
  if (withoutSlashes.size >= MAX_CONTAINERS) withoutSlashes.clear();
  withoutSlashes.set(name, made);
  return made;
}

function fromDocker(record: Fields, line: string, meta: EventMeta): Fields {
  const fields = newFields();
  fields['message'] = line;
  const name = record['container_name'];
  if (name !== undefined) {
    fields['container_name'] = typeof name === 'string' && name.charCodeAt(0) === SLASH ? withoutSlash(name) : name;
  }
  const id = record['container_id'];
  if (id !== undefined) fields['container_id'] = id;
  const source = record['source'];
  const isStream = source === 'stdout' || source === 'stderr';
  const stream = record['stream'] ?? (isStream ? source : undefined);
  if (stream !== undefined) fields['stream'] = stream;
  setTag(fields, record['tag'], meta);
  let labels: Fields | undefined;
  for (const key in record) {
    switch (key) {
      case 'log':
      case 'message':
      case 'container_name':
      case 'container_id':
      case 'stream':
      case 'tag':
        continue;
      case 'source':
        if (isStream) continue;
        break;
    }
    const value = record[key];
    if (id !== undefined && typeof value === 'string' && key.includes('.')) {
      if (labels === undefined) {
        const given = record['labels'];
        labels = isFields(given) ? given : newFields();
        if (given === undefined || labels === given) fields['labels'] = labels;
        else labels = undefined;
      }
      if (labels !== undefined && labels[key] === undefined) {
        labels[key] = value;
        continue;
      }
    }
    fields[key] = value;
  }
  addKubernetes(fields);
  addImage(fields, meta.tag);
  return fields;
}

/** A record's own tag stands before the one it came under; one that is no text moves aside. */
function setTag(fields: Fields, own: unknown, meta: EventMeta): void {
  if (typeof own === 'string' && own !== '') {
    fields['tag'] = own;
    return;
  }
  if (own !== undefined && own !== null && own !== '') fields[freeName(fields, 'tag_original')] = own;
  fields['tag'] = meta.tag;
}

/** What Fluent Bit's filter puts into `kubernetes` names the container, too. */
function addKubernetes(fields: Fields): void {
  const kubernetes = fields['kubernetes'];
  if (kubernetes === undefined || !isFields(kubernetes)) return;
  copy(kubernetes, 'container_name', fields, 'container_name');
  copy(kubernetes, 'docker_id', fields, 'container_id');
  copy(kubernetes, 'container_image', fields, 'image');
  copy(kubernetes, 'host', fields, 'hostname');
}

function copy(from: Fields, key: string, to: Fields, name: string): void {
  const value = from[key];
  if (typeof value === 'string' && value !== '' && to[name] === undefined) to[name] = value;
}

function addImage(fields: Fields, tag: string): void {
  if (fields['image'] !== undefined) return;
  const container = fields['container'];
  const named =
    fields['image_name'] ??
    fields['container.image.name'] ??
    (isFields(container) && isFields(container['image']) ? container['image']['name'] : undefined);
  if (typeof named === 'string') fields['image'] = named;
  else if (tag.startsWith('docker.')) {
    const image = imageOfTag(tag, fields['container_name'], fields['container_id']);
    if (image !== undefined && isSurelyImage(image)) fields['image'] = image;
  }
}

/**
 * Without one line end, and without the mark that begins some files (BOM). A terminal's line end (`docker run -t`) is
 * `\r\n`, of which Docker's driver leaves the `\r`.
 */
function bareLine(text: string): string {
  const line = text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
  const last = line.charCodeAt(line.length - 1);
  if (last !== 10 && last !== 13) return line;
  return line.slice(0, last === 10 && line.charCodeAt(line.length - 2) === 13 ? -2 : -1);
}
const BYTE_ORDER_MARK = 0xfeff;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
