import { type EventMeta, type Fields, isFields, type LogEvent, newFields } from '../../core/event.ts';
import type { KeyInfo } from '../../schema/names.ts';

/** Values of a record in their order: what the next one of the same stream has to have as well. */
export class Shape {
  readonly #keys: string[] = [];
  readonly #values: unknown[] = [];

  /** Undefined: something in it is no plain value, or it is too much. `skipped`: a key at the top whose value is of no matter. */
  static of(record: Fields, skipped: string, left = { values: MAX_VALUES }): Shape | undefined {
    const shape = new Shape();
    for (const key in record) {
      const value = record[key];
      shape.#keys.push(key);
      if (--left.values < 0 || key.length > MAX_KEY_CHARS) return undefined;
      if (key === skipped) shape.#values.push(undefined);
      else if (isFields(value)) {
        const inner = Shape.of(value, '', left);
        if (inner === undefined) return undefined;
        shape.#values.push(inner);
      } else if (typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value))
        shape.#values.push(value);
      else return undefined;
    }
    return shape;
  }

  /** Whether a record has the same keys in the same order, with the same values. */
  fits(record: Fields, skipped: string): boolean {
    const keys = this.#keys;
    let i = 0;
    for (const key in record) {
      if (key !== keys[i]) return false;
      const expected = this.#values[i++];
      if (key === skipped) continue;
      const value = record[key];
      if (value === expected) continue;
      if (!(expected instanceof Shape) || !isFields(value) || !expected.fits(value, '')) return false;
    }
    return i === keys.length;
  }
}

const MAX_VALUES = 64;
const MAX_KEY_CHARS = 200;

/** What a stream's events have beside the line, as the schema makes it. */
export interface Constants {
  readonly service: string;
  readonly hostname: string | undefined;
  readonly labels: Fields | undefined;
  readonly kubernetes: Fields | undefined;
  /** Undeclared fields in their order, the image among them. */
  readonly rest: readonly (readonly [string, unknown])[];
  /** Names that no pipeline may touch: all but those that each container's records have. */
  readonly names: readonly string[];
}

/** Names that mean something to whoever reads the event later, or that say what became of it. */
const REFUSED: ReadonlySet<string> = new Set(['verb', 'response', 'tags', 'pipeline_error', 'schema_errors', 'json']);
const OBJECTS: ReadonlySet<string> = new Set(['labels', 'kubernetes']);
const GIVEN: ReadonlySet<string> = new Set(['message', 'level', '@timestamp', 'service']);
const MAX_TEXT_CHARS = 512;

export interface ConstantRules {
  infoOf(key: string): KeyInfo;
  conform(fields: Fields, meta: EventMeta): LogEvent;
}

/**
 * The constant part of events whose record has more than a container's id and name: labels, variables of the environment, a pod. `view`: such an
 * event before its pipeline. Undefined: something in it has a meaning that depends on the line, or is hidden, cut or moved.
 * `basic`: the names that each has.
 */
export function constantsOf(
  view: Fields,
  meta: EventMeta,
  basic: ReadonlySet<string>,
  rules: ConstantRules,
): Constants | undefined {
  const names: string[] = [];
  for (const key in view) {
    if (basic.has(key) || view[key] === undefined) continue;
    names.push(key);
    if (OBJECTS.has(key) ? !isFields(view[key]) : !isConstant(key, view[key], rules)) return undefined;
  }
  const { fields } = rules.conform(copyOf(view), meta);
  const { service, hostname, labels, kubernetes } = fields;
  const rest: [string, unknown][] = [];
  for (const key in fields) {
    const value = fields[key];
    if (value === undefined || GIVEN.has(key) || OBJECTS.has(key)) continue;
    if (key === 'hostname') names.push(key);
    else if (value !== view[key]) return undefined;
    else if (key === 'image' || !basic.has(key)) rest.push([key, value]);
  }
  for (const key of names) if (fields[key] === undefined) return undefined;
  if (typeof service !== 'string' || (hostname !== undefined && typeof hostname !== 'string')) return undefined;
  if (!isFields(labels ?? newFields()) || !isFields(kubernetes ?? newFields())) return undefined;
  // It is hidden in each event, and counted.
  if (JSON.stringify([labels, kubernetes, hostname, service]).includes('***')) return undefined;
  return {
    ...{ service, hostname, rest, names },
    ...{ labels: labels as Fields | undefined, kubernetes: kubernetes as Fields | undefined },
  };
}

function isConstant(key: string, value: unknown, { infoOf }: ConstantRules): boolean {
  if (REFUSED.has(key) || (typeof value === 'string' && value.length > MAX_TEXT_CHARS)) return false;
  if (typeof value === 'object') return false;
  if (key === 'hostname') return typeof value === 'string' && value !== '';
  const { kind, rows, isTime, secret } = infoOf(key);
  return kind === 'extra' && rows === undefined && !isTime && !secret.isSecret;
}

/** With objects of its own. */
export function copyOf(fields: Fields): Fields {
  const copy = newFields();
  for (const key in fields) {
    const value = fields[key];
    copy[key] = isFields(value) ? copyOf(value) : value;
  }
  return copy;
}
