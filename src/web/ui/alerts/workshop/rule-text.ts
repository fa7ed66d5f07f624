import { type Document, isMap, isScalar, isSeq } from 'yaml';
import { editableYaml, withoutYamlName, withYamlValue } from '../../../../base/yaml/edit.ts';
import type { EditorMistake } from '../../base/editor/codemirror.ts';

/** What of a frequency rule can be said in a form. */
export interface RuleForm {
  readonly name: string;
  readonly numEvents: number;
  readonly timeframeSeconds: number;
  /** Undefined: its filter is no search. */
  readonly query: string | undefined;
  readonly queryKey: string;
  /** Undefined: several alerters. */
  readonly alert: string | undefined;
}

const UNITS: Readonly<Record<string, number>> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400, weeks: 604_800 };

/** A rule on a search, as it is for a start. */
export function newRule(query: string): string {
  const text = `# How often is too often? Try it on the days that are stored.
name: New rule
type: frequency
index: docker-logs-*

filter:
  - query_string:
      query: '*'
      default_operator: AND

num_events: 5
timeframe: { minutes: 5 }
realert: { minutes: 30 }

alert: debug
`;
  return writeForm(text, query.trim() === '' ? {} : { query: inRule(query), name: nameFor(query) });
}

/** Of words that are searched for; what only a query means is left out. */
function nameFor(query: string): string {
  const words = query
    .replace(/[\w@.-]+:|[()"{}[\]*/\\]|&&|\|\|/g, ' ')
    .replace(/\b(and|or|not|to)\b/gi, ' ')
    .trim()
    .replace(/\s+/g, ' ');
  return words === '' ? 'New rule' : words.slice(0, 60).trim();
}

const PARTS = /"(?:[^"\\]|\\.)*"?|\/(?:[^/\\\n]|\\.)+\/|\b(?:and|or|not)\b/gi;

/** A search of the page as a rule has it: `and` in capitals; an expression of a rule is for the whole value. */
export function inRule(query: string): string {
  return query.trim().replace(PARTS, part => {
    if (part.startsWith('"')) return part;
    return part.startsWith('/') ? `/.*${part.slice(1, -1)}.*/` : part.toUpperCase();
  });
}

/** Mistakes of the YAML itself. */
export function yamlMistakes(text: string): EditorMistake[] {
  return editableYaml(text).mistakes.map(({ line, what, fix }) => ({ line, text: `${what} ${fix}` }));
}

/** Undefined: it is no frequency rule, or no YAML. */
export function readForm(text: string): RuleForm | undefined {
  const { document: doc, mistakes } = editableYaml(text);
  if (mistakes.length > 0 || !isMap(doc.contents) || doc.get('type') !== 'frequency') return undefined;
  const timeframe = doc.get('timeframe');
  const seconds = isMap(timeframe)
    ? timeframe.items.reduce(
        (sum, { key, value }) => sum + Number(textOf(value)) * (UNITS[textOf(key)] ?? Number.NaN),
        0,
      )
    : Number.NaN;
  const path = queryPath(doc);
  const key = doc.get('query_key');
  const alert = doc.get('alert');
  return {
    name: String(doc.get('name') ?? ''),
    numEvents: Number(doc.get('num_events') ?? Number.NaN),
    timeframeSeconds: seconds,
    query: path && String(doc.getIn(path)),
    queryKey: isSeq(key) ? key.items.map(textOf).join(', ') : String(key ?? ''),
    alert: typeof alert === 'string' ? alert : undefined,
  };
}

/** The text with that said otherwise; all else, comments too, stays as it is. */
export function writeForm(text: string, change: Partial<RuleForm>): string {
  const { name, numEvents, timeframeSeconds, query, queryKey, alert } = change;
  let now = text;
  const set = (path: (string | number)[], value: unknown): void => {
    if (value !== undefined) now = withYamlValue(now, path, value);
  };
  set(['name'], name);
  set(['num_events'], numEvents);
  set(['timeframe'], timeframeSeconds === undefined ? undefined : spanOf(timeframeSeconds));
  set(['alert'], alert);
  const path = queryPath(editableYaml(now).document);
  if (path !== undefined) set(path, query);
  const keys = queryKey
    ?.split(',')
    .map(key => key.trim())
    .filter(key => key !== '');
  if (keys === undefined) return now;
  if (keys.length === 0) return withoutYamlName(now, 'query_key');
  set(['query_key'], keys.length === 1 ? keys[0] : keys);
  return now;
}

/** The largest unit in which it is a whole number. */
function spanOf(seconds: number): Record<string, number> {
  const [unit, size] = Object.entries(UNITS).findLast(
    ([name, length]) => name !== 'weeks' && seconds % length === 0,
  ) ?? ['seconds', 1];
  return { [unit]: seconds / size };
}

function queryPath(doc: Document): (string | number)[] | undefined {
  const filter = doc.get('filter');
  if (!isSeq(filter)) return undefined;
  const paths = filter.items.flatMap((_, i) => [
    ['filter', i, 'query_string', 'query'],
    ['filter', i, 'query', 'query_string', 'query'],
  ]);
  return paths.find(path => doc.hasIn(path));
}

const textOf = (node: unknown): string => String(isScalar(node) ? node.value : node);

/** A name of a file for a rule. */
export function fileNameOf(name: string): string {
  const short = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return `${short === '' ? 'new-rule' : short}.yaml`;
}
