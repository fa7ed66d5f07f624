import type { StatsParams } from '../../core/api/search.ts';
import { LongshoreError } from '../../core/errors.ts';

/*
 * Statistics in a sentence:
 *
 *     [top N] METRICS [by FIELDS] [every INTERVAL] [where QUERY]      count by service where level:ERROR
 *     top N FIELDS [by METRICS] [every INTERVAL] [where QUERY]        top 10 request by count where response>=500
 *
 * A metric of a field is `avg(f)`, or `avg f` where brackets are a nuisance to type.
 */

const KEYWORDS = ['by', 'every', 'where'] as const;
type Keyword = (typeof KEYWORDS)[number];
const METRIC =
  /^(?:count|rate|sum|avg|average|mean|min|max|median|uniq|unique|distinct|cardinality|count_uniq|value_count|quantile|percentile|p\d+(?:\.\d+)?)(?=$|[\s(,])/i;
const EXAMPLE =
  'Write for example: top 10 request by count where level:ERROR, or: p95 response_time by service every 5m.';

/** The parameters that a sentence says. Throws LS_CLI_STATS. */
export function readSentence(text: string): StatsParams {
  const parts = split(text.trim());
  const top = /^top(?:\s+(\d+))?(?:\s+|$)([\s\S]*)$/i.exec(parts.what);
  const head = (top?.[2] ?? parts.what).trim();
  if (top !== null && head === '') throw mistake('top of what is missing.');
  const isFieldFirst = top !== null && !METRIC.test(head);
  const [metrics, by] = isFieldFirst ? [parts.by, head] : [head, parts.by];
  return {
    ...given('metrics', metrics === undefined || metrics === '' ? undefined : list(metrics).map(metric).join(',')),
    ...given('by', by === undefined ? undefined : list(by).map(field).join(',')),
    ...given('interval', parts.every),
    ...given('limit', top?.[1]),
    ...given('query', parts.where),
  };
}

/** What comes before the first keyword, and behind each. A query is taken to the end, whatever words it has. */
function split(text: string): { what: string } & Partial<Record<Keyword, string>> {
  const found: { what: string } & Partial<Record<Keyword, string>> = { what: '' };
  let name: 'what' | Keyword = 'what';
  let start = 0;
  const end = (at: number): void => {
    found[name] = text.slice(start, at).trim();
    if (name !== 'what' && found[name] === '') throw mistake(`nothing stands behind '${name}'.`);
  };
  for (const { 0: word, index } of text.matchAll(/"(?:\\[\s\S]|[^"\\])*"|\S+/g)) {
    const keyword = KEYWORDS.find(each => each === word.toLowerCase());
    if (keyword === undefined) continue;
    end(index);
    if (found[keyword] !== undefined) throw mistake(`'${keyword}' stands there twice.`);
    name = keyword;
    start = index + word.length;
    if (keyword === 'where') break;
  }
  end(text.length);
  return found;
}

/** At commas outside of quotes and brackets. */
function list(text: string): string[] {
  return (text.match(/(?:"(?:\\[\s\S]|[^"\\])*"|\([^()]*\)|[^,"(]|["(])+/g) ?? [])
    .map(item => item.trim())
    .filter(item => item !== '');
}

function metric(text: string): string {
  const [, name, of] = /^([a-z_]\w*(?:\.\d+)?)\s+(?:of\s+)?([^\s()][\s\S]*)$/i.exec(text) ?? [];
  return name === undefined ? text : `${name}(${field(of!)})`;
}

function field(text: string): string {
  if (text.startsWith('"') || !/\s/.test(text)) return text;
  throw mistake(`${JSON.stringify(text.slice(0, 100))} is no name of a field; a query stands behind 'where'.`);
}

function given<K extends string>(name: K, value: string | undefined): { [P in K]?: string } {
  return (value === undefined || value === '' ? {} : { [name]: value }) as { [P in K]?: string };
}

function mistake(what: string): LongshoreError {
  return new LongshoreError('LS_CLI_STATS', what, { fix: EXAMPLE });
}
