import { csvHead, csvLine } from '../base/text/csv.ts';
import type { StoredEvent } from '../core/contracts.ts';
import { LongshoreError } from '../core/errors.ts';
import { fieldAt, isFields, newFields } from '../core/event.ts';
import { storedField } from '../store/query/fields.ts';
import { formatEvent, jsonLine, oneLine, painter, printable } from './format.ts';
import { timeTexts } from './time-text.ts';

export const EVENT_FORMS = ['text', 'json', 'raw', 'logfmt', 'csv'] as const;
export type EventForm = (typeof EVENT_FORMS)[number];

export interface EventWriter {
  /** Before the first event. */
  readonly head: string;
  line(event: StoredEvent): string;
}

export interface FormOptions {
  /** Names with commas; undefined: whole events. */
  readonly fields: string | undefined;
  readonly timezone: string | undefined;
  readonly io: Pick<NodeJS.Process, 'stdout' | 'env'>;
}

const CSV_FIELDS = ['@timestamp', 'level', 'service', 'message'];

/** How events are written. Throws LS_DATE_ZONE, LS_CLI_OUTPUT. */
export function eventWriter(form: EventForm, { fields, timezone, io }: FormOptions): EventWriter {
  const names = fields === undefined ? undefined : fieldNames(fields);
  const times = timeTexts(timezone);
  const paint = painter(io);
  const text = (event: StoredEvent, name: string): string => {
    const value = textOf(fieldAt(event, storedField(name)));
    return storedField(name) === '@timestamp' ? times(value) : value;
  };
  switch (form) {
    case 'json':
      return plain(event => jsonLine(names === undefined ? event : picked(event, names)));
    case 'csv': {
      const columns = names ?? CSV_FIELDS;
      return { head: `${csvHead(columns)}\n`, line: event => `${csvLine(columns.map(name => text(event, name)))}\n` };
    }
    case 'logfmt':
      return plain(event =>
        [...pairsOf(names === undefined ? event : picked(event, names), '')]
          .map(([name, value]) => `${logfmtKey(name)}=${logfmtValue(name === '@timestamp' ? times(value) : value)}`)
          .join(' '),
      );
    case 'raw': {
      // A terminal is not to be steered by what somebody logs; a file has it as it came.
      const shown = io.stdout.isTTY === true ? printable : (line: string) => line;
      return plain(event => shown((names ?? ['message']).map(name => text(event, name)).join('\t')));
    }
    case 'text':
      if (names !== undefined) return plain(event => names.map(name => oneLine(text(event, name))).join('\t'));
      return plain(event => formatEvent({ ...event, '@timestamp': times(event['@timestamp']) }, paint));
  }
}

const plain = (write: (event: StoredEvent) => string): EventWriter => ({
  head: '',
  line: event => `${write(event)}\n`,
});

function fieldNames(given: string): string[] {
  const names = given.split(',').map(name => name.trim());
  if (!names.includes('')) return names;
  throw new LongshoreError('LS_CLI_OUTPUT', '--fields has nothing before or behind a comma.', {
    fix: 'Write --fields @timestamp,service,message.',
  });
}

function picked(event: StoredEvent, names: readonly string[]): Record<string, unknown> {
  const some = newFields();
  for (const name of names) {
    const value = fieldAt(event, storedField(name));
    if (value !== undefined) some[name] = value;
  }
  return some;
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Members of objects under the path to them. */
function* pairsOf(fields: Readonly<Record<string, unknown>>, prefix: string): Generator<[string, string]> {
  for (const [name, value] of Object.entries(fields)) {
    if (isFields(value)) yield* pairsOf(value, `${prefix}${name}.`);
    else if (value !== undefined && value !== null) yield [prefix + name, textOf(value)];
  }
}

const logfmtKey = (name: string): string =>
  name.replace(/[\s="\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '_');

function logfmtValue(text: string): string {
  return text !== '' && /^[!#-<>-~\xa1-\u061b\u061d-\u1fff\u2070-\ud7ff\ue000-\uffff]+$/.test(text)
    ? text
    : jsonLine(text);
}
