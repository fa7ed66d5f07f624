import { type Fields, newFields } from '../../core/event.ts';

/** Whether a record is a GELF message: `version`, `host`, `short_message`, further fields with `_` in front. */
export function isGelf(record: Fields): boolean {
  const { version } = record as { version?: unknown };
  return typeof record['short_message'] === 'string' && (version === '1.1' || version === '1.0' || version === 1.1);
}

/**
 * A GELF message as other senders would write it: its text is `message`, and the fields that it puts a `_` before are
 * without. The version of the format says nothing of the event.
 */
export function fromGelf(gelf: Fields): Fields {
  const record = newFields();
  for (const key in gelf) {
    if (key === 'version') continue;
    if (key === 'short_message') record['message'] ??= gelf[key];
    else record[nameOf(key, gelf)] = gelf[key];
  }
  return record;
}

function nameOf(key: string, gelf: Fields): string {
  const plain = key.charCodeAt(0) === UNDERSCORE ? key.slice(1) : key;
  return plain === '' || plain === 'message' || (plain !== key && Object.hasOwn(gelf, plain)) ? key : plain;
}
const UNDERSCORE = 0x5f;
