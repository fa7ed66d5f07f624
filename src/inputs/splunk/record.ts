import { senderTime } from '../../base/time/sender-time.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { MAX_NAMES, MAX_NESTING_DEPTH, toPlainRecord } from '../json/record.ts';
import { placeFile, placeLabel, putFirst } from '../labels.ts';
import { dockerRecord, rawDockerRecord } from './docker.ts';

/** What the address of a request says of events that do not say it themselves. */
export type EnvelopeDefaults = Readonly<
  Record<'host' | 'source' | 'sourcetype' | 'index' | 'time', string | undefined>
>;

export const NO_DEFAULTS: EnvelopeDefaults = {
  ...{ host: undefined, source: undefined, sourcetype: undefined },
  ...{ index: undefined, time: undefined },
};

export interface HecRecord {
  readonly record: Fields;
  /** Epoch milliseconds with fraction; NaN: none that is a number of seconds. */
  readonly time: number;
  /** The event is nested too deeply, and kept as text. */
  readonly isTooDeep: boolean;
}

/**
 * The record of one event as HEC has it: an object is taken as it is, anything else is the `message`; `host` is the
 * `hostname`, `fields` stand beside the others, and what only Splunk knows is in `splunk`. `careful`: see `needsCare`.
 * `envelope` has an `event`; it is used up.
 */
export function hecRecord(envelope: Fields, defaults: EnvelopeDefaults, careful: boolean): HecRecord {
  const { event } = envelope;
  const found = recordOf(event, envelope, careful);
  const isTooDeep = found === undefined;
  const record = found ?? messageRecord(textOf(event));
  const time = timeOf(envelope['time'] ?? defaults.time);
  if (Number.isNaN(time) && envelope['time'] !== undefined && envelope['time'] !== null)
    record['time'] ??= envelope['time'];
  const splunk = newFields();
  for (const key in envelope) if (!KNOWN.has(key)) splunk[key] = envelope[key];
  for (const key of NAMES) {
    const value = envelope[key] ?? defaults[key];
    if (value === undefined || value === null || value === '') continue;
    if (key !== 'host' || !putFirst(record, 'hostname', value)) splunk[key] = value;
  }
  const { source } = splunk;
  if (source === 'stdout' || source === 'stderr') putFirst(record, 'stream', source);
  else if (typeof source === 'string' && source.length <= MAX_PATH_LENGTH && FILE.test(source))
    placeFile(record, source);
  addFields(record, envelope['fields'], splunk);
  if (Object.keys(splunk).length > 0 && !putFirst(record, 'splunk', splunk)) record['splunk_'] ??= splunk;
  return { record, time, isTooDeep };
}

const NAMES = ['host', 'source', 'sourcetype', 'index'] as const;
const KNOWN: ReadonlySet<string> = new Set([...NAMES, 'time', 'event', 'fields']);
/** `/var/log/a.log`, `C:\logs\a.log` */
const MAX_PATH_LENGTH = 4096;
const FILE = /^(?:\/|[A-Za-z]:\\)[^\n]*[^/\\\n]$/;

/** Undefined: nested too deeply. */
function recordOf(event: unknown, envelope: Fields, careful: boolean): Fields | undefined {
  if (typeof event === 'string') return rawDockerRecord(event, envelope['time']) ?? messageRecord(event);
  if (!isFields(event)) return messageRecord(textOf(event));
  const record = toPlainRecord(event, MAX_NESTING_DEPTH, careful);
  return typeof record === 'string' ? undefined : (dockerRecord(record) ?? record);
}

function messageRecord(message: string): Fields {
  const record = newFields();
  record['message'] = message;
  return record;
}

/** Epoch milliseconds of a number of seconds, or of its digits; NaN of anything else. */
export function timeOf(value: unknown): number {
  const time = senderTime(value);
  return Number.isFinite(time) ? time : Number.NaN;
}

/** Indexed fields: where they belong, else beside the others; what has another value there already is `splunk.fields`. */
function addFields(record: Fields, fields: unknown, splunk: Fields): void {
  if (fields === undefined || fields === null) return;
  let others: Fields | undefined;
  if (!isFields(fields)) splunk['fields'] = fields;
  else if (hasMoreNames(fields, MAX_NAMES)) splunk['fields'] = textOf(fields);
  else
    for (const key in fields) {
      const value = fields[key];
      if (value === null || placeLabel(record, key, value) || putFirst(record, key, value)) continue;
      others ??= newFields();
      others[key] = value;
    }
  if (others !== undefined) splunk['fields'] = others;
}

function textOf(value: unknown): string {
  try {
    return typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    return '(nested too deeply to be kept)';
  }
}

function hasMoreNames(fields: Fields, most: number): boolean {
  let names = 0;
  for (const _ in fields) if (++names > most) return true;
  return false;
}
