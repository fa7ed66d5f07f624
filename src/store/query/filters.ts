import { didYouMean } from '../../base/text/did-you-mean.ts';
import type { QueryNode } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import { isFields } from '../../core/event.ts';
import { canonicalField, meantKind, storedField } from './fields.ts';
import { parseQuery } from './parse.ts';

/*
 * The filters of ElastAlert rules: clauses of the Elasticsearch query DSL, as they are.
 *
 * Where our fields are not those of Elasticsearch, a rule means what its author hoped for:
 * - `term` on `level` takes any case and the level's other names: rules say `error`, events hold ERROR.
 * - `term` on `message` finds the text in any case. In Elasticsearch it compares with single lower-cased words, so
 *   `term: { message: Error }` silently never matches there: the most frequent mistake in such rules.
 * - `term` elsewhere is exact and minds the case. `wildcard`, `prefix`, `regexp` and `match` take any case.
 * - `f.keyword` is `f`.
 * - `match` on `message` looks for the words (any of them, or all with `operator: and`), elsewhere for the whole text.
 * - query_string: OR between words unless `default_operator` says otherwise; AND, OR and NOT in capitals only, as Lucene
 *   has it; see parse.ts.
 */

const MAX_DEPTH = 32;
const MAX_CLAUSES = 1024;

type Clause = (value: unknown, context: Context) => QueryNode;

interface Context {
  /** `filter[0].bool.must[1]`, for messages. */
  readonly where: string;
  readonly depth: number;
}

/** The filter list of a rule as one query: all must hold; nothing given is everything. Throws LS_QUERY_FILTER with the path. */
export function filtersToQuery(filters: unknown): QueryNode {
  if (filters === undefined || filters === null) return { type: 'all' };
  if (!Array.isArray(filters)) return clauseToQuery(filters, { where: 'filter', depth: 0 });
  return list('and', filters, { where: 'filter', depth: 0 });
}

function clauseToQuery(clause: unknown, context: Context): QueryNode {
  if (context.depth > MAX_DEPTH) throw wrong(context, 'nests too deeply', 'Simplify the filter.');
  if (!isFields(clause))
    throw wrong(context, 'is not a clause', 'Write one of the query DSL, such as term: { level: error }.');
  const kinds = Object.keys(clause).filter(key => !IGNORED.has(key));
  if (kinds.length === 0) throw wrong(context, 'is empty', 'Remove it, or write a clause.');
  // ElastAlert's users write two keys in one entry now and then: both hold.
  const nodes = kinds.map(kind => {
    const inner = below(context, kind);
    if (!Object.hasOwn(CLAUSES, kind)) throw unsupported(inner, kind);
    return CLAUSES[kind]!(clause[kind], inner);
  });
  return combine('and', nodes);
}

const IGNORED = new Set(['boost', '_name', '$state', 'meta']);

const CLAUSES: Record<string, Clause> = {
  match_all: () => ({ type: 'all' }),
  match_none: () => ({ type: 'none' }),
  query_string: queryString,
  term: (value, context) => {
    const [field, wanted] = oneField(value, context, 'value');
    const inner = Object.values(value as object).find(isFields);
    if (inner?.['case_insensitive'] !== true || meantKind(field) === 'text') return termsNode(field, wanted, context);
    return { type: 'wildcard', field, pattern: escapeWildcards(text(wanted, context)) };
  },
  terms: (value, context) => {
    const [field, values] = oneField(value, context, undefined);
    if (!Array.isArray(values)) throw wrong(context, 'needs a list of values', `Write ${field}: [a, b].`);
    return termsNode(field, values, context);
  },
  range,
  wildcard: (value, context) => {
    const [field, pattern] = oneField(value, context, 'value', 'wildcard');
    return { type: 'wildcard', field, pattern: text(pattern, context) };
  },
  prefix: (value, context) => {
    const [field, start] = oneField(value, context, 'value', 'prefix');
    return { type: 'wildcard', field, pattern: `${escapeWildcards(text(start, context))}*` };
  },
  regexp: (value, context) => {
    const [field, pattern] = oneField(value, context, 'value');
    const written = text(pattern, context);
    return { type: 'regexp', field, pattern: meantKind(field) === 'text' ? written : `^(?:${written})$` };
  },
  match: (value, context) => match(value, context),
  match_phrase: phrase,
  match_phrase_prefix: phrase,
  multi_match: multiMatch,
  exists: (value, context) => ({ type: 'exists', field: fieldOf(value, context) }),
  missing: (value, context) => negate({ type: 'exists', field: fieldOf(value, context) }),
  ids: (value, context) => {
    const values = isFields(value) ? value['values'] : undefined;
    if (!Array.isArray(values)) throw wrong(context, 'needs a list of values', 'Write ids: { values: [a, b] }.');
    return { type: 'terms', field: '_id', values: values.map(id => text(id, context)) };
  },
  bool,
  dis_max: (value, context) => list('or', asList(isFields(value) ? value['queries'] : undefined), context),
  constant_score: (value, context) => clauseToQuery(isFields(value) ? value['filter'] : undefined, context),
  filtered: (value, context) => {
    if (!isFields(value)) throw wrong(context, 'is not an object', 'Write filtered: { query: ..., filter: ... }.');
    return list('and', [...asList(value['query']), ...asList(value['filter'])], context);
  },
  // ElastAlert's examples wrap each query; `filter` inside of `query` is just as old.
  query: (value, context) => clauseToQuery(value, context),
  filter: (value, context) => list('and', asList(value), context),
  not: (value, context) => negate(clauseToQuery(value, context)),
  and: (value, context) => list('and', asList(isFields(value) ? (value['filters'] ?? value) : value), context),
  or: (value, context) => list('or', asList(isFields(value) ? (value['filters'] ?? value) : value), context),
};

function queryString(value: unknown, context: Context): QueryNode {
  const options = isFields(value) ? value : { query: value };
  const query = options['query'];
  if (typeof query !== 'string') throw wrong(context, 'has no query', 'Write query_string: { query: "level:ERROR" }.');
  const named = options['fields'] ?? options['default_field'];
  const fields = asList(named).map(field => text(field, context).replace(/\^[\d.]+$/, ''));
  for (const key of Object.keys(options)) {
    if (!QUERY_STRING_OPTIONS.has(key)) throw unsupportedOption(context, key, QUERY_STRING_OPTIONS);
  }
  try {
    return parseQuery(query, {
      defaultOperator: /^and$/i.test(String(options['default_operator'] ?? 'or')) ? 'and' : 'or',
      defaultFields: fields.includes('*') ? undefined : fields,
      wholeRegexp: true,
      upperCaseOperators: true,
    });
  } catch (error) {
    if (!(error instanceof LongshoreError) || error.where !== undefined) throw error;
    throw new LongshoreError(error.code, error.what, { where: context.where, fix: error.fix, cause: error });
  }
}

/** What in the filters of a rule is read otherwise than its author may think. For filters that `filtersToQuery` takes. */
export function filterWarnings(filters: unknown, depth = 0): string[] {
  if (typeof filters !== 'object' || filters === null || depth > 2 * MAX_DEPTH) return [];
  return Object.entries(filters).flatMap(([key, value]) => {
    if (key !== 'query_string') return filterWarnings(value, depth + 1);
    const query = isFields(value) ? value['query'] : value;
    return typeof query === 'string' ? smallOperators(query) : [];
  });
}

function smallOperators(query: string): string[] {
  const text = query.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  const found = /(?<=[^\s(:]\s+)(and|or|not)(?=\s+[^\s)])/.exec(text)?.[1];
  if (found === undefined) return [];
  return [
    `in query_string, ${found} in small letters is a word to look for, as in Elasticsearch. Write ${found.toUpperCase()}.`,
  ];
}

const QUERY_STRING_OPTIONS = new Set(
  `query default_field fields default_operator analyze_wildcard lenient boost _name allow_leading_wildcard analyzer
   lowercase_expanded_terms enable_position_increments escape auto_generate_phrase_queries auto_generate_synonyms_phrase_query
   quote_analyzer rewrite type tie_breaker max_determinized_states fuzziness fuzzy_max_expansions fuzzy_prefix_length
   fuzzy_transpositions phrase_slop quote_field_suffix`.split(/\s+/),
);

/** `{ field: value }` or `{ field: { value: ... } }`. */
function oneField(value: unknown, context: Context, ...keys: (string | undefined)[]): [field: string, value: unknown] {
  const names = isFields(value)
    ? Object.keys(value).filter(key => !IGNORED.has(key) && key !== 'case_insensitive')
    : [];
  if (!isFields(value) || names.length !== 1) {
    throw wrong(context, names.length > 1 ? 'names more than one field' : 'names no field', 'Write { field: value }.');
  }
  const inner = value[names[0]!];
  const key = isFields(inner) ? keys.find(name => name !== undefined && Object.hasOwn(inner, name)) : undefined;
  if (isFields(inner) && key === undefined)
    throw wrong(below(context, names[0]!), 'has no value', 'Write { field: value }.');
  return [canonicalField(names[0]!), key === undefined ? inner : (inner as Record<string, unknown>)[key]];
}

function termsNode(field: string, given: unknown, context: Context): QueryNode {
  const values = asList(given).map(value => scalar(value, context));
  const kind = meantKind(field);
  if (kind !== 'text' && kind !== 'time' && storedField(field) !== 'level') return { type: 'terms', field, values };
  if (values.length === 0) return { type: 'none' };
  return combine(
    'or',
    values.map(value => ({ type: 'match', field, value })),
  );
}

function range(value: unknown, context: Context): QueryNode {
  const names = isFields(value) ? Object.keys(value).filter(key => !IGNORED.has(key)) : [];
  if (!isFields(value) || names.length === 0)
    throw wrong(context, 'names no field', 'Write range: { response_time: { gt: 500 } }.');
  return combine(
    'and',
    names.map(name => fieldRange(name, value[name], below(context, name))),
  );
}

function fieldRange(name: string, bounds: unknown, context: Context): QueryNode {
  if (!isFields(bounds)) throw wrong(context, 'has no bounds', 'Write gt, gte, lt or lte.');
  const node: Extract<QueryNode, { type: 'range' }> = { type: 'range', field: canonicalField(name) };
  for (const [key, value] of Object.entries(bounds)) {
    if (value === null || IGNORED.has(key) || key === 'format' || key === 'relation') continue;
    let side = key;
    if (key === 'from') side = bounds['include_lower'] === false ? 'gt' : 'gte';
    else if (key === 'to') side = bounds['include_upper'] === false ? 'lt' : 'lte';
    else if (key === 'include_lower' || key === 'include_upper') continue;
    if (!BOUNDS.has(side)) throw unsupportedOption(context, key, BOUNDS);
    const bound = scalar(value, context);
    node[side as 'gt'] = typeof bound === 'boolean' ? String(bound) : bound;
  }
  return node;
}

const BOUNDS = new Set(['gt', 'gte', 'lt', 'lte']);

function match(value: unknown, context: Context): QueryNode {
  const [field, wanted] = oneField(value, context, 'query');
  const inner = Object.values(value as object).find(isFields);
  if (inner?.['type'] === 'phrase') return { type: 'phrase', field, value: text(wanted, context) };
  return matchField(field, scalar(wanted, context), String(inner?.['operator'] ?? 'or'));
}

function matchField(field: string, value: string | number | boolean, operator: string): QueryNode {
  if (meantKind(field) !== 'text') return { type: 'match', field, value };
  const words = String(value).match(/[\p{L}\p{N}_]+(?:['.:][\p{L}\p{N}_]+)*/gu) ?? [String(value)];
  return combine(
    /^and$/i.test(operator) ? 'and' : 'or',
    words.map(word => ({ type: 'match', field, value: word })),
  );
}

function phrase(value: unknown, context: Context): QueryNode {
  const [field, wanted] = oneField(value, context, 'query');
  return { type: 'phrase', field, value: text(wanted, context) };
}

function multiMatch(value: unknown, context: Context): QueryNode {
  if (!isFields(value)) throw wrong(context, 'is not an object', 'Write multi_match: { query: ..., fields: [...] }.');
  const fields = asList(value['fields']).map(field => canonicalField(text(field, context).replace(/\^[\d.]+$/, '')));
  if (fields.length === 0) throw wrong(context, 'names no fields', 'Add fields: [...].');
  const wanted = scalar(value['query'], context);
  const isPhrase = value['type'] === 'phrase' || value['type'] === 'phrase_prefix';
  return combine(
    'or',
    fields.map(field =>
      isPhrase
        ? { type: 'phrase', field, value: String(wanted) }
        : matchField(field, wanted, String(value['operator'] ?? 'or')),
    ),
  );
}

function fieldOf(value: unknown, context: Context): string {
  const field = isFields(value) ? value['field'] : value;
  if (typeof field !== 'string') throw wrong(context, 'names no field', 'Write exists: { field: name }.');
  return canonicalField(field);
}

const BOOL_PARTS = new Set([
  'must',
  'filter',
  'must_not',
  'should',
  'minimum_should_match',
  'adjust_pure_negative',
  'disable_coord',
]);

function bool(value: unknown, context: Context): QueryNode {
  if (!isFields(value)) throw wrong(context, 'is not an object', 'Write bool: { must: [...] }.');
  for (const key of Object.keys(value)) {
    if (!BOOL_PARTS.has(key) && !IGNORED.has(key)) throw unsupportedOption(context, key, BOOL_PARTS);
  }
  const nodes = ['must', 'filter'].flatMap(part => each(value[part], below(context, part)));
  const excluded = each(value['must_not'], below(context, 'must_not')).map(negate);
  const should = each(value['should'], below(context, 'should'));
  const least = leastShould(value['minimum_should_match'], should.length, nodes.length > 0, context);
  return combine('and', [...nodes, ...atLeast(least, should, context), ...excluded]);
}

function leastShould(given: unknown, count: number, hasOthers: boolean, context: Context): number {
  if (given === undefined) return count === 0 || hasOthers ? 0 : 1;
  const written = String(given).trim();
  const share = /^(-?\d+)%$/.exec(written);
  const number = share === null ? Number(written) : Math.trunc((Number(share[1]) * count) / 100);
  if (!Number.isInteger(number)) {
    throw wrong(context, `has minimum_should_match ${written}`, 'Write a number or a percentage.');
  }
  const least = number < 0 || Object.is(number, -0) || written.startsWith('-') ? count + number : number;
  return Math.max(0, least);
}

/** Any `least` of the nodes: all the ways to choose them. */
function atLeast(least: number, nodes: QueryNode[], context: Context): QueryNode[] {
  if (least === 0) return [];
  if (least > nodes.length) return [{ type: 'none' }];
  if (least === 1) return [combine('or', nodes)];
  if (least === nodes.length) return nodes;
  const ways = choose(nodes, least, MAX_CLAUSES);
  if (ways === undefined)
    throw wrong(context, 'has too many ways to reach minimum_should_match', 'Use fewer should clauses.');
  return [
    combine(
      'or',
      ways.map(way => combine('and', way)),
    ),
  ];
}

function choose<T>(from: T[], count: number, limit: number): T[][] | undefined {
  if (count === 0) return [[]];
  const found: T[][] = [];
  for (let i = 0; i <= from.length - count; i++) {
    const rest = choose(from.slice(i + 1), count - 1, limit);
    if (rest === undefined) return undefined;
    for (const way of rest) found.push([from[i]!, ...way]);
    if (found.length > limit) return undefined;
  }
  return found;
}

function each(value: unknown, context: Context): QueryNode[] {
  const clauses = asList(value);
  if (clauses.length > MAX_CLAUSES) throw wrong(context, `has more than ${MAX_CLAUSES} clauses`, 'Use terms.');
  return clauses.map((clause, i) =>
    clauseToQuery(clause, Array.isArray(value) ? { ...context, where: `${context.where}[${i}]` } : context),
  );
}

function list(type: 'and' | 'or', clauses: unknown[], context: Context): QueryNode {
  return combine(type, each(clauses, context));
}

function combine(type: 'and' | 'or', nodes: QueryNode[]): QueryNode {
  if (nodes.length === 0) return { type: type === 'and' ? 'all' : 'none' };
  return nodes.length === 1 ? nodes[0]! : { type, nodes };
}

const negate = (node: QueryNode): QueryNode => ({ type: 'not', node });
const asList = (value: unknown): unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
const below = (context: Context, key: string): Context => ({
  where: `${context.where}.${key}`,
  depth: context.depth + 1,
});

function scalar(value: unknown, context: Context): string | number | boolean {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  // YAML reads an unquoted date as one.
  if (value instanceof Date) return value.toISOString();
  throw wrong(context, 'has a value that is no text, number or boolean', 'Correct the value.');
}

const escapeWildcards = (value: string): string => value.replace(/[*?\\]/g, '\\$&');
const text = (value: unknown, context: Context): string => String(scalar(value, context));

function unsupported(context: Context, kind: string): LongshoreError {
  return new LongshoreError('LS_QUERY_FILTER', `the filter kind ${kind} is not supported.`, {
    where: context.where,
    fix:
      didYouMean(kind, Object.keys(CLAUSES)) ??
      'Use query_string, term, terms, range, wildcard, match, exists or bool.',
  });
}

function unsupportedOption(context: Context, option: string, known: Iterable<string>): LongshoreError {
  return new LongshoreError('LS_QUERY_FILTER', `the option ${option} is not supported here.`, {
    where: below(context, option).where,
    fix: didYouMean(option, known) ?? 'Remove it.',
  });
}

function wrong(context: Context, what: string, fix: string): LongshoreError {
  return new LongshoreError('LS_QUERY_FILTER', `the filter ${what}.`, { where: context.where, fix });
}
