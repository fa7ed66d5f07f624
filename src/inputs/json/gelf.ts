import { type Fields, isFields, newFields } from '../../core/event.ts';
import { addDockerStream } from '../docker-stream.ts';

/** Whether a record is a GELF message: `version`, `host`, `short_message`, further fields with `_` in front. */
export function isGelf(record: Fields): boolean {
  const { version } = record as { version?: unknown };
  return typeof record['short_message'] === 'string' && (version === '1.1' || version === '1.0' || version === 1.1);
}

/**
 * A GELF message as other senders would write it: its text is `message`, and the fields that it puts a `_` before are
 * without. The version of the format says nothing of the event. What Docker's driver sends has its labels in `labels`, and
 * the level of its text where the number only says which stream it came by.
 */
export function fromGelf(gelf: Fields): Fields {
  const record = newFields();
  const isDocker = typeof gelf['_container_id'] === 'string';
  let labels: Fields | undefined;
  for (const key in gelf) {
    if (key === 'version') continue;
    if (key === 'short_message') record['message'] ??= gelf[key];
    else if (isDocker && key.includes('.') && key.charCodeAt(0) === UNDERSCORE) {
      labels ??= newFields();
      labels[key.slice(1)] = gelf[key];
    } else record[nameOf(key, gelf)] = gelf[key];
  }
  if (record['message'] === undefined && typeof record['full_message'] === 'string') {
    record['message'] = record['full_message'];
    record['full_message'] = undefined;
  }
  if (isDocker) {
    const { level } = record;
    // The level of a text moves into its place when it shows one.
    if (level === 6) record['level'] = undefined;
    addDockerStream(record, level);
    if (labels !== undefined) {
      if (record['labels'] === undefined) record['labels'] = labels;
      else if (isFields(record['labels'])) Object.assign(record['labels'], labels);
      else Object.assign(record, labels);
    }
  }
  return record;
}

function nameOf(key: string, gelf: Fields): string {
  const plain = key.charCodeAt(0) === UNDERSCORE ? key.slice(1) : key;
  return plain === '' || plain === 'message' || (plain !== key && Object.hasOwn(gelf, plain)) ? key : plain;
}
const UNDERSCORE = 0x5f;
