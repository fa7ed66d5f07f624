import { type Fields, isFields, newFields } from '../../core/event.ts';

const MAX_DEPTH = 32;

/** The options with `$name$`, where that is the whole value, replaced by the option `name`. */
export function withReferences(options: Fields): Fields {
  return resolved(options, options, 0) as Fields;
}

function resolved(value: unknown, options: Fields, depth: number): unknown {
  if (depth > MAX_DEPTH) return value;
  if (typeof value === 'string') {
    const name = /^\$([^$]+)\$$/.exec(value)?.[1];
    return name !== undefined && Object.hasOwn(options, name) ? resolved(options[name], options, depth + 1) : value;
  }
  if (Array.isArray(value)) return value.map(item => resolved(item, options, depth + 1));
  if (!isFields(value)) return value;
  const out = newFields();
  for (const key of Object.keys(value)) out[key] = resolved(value[key], options, depth + 1);
  return out;
}
