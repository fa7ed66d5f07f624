import { javaReplacement } from '../../base/regexp/replacement.ts';
import type { Fields } from '../../core/event.ts';
import { FieldPath } from '../field-path.ts';
import { javaRegExp } from '../java-regexp.ts';
import type { OptionReader } from '../loader/option-reader.ts';
import type { ProcessorKind } from '../processor.ts';
import type { RunOutcome, RunState } from '../run-state.ts';
import { templatedPath } from './set.ts';
import { subject } from './subject.ts';

/**
 * `kv`: field, field_split and value_split (Java regular expressions), target_field, include_keys, exclude_keys, prefix,
 * trim_key, trim_value (characters), strip_brackets, ignore_missing. A key that comes twice makes a list.
 */
export const kv: ProcessorKind = {
  name: 'kv',
  eventTag: '_kv_filter_error',
  build(options) {
    const source = templatedPath(options, 'field');
    const splitPairs = separatorOf(options, 'field_split');
    const splitValue = separatorOf(options, 'value_split');
    const target = options.has('target_field') ? templatedPath(options, 'target_field') : undefined;
    const include = options.has('include_keys') ? new Set(options.strings('include_keys')) : undefined;
    const exclude = new Set(options.strings('exclude_keys', []));
    const prefix = options.string('prefix', '');
    const trimKey = trimmer(options.string('trim_key', ''));
    const trimValue = trimmer(options.string('trim_value', ''));
    const strip = options.boolean('strip_brackets', false);
    const ignoreMissing = options.boolean('ignore_missing', false);
    return (event, state) => {
      const path = source(event, state);
      const text = path.get(event, state);
      if (typeof text !== 'string') return subject(path, text, ignoreMissing);
      if (splitPairs === undefined || splitValue === undefined) return undefined;
      // A template that gives nothing means the top, too.
      const under = target?.(event, state).text || undefined;
      for (const pair of withoutTrailing(splitPairs.all(text))) {
        const [key, value] = splitValue.first(pair);
        if (value === undefined) return `field [${path.text}] has a part without the value separator`;
        const name = trimKey(key);
        if ((include !== undefined && !include.has(name)) || exclude.has(name)) continue;
        const failed = add(prefix + name, trimValue(strip ? withoutBrackets(value) : value), under, event, state);
        if (failed !== undefined) return failed;
      }
      state.hasMatched = true;
      return undefined;
    };
  },
};

interface Separator {
  all(text: string): string[];
  /** Before and behind the first one; behind is undefined without one. */
  first(text: string): [before: string, behind: string | undefined];
}

function separatorOf(options: OptionReader, name: string): Separator | undefined {
  const written = options.string(name);
  if (isPlain(written))
    return {
      all: text => text.split(written),
      first(text) {
        const at = text.indexOf(written);
        return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + written.length)];
      },
    };
  const regexp = options.attempt(name, () => javaRegExp(written, ''));
  return (
    regexp && {
      all: text => regexp.split(text),
      first(text) {
        const match = regexp.find(text);
        // An empty match at the start divides nothing: the next one counts, as in Java.
        const isNothing = match !== null && match[0] === '' && match.index === 0;
        const next = isNothing && text !== '' ? regexp.find(text, text.codePointAt(0)! > 0xffff ? 2 : 1) : match;
        if (next === null || text === '') return [text, undefined];
        return [text.slice(0, next.index), text.slice(next.index + next[0].length)];
      },
    }
  );
}

/** True when a separator means itself. */
function isPlain(separator: string): boolean {
  return separator !== '' && !/[\\^$.|?*+()[\]{}]/.test(separator);
}

/** As Java's `split`: parts of nothing at the end are none. */
function withoutTrailing(parts: string[]): string[] {
  if (parts.length > 1) while (parts[parts.length - 1] === '') parts.pop();
  return parts;
}

/** A key that is there already makes a list; keys with dots make objects, as everywhere. */
function add(name: string, value: string, under: string | undefined, event: Fields, state: RunState): RunOutcome {
  if (under === undefined && name !== '' && !name.includes('.') && name[0] !== '_') {
    const present = Object.hasOwn(event, name) ? event[name] : undefined;
    if (present === undefined) event[name] = value;
    else if (Array.isArray(present)) present.push(value);
    else event[name] = [present, value];
    return undefined;
  }
  const path = new FieldPath(under === undefined ? name : `${under}.${name}`);
  const present = path.get(event, state);
  if (present === undefined) return path.set(event, state, value);
  if (Array.isArray(present)) present.push(value);
  else return path.set(event, state, [present, value]);
  return undefined;
}

/** The characters at both ends; as in Elasticsearch they stand as in a class of an expression (`a-z`), where that can be. */
function trimmer(characters: string): (text: string) => string {
  if (characters === '') return text => text;
  if (/[\\[\]^&]|.-./.test(characters)) {
    try {
      const regexp = javaRegExp(`^[${characters}]+|[${characters}]+$`, '');
      return text => regexp.replace(text, NOTHING);
    } catch {
      // No class: the characters themselves.
    }
  }
  const set = new Set(characters);
  return text => trimmed(text, set, set);
}

const OPENING = new Set('([<"\'');
const CLOSING = new Set(')]>"\'');

const NOTHING = javaReplacement('', { groupOf: [0], names: new Map() });

/** One on each side. */
function withoutBrackets(text: string): string {
  const from = OPENING.has(text[0]!) ? 1 : 0;
  return text.slice(from, text.length > from && CLOSING.has(text[text.length - 1]!) ? -1 : undefined);
}

/** By hand: an expression that ends in `+$` would run over a long text once for each of its characters. */
function trimmed(text: string, first: ReadonlySet<string>, last: ReadonlySet<string>): string {
  let from = 0;
  let to = text.length;
  while (from < to && first.has(text[from]!)) from++;
  while (to > from && last.has(text[to - 1]!)) to--;
  return text.slice(from, to);
}
