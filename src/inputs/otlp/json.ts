import { isUtf8 } from 'node:buffer';
import { quoteNonNumbers } from '../../base/text/non-numbers.ts';
import { ofNanos } from '../../base/time/epoch.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { needsCare, parse } from '../json/record.ts';
import { type DecodedRequest, type DecodeLimits, notOtlp, Taking, TooMuch, textOfBytes } from './decoded.ts';
import { type LogRecord, newLogRecord, resourceOf, type Scope } from './log-record.ts';

/*
 * The JSON form: names in lowerCamelCase (the names of the proto files are taken, too), 64-bit numbers as text or as
 * numbers, ids in hex, bytes in base64, enumerations as numbers. Names that are not known mean nothing.
 */

/**
 * Reads an ExportLogsServiceRequest in JSON. Pure.
 * @throws LongshoreError `LS_INPUTS_OTLP_INVALID`, `LS_INPUTS_TOO_MANY_EVENTS`
 */
export function decodeOtlpJson(body: Buffer, limits: DecodeLimits): DecodedRequest {
  const taking = new Taking(limits);
  const text = body.toString('utf8');
  refuseCrowd(text, taking);
  const careful = needsCare(text);
  let request: unknown;
  try {
    request = parse(text, careful);
  } catch (cause) {
    request = parsedAgain(text, careful, cause);
  }
  if (!isFields(request)) throw notOtlp('it is not an object');
  try {
    for (const logs of listOf(request, 'resourceLogs')) takeResourceLogs(objectOf(logs, 'resourceLogs'), taking);
  } catch (error) {
    if (error instanceof TooMuch) throw notOtlp(error.message, error);
    throw error;
  }
  return taking.result(text.includes('\uFFFD') && !isUtf8(body));
}

/** Some write NaN and Infinity as they are, where JSON has no word for them: as texts they are what Protobuf's JSON has. */
function parsedAgain(text: string, careful: boolean, cause: unknown): unknown {
  try {
    const quoted = quoteNonNumbers(text);
    if (quoted !== undefined) return parse(quoted, careful);
  } catch {
    // It is told why the text as it came is none.
  }
  throw notOtlp('it is not valid JSON', cause);
}

function takeResourceLogs(logs: Fields, taking: Taking): void {
  taking.beginShared();
  const given = at(logs, 'resource');
  const resource = given === undefined ? undefined : objectOf(given, 'resource');
  const attributes = resource === undefined ? newFields() : attributesOf(resource, taking);
  const bytes = sizeOf(attributes);
  const made = resourceOf(attributes);
  for (const item of listOf(logs, 'scopeLogs')) {
    const scopeLogs = objectOf(item, 'scopeLogs');
    const scope = scopeOf(at(scopeLogs, 'scope'), taking);
    const shared = bytes + (scope === undefined ? 0 : scope.name.length + sizeOf(scope.attributes));
    for (const one of listOf(scopeLogs, 'logRecords')) {
      taking.begin();
      const source = objectOf(one, 'logRecords');
      try {
        taking.add(logRecordOf(source, taking), scope, made, shared);
      } catch (error) {
        if (!(error instanceof TooMuch)) throw error;
        taking.rejected++;
      }
    }
  }
}

function scopeOf(value: unknown, taking: Taking): Scope | undefined {
  if (value === undefined) return undefined;
  taking.beginShared();
  const scope = objectOf(value, 'scope');
  return {
    name: textAt(scope, 'name'),
    version: textAt(scope, 'version'),
    attributes: attributesOf(scope, taking),
  };
}

function logRecordOf(source: Fields, taking: Taking): LogRecord {
  const log = newLogRecord();
  log.time = nanosAt(source, 'timeUnixNano');
  log.observed = nanosAt(source, 'observedTimeUnixNano');
  log.severityNumber = severityAt(source);
  log.severityText = textAt(source, 'severityText');
  const body = at(source, 'body');
  if (body !== undefined) log.body = anyValue(body, taking, 1) ?? undefined;
  log.attributes = attributesOf(source, taking);
  log.droppedAttributes = numberAt(source, 'droppedAttributesCount');
  log.flags = numberAt(source, 'flags');
  log.traceId = idAt(source, 'traceId');
  log.spanId = idAt(source, 'spanId');
  log.eventName = textAt(source, 'eventName');
  return log;
}

function attributesOf(holder: Fields, taking: Taking): Fields {
  return mapOf(listOf(holder, 'attributes'), taking, 2);
}

function mapOf(pairs: readonly unknown[], taking: Taking, depth: number): Fields {
  const map = newFields();
  for (const pair of pairs) {
    taking.countValue();
    const keyValue = objectOf(pair, 'attributes');
    map[textAt(keyValue, 'key')] = anyValue(at(keyValue, 'value') ?? null, taking, depth);
  }
  return map;
}

/** `depth` as in protobuf.ts. */
function anyValue(value: unknown, taking: Taking, depth: number): unknown {
  if (value === null) return null;
  const any = objectOf(value, 'value');
  for (const name in any) {
    const given = any[name];
    if (given === null || given === undefined) continue;
    switch (name) {
      case 'stringValue':
      case 'string_value':
        return typeof given === 'string' ? given.toWellFormed() : String(given);
      case 'boolValue':
      case 'bool_value':
        return given === true || given === 'true';
      case 'intValue':
      case 'int_value':
        return intOf(given);
      case 'doubleValue':
      case 'double_value':
        return Number(given);
      case 'arrayValue':
      case 'array_value':
        if (depth > taking.limits.maxDepth) throw new TooMuch('it is nested too deeply, or has too many values');
        return listOf(objectOf(given, name), 'values').map(inner => {
          taking.countValue();
          return anyValue(inner, taking, depth + 1);
        });
      case 'kvlistValue':
      case 'kvlist_value':
        if (depth > taking.limits.maxDepth) throw new TooMuch('it is nested too deeply, or has too many values');
        return mapOf(listOf(objectOf(given, name), 'values'), taking, depth + 1);
      case 'bytesValue':
      case 'bytes_value':
        return textOfBytes(Buffer.from(String(given), 'base64'));
    }
  }
  return null;
}

/** `parse` has left what is beyond 2^53 as text. */
function intOf(value: unknown): unknown {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value)) throw notOtlp('an intValue is no whole number');
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A value by its name in lowerCamelCase, or by that of the proto file; undefined for null. */
function at(fields: Fields, name: string): unknown {
  return fields[name] ?? fields[SNAKE[name] ?? name] ?? undefined;
}

const SNAKE: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...['resourceLogs', 'scopeLogs', 'logRecords', 'timeUnixNano', 'observedTimeUnixNano', 'severityNumber'],
    ...['severityText', 'droppedAttributesCount', 'traceId', 'spanId', 'eventName'],
  ].map(name => [name, name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)]),
);

function listOf(fields: Fields, name: string): readonly unknown[] {
  const value = at(fields, name);
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw notOtlp(`'${name}' is no list`);
  return value;
}

function objectOf(value: unknown, name: string): Fields {
  if (!isFields(value)) throw notOtlp(`'${name}' holds something that is no object`);
  return value;
}

function textAt(fields: Fields, name: string): string {
  const value = at(fields, name);
  if (value === undefined) return '';
  if (typeof value !== 'string') throw notOtlp(`'${name}' is no text`);
  return value.toWellFormed();
}

function numberAt(fields: Fields, name: string): number {
  const value = Number(at(fields, name) ?? 0);
  if (!(value >= 0 && value <= 0xffff_ffff)) throw notOtlp(`'${name}' is no number`);
  return Math.floor(value);
}

function nanosAt(fields: Fields, name: string): number {
  const value = at(fields, name);
  if (value === undefined) return Number.NaN;
  const text = String(value);
  if (!/^\d{1,20}$/.test(text)) throw notOtlp(`'${name}' is no number of nanoseconds`);
  const nanos = BigInt(text);
  return nanos === 0n ? Number.NaN : ofNanos(Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n));
}

const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** Some write the name of the enumeration. */
function severityAt(fields: Fields): number {
  const value = at(fields, 'severityNumber');
  if (typeof value !== 'string' || /^\d+$/.test(value)) return numberAt(fields, 'severityNumber');
  const [, word = '', step = '1'] = /^SEVERITY_NUMBER_([A-Z]+)([2-4]?)$/.exec(value) ?? [];
  const index = SEVERITIES.indexOf(word);
  return index === -1 ? 0 : index * 4 + Number(step === '' ? 1 : step);
}

function idAt(fields: Fields, name: string): string {
  const id = textAt(fields, name).slice(0, 64).toLowerCase();
  return /^0*$/.test(id) ? '' : id;
}

function sizeOf(attributes: Fields): number {
  let size = 0;
  for (const key in attributes) {
    const value = attributes[key];
    size +=
      key.length + (typeof value === 'string' ? value.length : typeof value === 'object' ? sizeOfInner(value) : 8);
  }
  return size;
}

const sizeOfInner = (value: object | null): number => (value === null ? 4 : JSON.stringify(value).length);

/** As of any JSON: millions of tiny objects cost far more memory than their text, so they are not even parsed. */
function refuseCrowd(text: string, taking: Taking): void {
  const most = taking.limits.maxEvents * CONTAINERS_PER_EVENT;
  if (text.length <= most) return;
  let containers = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code === 0x7b || code === 0x5b) && ++containers > most) taking.refuse();
  }
}

/** An attribute is two objects. */
const CONTAINERS_PER_EVENT = 40;
