import type { BoundedRegExp } from '../../base/regexp/bounded-regexp.ts';
import { type Fields, newFields } from '../../core/event.ts';
import { FieldPath } from '../field-path.ts';
import { javaRegExp } from '../java-regexp.ts';
import type { OptionReader } from '../loader/option-reader.ts';
import type { ProcessorKind } from '../processor.ts';
import { subject } from './subject.ts';

const CASES = ['none', 'lowercase', 'uppercase', 'capitalize'] as const;

/**
 * `pairs`: finds `key=value` anywhere in a text, as the kv filter of Logstash does: values may stand in quotes or brackets,
 * words without a value are passed over. Longshore's own; `kv` is the processor of Elasticsearch, which wants nothing but pairs.
 * Options: field, target_field, field_split, value_split (characters), field_split_pattern, value_split_pattern, prefix,
 * include_keys, exclude_keys, trim_key, trim_value, remove_char_key, remove_char_value (characters), transform_key, transform_value,
 * allow_duplicate_values, allow_empty_values, include_brackets, recursive, whitespace, ignore_missing.
 */
export const pairs: ProcessorKind = {
  name: 'pairs',
  build(options) {
    const source = options.path('field');
    const target = options.optionalPath('target_field');
    const scan = options.attempt('field_split', () => scanner(options));
    const include = options.has('include_keys') ? new Set(options.strings('include_keys')) : undefined;
    const exclude = new Set(options.strings('exclude_keys', []));
    const prefix = options.template('prefix', '', 'text/plain');
    const key = changer(options, 'key');
    const value = changer(options, 'value');
    const keepsDoubles = options.boolean('allow_duplicate_values', true);
    const keepsEmpty = options.boolean('allow_empty_values', false);
    const isRecursive = options.boolean('recursive', false);
    const ignoreMissing = options.boolean('ignore_missing', false);
    const read = (text: string, before: string, depth: number): Map<string, unknown> => {
      const found = new Map<string, unknown>();
      if (scan === undefined) return found;
      scan.each(text, match => {
        const groups = match.slice(2, -1);
        const raw = groups.find(group => group !== undefined) ?? (keepsEmpty ? '' : undefined);
        if (raw === undefined || (raw === '' && !keepsEmpty)) return;
        const name = key(match[1]!);
        if ((include !== undefined && !include.has(name)) || exclude.has(name)) return;
        const made = value(raw);
        const inner = isRecursive && depth < MAX_DEPTH ? read(made, before, depth + 1) : undefined;
        add(found, before + name, inner === undefined || inner.size === 0 ? made : fieldsOf(inner), keepsDoubles);
      });
      return found;
    };
    return (event, state) => {
      const text = source.get(event, state);
      if (typeof text !== 'string') return subject(source, text, ignoreMissing);
      const found = read(text, prefix.constant ?? prefix.render(event, state), 0);
      if (found.size === 0) return undefined;
      state.hasMatched = true;
      if (target !== undefined) return target.set(event, state, fieldsOf(found));
      for (const [name, one] of found) {
        const failed = new FieldPath(name).set(event, state, one);
        if (failed !== undefined) return failed;
      }
      return undefined;
    };
  },
};

const MAX_DEPTH = 8;

function add(found: Map<string, unknown>, name: string, value: unknown, keepsDoubles: boolean): void {
  if (name === '') return;
  const present = found.get(name);
  const all = Array.isArray(present) ? present : present === undefined ? [] : [present];
  if (!keepsDoubles && all.includes(value)) return;
  found.set(name, present === undefined ? value : [...all, value]);
}

function fieldsOf(found: ReadonlyMap<string, unknown>): Fields {
  const fields = newFields();
  for (const [name, value] of found) fields[name] = value;
  return fields;
}

/** An expression that finds a pair: group 1 its key, one of the next its value. */
function scanner(options: OptionReader): BoundedRegExp {
  const fieldChars = options.string('field_split', ' ');
  const valueChars = options.string('value_split', '=');
  const fieldPattern = options.string('field_split_pattern', undefined);
  const valuePattern = options.string('value_split_pattern', undefined);
  const isStrict = options.choice('whitespace', ['lenient', 'strict'], 'lenient') === 'strict';
  const brackets = options.boolean('include_brackets', true);
  const between = fieldPattern === undefined ? `[${fieldChars}]` : `(?:${fieldPattern})`;
  const bare = valuePattern === undefined ? `[${valueChars}]` : `(?:${valuePattern})`;
  const split = isStrict ? bare : ` *${bare} *`;
  const hasPattern = fieldPattern !== undefined || valuePattern !== undefined;
  const key = hasPattern ? `((?:\\\\.|(?!${split}|${between}).)+)` : `((?:\\\\.|[^${valueChars}${fieldChars}])+)`;
  const quoted = (open: string, close: string): string => `${open}((?:\\\\.|[^${close}])+)?${close}`;
  const values = [
    quoted('"', '"'),
    quoted("'", "'"),
    ...(brackets ? [quoted('\\(', '\\)'), quoted('\\[', '\\]'), quoted('<', '>')] : []),
    fieldPattern === undefined ? `((?:\\\\.|[^${fieldChars}])+)` : `((?:\\\\.|(?!${between}).)+)`,
  ];
  return javaRegExp(`${key}${split}(?:${values.join('|')})?(?:${between}|(?m:$))`, '');
}

/** What is done with each key, or with each value: trim, remove, change the case. */
function changer(options: OptionReader, part: 'key' | 'value'): (text: string) => string {
  const trim = set(options.string(`trim_${part}`, ''));
  const remove = set(options.string(`remove_char_${part}`, ''));
  const form = options.choice(`transform_${part}`, CASES, 'none');
  return text => {
    let from = 0;
    let to = text.length;
    while (from < to && trim.has(text[from]!)) from++;
    while (to > from && trim.has(text[to - 1]!)) to--;
    let out = text.slice(from, to);
    if (remove.size > 0) out = [...out].filter(char => !remove.has(char)).join('');
    if (form === 'lowercase') return out.toLowerCase();
    if (form === 'uppercase') return out.toUpperCase();
    return form === 'capitalize' ? out.slice(0, 1).toUpperCase() + out.slice(1).toLowerCase() : out;
  };
}

/** Characters, of which a backslash makes the next one mean itself. */
const set = (characters: string): ReadonlySet<string> => new Set(characters.replace(/\\(.)/gs, '$1'));
