import { type Fields, isFields, newFields } from '../core/event.ts';

/**
 * `include: [items.name]` where `items` is a list: as Elasticsearch's `_source` does it, the list comes with that member of
 * each object in it. Puts it beside what other paths brought of the same list; does nothing if no list is on the way.
 */
export function includeListMembers(event: Fields, path: string, into: Fields): void {
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const key = path.slice(0, dot);
    const value = Object.hasOwn(event, key) ? event[key] : undefined;
    if (typeof value !== 'object' || value === null) continue;
    const kept = reduced(value, path.slice(dot + 1));
    if (kept === undefined) continue;
    into[key] = merged(Object.hasOwn(into, key) ? into[key] : undefined, kept);
    return;
  }
}

/** The part of a value that the path names; undefined if nothing. */
function reduced(value: unknown, path: string): unknown {
  if (Array.isArray(value)) {
    const elements = value.map(element => reduced(element, path)).filter(element => element !== undefined);
    return elements.length === 0 ? undefined : elements;
  }
  if (!isFields(value)) return undefined;
  const kept = newFields();
  if (Object.hasOwn(value, path)) {
    kept[path] = value[path];
    return kept;
  }
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const key = path.slice(0, dot);
    const inner = Object.hasOwn(value, key) ? reduced(value[key], path.slice(dot + 1)) : undefined;
    if (inner === undefined) continue;
    kept[key] = inner;
    return kept;
  }
  return undefined;
}

function merged(known: unknown, more: unknown): unknown {
  if (Array.isArray(known) && Array.isArray(more) && known.length === more.length) {
    return more.map((element, i) => merged(known[i], element));
  }
  if (!isFields(known) || !isFields(more)) return more;
  const both = newFields();
  for (const key of Object.keys(known)) both[key] = known[key];
  for (const key of Object.keys(more)) both[key] = merged(both[key], more[key]);
  return both;
}
