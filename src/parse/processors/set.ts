import { Double } from '../../core/double.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { FieldPath } from '../field-path.ts';
import { writeJson } from '../json-values.ts';
import type { OptionReader } from '../loader/option-reader.ts';
import { compileExpression } from '../painless/condition.ts';
import type { ProcessorKind } from '../processor.ts';
import type { RunState } from '../run-state.ts';
import type { MediaType } from '../template.ts';

const MEDIA_TYPES: readonly MediaType[] = ['application/json', 'text/plain', 'application/x-www-form-urlencoded'];

/**
 * `set`: field, value or copy_from or expression, override, ignore_empty_value, media_type. `expression` is Longshore's own:
 * what it works out to, in the language of conditions (`ctx.seconds * 1000`).
 */
export const set: ProcessorKind = {
  name: 'set',
  build(options, context) {
    const target = templatedPath(options, 'field');
    const mediaType = options.choice('media_type', MEDIA_TYPES, 'application/json');
    const source = options.optionalPath('copy_from');
    const override = options.boolean('override', true);
    const ignoreEmpty = options.boolean('ignore_empty_value', false);
    const text = options.string('expression', undefined);
    if (Number(source !== undefined) + Number(options.has('value')) + Number(text !== undefined) > 1)
      options.problem(
        'LS_PIPELINE_OPTION',
        'processor set has more than one of `value`, `copy_from` and `expression`.',
        'Keep one of them.',
      );
    const expression = text === undefined ? undefined : options.attempt('expression', () => compileExpression(text));
    const value = source === undefined && text === undefined ? options.value('value', mediaType) : expression;
    // An empty text that is meant is no empty value.
    const isVariable = source !== undefined || expression !== undefined || options.located('value')?.value !== '';
    const key = constantKey(options, 'field');
    const constant = constantOf(options.located('value')?.value);
    if (key !== undefined && !ignoreEmpty) {
      if (source?.key !== undefined) context.plan({ kind: 'copy', field: key, from: source.key, override });
      else if (text === undefined && constant !== undefined)
        context.plan({ kind: 'set', field: key, value: constant, override });
    }
    return (event, state) => {
      const path = target(event, state);
      if (!override && (path.get(event, state) ?? null) !== null) return undefined;
      const next = source === undefined ? value?.(event, state) : copyOf(source.get(event, state));
      if (ignoreEmpty && isVariable && (next === undefined || next === null || next === '')) return undefined;
      if (next === undefined) return source === undefined ? undefined : `field [${source.text}] is not there`;
      if (expression !== undefined && typeof next !== 'string') state.hasTypedNumbers = true;
      return path.set(event, state, next);
    };
  },
};

/**
 * `append`: field, value (one or a list), allow_duplicates, media_type. `list: false` is Longshore's own: only a second value makes a
 * list, as `add_field` of Logstash does.
 */
export const append: ProcessorKind = {
  name: 'append',
  build(options) {
    const target = templatedPath(options, 'field');
    const mediaType = options.choice('media_type', MEDIA_TYPES, 'application/json');
    const source = options.optionalPath('copy_from');
    const value = source === undefined ? options.value('value', mediaType) : undefined;
    const allowDuplicates = options.boolean('allow_duplicates', true);
    const ignoreEmpty = options.boolean('ignore_empty_values', false);
    const makesList = options.boolean('list', true);
    return (event, state) => {
      const path = target(event, state);
      const added = source === undefined ? value!(event, state) : copyOf(source.get(event, state));
      if (added === undefined) return `field [${source!.text}] is not there`;
      const present = path.get(event, state);
      const before = Array.isArray(present) ? present : present === undefined ? [] : [present];
      // A field that is not there holds nothing twice.
      const known = allowDuplicates || present === undefined ? undefined : new Set(before.map(keyOf));
      const items = (Array.isArray(added) ? added : [added]).filter(item => {
        if (ignoreEmpty && (item === null || item === '')) return false;
        if (known === undefined) return true;
        const key = keyOf(item);
        return !known.has(key) && known.add(key);
      });
      // Where some are left out, a value that gets nothing beside it stays what it is.
      if (items.length === 0 && present !== undefined && (ignoreEmpty || known !== undefined)) return undefined;
      const isFirst = !makesList && (present ?? null) === null && items.length <= 1;
      if (isFirst) return items.length === 0 ? undefined : path.set(event, state, items[0]);
      return path.set(event, state, [...before, ...items]);
    };
  },
};

/** Equal for equal values of one type, objects and lists too. */
function keyOf(value: unknown): unknown {
  if (value instanceof Double) return `\0${value.value}`;
  return typeof value === 'object' && value !== null ? writeJson(value) : value;
}

/** A path that may be a template itself (`labels.{{name}}`). */
export function templatedPath(options: OptionReader, name: string): (event: Fields, state: RunState) => FieldPath {
  const template = options.template(name);
  if (template.constant !== undefined) {
    const path = new FieldPath(template.constant);
    return () => path;
  }
  return (event, state) => new FieldPath(template.render(event, state));
}

/** The key that a path is in any event; undefined: it is a template, or no key at the top. */
export function constantKey(options: OptionReader, name: string): string | undefined {
  const { constant } = options.template(name);
  return constant === undefined ? undefined : new FieldPath(constant).key;
}

/** A value that is the same for every event. */
function constantOf(value: unknown): string | number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && !value.includes('{{') ? value : undefined;
}

/** A copy that shares nothing that can change. */
export function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isFields(value)) return value;
  const out = newFields();
  for (const key of Object.keys(value)) out[key] = copyOf(value[key]);
  return out;
}
