import { escapeLucene } from '../../base/regexp/write-lucene.ts';
import { LongshoreError } from '../../core/errors.ts';
import { NUMBER_TEXT, numberTextQuery } from './elasticsearch-number.ts';
import { type TermQuery, termQuery } from './elasticsearch-text.ts';
import { type Plan, type RangeBounds, resolveBound, type Test } from './plan.ts';
import { exactNumberOf, fold } from './text.ts';

/** A clause of the query DSL. */
export type QueryDsl = { [clause: string]: unknown };

/*
 * Where a value of a field `f` is found in an index of ours (the mapping is in `store/elasticsearch/template.ts`):
 *
 *   f                      as it is: keyword, or double for a field whose first value was a number; `message`: words
 *   f.folded               the text of the value in lower case, whatever its type
 *   fields_unmapped.f      (flattened) what the mapping had no room for or could not take
 *   fields_unmapped_terms  the same as `f U+001F value`, in lower case: it can be searched like f.folded
 *
 * In older indices that Elasticsearch mapped by itself, the text is in `f.keyword`. A field that an index does not have
 * costs nothing there.
 */
export const FOLDED = 'folded';
export const UNMAPPED = 'fields_unmapped';
export const UNMAPPED_TERMS = 'fields_unmapped_terms';
export const UNMAPPED_SEPARATOR = '\u001f';
/** Longer values are not in `f.folded`: 32,766 bytes are the most that Lucene takes, and UTF-16 makes up to 3 bytes a unit. */
export const MAX_TERM_UNITS = 10_922;

export interface ElasticsearchQueryOptions {
  /** Epoch milliseconds for `now-1h`. */
  now: number;
  /** Field -> indices that map it as a number: there it is compared by the number and not by its digits. */
  numericIndices?: ReadonlyMap<string, readonly string[]>;
  /**
   * False for servers without `flattened`, where an exact comparison with what was moved aside takes any case, and where
   * `_ignored` may not name texts that are too long for their term (OpenSearch).
   */
  flattened?: boolean;
}

/** Throws LongshoreError for what cannot be searched. Nothing is scored. */
export function toElasticsearch(plan: Plan, options: ElasticsearchQueryOptions): QueryDsl {
  return write(plan, {
    now: options.now,
    numericIndices: options.numericIndices ?? new Map(),
    flattened: options.flattened ?? true,
  });
}

/** Undeclared fields that the query compares with numbers: those that `numericIndices` is worth knowing for. */
export function comparedWithNumbers(query: Plan): string[] {
  const found = new Set<string>();
  const visit = (plan: Plan): void => {
    if (plan.op === 'not') visit(plan.node);
    else if (plan.op === 'and' || plan.op === 'or') plan.nodes.forEach(visit);
    else if (plan.op === 'leaf' && plan.kind === 'dynamic') {
      const { test } = plan;
      const numeric = test.type === 'numbers' || (test.type === 'value' && test.number !== undefined);
      if (numeric || (test.type === 'exact' && test.numbers.length > 0)) found.add(plan.field);
    }
  };
  visit(query);
  return [...found];
}

interface Writer {
  readonly now: number;
  readonly numericIndices: ReadonlyMap<string, readonly string[]>;
  readonly flattened: boolean;
}

type Leaf = Extract<Plan, { op: 'leaf' }>;

const NOTHING: QueryDsl = { match_none: {} };

function write(plan: Plan, writer: Writer): QueryDsl {
  switch (plan.op) {
    case 'true':
      return { match_all: {} };
    case 'false':
      return NOTHING;
    case 'not':
      return { bool: { must_not: [write(plan.node, writer)] } };
    case 'and':
      return { bool: { filter: plan.nodes.map(node => write(node, writer)) } };
    case 'or':
      return anyOf(plan.nodes.map(node => write(node, writer)));
    case 'leaf':
      return writeLeaf(plan, writer);
  }
}

function anyOf(clauses: (QueryDsl | undefined)[]): QueryDsl {
  const kept = clauses.filter(clause => clause !== undefined && clause !== NOTHING) as QueryDsl[];
  if (kept.length === 0) return NOTHING;
  return kept.length === 1 ? kept[0]! : { bool: { should: kept, minimum_should_match: 1 } };
}

function writeLeaf(leaf: Leaf, writer: Writer): QueryDsl {
  const { field, kind, test } = leaf;
  if (field === '_id') return writeId(test);
  if (field === '_index') return writeIndex(test);
  if (kind === 'time') return writeSpan(field, test, writer);
  if (kind === 'number') return writeNumber(field, test);
  if (test.type === 'exists' || test.type === 'span') return writeExists(leaf);
  return writeValue(leaf, test, writer);
}

function writeId(test: Test): QueryDsl {
  if (test.type === 'exact') return { ids: { values: test.strings.filter(id => id !== '') } };
  if (test.type === 'exists') return { match_all: {} };
  throw unsupported('_id', 'only by its whole value');
}

function writeIndex(test: Test): QueryDsl {
  if (test.type === 'exists') return { match_all: {} };
  if (test.type === 'exact') return { terms: { _index: test.strings } };
  if (test.type === 'folded') {
    return anyOf(test.values.map(value => ({ term: { _index: { value, case_insensitive: true } } })));
  }
  const query = test.type === 'pattern' ? termQuery(test.expression) : undefined;
  if (query === undefined) return NOTHING;
  if (query.type === 'regexp') throw unsupported('_index', 'by its whole value or with * and ?');
  return { wildcard: { _index: { value: query.value, case_insensitive: true } } };
}

function writeSpan(field: string, test: Test, writer: Writer): QueryDsl {
  if (test.type !== 'span') return { exists: { field } };
  const gte = resolveBound(test.from, writer.now);
  const lte = resolveBound(test.to, writer.now);
  if (gte === undefined && lte === undefined) return { exists: { field } };
  return {
    range: {
      [field]: { ...(gte === undefined ? {} : { gte }), ...(lte === undefined ? {} : { lte }), format: 'epoch_millis' },
    },
  };
}

function writeNumber(field: string, test: Test): QueryDsl {
  if (test.type === 'exists') return { exists: { field } };
  if (test.type === 'numbers') {
    const numbers = Object.fromEntries(Object.entries(test.bounds).map(([side, bound]) => [side, Number(bound)]));
    const bounds = field === 'seq' ? withinLong(numbers) : numbers;
    return bounds === undefined ? NOTHING : { range: { [field]: bounds } };
  }
  if (test.type !== 'exact') return NOTHING;
  const numbers = field === 'seq' ? test.numbers.filter(number => Math.abs(number) < MAX_LONG) : test.numbers;
  return numbers.length > 0 ? { terms: { [field]: numbers } } : NOTHING;
}

const MAX_LONG = 2 ** 63;

/** A number that no `long` can be is refused by Elasticsearch. Undefined when nothing is within the bounds. */
function withinLong({ gt, gte, lt, lte }: RangeBounds<number>): RangeBounds<number> | undefined {
  if ([gt, gte].some(low => low !== undefined && low >= MAX_LONG)) return undefined;
  if ([lt, lte].some(high => high !== undefined && high <= -MAX_LONG)) return undefined;
  const isUsable = ([, bound]: [string, number | undefined]): boolean =>
    bound !== undefined && Math.abs(bound) < MAX_LONG;
  return Object.fromEntries(Object.entries({ gt, gte, lt, lte }).filter(isUsable));
}

function writeExists({ field, kind, test }: Leaf): QueryDsl {
  const folded = `${field}.${FOLDED}`;
  const isOfItsOwn = test.type === 'exists' && test.ofItsOwn === true;
  const own: QueryDsl[] = [
    // Here the name of a field can be a pattern, and nothing takes that meaning away.
    ...(field.includes('*')
      ? [{ wildcard: { [folded]: { value: '*' } } }]
      : // For a field that an index does not map, `exists` asks for its members: a range without bounds does not.
        [isOfItsOwn ? { range: { [field]: {} } } : { exists: { field } }, { exists: { field: folded } }]),
    // Too long for its term, it is in `_ignored` only.
    { terms: { _ignored: [field, folded] } },
  ];
  if (kind !== 'dynamic') return anyOf(own);
  const moved = { prefix: { [UNMAPPED_TERMS]: field + UNMAPPED_SEPARATOR } };
  if (isOfItsOwn) return anyOf([...own, moved]);
  return anyOf([
    ...own,
    field.includes('*') ? undefined : { exists: { field: `${field}.*` } },
    moved,
    { prefix: { [UNMAPPED_TERMS]: `${field}.` } },
  ]);
}

type ValueTest = Exclude<Test, { type: 'exists' | 'span' }>;

function writeValue(leaf: Leaf, test: ValueTest, writer: Writer): QueryDsl {
  const { field, kind } = leaf;
  switch (test.type) {
    case 'folded':
      return anyOf([
        { terms: { [`${field}.${FOLDED}`]: test.values } },
        ...test.values.map(value => ({ term: { [`${field}.keyword`]: { value, case_insensitive: true } } })),
      ]);
    case 'exact':
      return writeExact(leaf, test, writer);
    case 'pattern':
      return writeText(leaf, termQuery(test.expression), writer);
    case 'numbers':
      return writeBounds(leaf, test.bounds, writer);
    case 'ordered': {
      const ranges = [
        { range: { [`${field}.${FOLDED}`]: test.texts } },
        ...(kind === 'dynamic' ? [unmappedRange(field, test.texts)] : []),
      ];
      return anyOf(ranges);
    }
    case 'value': {
      const query = termQuery(test.expression);
      if (test.number === undefined || query === undefined) return writeText(leaf, query, writer);
      const number = writeBounds(leaf, { gte: test.number, lte: test.number }, writer);
      // Text that is a number is compared as one.
      return anyOf([number, writeRegexp(leaf, `(${query.regexp})&~(${NUMBER_TEXT})`)]);
    }
  }
}

function writeExact({ field, kind }: Leaf, test: Extract<Test, { type: 'exact' }>, writer: Writer): QueryDsl {
  // Of a message there is the folded text only: here, exact takes any case.
  if (kind === 'text') return { terms: { [`${field}.${FOLDED}`]: test.strings.map(fold) } };
  if (kind === 'keyword')
    return anyOf([{ terms: { [field]: test.strings } }, { terms: { [`${field}.keyword`]: test.strings } }]);
  // A number that came into a field of text is there as JavaScript writes it.
  const strings = [...new Set([...test.strings, ...test.numbers.map(String)])];
  // A field of numbers has not all the digits: their text has, and no case.
  const [long, other] = [true, false].map(isLong =>
    strings.filter(text => (typeof exactNumberOf(text) === 'bigint') === isLong),
  ) as [string[], string[]];
  return anyOf([
    long.length === 0 ? undefined : { terms: { [`${field}.${FOLDED}`]: long } },
    // `lenient`: where the field is a number, text that is none just does not match.
    ...other.map(query => ({ match: { [field]: { query, operator: 'and', lenient: true } } })),
    // Text that a field of numbers could not take is known by its folded form only.
    { bool: { filter: [{ term: { _ignored: field } }, { terms: { [`${field}.${FOLDED}`]: strings.map(fold) } }] } },
    { terms: { [`${field}.keyword`]: strings } },
    writer.flattened
      ? { terms: { [`${UNMAPPED}.${field}`]: strings } }
      : { terms: { [UNMAPPED_TERMS]: strings.map(text => field + UNMAPPED_SEPARATOR + fold(text)) } },
  ]);
}

function writeBounds(leaf: Leaf, bounds: RangeBounds<number | bigint>, writer: Writer): QueryDsl {
  // A double has not all the digits of such a bound: the text of the value does.
  const isLong = Object.values(bounds).some(bound => typeof bound === 'bigint');
  const indices = isLong ? [] : (writer.numericIndices.get(leaf.field) ?? []);
  const digits = numberTextQuery(bounds);
  const byDigits = digits === undefined ? undefined : writeRegexp(leaf, digits);
  if (indices.length === 0) return anyOf([byDigits]);
  const here: QueryDsl = { terms: { _index: indices } };
  return anyOf([
    { bool: { filter: [here, { range: { [leaf.field]: bounds } }] } },
    byDigits === undefined ? undefined : { bool: { filter: [byDigits], must_not: [here] } },
    byDigits === undefined ? undefined : unmappedRegexp(leaf, digits!),
  ]);
}

function writeText(leaf: Leaf, query: TermQuery | undefined, writer: Writer): QueryDsl {
  if (query === undefined) return NOTHING;
  const { field, kind } = leaf;
  // A word cannot be cut by the tokenizer: the dictionary of words is far smaller than that of messages.
  if (kind === 'text' && query.contains !== undefined && /^_*[0-9a-z][0-9a-z_]*$/.test(query.contains)) {
    return { wildcard: { [field]: { value: `*${query.contains}*` } } };
  }
  if (query.type === 'regexp') return writeRegexp(leaf, query.value);
  const { type, value } = query;
  return anyOf([
    { [type]: { [`${field}.${FOLDED}`]: { value } } },
    { [type]: { [`${field}.keyword`]: { value, case_insensitive: true } } },
    kind === 'text' ? writeLong(field, query, writer) : undefined,
    kind === 'dynamic' ? unmappedTerm(field, query) : undefined,
  ]);
}

/** Flags are for the operators that only numbers use: everything else in an expression is escaped. */
function writeRegexp(leaf: Leaf, value: string): QueryDsl {
  const regexp = (field: string): QueryDsl => ({
    regexp: { [field]: { value, flags: FLAGS, max_determinized_states: STATES } },
  });
  return anyOf([
    regexp(`${leaf.field}.${FOLDED}`),
    regexp(`${leaf.field}.keyword`),
    leaf.kind === 'dynamic' ? unmappedRegexp(leaf, value) : undefined,
  ]);
}

const FLAGS = 'INTERSECTION|COMPLEMENT';
const STATES = 50_000;

/** Messages too long for one term are looked through word by word. */
function writeLong(field: string, query: TermQuery, { flattened }: Writer): QueryDsl | undefined {
  const words = query.contains?.match(/[0-9a-z]+/g) ?? [];
  if (words.length === 0) return undefined;
  const terms = [`${field}.${FOLDED}`, `${field}.keyword`];
  const long = flattened
    ? { terms: { _ignored: terms } }
    : { bool: { filter: [{ exists: { field } }], must_not: terms.map(each => ({ exists: { field: each } })) } };
  return { bool: { filter: [long, ...words.map(word => ({ wildcard: { [field]: { value: `*${word}*` } } }))] } };
}

function unmappedTerm(field: string, { type, value }: TermQuery): QueryDsl {
  const head = field + UNMAPPED_SEPARATOR;
  return {
    [type]: { [UNMAPPED_TERMS]: { value: (type === 'wildcard' ? head.replace(/[*?\\]/g, '\\$&') : head) + value } },
  };
}

function unmappedRegexp({ field, kind }: Leaf, source: string): QueryDsl | undefined {
  if (kind !== 'dynamic') return undefined;
  const head = escapeLucene(field + UNMAPPED_SEPARATOR);
  // `&` binds looser than the sequence: the head belongs to all that is intersected.
  const value = `${head}(${source})`;
  return { regexp: { [UNMAPPED_TERMS]: { value, flags: FLAGS, max_determinized_states: STATES } } };
}

function unmappedRange(field: string, texts: RangeBounds<string>): QueryDsl {
  const head = field + UNMAPPED_SEPARATOR;
  const bounds: RangeBounds<string> = { gte: head, lt: `${field}\u0020` };
  for (const side of ['gt', 'gte'] as const) if (texts[side] !== undefined) bounds[side] = head + texts[side];
  if (texts.gt !== undefined) delete bounds.gte;
  if (texts.lt !== undefined) bounds.lt = head + texts.lt;
  if (texts.lte !== undefined) {
    bounds.lte = head + texts.lte;
    delete bounds.lt;
  }
  return { range: { [UNMAPPED_TERMS]: bounds } };
}

function unsupported(field: string, how: string): LongshoreError {
  return new LongshoreError('LS_QUERY_UNSUPPORTED', `Elasticsearch can search ${field} ${how}.`, {
    fix: 'Write it so, or use @timestamp.',
  });
}
