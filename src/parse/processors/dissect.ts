import { LongshoreError } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { FieldPath } from '../field-path.ts';
import type { ProcessorKind } from '../processor.ts';
import type { RunOutcome, RunState } from '../run-state.ts';
import { subject } from './subject.ts';

/**
 * `dissect`: field, pattern, append_separator, ignore_missing.
 * Keys: `%{a}`, `%{a->}` (the delimiter may repeat), `%{+a}` append, `%{+a/2}` append in order, `%{}` and `%{?a}` skip,
 * `%{*a}` and `%{&a}` the name and the value of a pair.
 */
export const dissect: ProcessorKind = {
  name: 'dissect',
  build(options) {
    const source = options.path('field');
    const pattern = options.string('pattern');
    const separator = options.string('append_separator', '');
    const ignoreMissing = options.boolean('ignore_missing', false);
    const compiled = options.attempt('pattern', () => compileDissect(pattern, separator));
    return (event, state) => {
      const text = source.get(event, state);
      if (typeof text !== 'string') return subject(source, text, ignoreMissing);
      if (text === '') return NO_MATCH;
      const outcome = compiled?.(text, event, state);
      if (outcome === undefined) state.hasMatched = true;
      return outcome;
    };
  },
};

interface Key {
  readonly kind: 'plain' | 'append' | 'skip' | 'name' | 'value';
  readonly name: string;
  readonly path: FieldPath;
  readonly order: number;
  readonly padded: boolean;
  /** What follows; empty at the end. */
  delimiter: string;
}

const KEY = /%\{([+*&?]?)([^}]*?)(?:\/([^/}]*?))?(->)?\}/g;
const NO_MATCH = 'the pattern does not fit the text';

function compileDissect(
  pattern: string,
  separator: string,
): (text: string, event: Fields, state: RunState) => RunOutcome {
  const keys: Key[] = [];
  let leading = '';
  let last = 0;
  for (const found of pattern.matchAll(KEY)) {
    const between = pattern.slice(last, found.index);
    const previous = keys[keys.length - 1];
    if (previous === undefined) leading = between;
    else if (between === '') throw dissectError(pattern, `has no delimiter before ${found[0]}`);
    else previous.delimiter = between;
    last = found.index + found[0].length;
    const key = keyOf(found);
    if (key.name === '' && /[+*&]/.test(found[1]!))
      throw dissectError(pattern, `has ${found[0]}, which names no field`);
    if (found[3] !== undefined && (key.kind !== 'append' || !/^\d+$/.test(found[3])))
      throw dissectError(pattern, `has ${found[0]}: a number behind / gives the order of %{+name/number}`);
    keys.push(key);
  }
  const final = keys[keys.length - 1];
  if (final === undefined) throw dissectError(pattern, 'has no %{key}');
  // A key that is not closed is none.
  const open = pattern.indexOf('%{', last);
  final.delimiter = pattern.slice(last, open < 0 ? undefined : open);
  for (const key of keys)
    if (
      (key.kind === 'name' || key.kind === 'value') &&
      !keys.some(other => other !== key && other.name === key.name && /name|value/.test(other.kind))
    )
      throw dissectError(pattern, `has no partner for the pair ${key.name}`);
  return run(keys, leading, separator);
}

function keyOf(found: RegExpExecArray): Key {
  const [, sigil, name, order, padded] = found;
  const kind =
    name === '' || sigil === '?'
      ? 'skip'
      : sigil === '+'
        ? 'append'
        : sigil === '*'
          ? 'name'
          : sigil === '&'
            ? 'value'
            : 'plain';
  return {
    kind,
    name: name!,
    path: new FieldPath(name!),
    order: Number(order ?? 0),
    padded: padded !== undefined,
    delimiter: '',
  };
}

function run(
  keys: readonly Key[],
  leading: string,
  separator: string,
): (text: string, event: Fields, state: RunState) => RunOutcome {
  const values: string[] = keys.map(() => '');
  const appends = groupAppends(keys);
  return (text, event, state) => {
    if (!text.startsWith(leading)) return NO_MATCH;
    let at = leading.length;
    for (let i = 0; i < keys.length; i++) {
      const { delimiter, padded } = keys[i]!;
      if (delimiter === '') {
        values[i] = text.slice(at);
        at = text.length;
        continue;
      }
      const end = text.indexOf(delimiter, at);
      if (end < 0) return NO_MATCH;
      values[i] = text.slice(at, end);
      at = end + delimiter.length;
      if (padded) while (text.startsWith(delimiter, at)) at += delimiter.length;
    }
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      let failed: string | undefined;
      if (key.kind === 'plain' && !appends.has(key.name)) failed = key.path.set(event, state, values[i]);
      else if (key.kind === 'name') {
        const partner = keys.findIndex(other => other.kind === 'value' && other.name === key.name);
        failed = new FieldPath(values[i]!).set(event, state, values[partner]);
      }
      if (failed !== undefined) return failed;
    }
    for (const group of appends.values()) {
      const failed = group[0]!.key.path.set(event, state, group.map(part => values[part.index]).join(separator));
      if (failed !== undefined) return failed;
    }
    return undefined;
  };
}

/** The parts of each appended field in the order in which they are joined. */
function groupAppends(keys: readonly Key[]): Map<string, { key: Key; index: number }[]> {
  const groups = new Map<string, { key: Key; index: number }[]>();
  for (const { name, kind } of keys)
    if (kind === 'append' && !groups.has(name)) {
      const parts = keys
        .map((key, index) => ({ key, index }))
        .filter(part => part.key.name === name && /plain|append/.test(part.key.kind));
      groups.set(
        name,
        parts.sort((a, b) => a.key.order - b.key.order || a.index - b.index),
      );
    }
  return groups;
}

function dissectError(pattern: string, what: string): LongshoreError {
  return new LongshoreError('LS_DISSECT_PATTERN', `the dissect pattern "${pattern}" ${what}.`);
}
