import { type Fields, isFields } from '../../core/event.ts';

/**
 * The stream that a line belongs to, as a key; undefined when its record is an event by itself. Streams are what one
 * program writes one line after the other: stdout or stderr of a container, of a pod's container, or a file. What a
 * sender brings by HTTP, TCP or under one tag is no stream, nor is a record with a level, a time or a trace id of its own.
 */
export function streamOf(record: Fields, sender: string): string | undefined {
  const origin = originOf(record, sender);
  return origin === undefined || isWhole(record) ? undefined : origin;
}

function originOf(record: Fields, sender: string): string | undefined {
  const stream = record['stream'] ?? record['source'];
  const output = typeof stream === 'string' ? stream : '';
  const id = record['container_id'];
  // A container has its id from one engine only; a name is the sender's own.
  if (isText(id)) return `${id}\u0000${output}`;
  const kubernetes = record['kubernetes'];
  if (isFields(kubernetes)) {
    const pod = kubernetes['pod_id'] ?? kubernetes['pod_uid'] ?? kubernetes['pod_name'] ?? kubernetes['pod'];
    if (isText(pod)) {
      const namespace = kubernetes['namespace_name'] ?? kubernetes['namespace'] ?? kubernetes['pod_namespace'];
      const container = kubernetes['container_name'] ?? record['container_name'];
      return `${sender}\u0000pod\u0000${text(namespace)}\u0000${pod}\u0000${text(container)}\u0000${output}`;
    }
  }
  const name = record['container_name'];
  if (isText(name)) return `${sender}\u0000${hostOf(record)}\u0000${name}\u0000${output}`;
  const file = fileOf(record);
  return file === undefined ? undefined : `${sender}\u0000file\u0000${hostOf(record)}\u0000${file}\u0000${output}`;
}

const FILES = ['log.file.path', 'file', 'filename', 'file_path', 'filepath', 'log_file', 'logfile'];
/** `path` is a request's path as often as a file's. */
const LOG_PATH = /^(?:\/var\/(?:log|lib)\/|[A-Za-z]:\\)|\.(?:log|out|err|txt)(?:[.-][\w.-]*)?$/;

function fileOf(record: Fields): string | undefined {
  for (const name of FILES) if (isText(record[name])) return record[name];
  const log = record['log'];
  if (isFields(log) && isFields(log['file']) && isText(log['file']['path'])) return log['file']['path'];
  const path = record['path'];
  return isText(path) && LOG_PATH.test(path) ? path : undefined;
}

function hostOf(record: Fields): string {
  const host = record['host'] ?? record['hostname'] ?? record['host.name'];
  return isFields(host) ? text(host['name']) : text(host);
}

/** Fields that only a whole event has. */
const OWN = [
  'level',
  'log.level',
  'log_level',
  'loglevel',
  'levelname',
  'lvl',
  'severity',
  '@timestamp',
  'timestamp',
  'time',
  'ts',
  'datetime',
  'trace_id',
  'traceId',
  'traceid',
  'trace.id',
  'span_id',
];

function isWhole(record: Fields): boolean {
  for (const name of OWN) {
    const value = record[name];
    if (value === undefined || value === null) continue;
    // A collector's time of the line, beside the pod that it found.
    if (name === 'time' && isFields(record['kubernetes']) && typeof record['stream'] === 'string') continue;
    return true;
  }
  const log = record['log'];
  return isFields(log) && log['level'] !== undefined;
}

/** Marks that collectors of containers set on each line. */
const LINE_MARKS = new Set(['message', 'logtag', '_p', 'time']);

/** True when a later line brings no field that the first has not, nor another value: joining loses nothing. */
export function bringsNothingNew(first: Fields, later: Fields): boolean {
  const hasMessage = later['message'] !== undefined;
  for (const name in later) {
    if (LINE_MARKS.has(name) || (name === 'log' && !hasMessage)) continue;
    const value = later[name];
    if (value !== first[name] && value !== undefined && !isSame(first[name], value, 0)) return false;
  }
  return true;
}

function isSame(a: unknown, b: unknown, depth: number): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || depth > 8) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((value, i) => isSame(value, b[i], depth + 1));
  }
  if (!isFields(a) || !isFields(b)) return false;
  const names = Object.keys(b);
  return names.length === Object.keys(a).length && names.every(name => isSame(a[name], b[name], depth + 1));
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
