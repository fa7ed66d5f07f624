const FIRST_FIELDS = ['@timestamp', 'level', 'service', 'message'];
/** They are the store's, not the event's. */
const OF_THE_STORE = ['_id', '_index', 'seq'];
/** Deeper objects are shown as JSON. */
const MAX_DEPTH = 8;

export interface Leaf {
  /** As one searches for it: `kubernetes.pod_name`. */
  readonly path: string;
  readonly value: unknown;
  /** One can filter by it. */
  readonly isPlain: boolean;
}

/** The fields of an event by their paths: what matters most first, then by name, then the store's own. */
export function leavesOf(event: Readonly<Record<string, unknown>>): Leaf[] {
  const rest = Object.keys(event).filter(name => !FIRST_FIELDS.includes(name) && !OF_THE_STORE.includes(name));
  const names = [...FIRST_FIELDS, ...rest.sort(), ...OF_THE_STORE].filter(name => name in event);
  return names.flatMap(name => leaves(name, event[name], 1));
}

function leaves(path: string, value: unknown, depth: number): Leaf[] {
  if (isFilled(value) && depth <= MAX_DEPTH)
    return Object.keys(value)
      .sort()
      .flatMap(key => leaves(`${path}.${key}`, value[key], depth + 1));
  const isPlain = (typeof value !== 'object' || value === null) && !OF_THE_STORE.includes(path);
  return [{ path, value, isPlain: isPlain && value !== null }];
}

function isFilled(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}

/** The value under a path, also where a name has dots itself. */
export function valueAt(event: Readonly<Record<string, unknown>>, path: string): unknown {
  if (path in event) return event[path];
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const inner = event[path.slice(0, dot)];
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) continue;
    const found = valueAt(inner as Record<string, unknown>, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a row says of an event without a message: its other fields. */
export function restOf(event: Readonly<Record<string, unknown>>): string {
  const hidden = new Set([...OF_THE_STORE, '@timestamp', 'level', 'service']);
  return JSON.stringify(Object.fromEntries(Object.entries(event).filter(([name]) => !hidden.has(name))));
}
