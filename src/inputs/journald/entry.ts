import { isUtf8 } from 'node:buffer';
import { type Fields, newFields } from '../../core/event.ts';
import { addDockerStream } from '../docker-stream.ts';
import { needsCare, readRecord } from '../json/record.ts';
import { FACILITIES, SEVERITIES } from '../syslog/severity.ts';

/** An entry of the journal. */
export interface JournalEntry {
  /** Names it in this journal for ever. */
  readonly cursor: string;
  readonly record: Fields;
  /** Epoch milliseconds with fraction: when its program sent it, else when journald took it. */
  readonly time: number;
  /** When journald took it, epoch seconds. */
  readonly takenAt: number;
  /** Something of it is not as it was: no text, or left out by `journalctl`. */
  readonly fault: 'invalid_text' | 'left_out' | undefined;
  readonly origin: EntryOrigin;
}

/** Who wrote an entry. */
export interface EntryOrigin {
  readonly pid: string | undefined;
  readonly hostname: string | undefined;
  readonly invocation: string | undefined;
  readonly containerId: string | undefined;
}

/**
 * Reads a line of `journalctl --output=json`. There a value is a text; null if it was too long; a list of bytes if it is no
 * printable text; a list of such values if the field is there several times. Undefined: it is no entry.
 */
export function journalEntry(line: Buffer): JournalEntry | undefined {
  const text = line.toString('utf8');
  const given = readRecord(text, MAX_DEPTH, needsCare(text));
  if (typeof given === 'string') return undefined;
  const cursor = given['__CURSOR'];
  if (typeof cursor !== 'string' || cursor === '') return undefined;
  const values = new Values(given);
  const taken = Number(values.text('__REALTIME_TIMESTAMP'));
  const sent = Number(values.text('_SOURCE_REALTIME_TIMESTAMP') ?? Number.NaN);
  const record = recordOf(values);
  return {
    ...{ cursor, record, time: (sent > 0 ? sent : taken) / 1000, takenAt: Math.floor(taken / 1e6) },
    origin: {
      pid: values.text('_PID'),
      hostname: values.text('_HOSTNAME'),
      invocation: values.text('_SYSTEMD_INVOCATION_ID'),
      containerId: values.text('CONTAINER_ID'),
    },
    fault: values.fault,
  };
}

class Values {
  readonly #given: Fields;
  fault: JournalEntry['fault'];

  constructor(given: Fields) {
    this.#given = given;
  }

  get names(): string[] {
    return Object.keys(this.#given);
  }

  /** The first value of a field. */
  text(name: string): string | undefined {
    const value = this.value(name);
    return Array.isArray(value) ? value[0] : value;
  }

  /** Text, or texts; undefined where there is none. */
  value(name: string): string | string[] | undefined {
    const given = this.#given[name];
    if (!Array.isArray(given) || given.every(isByte)) return this.#one(given);
    const texts = given.map(one => this.#one(one)).filter(one => one !== undefined);
    return texts.length > 1 ? texts : texts[0];
  }

  #one(given: unknown): string | undefined {
    if (typeof given === 'string') return given.toWellFormed();
    if (given === null) this.fault ??= 'left_out';
    if (!Array.isArray(given) || !given.every(isByte)) return undefined;
    const bytes = Buffer.from(given as number[]);
    if (!isUtf8(bytes)) this.fault ??= 'invalid_text';
    return bytes.toString('utf8');
  }
}

const isByte = (value: unknown): boolean =>
  (typeof value === 'number' || typeof value === 'bigint') && value >= 0 && value < 256;

function recordOf(values: Values): Fields {
  const record = newFields();
  const message = values.text('MESSAGE') ?? (values.fault === 'left_out' ? LEFT_OUT : '');
  const severity = numberOf(values.text('PRIORITY'), SEVERITIES.length);
  const id = values.text('CONTAINER_ID_FULL') ?? values.text('CONTAINER_ID');
  if (values.text('CONTAINER_PARTIAL_ID') !== undefined || values.text('CONTAINER_PARTIAL_MESSAGE') !== undefined) {
    addPiece(record, values, message);
  } else record['message'] = message.endsWith('\n') ? message.slice(0, -1) : message;
  set(record, 'hostname', values.text('_HOSTNAME'));
  const name = values.text('CONTAINER_NAME');
  if (id !== undefined || name !== undefined) {
    set(record, 'container_id', id);
    set(record, 'container_name', name?.replace(/^\//, ''));
    set(record, 'image', values.text('IMAGE_NAME'));
    addDockerStream(record, severity);
    addLabels(record, values);
  } else {
    set(record, 'service', serviceOf(values));
    addSyslog(record, values, severity);
  }
  addProcess(record, values);
  addRest(record, values);
  return record;
}

/** In the form in which Docker's `fluentd` driver sends them. */
function addPiece(record: Fields, values: Values, message: string): void {
  record['log'] = message;
  record['partial_message'] = 'true';
  set(record, 'partial_id', values.text('CONTAINER_PARTIAL_ID'));
  set(record, 'partial_ordinal', values.text('CONTAINER_PARTIAL_ORDINAL'));
  set(record, 'partial_last', values.text('CONTAINER_PARTIAL_LAST'));
}

/** Docker writes labels in capitals, with `_` for all that is neither letter nor number. */
function addLabels(record: Fields, values: Values): void {
  const labels = newFields();
  for (const [field, label] of LABELS) set(labels, label, values.text(field));
  if (Object.keys(labels).length > 0) record['labels'] = labels;
}

const LABELS = [
  ['COM_DOCKER_COMPOSE_SERVICE', 'com.docker.compose.service'],
  ['COM_DOCKER_COMPOSE_PROJECT', 'com.docker.compose.project'],
  ['COM_DOCKER_SWARM_SERVICE_NAME', 'com.docker.swarm.service.name'],
] as const;

/** A service is its unit; what is no service is called as it calls itself. */
function serviceOf(values: Values): string | undefined {
  for (const name of ['_SYSTEMD_USER_UNIT', '_SYSTEMD_UNIT']) {
    const unit = values.text(name);
    if (unit?.endsWith('.service') === true && !unit.startsWith('user@')) return unit.slice(0, -'.service'.length);
  }
  return values.text('SYSLOG_IDENTIFIER') ?? values.text('_COMM') ?? values.text('_TRANSPORT');
}

function addSyslog(record: Fields, values: Values, severity: number | undefined): void {
  const syslog: Fields = {};
  if (severity !== undefined) syslog['severity'] = { code: severity, name: SEVERITIES[severity] };
  const facility = numberOf(values.text('SYSLOG_FACILITY'), FACILITIES.length);
  if (facility !== undefined) syslog['facility'] = { code: facility, name: FACILITIES[facility] };
  set(syslog, 'appname', values.text('SYSLOG_IDENTIFIER'));
  if (Object.keys(syslog).length > 0) record['log'] = { syslog };
}

function addProcess(record: Fields, values: Values): void {
  const process: Fields = {};
  const pid = numberOf(values.text('_PID') ?? values.text('SYSLOG_PID'), 2 ** 32);
  if (pid !== undefined) process['pid'] = pid;
  set(process, 'name', values.text('_COMM'));
  set(process, 'executable', values.text('_EXE'));
  if (Object.keys(process).length > 0) record['process'] = process;
}

/** What stays of the journal's own fields, and all that a program has given. */
function addRest(record: Fields, values: Values): void {
  const rest = newFields();
  set(rest, 'unit', values.text('_SYSTEMD_UNIT'));
  set(rest, 'user_unit', values.text('_SYSTEMD_USER_UNIT'));
  set(rest, 'transport', values.text('_TRANSPORT'));
  for (const name of values.names) {
    if (name.startsWith('_') || TAKEN.has(name)) continue;
    const value = values.value(name);
    if (value !== undefined) rest[name.toLowerCase()] = value;
  }
  if (Object.keys(rest).length > 0) record['journald'] = rest;
}

const TAKEN: ReadonlySet<string> = new Set([
  ...['MESSAGE', 'PRIORITY', 'SYSLOG_FACILITY', 'SYSLOG_IDENTIFIER', 'SYSLOG_PID', 'SYSLOG_TIMESTAMP', 'SYSLOG_RAW'],
  ...['CONTAINER_ID', 'CONTAINER_ID_FULL', 'CONTAINER_NAME', 'CONTAINER_TAG', 'CONTAINER_LOG_EPOCH', 'IMAGE_NAME'],
  ...['CONTAINER_LOG_ORDINAL', 'CONTAINER_PARTIAL_MESSAGE', 'CONTAINER_PARTIAL_ID', 'CONTAINER_PARTIAL_ORDINAL'],
  ...['CONTAINER_PARTIAL_LAST', ...LABELS.map(([field]) => field)],
]);

const LEFT_OUT = '(too long: journalctl has left it out)';
const MAX_DEPTH = 4;

function set(record: Fields, name: string, value: string | undefined): void {
  if (value !== undefined && value !== '') record[name] = value;
}

function numberOf(text: string | undefined, limit: number): number | undefined {
  const number = text === undefined || !/^\d+$/.test(text) ? Number.NaN : Number(text);
  return number < limit ? number : undefined;
}

/** Whether it is a line of this process, or of the container that it runs in: reading it would be one more to write. */
export function isOwn({ origin }: JournalEntry, own: OwnOrigin): boolean {
  const { pid, hostname, invocation, containerId } = origin;
  if (invocation !== undefined && invocation === own.invocation) return true;
  if (containerId !== undefined) return own.hostname.startsWith(containerId.slice(0, 12));
  return pid === String(own.pid) && hostname === own.hostname;
}

export interface OwnOrigin {
  readonly pid: number;
  readonly hostname: string;
  /** `INVOCATION_ID`, which systemd sets. */
  readonly invocation: string | undefined;
}
