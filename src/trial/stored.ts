import { type Fields, fieldAt, isFields, newFields } from '../core/event.ts';
import type { TrialRecord } from './trial.ts';

/** What an event is from, as its sender said it. */
const ORIGIN = ['container_id', 'container_name', 'image', 'stream', 'tag', 'hostname', 'labels', 'kubernetes'];

/** Whether this is an event out of the store, and not a record as senders send it. */
export const isStored = (record: Fields): boolean =>
  typeof record['seq'] === 'number' && typeof record['_id'] === 'string';

/**
 * The record that a stored event may have come from: its line and where it is from. What a pipeline found in it is left out;
 * the line is `event.original` where that was kept, else the message as it is stored.
 */
export function recordOfStored(event: Fields, number: number): TrialRecord {
  const record = newFields();
  record['message'] = lineOf(event);
  for (const name of ORIGIN) if (event[name] !== undefined) record[name] = event[name];
  const tag = typeof event['tag'] === 'string' ? event['tag'] : '';
  const seq = event['seq'];
  const time = Date.parse(String(event['@timestamp']));
  const receivedAt = typeof seq === 'number' ? Math.floor(seq / 1000) : time;
  return { record, number, tag, time: Number.isNaN(time) ? receivedAt : time, receivedAt };
}

function lineOf(event: Fields): string {
  const original = fieldAt(event, 'event.original');
  if (typeof original === 'string') return original;
  const message = event['message'];
  return typeof message === 'string' ? message : '';
}

/** True when the event holds something that neither its line nor its sender gives: its line is not what is stored. */
export function isUnlike(stored: Fields, parsed: Fields | undefined): boolean {
  if (parsed === undefined) return true;
  return Object.keys(stored).some(
    name => !OWN.has(name) && !ORIGIN.includes(name) && parsed[name] === undefined && !isEmpty(stored[name]),
  );
}

const OWN: ReadonlySet<string> = new Set([
  '_id',
  '_index',
  'seq',
  '@timestamp',
  'event',
  'schema_errors',
  'partial',
  'partial_reason',
]);

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (isFields(value) && Object.keys(value).length === 0);
