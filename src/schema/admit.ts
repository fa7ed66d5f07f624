import { type EventMeta, type Fields, isFields, newFields } from '../core/event.ts';
import { freeName } from './values.ts';

/**
 * Brings a record as senders write it to the names that pipelines see: `message`, `container_name`, `container_id`,
 * `stream`, `tag`, `image`, `labels`; everything else stays as it is. A record of Docker's driver comes back as a new
 * object with these names in front, any other one is changed in place.
 *
 * - Docker's `log` becomes `message` without its line end; the colours in it stay.
 * - `source` is `stream` only when it is `stdout` or `stderr`, `container_name` loses its slash.
 * - Keys with a dot that Docker's driver sends are labels of the container (`com.docker.compose.service`), for names of
 *   environment variables have none: they go into `labels`. Variables stay at the top.
 * - `image` comes from the record, else from a tag `docker.<image>`.
 */
export function admit(record: Fields, meta: EventMeta): Fields {
  const log = record['log'];
  if ((typeof log === 'string' || log instanceof Uint8Array) && record['message'] === undefined) {
    return fromDocker(record, log, meta);
  }
  const message = record['message'] ?? record['MESSAGE'];
  if (message instanceof Uint8Array) record['message'] = textOf(message);
  else if (typeof message === 'string') record['message'] = trimEnd(message);
  else if (message === undefined && typeof record['msg'] === 'string') record['message'] = record['msg'];
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

function fromDocker(record: Fields, log: string | Uint8Array, meta: EventMeta): Fields {
  const fields = newFields();
  fields['message'] = trimEnd(typeof log === 'string' ? log : textOf(log));
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
    const image = knownImage(tag, fields['container_name'], fields['container_id']);
    if (image !== undefined) fields['image'] = image;
  }
}

interface NamedImage {
  readonly tag: string;
  readonly name: unknown;
  readonly image: string | undefined;
}
const imagesOfContainers = new Map<string, NamedImage>();

/** `imageOfTag`, remembered for each container. */
function knownImage(tag: string, name: unknown, id: unknown): string | undefined {
  if (typeof id !== 'string') return imageOfTag(tag, name, id);
  const known = imagesOfContainers.get(id);
  if (known !== undefined && known.tag === tag && known.name === name) return known.image;
  const image = imageOfTag(tag, name, id);
  if (id.length > 256 || tag.length > 256 || (typeof name === 'string' && name.length > 256)) return image;
  if (typeof name === 'object') return image;
  if (imagesOfContainers.size >= MAX_CONTAINERS) imagesOfContainers.clear();
  imagesOfContainers.set(id, { tag, name, image });
  return image;
}

/** `docker.{{.ImageName}}`, with the container's name or id behind it or not; undefined when the tag only names the container. */
function imageOfTag(tag: string, name: unknown, id: unknown): string | undefined {
  let image = tag.slice(7);
  for (let i = 0; i < 2; i++) {
    // `docker.{{.Name}}`: the name of a copy (`shop-web-1`) is no image; `nginx` may be both.
    if (image === name && COPY.test(image)) return undefined;
    const cut = Math.max(image.lastIndexOf('.'), image.lastIndexOf('/'));
    const last = image.slice(cut + 1);
    if (last.length >= 12 && typeof id === 'string' && id.startsWith(last)) image = image.slice(0, Math.max(cut, 0));
    else if (typeof name === 'string' && name !== '' && (image.endsWith(`.${name}`) || image.endsWith(`/${name}`))) {
      image = image.slice(0, -name.length - 1);
    } else break;
  }
  return image === '' || HEX_ID.test(image) ? undefined : image;
}
const COPY = /[-_]\d{1,3}$/;
const HEX_ID = /^(?:[0-9a-f]{12}|[0-9a-f]{64})$/;

/** Without one line end. */
function trimEnd(text: string): string {
  if (text.charCodeAt(text.length - 1) !== 10) return text;
  return text.slice(0, text.charCodeAt(text.length - 2) === 13 ? -2 : -1);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const textOf = (bytes: Uint8Array): string => trimEnd(decoder.decode(bytes));
