import { isFields, newFields } from '../../core/event.ts';

/**
 * A value that may be changed: a copy of what is of `params`, which are the same for every event, else the value itself.
 */
export function owned(value: unknown): unknown {
  return typeof value === 'object' && value !== null && isOfParams(value) ? copied(value) : value;
}

/** `params` are frozen with all that is in them; nothing else of a script is, but numbers and the like, which have no keys. */
const isOfParams = (value: object): boolean =>
  (Array.isArray(value) || Object.getPrototypeOf(value) === FIELDS) && Object.isFrozen(value);

const FIELDS: unknown = Object.getPrototypeOf(newFields());

function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== FIELDS) return value;
  const out = newFields();
  for (const [key, item] of Object.entries(value)) out[key] = copied(item);
  return out;
}

/** `params` as a script gets them. */
export function frozenParams(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map(frozenParams));
  if (!isFields(value)) return value;
  const out = newFields();
  for (const [key, item] of Object.entries(value)) out[key] = frozenParams(item);
  return Object.freeze(out);
}
