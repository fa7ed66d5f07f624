import { dayOf, isoTime } from '../../base/time/iso.ts';
import type { ScannedEvent, StoredEvent } from '../../core/contracts.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { DECLARED_FIELDS, type DeclaredField, INDEX_PREFIX } from '../../core/schema/fields.ts';
import { storedField } from '../query/fields.ts';
import type { WireRow } from './protocol.ts';

const declared = Object.keys(DECLARED_FIELDS) as DeclaredField[];
/** Where the JSON text of the undeclared fields stands in a row: after `_id`, `seq`, `@timestamp` and the declared ones. */
const REST = 3 + declared.length;

/** A stored event as it is given back. A declared field wins over an undeclared one of the same name. */
export function eventOfRow(row: WireRow): StoredEvent {
  const time = row[2] as number;
  const event = newFields();
  event['_id'] = row[0];
  event['_index'] = INDEX_PREFIX + dayOf(time);
  event['seq'] = row[1];
  event['@timestamp'] = isoTime(time);
  for (let i = 0; i < declared.length; i++) {
    const value = row[i + 3];
    if (value === null || value === undefined) continue;
    const name = declared[i]!;
    event[name] = DECLARED_FIELDS[name] === 'object' ? parseExact(value as string) : value;
  }
  const rest = row[REST];
  if (typeof rest === 'string') {
    const fields = parseExact(rest);
    if (isFields(fields)) addFields(event, fields);
  }
  return event as StoredEvent;
}

/** The columns that hold what these fields may mean. */
export function columnsOf(fields: readonly string[]): string[] {
  const columns = new Set<string>();
  for (const field of fields) {
    const head = field.split('.')[0]!;
    for (const name of [field, head, storedField(field)]) if (Object.hasOwn(DECLARED_FIELDS, name)) columns.add(name);
    if (!Object.hasOwn(DECLARED_FIELDS, field) && field !== '@timestamp') columns.add(REST_COLUMN);
  }
  return [...columns];
}

const REST_COLUMN = 'fields';

/** The events of a page of `scan`, with the fields that were asked for. */
export function* eventsOfScan(text: string, fields: readonly string[]): Generator<ScannedEvent> {
  const columns = columnsOf(fields);
  const isObject = columns.map(name => name === REST_COLUMN || DECLARED_FIELDS[name as DeclaredField] === 'object');
  for (const row of JSON.parse(text) as WireRow[]) {
    const time = row[2] as number;
    const event = newFields();
    event['@timestamp'] = isoTime(time);
    let rest: unknown;
    for (let i = 0; i < columns.length; i++) {
      const value = row[i + 3];
      if (value === null || value === undefined) continue;
      const name = columns[i]!;
      if (name === REST_COLUMN) rest = parseExact(value as string);
      else event[name] = isObject[i] === true ? parseExact(value as string) : value;
    }
    if (isFields(rest)) addFields(event, rest);
    yield { id: row[0] as string, seq: row[1] as number, time, event: event as ScannedEvent['event'] };
  }
}

function addFields(event: Fields, fields: Fields): void {
  for (const name of Object.keys(fields)) {
    if (!Object.hasOwn(event, name)) event[name] = fields[name];
  }
}

// Digits enough to lose some, or an exponent enough to become Infinity or 0.
const INEXACT = /\d{16}|[eE][+-]?\d{3}/;

/** As `JSON.parse`, except that a number that JavaScript would change comes back as its text, as the inputs do with 64-bit integers. */
function parseExact(text: string): unknown {
  if (!INEXACT.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, context?: { source?: string }) => {
    if (typeof value !== 'number') return value;
    const source = context?.source;
    if (source === undefined || (Number.isFinite(value) && (!/^-?\d+$/.test(source) || String(value) === source))) {
      return value;
    }
    return source;
  });
}
