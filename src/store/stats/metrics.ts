import { didYouMean } from '../../base/text/did-you-mean.ts';
import type { StatsMetric } from '../../core/stats.ts';
import { parameterError } from '../parameters.ts';
import { checkField, kindOf, storedField } from '../query/fields.ts';

/*
 * What is to be counted, as people write it:
 *
 *     count  rate  count(f)  sum(f)  avg(f)  min(f)  max(f)  median(f)  p95(f)  p99.9(f)  uniq(f)
 *
 * and as they know it from elsewhere: `count()`, `quantile(0.95, f)`, `percentile(f, 95)`, `cardinality(f)`, `count_uniq(f)`,
 * `value_count(f)`, `mean(f)`. A name with a comma or a bracket stands in quotes: `avg("a,b")`.
 */

/** `perSecond`: the count is divided by the length of its time. */
export interface NamedMetric {
  /** As it is called in the answer. */
  readonly name: string;
  readonly metric: StatsMetric;
  readonly perSecond: boolean;
}

const MAX_METRICS = 20;
const MAX_FIELDS = 4;

const KINDS: { readonly [name: string]: 'sum' | 'avg' | 'min' | 'max' | 'uniq' | 'count' } = {
  ...{
    count: 'count',
    value_count: 'count',
    sum: 'sum',
    avg: 'avg',
    average: 'avg',
    mean: 'avg',
    min: 'min',
    max: 'max',
  },
  ...{ uniq: 'uniq', unique: 'uniq', count_uniq: 'uniq', cardinality: 'uniq', distinct: 'uniq' },
};
const EXAMPLES = 'Write count, rate, avg(response_time), p95(response_time), min, max, sum or uniq of a field.';

/** Throws LS_SEARCH_PARAMETER. */
export function parseMetrics(text: string | undefined): NamedMetric[] {
  const found = splitList('metrics', text ?? 'count').map(parseMetric);
  if (found.length > MAX_METRICS)
    throw parameterError('metrics', `more than ${MAX_METRICS} metrics.`, 'Ask for fewer at a time.');
  return found.filter(({ name }, i) => found.findIndex(other => other.name === name) === i);
}

/** `name` as it was written, `field` as it is stored. Throws LS_SEARCH_PARAMETER. */
export function parseFields(text: string | undefined): { name: string; field: string }[] {
  const names = [...new Set((text ?? '') === '' ? [] : splitList('by', text!).map(name => unquoted('by', name)))];
  if (names.length > MAX_FIELDS)
    throw parameterError('by', `more than ${MAX_FIELDS} fields.`, 'Split by fewer fields at a time.');
  return names.map(name => ({ name, field: fieldOf('by', name) }));
}

export function parseMetric(text: string): NamedMetric {
  const [, word = '', inner] = /^([a-z_]\w*(?:\.\d+)?)\s*(?:\(([\s\S]*)\))?$/i.exec(text) ?? [];
  const name = word.toLowerCase();
  const args = inner === undefined || inner.trim() === '' ? [] : splitList('metrics', inner);
  if (name === 'count' && args.length === 0) return { name: 'count', metric: { kind: 'count' }, perSecond: false };
  if (name === 'rate' && args.length === 0) return { name: 'rate', metric: { kind: 'count' }, perSecond: true };
  const percent = percentOf(name, args, text);
  if (percent !== undefined) {
    const [of] = args;
    return named(`p${percent}`, args, text, field => ({ kind: 'percentile', of: field, percent }), of);
  }
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name]! : undefined;
  if (kind !== undefined) return named(kind, args, text, of => ({ kind, of }), args[0]);
  const known = [...Object.keys(KINDS), 'rate', 'median', 'percentile', 'quantile'];
  const hint = word === '' ? undefined : didYouMean(name, known, "'");
  throw parameterError(
    'metrics',
    `${shown(text)} is not known.${hint === undefined ? '' : ` ${hint}`}`,
    word !== '' && inner === undefined ? `${EXAMPLES} A field goes into 'by'.` : EXAMPLES,
  );
}

function named(
  kind: string,
  args: readonly string[],
  text: string,
  make: (field: string) => StatsMetric,
  given: string | undefined,
): NamedMetric {
  if (given === undefined || args.length !== 1)
    throw parameterError('metrics', `${shown(text)} needs one field.`, `Write ${kind}(response_time).`);
  const name = unquoted('metrics', given);
  const metric = make(fieldOf('metrics', name, kind === 'min' || kind === 'max'));
  return { name: `${kind}(${/^[^\s",()]+$/.test(name) ? name : JSON.stringify(name)})`, metric, perSecond: false };
}

/** Takes the number out of the arguments. */
function percentOf(name: string, args: string[], text: string): number | undefined {
  if (name === 'median') return 50;
  if (/^p\d+(\.\d+)?$/.test(name)) return checkedPercent(Number(name.slice(1)), text);
  if (name !== 'percentile' && name !== 'quantile') return undefined;
  const at = args.findIndex(arg => /^-?\d+(\.\d+)?$/.test(arg));
  if (at < 0 || args.length !== 2)
    throw parameterError('metrics', `${shown(text)} is not complete.`, 'Write p95(response_time).');
  const [number] = args.splice(at, 1);
  return checkedPercent(name === 'quantile' ? Number((Number(number) * 100).toPrecision(12)) : Number(number), text);
}

function checkedPercent(percent: number, text: string): number {
  if (percent >= 0 && percent <= 100) return percent;
  throw parameterError('metrics', `${shown(text)} is no percentile.`, 'Write p0 to p100: p95(response_time).');
}

/** Splits at commas that stand neither in quotes nor in brackets. */
function splitList(parameter: string, text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const char = text[i];
    if (char === '"') {
      const end = endOfQuotes(text, i);
      if (end === undefined)
        throw parameterError(parameter, `${shown(text)} has quotes that do not end.`, 'Close them.');
      i = end;
    } else if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (i === text.length || (char === ',' && depth <= 0)) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  if (!parts.includes('')) return parts;
  throw parameterError(parameter, `${shown(text)} has nothing before or behind a comma.`, 'Write a, b.');
}

function endOfQuotes(text: string, start: number): number | undefined {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  return undefined;
}

function unquoted(parameter: string, name: string): string {
  if (!name.startsWith('"')) return name;
  if (endOfQuotes(name, 0) === name.length - 1) return name.slice(1, -1).replace(/\\([\s\S])/g, '$1');
  throw parameterError(parameter, `${shown(name)} is no name of a field.`, 'Put the whole name into quotes.');
}

/** `ofTimes`: the first and the last of them are something. */
function fieldOf(parameter: string, name: string, ofTimes = false): string {
  const field = storedField(name);
  checkField(field);
  if (kindOf(field) === 'time' && !ofTimes)
    throw parameterError(
      parameter,
      'times make no groups and no numbers.',
      'Write interval=1h to go by time; of times there are min and max.',
    );
  if (field === '' || field === '_index' || field === '_id' || field === 'seq')
    throw parameterError(parameter, `${shown(name)} cannot be counted.`, 'Name a field of the events.');
  return field;
}

const shown = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
