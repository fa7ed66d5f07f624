import { type Fields, isFields, newFields } from '../../core/event.ts';
import { boundedRegExp, javaRegExp } from '../bounded-regexp.ts';
import type { ProcessorKind } from '../processor.ts';
import { subject } from './subject.ts';

/**
 * `kv`: field, field_split and value_split (Java regular expressions), target_field, include_keys, exclude_keys, prefix,
 * trim_key, trim_value (characters), strip_brackets, ignore_missing. A key that comes twice makes a list.
 */
export const kv: ProcessorKind = {
  name: 'kv',
  eventTag: '_kv_filter_error',
  build(options) {
    const source = options.path('field');
    const fieldSplit = options.string('field_split');
    const valueSplit = options.string('value_split');
    const splitFields = options.attempt('field_split', () => javaRegExp(fieldSplit, ''));
    const splitValue = options.attempt('value_split', () => javaRegExp(valueSplit, ''));
    const target = options.optionalPath('target_field');
    const include = options.has('include_keys') ? new Set(options.strings('include_keys')) : undefined;
    const exclude = new Set(options.strings('exclude_keys', []));
    const prefix = options.string('prefix', '');
    const trimKey = trimmer(options.string('trim_key', ''));
    const trimValue = trimmer(options.string('trim_value', ''));
    const strip = options.boolean('strip_brackets', false);
    const ignoreMissing = options.boolean('ignore_missing', false);
    return (event, state) => {
      const text = source.get(event, state);
      if (typeof text !== 'string') return subject(source, text, ignoreMissing);
      if (splitFields === undefined || splitValue === undefined) return undefined;
      const root = target === undefined ? event : rootOf(target.get(event, state));
      for (const pair of text.split(splitFields)) {
        const found = splitValue.exec(pair);
        if (found === null) {
          if (pair === '') continue;
          return `field [${source.text}] has a part without the value separator`;
        }
        const key = trimKey(pair.slice(0, found.index));
        if ((include !== undefined && !include.has(key)) || exclude.has(key)) continue;
        const raw = trimValue(pair.slice(found.index + found[0].length));
        add(root, prefix + key, strip ? withoutBrackets(raw) : raw);
      }
      state.hasMatched = true;
      return target?.set(event, state, root);
    };
  },
};

function rootOf(value: unknown): Fields {
  return isFields(value) ? value : newFields();
}

/** A key that is there already makes a list. */
function add(root: Fields, key: string, value: string): void {
  if (!Object.hasOwn(root, key)) {
    root[key] = value;
    return;
  }
  const present = root[key];
  root[key] = Array.isArray(present) ? [...present, value] : [present, value];
}

function trimmer(characters: string): (text: string) => string {
  if (characters === '') return text => text;
  const set = characters.replace(/[\\\]^-]/g, '\\$&');
  const edges = boundedRegExp(`^[${set}]+|[${set}]+$`, 'g');
  return text => text.replace(edges, '');
}

function withoutBrackets(text: string): string {
  return text.replace(/^[([<"']+|[)\]>"']+$/g, '');
}
