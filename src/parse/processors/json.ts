import { type Fields, isFields } from '../../core/event.ts';
import { parseJson } from '../json-values.ts';
import type { ProcessorKind } from '../processor.ts';
import { subject } from './subject.ts';

/**
 * `json`: field, target_field, add_to_root, add_to_root_conflict_strategy (replace, merge), strict_json_parsing, allow_duplicate_keys.
 * `allow_duplicate_keys` is always true: the last one counts, as Elasticsearch does when it is set.
 */
export const json: ProcessorKind = {
  name: 'json',
  eventTag: '_jsonparsefailure',
  build(options) {
    const source = options.path('field');
    const addToRoot = options.boolean('add_to_root', false);
    const target = options.optionalPath('target_field') ?? source;
    const merge = options.choice('add_to_root_conflict_strategy', ['replace', 'merge'], 'replace') === 'merge';
    const strict = options.boolean('strict_json_parsing', true);
    const ignoreMissing = options.boolean('ignore_missing', false);
    options.boolean('allow_duplicate_keys', true);
    if (addToRoot && options.has('target_field'))
      options.problem(
        'LS_PIPELINE_OPTION',
        'processor json has both `target_field` and `add_to_root`.',
        'Keep one of them.',
      );
    return (event, state) => {
      const text = source.get(event, state);
      if (typeof text !== 'string') {
        if (text === undefined || text === null) return subject(source, text, ignoreMissing);
        return addToRoot ? `field [${source.text}] holds no JSON text` : target.set(event, state, text);
      }
      const parsed = tryParse(text, strict);
      if (parsed === undefined) return 'the text is no JSON';
      state.hasMatched = true;
      if (!addToRoot) return target.set(event, state, parsed);
      if (!isFields(parsed)) return 'the JSON is no object, so that it has no fields for the root';
      if (merge) mergeInto(event, parsed);
      else for (const key of Object.keys(parsed)) event[key] = parsed[key];
      return undefined;
    };
  },
};

/** Undefined: no JSON. Not strict: what follows the first value is ignored, when that value is an object, a list or a word. */
function tryParse(text: string, strict: boolean): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (strict || !(error instanceof SyntaxError)) return undefined;
    const first = /^\s*(?:-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|"(?:[^"\\]|\\.)*"|true|false|null)(?=\s)/.exec(text)?.[0];
    return first === undefined ? undefined : parseJson(first);
  }
}

function mergeInto(target: Fields, added: Fields): void {
  for (const key of Object.keys(added)) {
    const present = Object.hasOwn(target, key) ? target[key] : undefined;
    const value = added[key];
    if (isFields(present) && isFields(value)) mergeInto(present, value);
    else target[key] = value;
  }
}
