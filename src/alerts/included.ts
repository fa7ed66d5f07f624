import { type Fields, isFields, newFields } from '../core/event.ts';

/**
 * What an event has of the fields that patterns with `*` name, as Elasticsearch's `_source` filtering has it: a pattern is
 * held against whole paths (`err.k`), `*` goes over dots, and what holds for an object holds for all that is in it.
 */
export function includedFields(event: Fields, patterns: readonly string[]): Fields {
  return partOf(event, '', expressionOf(patterns)) ?? newFields();
}

const expressions = new Map<string, RegExp>();
const MAX_EXPRESSIONS = 1000;

function expressionOf(patterns: readonly string[]): RegExp {
  const id = patterns.join('\n');
  let expression = expressions.get(id);
  if (expression === undefined) {
    if (expressions.size >= MAX_EXPRESSIONS) expressions.clear();
    const sources = patterns.map(pattern => pattern.split(/\*+/).map(RegExp.escape).join('[\\s\\S]*'));
    expression = new RegExp(`^(?:${sources.join('|')})$`);
    expressions.set(id, expression);
  }
  return expression;
}

/** Undefined when nothing of it is wanted. */
function partOf(fields: Fields, before: string, wanted: RegExp): Fields | undefined {
  let part: Fields | undefined;
  for (const key of Object.keys(fields)) {
    const path = before + key;
    const value = fields[key];
    const kept = value === undefined || wanted.test(path) ? value : inner(value, path, wanted);
    if (kept === undefined) continue;
    part ??= newFields();
    part[key] = kept;
  }
  return part;
}

function inner(value: unknown, path: string, wanted: RegExp): unknown {
  if (isFields(value)) return partOf(value, `${path}.`, wanted);
  if (!Array.isArray(value)) return undefined;
  const items = value.map(item => inner(item, path, wanted)).filter(item => item !== undefined);
  return items.length === 0 ? undefined : items;
}
