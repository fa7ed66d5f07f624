import type { Fields } from '../../core/event.ts';
import { FieldPath } from '../field-path.ts';
import { javaRegExp } from '../java-regexp.ts';
import type { ProcessorKind } from '../processor.ts';
import type { RunState } from '../run-state.ts';
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
    const pairsText = isPlain(fieldSplit) ? fieldSplit : undefined;
    const valueText = isPlain(valueSplit) ? valueSplit : undefined;
    return (event, state) => {
      const text = source.get(event, state);
      if (typeof text !== 'string') return subject(source, text, ignoreMissing);
      if (splitFields === undefined || splitValue === undefined) return undefined;
      const pairs = pairsText === undefined ? splitFields.split(text) : text.split(pairsText);
      // Nothing is set before all of them are read: a text that cannot be read changes nothing.
      const found: string[] = [];
      for (const pair of withoutTrailing(pairs)) {
        let at: number;
        let length: number;
        if (valueText === undefined) {
          const match = splitValue.find(pair);
          at = match === null ? -1 : match.index;
          length = match === null ? 0 : match[0].length;
        } else {
          at = pair.indexOf(valueText);
          length = valueText.length;
        }
        if (at < 0) return `field [${source.text}] has a part without the value separator`;
        const key = trimKey(pair.slice(0, at));
        if ((include !== undefined && !include.has(key)) || exclude.has(key)) continue;
        const raw = trimValue(pair.slice(at + length));
        found.push(prefix + key, strip ? withoutBrackets(raw) : raw);
      }
      state.hasMatched = true;
      for (let i = 0; i < found.length; i += 2) {
        const name = found[i]!;
        const failed =
          target === undefined && !name.includes('.')
            ? add(event, name, found[i + 1]!)
            : addAt(target === undefined ? name : `${target.text}.${name}`, found[i + 1]!, event, state);
        if (failed !== undefined) return failed;
      }
      return undefined;
    };
  },
};

/** True when a separator means itself. */
function isPlain(separator: string): boolean {
  return separator !== '' && !/[\\^$.|?*+()[\]{}]/.test(separator);
}

/** As Java's `split`: parts of nothing at the end are none. */
function withoutTrailing(parts: string[]): string[] {
  if (parts.length > 1) while (parts[parts.length - 1] === '') parts.pop();
  return parts;
}

/** A key that is there already makes a list. */
function add(root: Fields, key: string, value: string): string | undefined {
  if (key === '') return 'a key is empty';
  const present = Object.hasOwn(root, key) ? root[key] : undefined;
  if (present === undefined) root[key] = value;
  else if (Array.isArray(present)) present.push(value);
  else root[key] = [present, value];
  return undefined;
}

/** Keys with dots make objects, as everywhere. */
function addAt(name: string, value: string, event: Fields, state: RunState): string | undefined {
  if (name === '' || name.endsWith('.')) return 'a key is empty';
  const path = new FieldPath(name);
  const present = path.get(event, state);
  if (present === undefined) return path.set(event, state, value);
  if (Array.isArray(present)) present.push(value);
  else return path.set(event, state, [present, value]);
  return undefined;
}

function trimmer(characters: string): (text: string) => string {
  if (characters === '') return text => text;
  const set = new Set(characters);
  return text => trimmed(text, set, set);
}

const OPENING = new Set('([<"\'');
const CLOSING = new Set(')]>"\'');

function withoutBrackets(text: string): string {
  return trimmed(text, OPENING, CLOSING);
}

/** By hand: an expression that ends in `+$` would run over a long text once for each of its characters. */
function trimmed(text: string, first: ReadonlySet<string>, last: ReadonlySet<string>): string {
  let from = 0;
  let to = text.length;
  while (from < to && first.has(text[from]!)) from++;
  while (to > from && last.has(text[to - 1]!)) to--;
  return text.slice(from, to);
}
