import { Double } from '../../core/double.ts';
import { type Fields, isFields } from '../../core/event.ts';
import { hasTwins, readJson } from '../json-text.ts';
import type { ProcessorKind } from '../processor.ts';
import { subject } from './subject.ts';

/**
 * `json`: field, target_field, add_to_root, add_to_root_conflict_strategy (replace, merge), strict_json_parsing,
 * allow_duplicate_keys, ignore_missing (Longshore's own). The empty text gives null, as in Elasticsearch.
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
    const allowTwins = options.boolean('allow_duplicate_keys', false);
    if (addToRoot && options.has('target_field'))
      options.problem(
        'LS_PIPELINE_OPTION',
        'processor json has both `target_field` and `add_to_root`.',
        'Keep one of them.',
      );
    return (event, state) => {
      const value = source.get(event, state);
      if (value === undefined || (value === null && ignoreMissing)) return subject(source, value, ignoreMissing);
      const text = typeof value === 'string' ? value : shownText(value);
      const json = readJson(text, strict);
      if (json === undefined) return NO_JSON;
      if (!allowTwins && hasTwins(text, json)) return TWINS;
      if (json.hasTypedNumbers) state.hasTypedNumbers = true;
      const parsed = json.value;
      state.hasMatched = true;
      if (!addToRoot) return target.set(event, state, parsed);
      if (!isFields(parsed)) return NOT_AN_OBJECT;
      if (merge) mergeInto(event, parsed);
      else for (const key of Object.keys(parsed)) event[key] = parsed[key];
      return undefined;
    };
  },
};
const NO_JSON = 'the text is no JSON';
const NOT_AN_OBJECT = 'the JSON is no object, so that it has no fields for the root';
const TWINS = 'a key stands twice in one object of the JSON (allow_duplicate_keys lets it pass)';

/** What is no text is read as Java shows it: a number or a list of JSON texts can be read, an object cannot. */
function shownText(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.map(item => (typeof item === 'string' ? item : shownText(item))).join(', ')}]`;
  if (value instanceof Double)
    return Number.isFinite(value.value) ? `${value.value}.0`.replace(/(e.*)\.0$/, '$1') : 'NaN';
  if (isFields(value)) return Object.keys(value).length === 0 ? '{}' : '{';
  return String(value);
}

function mergeInto(target: Fields, added: Fields): void {
  for (const key of Object.keys(added)) {
    const present = Object.hasOwn(target, key) ? target[key] : undefined;
    const value = added[key];
    if (isFields(present) && isFields(value)) mergeInto(present, value);
    else target[key] = value;
  }
}
