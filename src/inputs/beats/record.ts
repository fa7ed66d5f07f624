import { isUtf8 } from 'node:buffer';
import { readTime } from '../../base/time/text.ts';
import { findZone } from '../../base/time/zone.ts';
import { type Fields, fieldAt, isFields, newFields } from '../../core/event.ts';
import { SERVICE_LABELS } from '../../core/schema/mapping.ts';
import { containerOfPath } from '../container-of-path.ts';
import { faultOf, MAX_NESTING_DEPTH, needsCare, parse, textRecord, toPlainRecord } from '../json/record.ts';
import { idOfEvent } from './event-id.ts';

/** An event of a Beat, in the names that every input uses. */
export interface BeatsEvent {
  readonly record: Fields;
  /** Epoch milliseconds with fraction; NaN where it has none. */
  readonly time: number;
  /** What tells it from all others, also when it is sent again; undefined: nothing does. */
  readonly id: string | undefined;
  /** The pipeline that `@metadata.pipeline` names. */
  readonly pipeline: string | undefined;
  /** What was wrong with an event that is kept all the same: `invalid_utf8`, or those of `JsonFault`. */
  readonly fault: string | undefined;
}

/**
 * JSON of one event -> what is stored of it. What is no JSON object is kept as text.
 *
 * - `@timestamp` is the sender's time: a time that the line itself shows, or that a pipeline finds, stands before it.
 * - `@metadata` is for receivers and is not stored, as Elasticsearch and Logstash do it.
 * - `container` and `docker.container` give `container_id`, `container_name`, `image` and `labels`; where there is neither,
 *   the path of a container's log file does. `kubernetes` stays, and names the container, too.
 * - Labels whose dots Filebeat has replaced by `_` have them back where they name the service.
 * - `fields.service` is the service when nothing else says it.
 */
export function beatsEvent(json: Buffer, receivedAt: number): BeatsEvent {
  const text = json.toString('utf8');
  let fault = text.includes('\uFFFD') && !isUtf8(json) ? 'invalid_utf8' : undefined;
  const careful = needsCare(text);
  let record: Fields | string;
  try {
    record = toPlainRecord(parse(text, careful), MAX_NESTING_DEPTH, careful);
  } catch (error) {
    record = faultOf(error);
  }
  if (typeof record === 'string') {
    fault = record;
    return { record: textRecord(text.toWellFormed()), time: Number.NaN, id: undefined, pipeline: undefined, fault };
  }
  const id = idOfEvent(record);
  const named = fieldAt(record, '@metadata.pipeline');
  const pipeline = typeof named === 'string' && named !== '' ? named : undefined;
  // Deleting a key makes an object slow.
  if (record['@metadata'] !== undefined) record['@metadata'] = undefined;
  return { record, time: toOurNames(record, receivedAt), id, pipeline, fault };
}

/** Gives what a Beat wrote the names that every input uses, in place; its time, as in `BeatsEvent`. */
export function toOurNames(record: Fields, receivedAt: number): number {
  const time = takeTime(record, receivedAt);
  addContainer(record);
  addKubernetes(record);
  addNames(record);
  return time;
}

/** Keys and values of version 1, all of them texts: `line`, `file`, `offset`, `host`, and the sender's own fields. */
export function pairsEvent(pairs: readonly Buffer[]): BeatsEvent {
  const record = newFields();
  let isWhole = true;
  for (let i = 0; i < pairs.length; i += 2) {
    if (!isUtf8(pairs[i]!) || !isUtf8(pairs[i + 1]!)) isWhole = false;
    record[pairs[i]!.toString('utf8')] = pairs[i + 1]!.toString('utf8');
  }
  const { line } = record as { line?: unknown };
  if (line !== undefined && record['message'] === undefined) {
    record['message'] = line;
    record['line'] = undefined;
  }
  addContainer(record);
  return { record, time: Number.NaN, id: undefined, pipeline: undefined, fault: isWhole ? undefined : 'invalid_utf8' };
}

const UTC = findZone('UTC')!;

/** Takes the sender's time, epoch milliseconds, out of a record. NaN: there is none; one that cannot be read stays. */
export function takeTime(record: Fields, receivedAt: number): number {
  const given = record['@timestamp'];
  if (typeof given !== 'string') return Number.NaN;
  const time = readTime(given, receivedAt, UTC);
  if (!Number.isNaN(time)) record['@timestamp'] = undefined;
  return time;
}

function addContainer(record: Fields): void {
  const container = fieldsAt(record, 'container') ?? fieldsAt(record, 'docker.container');
  if (container !== undefined) {
    setText(record, 'container_id', container['id']);
    setText(record, 'container_name', container['name']);
    const image = container['image'];
    setText(record, 'image', isFields(image) ? image['name'] : image);
    const labels = container['labels'];
    if (isFields(labels) && record['labels'] === undefined) {
      record['labels'] = withDots(labels);
      delete container['labels'];
    }
  }
  if (record['container_id'] !== undefined) return;
  const path = pathOf(record);
  const found = path === undefined ? undefined : containerOfPath(path);
  if (found === undefined) return;
  setText(record, 'container_id', found.id);
  setText(record, 'container_name', found.name);
  if (found.pod === undefined || record['kubernetes'] !== undefined) return;
  const kubernetes = newFields();
  kubernetes['namespace'] = found.namespace;
  kubernetes['pod'] = found.uid === undefined ? { name: found.pod } : { name: found.pod, uid: found.uid };
  kubernetes['container'] = { name: found.name };
  record['kubernetes'] = kubernetes;
}

function addKubernetes(record: Fields): void {
  const kubernetes = record['kubernetes'];
  if (!isFields(kubernetes)) return;
  const container = kubernetes['container'];
  if (isFields(container)) {
    setText(record, 'container_name', container['name']);
    setText(record, 'container_id', container['id']);
    setText(record, 'image', container['image']);
  }
  const labels = kubernetes['labels'];
  if (isFields(labels)) kubernetes['labels'] = withDots(labels);
}

function addNames(record: Fields): void {
  if ((record['host'] ?? record['hostname'] ?? undefined) === undefined) {
    setText(
      record,
      'hostname',
      fieldAt(record, 'agent.hostname') ?? fieldAt(record, 'agent.name') ?? fieldAt(record, 'beat.hostname'),
    );
  }
  takeServiceOfFields(record);
}

/** Filebeat's `fields`, and those of loggers that write to Elasticsearch: `fields.service` is the service when nothing else says it. */
export function takeServiceOfFields(record: Fields): void {
  if (record['service'] === undefined && record['service.name'] === undefined)
    setText(record, 'service', fieldAt(record, 'fields.service'));
}

const DOTTED: ReadonlyMap<string, string> = new Map(
  SERVICE_LABELS.filter(name => name.includes('.')).map(name => [name.replaceAll('.', '_'), name]),
);

/** The dots of labels that Filebeat has replaced, which it does unless it is told otherwise (`labels.dedot`). */
function withDots(labels: Fields): Fields {
  const dotted = newFields();
  for (const key in labels) dotted[DOTTED.get(key) ?? key] = labels[key];
  return dotted;
}

/** Of Filebeat since 7, before, and of logstash-forwarder. */
function pathOf(record: Fields): string | undefined {
  const path = fieldAt(record, 'log.file.path') ?? record['source'] ?? record['file'];
  return typeof path === 'string' ? path : undefined;
}

function fieldsAt(record: Fields, path: string): Fields | undefined {
  const value = fieldAt(record, path);
  return isFields(value) ? value : undefined;
}

function setText(record: Fields, name: string, value: unknown): void {
  if (typeof value === 'string' && value !== '' && record[name] === undefined) record[name] = value;
}
