import type { SeenField, SeenFields } from '../core/api/search.ts';
import type { StoredEvent } from '../core/contracts.ts';
import { isFields, newFields } from '../core/event.ts';
import { parameterError } from './parameters.ts';

const MAX_SAMPLE = 10_000;

/** How many events to look at. Throws LS_SEARCH_PARAMETER. */
export function sampleSize(given: string | number | undefined): string {
  const size = Number(given);
  if (Number.isInteger(size) && size >= 1 && size <= MAX_SAMPLE) return `${size}`;
  throw parameterError('sample', `the number of events is not 1 to ${MAX_SAMPLE}.`, 'Write sample=1000.');
}

const MAX_NAMES = 5_000;
const MAX_DEPTH = 8;

/** How many of some events have each field, and values of which types: what is in lists counts by its own type. */
export function seenFields(events: readonly StoredEvent[]): SeenFields {
  const seen = new Map<string, { events: number; types: Record<string, number> }>();
  for (const event of events) {
    const types = new Map<string, Set<string>>();
    collect(event, '', 1, types);
    for (const [name, own] of types) {
      let field = seen.get(name);
      if (field === undefined) {
        if (seen.size >= MAX_NAMES) continue;
        field = { events: 0, types: newFields() as Record<string, number> };
        seen.set(name, field);
      }
      field.events++;
      for (const type of own) field.types[type] = (field.types[type] ?? 0) + 1;
    }
  }
  const fields = [...seen].map(([name, { events: count, types }]): SeenField => ({ name, events: count, types }));
  fields.sort((a, b) => b.events - a.events || (a.name < b.name ? -1 : 1));
  return { sampled: events.length, seen: fields };
}

function collect(fields: object, prefix: string, depth: number, types: Map<string, Set<string>>): void {
  for (const [key, value] of Object.entries(fields)) {
    if (prefix === '' && (key === '_id' || key === '_index' || key === 'seq')) continue;
    add(value, `${prefix}${key}`, depth, types);
  }
}

function add(value: unknown, name: string, depth: number, types: Map<string, Set<string>>): void {
  if (value === null || value === undefined || depth > MAX_DEPTH) return;
  if (Array.isArray(value)) {
    for (const each of value) add(each, name, depth + 1, types);
  } else if (isFields(value)) collect(value, `${name}.`, depth + 1, types);
  else {
    const known = types.get(name);
    if (known === undefined) types.set(name, new Set([typeof value]));
    else known.add(typeof value);
  }
}
