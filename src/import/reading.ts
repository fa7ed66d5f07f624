import { Double, plainNumber } from '../base/number/double.ts';
import { isoTime } from '../base/time/iso.ts';
import { messageOf } from '../core/errors.ts';
import { type EventMeta, type Fields, isFields, newFields } from '../core/event.ts';
import type { PipelineSet } from '../parse/pipelines.ts';
import { createAdmit } from '../schema/admit.ts';

/** A file of the source. */
export interface SourceFile {
  /** As it is to be named in messages. */
  readonly path: string;
  readonly text: string;
}

/** Runs events as the source of an import means them. Written apart from the conversion, so that its mistakes show. */
export interface Reading {
  /** What it does not know, found so far. */
  readonly unread: ReadonlySet<string>;
  /** Why a value may differ knowingly. */
  explain?(source: string | undefined, ours: string | undefined): string | undefined;
  /** The event that comes out; undefined when it is dropped. May change the record. */
  run(record: Fields, meta: EventMeta): Fields | undefined;
}

export interface FieldDifference {
  readonly name: string;
  readonly source: string | undefined;
  readonly ours: string | undefined;
  /** That it is known, and why. */
  readonly why?: string | undefined;
}

/** Where both readings of one line differ. */
export interface LineDifference {
  /** From 1. */
  readonly line: number;
  /** One entry a field; `event` alone when one of them drops it. Texts of JSON, undefined where there is nothing. */
  readonly fields: readonly FieldDifference[];
}

/** What the service does to a record before its pipelines: `log` is `message`, and so on. */
const admit = createAdmit();

/** Runs each record through both. The set is asked as it is live; records are not changed. */
export function compareReadings(
  records: readonly Fields[],
  reading: Reading,
  set: PipelineSet,
  meta: EventMeta,
): LineDifference[] {
  return records.flatMap((record, i): LineDifference[] => {
    const own = { ...meta, tag: typeof record['tag'] === 'string' ? record['tag'] : meta.tag };
    let read: Fields | undefined;
    try {
      read = reading.run(copied(record), own);
    } catch (error) {
      // A pattern that is not valid, for example: the conversion has named it.
      return [{ line: i + 1, fields: [{ name: 'event', source: messageOf(error), ours: undefined }] }];
    }
    const theirs = read === undefined ? undefined : admit(read, own);
    const ours = set.run(admit(copied(record), own), own);
    if (theirs === undefined || ours === undefined) {
      if (theirs === ours) return [];
      const said = (event: Fields | undefined): string => (event === undefined ? 'dropped' : 'kept');
      return [{ line: i + 1, fields: [{ name: 'event', source: said(theirs), ours: said(ours) }] }];
    }
    const left = flat(theirs);
    const right = flat(ours);
    const fields = [...new Set([...left.keys(), ...right.keys()])]
      .sort()
      .filter(name => left.get(name) !== right.get(name))
      .map(name => {
        const [source, ours] = [left.get(name), right.get(name)];
        const why = reading.explain?.(source, ours);
        return { name, source, ours, ...(why === undefined ? {} : { why }) };
      });
    return fields.length === 0 ? [] : [{ line: i + 1, fields }];
  });
}

/** A line as the record that an input makes of it: a JSON object, else a message. */
export function recordOf(line: string): Fields {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return copied(value as Fields);
  } catch {
    // No JSON: a line of text.
  }
  return Object.assign(newFields(), { message: line });
}

function copied(value: Fields): Fields {
  const copy = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(copy);
    if (typeof one !== 'object' || one === null) return one;
    const out = newFields();
    for (const [name, inner] of Object.entries(one)) out[name] = copy(inner);
    return out;
  };
  return copy(value) as Fields;
}

/** Fields by their paths, as JSON; what is never stored is left out. */
function flat(event: Fields): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (value: unknown, path: string): void => {
    if (value === undefined || value === null || path === '@metadata' || path === '@version') return;
    if (path === '@timestamp')
      found.set(path, typeof value === 'number' ? isoTime(Math.floor(value)) : timeText(value));
    else if (isFields(value))
      for (const name of Object.keys(value)) walk(value[name], path === '' ? name : `${path}.${name}`);
    else found.set(path, eventText(value));
  };
  walk(event, '');
  return found;
}

/** JSON of what a pipeline leaves, numbers as they are stored. */
export function eventText(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' || inner instanceof Double ? plainNumber(inner) : inner,
  );
}

function timeText(value: unknown): string {
  const time = Date.parse(String(value));
  return Number.isNaN(time) ? JSON.stringify(value) : isoTime(time);
}
