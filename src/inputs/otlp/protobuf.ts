import { type Fields, newFields } from '../../core/event.ts';
import { type DecodedRequest, type DecodeLimits, notOtlp, Taking, TooMuch, textOfBytes } from './decoded.ts';
import { type LogRecord, newLogRecord, type Resource, resourceOf, type Scope } from './log-record.ts';
import { Malformed, WireReader } from './wire.ts';

/*
 * The messages of opentelemetry-proto 1, with the numbers of the fields that are read; all others are stepped over.
 *
 *     ExportLogsServiceRequest  resource_logs 1
 *     ResourceLogs              resource 1, scope_logs 2
 *     Resource                  attributes 1
 *     ScopeLogs                 scope 1, log_records 2
 *     InstrumentationScope      name 1, version 2, attributes 3
 *     LogRecord                 time_unix_nano 1 (fixed64), severity_number 2, severity_text 3, body 5, attributes 6,
 *                               dropped_attributes_count 7, flags 8 (fixed32), trace_id 9, span_id 10,
 *                               observed_time_unix_nano 11 (fixed64), event_name 12
 *     KeyValue                  key 1, value 2
 *     AnyValue                  string 1, bool 2, int 3, double 4, array 5, kvlist 6, bytes 7
 *     ArrayValue, KeyValueList  values 1
 *
 * Fields may stand in any order, a resource behind its records: what holds both is looked through twice.
 */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const tagOf = (field: number, type: number): number => (field << 3) | type;

const FIRST = tagOf(1, BYTES);
const SECOND = tagOf(2, BYTES);
const THIRD = tagOf(3, BYTES);

/**
 * Reads an ExportLogsServiceRequest. Pure: the same bytes give new, equal records again.
 * @throws LongshoreError `LS_INPUTS_OTLP_INVALID`, `LS_INPUTS_TOO_MANY_EVENTS`
 */
export function decodeProtobuf(body: Buffer, limits: DecodeLimits): DecodedRequest {
  const taking = new Taking(limits);
  const reader = new WireReader(body);
  try {
    while (reader.pos < body.length) {
      const tag = reader.uint32();
      if (tag === FIRST) readResourceLogs(reader, reader.enter(body.length), taking);
      else reader.skip(tag, body.length);
    }
  } catch (error) {
    if (error instanceof Malformed || error instanceof TooMuch) throw notOtlp(error.message, error);
    throw error;
  }
  return taking.result(reader.invalidUtf8);
}

function readResourceLogs(reader: WireReader, end: number, taking: Taking): void {
  const start = reader.pos;
  taking.beginShared();
  const attributes = newFields();
  let bytes = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag !== FIRST) {
      reader.skip(tag, end);
      continue;
    }
    const stop = reader.enter(end);
    bytes += stop - reader.pos;
    while (reader.pos < stop) {
      const inner = reader.uint32();
      if (inner === FIRST) readKeyValue(reader, reader.enter(stop), attributes, taking, 2);
      else reader.skip(inner, stop);
    }
    reader.leave(stop);
  }
  reader.leave(end);
  const resource = resourceOf(attributes);
  reader.pos = start;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === SECOND) readScopeLogs(reader, reader.enter(end), resource, bytes, taking);
    else reader.skip(tag, end);
  }
}

function readScopeLogs(
  reader: WireReader,
  end: number,
  resource: Resource,
  resourceBytes: number,
  taking: Taking,
): void {
  const start = reader.pos;
  taking.beginShared();
  let scope: Scope | undefined;
  let bytes = resourceBytes;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag !== FIRST) {
      reader.skip(tag, end);
      continue;
    }
    const stop = reader.enter(end);
    bytes += stop - reader.pos;
    scope ??= { name: '', version: '', attributes: newFields() };
    readScope(reader, stop, scope, taking);
  }
  reader.leave(end);
  reader.pos = start;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag !== SECOND) {
      reader.skip(tag, end);
      continue;
    }
    const stop = reader.enter(end);
    taking.begin();
    try {
      taking.add(readLogRecord(reader, stop, taking), scope, resource, bytes);
    } catch (error) {
      if (!(error instanceof TooMuch)) throw error;
      taking.rejected++;
      reader.pos = stop;
    }
  }
}

function readScope(reader: WireReader, end: number, scope: Scope, taking: Taking): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === FIRST) scope.name = reader.text(end);
    else if (tag === SECOND) scope.version = reader.text(end);
    else if (tag === THIRD) readKeyValue(reader, reader.enter(end), scope.attributes, taking, 2);
    else reader.skip(tag, end);
  }
  reader.leave(end);
}

const TIME = tagOf(1, FIXED64);
const SEVERITY_NUMBER = tagOf(2, VARINT);
const SEVERITY_TEXT = tagOf(3, BYTES);
const BODY = tagOf(5, BYTES);
const ATTRIBUTES = tagOf(6, BYTES);
const DROPPED = tagOf(7, VARINT);
const FLAGS = tagOf(8, FIXED32);
const TRACE_ID = tagOf(9, BYTES);
const SPAN_ID = tagOf(10, BYTES);
const OBSERVED = tagOf(11, FIXED64);
const EVENT_NAME = tagOf(12, BYTES);

function readLogRecord(reader: WireReader, end: number, taking: Taking): LogRecord {
  const log = newLogRecord();
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case TIME:
        log.time = reader.nanos(end);
        break;
      case SEVERITY_NUMBER:
        log.severityNumber = reader.uint32() | 0;
        break;
      case SEVERITY_TEXT:
        log.severityText = reader.name(end);
        break;
      case BODY:
        // Its map becomes the event itself.
        log.body = readAnyValue(reader, reader.enter(end), taking, 1) ?? log.body;
        break;
      case ATTRIBUTES:
        readKeyValue(reader, reader.enter(end), log.attributes, taking, 2);
        break;
      case DROPPED:
        log.droppedAttributes = reader.uint32();
        break;
      case FLAGS:
        log.flags = reader.fixed32(end);
        break;
      case TRACE_ID:
        log.traceId = idOf(reader.raw(end));
        break;
      case SPAN_ID:
        log.spanId = idOf(reader.raw(end));
        break;
      case OBSERVED:
        log.observed = reader.nanos(end);
        break;
      case EVENT_NAME:
        log.eventName = reader.text(end);
        break;
      default:
        reader.skip(tag, end);
    }
  }
  reader.leave(end);
  return log;
}

/** In hex; empty for zeros, which mean that there is none. An id is 8 or 16 bytes: what is absurd is cut. */
function idOf(bytes: Buffer): string {
  const id = bytes.toString('hex', 0, Math.min(bytes.length, MAX_ID_BYTES));
  return /^0*$/.test(id) ? '' : id;
}

const MAX_ID_BYTES = 32;

/** `depth`: the level that the value has in the event, which is 1 itself. */
function readKeyValue(reader: WireReader, end: number, into: Fields, taking: Taking, depth: number): void {
  taking.countValue();
  let key = '';
  let value: unknown = null;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === FIRST) key = reader.name(end);
    else if (tag === SECOND) value = readAnyValue(reader, reader.enter(end), taking, depth) ?? value;
    else reader.skip(tag, end);
  }
  reader.leave(end);
  into[key] = value;
}

const BOOL = tagOf(2, VARINT);
const INT = tagOf(3, VARINT);
const DOUBLE = tagOf(4, FIXED64);
const ARRAY = tagOf(5, BYTES);
const MAP = tagOf(6, BYTES);
const RAW = tagOf(7, BYTES);

/** Of several values the last one counts; null: there is none. */
function readAnyValue(reader: WireReader, end: number, taking: Taking, depth: number): unknown {
  let value: unknown = null;
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case FIRST:
        value = reader.text(end);
        break;
      case BOOL:
        value = reader.int64() !== 0;
        break;
      case INT:
        value = reader.int64();
        break;
      case DOUBLE:
        value = reader.double(end);
        break;
      case ARRAY:
        value = readArray(reader, reader.enter(end), taking, depth);
        break;
      case MAP:
        value = readMap(reader, reader.enter(end), taking, depth);
        break;
      case RAW:
        value = textOfBytes(reader.raw(end));
        break;
      default:
        reader.skip(tag, end);
    }
  }
  reader.leave(end);
  return value;
}

function readArray(reader: WireReader, end: number, taking: Taking, depth: number): unknown[] {
  if (depth > taking.limits.maxDepth) throw new TooMuch('it is nested too deeply, or has too many values');
  const list: unknown[] = [];
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === FIRST) {
      taking.countValue();
      list.push(readAnyValue(reader, reader.enter(end), taking, depth + 1));
    } else reader.skip(tag, end);
  }
  reader.leave(end);
  return list;
}

function readMap(reader: WireReader, end: number, taking: Taking, depth: number): Fields {
  if (depth > taking.limits.maxDepth) throw new TooMuch('it is nested too deeply, or has too many values');
  const map = newFields();
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === FIRST) readKeyValue(reader, reader.enter(end), map, taking, depth + 1);
    else reader.skip(tag, end);
  }
  reader.leave(end);
  return map;
}
