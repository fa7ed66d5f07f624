import { type Fields, isFields, newFields } from '../../core/event.ts';
import { putFirst } from '../labels.ts';
import { containerOfTag } from '../syslog/container-of-tag.ts';

/*
 * Docker's `splunk` driver, by `splunk-format`:
 *
 *     inline   event: { line: 'text', source: 'stdout', tag: '<tag>', attrs: { label: value } }
 *     json     the same; a line that is JSON is not a text but what it says
 *     raw      event: '<tag> label=value text'
 *
 * `tag` is the container's short id unless `--log-opt tag` says otherwise; `attrs` are the labels and variables chosen by
 * `labels`, `env` and their like.
 */

/** The record of a line that Docker sent as an object; undefined: the event is not of that form. */
export function dockerRecord(event: Fields): Fields | undefined {
  const { line, source, tag, attrs } = event;
  if (line === undefined || (source !== 'stdout' && source !== 'stderr')) return undefined;
  for (const key in event) if (!DOCKER.has(key)) return undefined;
  if ((tag !== undefined && typeof tag !== 'string') || (attrs !== undefined && !isFields(attrs))) return undefined;
  const record = newFields();
  if (isFields(line)) Object.assign(record, line);
  else record['message'] = typeof line === 'string' ? line : JSON.stringify(line);
  const others = newFields();
  const put = (name: string, value: unknown): void => {
    if (!putFirst(record, name, value)) others[name] = value;
  };
  put('stream', source);
  if (tag !== undefined && tag !== '') addTag(put, tag);
  if (attrs !== undefined) addAttributes(record, attrs, put);
  // What the line itself says under the same name stays; so does what the driver says.
  if (Object.keys(others).length > 0) put('docker', others);
  return record;
}

const DOCKER: ReadonlySet<string> = new Set(['line', 'source', 'tag', 'attrs']);

/**
 * The record of a line of format raw; undefined: the text does not begin with a tag that ends in a container's id, or the
 * time is not written as Docker does.
 */
export function rawDockerRecord(text: string, time: unknown): Fields | undefined {
  if (typeof time !== 'string' || !DOCKER_TIME.test(time)) return undefined;
  const space = text.indexOf(' ');
  if (space < 12 || space > MAX_TAG_LENGTH) return undefined;
  const tag = text.slice(0, space);
  if (containerOfTag(tag, false) === undefined) return undefined;
  const record = newFields();
  const put = (name: string, value: unknown): void => void putFirst(record, name, value);
  let rest = text.slice(space + 1);
  const attributes = newFields();
  for (let i = 0; i < MAX_LABELS; i++) {
    const found = LABEL.exec(rest.length > MAX_LABEL_LENGTH ? rest.slice(0, MAX_LABEL_LENGTH) : rest);
    if (found === null) break;
    attributes[found[1]!] = found[2]!;
    rest = rest.slice(found[0].length);
  }
  record['message'] = rest;
  addTag(put, tag);
  addAttributes(record, attributes, put);
  return record;
}

/** Seconds with six digits behind the point, as a text. */
const DOCKER_TIME = /^\d{9,11}\.\d{6}$/;
/** Names of labels have dots, unlike the pairs that programs write. */
const LABEL = /^([a-z][\w-]*(?:\.[\w-]+){2,})=(\S*) /;
const MAX_LABELS = 100;
const MAX_LABEL_LENGTH = 4096;
const MAX_TAG_LENGTH = 512;

function addTag(put: (name: string, value: unknown) => void, tag: string): void {
  put('tag', tag);
  const container = containerOfTag(tag, true);
  if (container?.id !== undefined) put('container_id', container.id);
  if (container?.name !== undefined) put('container_name', container.name);
  if (container?.image !== undefined) put('image', container.image);
}

/** Labels by their dots; the others stand beside the line's fields, as Docker's other drivers have them. */
function addAttributes(record: Fields, attributes: Fields, put: (name: string, value: unknown) => void): void {
  let labels: Fields | undefined;
  for (const key in attributes) {
    if (!key.includes('.')) put(key, attributes[key]);
    else {
      labels ??= newFields();
      labels[key] = attributes[key];
    }
  }
  if (labels === undefined) return;
  const own = record['labels'];
  if (isFields(own)) for (const key in labels) own[key] ??= labels[key];
  else put('labels', labels);
}
