import type { Path } from '../../base/yaml/located.ts';
import type { Predicate, QueryNode, Requirements } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { isFields } from '../../core/event.ts';
import type { Problems } from './problems.ts';

/** So many mistakes of one filter are told. */
const MAX_MISTAKES = 20;

export interface FilterReader {
  /** Elasticsearch filters to a query. Throws LongshoreError. */
  readonly filters: (filters: unknown) => QueryNode;
  /** Throws LongshoreError for what only shows when a query is made ready. */
  readonly predicate: (node: QueryNode) => Predicate;
  /** Of each list, an event that the query takes has at least one. */
  readonly requirements?: (node: QueryNode) => Requirements;
}

export interface RuleFilter {
  readonly query: QueryNode;
  readonly predicate: Predicate;
  readonly required: Requirements;
  /** Makes a part of the query ready. */
  readonly compile: (node: QueryNode) => Predicate;
}

/** The filter of an option; undefined when it has mistakes, of which all are told, each with its line. */
export function readFilter(
  written: unknown,
  reader: FilterReader,
  problems: Problems,
  option = 'filter',
): RuleFilter | undefined {
  if (refusesQueries(written, problems, option)) return undefined;
  const query = readQuery(written, reader.filters, problems, option);
  if (query === undefined) return undefined;
  try {
    const required = reader.requirements?.(query) ?? [];
    return { query, predicate: reader.predicate(query), required, compile: reader.predicate };
  } catch (error) {
    const before = problems.errors.length;
    for (const [i, item] of (Array.isArray(written) ? written : []).entries()) {
      try {
        reader.predicate(reader.filters([item]));
      } catch (cause) {
        tell(cause, { option, path: [i] }, problems);
      }
    }
    if (problems.errors.length === before) tell(error, { option, path: [] }, problems);
    return undefined;
  }
}

/** Languages that ask Elasticsearch about many events at once. */
const ASKING: Record<string, string> = {
  eql: 'An EQL query with one event is a query_string; a sequence is a rule over other rules.',
  esql: 'Write its `where` as a query_string, and its `stats` as a rule of type frequency, cardinality or metric_aggregation.',
};

function refusesQueries(written: unknown, problems: Problems, option: string): boolean {
  let refused = false;
  for (const [i, item] of (Array.isArray(written) ? written : [written]).entries()) {
    for (const kind of isFields(item) ? Object.keys(ASKING).filter(name => Object.hasOwn(item, name)) : []) {
      refused = true;
      const what = `in the filter: ${kind} asks Elasticsearch about many events at once; here each event is tried by itself as it arrives.`;
      const path = Array.isArray(written) ? [i, kind] : [kind];
      problems.error('LS_ALERTS_FILTER', what, { option, path, fix: ASKING[kind] });
    }
  }
  return refused;
}

function readQuery(
  written: unknown,
  filters: (filters: unknown) => QueryNode,
  problems: Problems,
  option: string,
): QueryNode | undefined {
  let filter: unknown = written ?? [];
  for (let mistakes = 0; ; mistakes++) {
    let error: unknown;
    try {
      const query = filters(filter);
      return mistakes === 0 ? query : undefined;
    } catch (cause) {
      error = cause;
    }
    const path = pathOf(error, filter);
    tell(error, { option, path }, problems);
    if (mistakes === MAX_MISTAKES || path.length === 0) return undefined;
    filter = withoutMistake(filter, path, filters);
    if (filter === undefined) return undefined;
  }
}

function tell(error: unknown, place: { option: string; path: Path }, problems: Problems): void {
  const name = place.option === 'filter' ? 'the filter' : place.option;
  if (error instanceof LongshoreError) {
    problems.error(error.code, `in ${name}: ${error.what}`, { ...place, fix: error.fix, cause: error });
  } else problems.error('LS_ALERTS_FILTER', `${name} cannot be read: ${messageOf(error)}.`, { ...place, cause: error });
}

/** `filter[0].bool.must[1].trem` as steps. Names may hold dots: what is there decides. */
function pathOf(error: unknown, filter: unknown): (string | number)[] {
  const where = error instanceof LongshoreError ? (error.where ?? '') : '';
  const path: (string | number)[] = [];
  let rest = where.replace(/^filter/, '');
  let node = filter;
  while (rest !== '') {
    const item = /^\[(\d+)\]/.exec(rest);
    let step: string | number | undefined;
    if (item !== null) {
      step = Number(item[1]);
      rest = rest.slice(item[0].length);
    } else if (isFields(node)) {
      const name = Object.keys(node)
        .filter(key => rest.startsWith(`.${key}`) && /^(?:[.[]|$)/.test(rest.slice(key.length + 1)))
        .sort((a, b) => b.length - a.length)[0];
      if (name === undefined) break;
      step = name;
      rest = rest.slice(name.length + 1);
    }
    if (step === undefined) break;
    path.push(step);
    node = Array.isArray(node) && typeof step === 'number' ? node[step] : isFields(node) ? node[step] : undefined;
  }
  return path;
}

/** The filter with the smallest part around the mistake taken out or made right; undefined when nothing helps. */
function withoutMistake(filter: unknown, path: Path, filters: (filters: unknown) => QueryNode): unknown {
  for (let length = path.length; length > 0; length--) {
    const part = path.slice(0, length);
    for (const changed of [without(filter, part), replaced(filter, part)]) {
      try {
        filters(changed);
        return changed;
      } catch (other) {
        const otherPath = pathOf(other, changed);
        // An error around the part, or in what stands there now, comes from the change.
        if (!isInside(otherPath, part) && !isInside(part, otherPath)) return changed;
      }
    }
  }
  return undefined;
}

const isInside = (path: Path, outer: Path): boolean => outer.every((step, i) => path[i] === step);

function without(value: unknown, path: Path): unknown {
  const [step, ...rest] = path;
  if (Array.isArray(value)) return value.map((item, i) => (i === step ? without(item, rest) : item));
  if (!isFields(value)) return value;
  const entries = Object.entries(value).filter(([key]) => rest.length > 0 || key !== step);
  return Object.fromEntries(entries.map(([key, item]) => [key, key === step ? without(item, rest) : item]));
}

function replaced(value: unknown, path: Path): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return { match_all: {} };
  if (Array.isArray(value)) return value.map((item, i) => (i === step ? replaced(item, rest) : item));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === step ? replaced(item, rest) : item]),
  );
}
