import type { StateRecord } from '../alerts/manager/state.ts';

/** A field of the hash of routed alerts; without a value it goes. */
export interface StateField {
  readonly name: string;
  readonly value: string | undefined;
}

const ALERT = 'a:';
const TOLD = 't:';
const NOTIFICATION = 'd:';

export function fieldOf(record: StateRecord): StateField {
  if ('alert' in record) return { name: ALERT + record.alert.fingerprint, value: JSON.stringify(record.alert) };
  if ('gone' in record) return { name: ALERT + record.gone, value: undefined };
  if ('told' in record) return { name: TOLD + record.key, value: JSON.stringify(record.told) };
  if ('forgotten' in record) return { name: TOLD + record.forgotten, value: undefined };
  if ('notification' in record)
    return { name: NOTIFICATION + record.notification.id, value: JSON.stringify(record.notification) };
  return { name: NOTIFICATION + record.dropped, value: undefined };
}

/** None for a field of another kind, or one that nobody can read. */
export function recordOf(name: string, text: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  if (name.startsWith(ALERT)) return [{ alert: value }];
  if (name.startsWith(TOLD)) return [{ key: name.slice(TOLD.length), told: value }];
  return name.startsWith(NOTIFICATION) ? [{ notification: value }] : [];
}
