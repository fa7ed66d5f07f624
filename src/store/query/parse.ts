import type { QueryNode } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import { canonicalField, meantKind } from './fields.ts';
import { QUERY_LIMITS, type QueryLimits } from './limits.ts';
import { readExpression } from './regexp.ts';
import {
  hasWildcard,
  isComparison,
  limitError,
  readQuoted,
  readRegexp,
  readWord,
  separatesHere,
  skipBlanks,
  syntaxError,
  type TextCursor,
  take,
  takeComparison,
  takeKeyword,
  takeTo,
  withoutEscapes,
} from './scan.ts';

/*
 * The query language: Lucene's as Kibana and Elasticsearch's query_string have it, and the plain forms of KQL, in one grammar.
 *
 *   query     = sequence { OR sequence }                     OR  or  ||
 *   sequence  = item { [AND] item }                          AND  and  &&
 *   item      = [ NOT | not | ! | - | + ] ( '(' query ')' | clause ) [ ^boost ]
 *   clause    = field ':' value | field comparison value | value          blanks may stand around the colon
 *   field     = name | "quoted name"
 *   value     = word | wild*card? | "phrase" | /expression/ | '(' query ')' | range | comparison value
 *   range     = ('[' | '{') bound TO bound (']' | '}')       * is an open end
 *
 * - Words side by side must all match (AND): what a user of a log tool wants, though query_string by itself says OR.
 *   Rules written for Elasticsearch are read with `defaultOperator: 'or'`; then + and - make a clause required or excluded.
 * - AND binds tighter than OR, NOT tighter than both. Lucene's own reading of `a AND b OR c` and `a OR NOT b` is not copied.
 * - `f:*` and `_exists_:f` ask for the field; `*` and `*:*` for everything; an empty query for everything, too.
 * - `timestamp` is `@timestamp`; `f.keyword` is `f`.
 * - A /regular expression/ is found anywhere in `message` and in undeclared fields, but covers the whole value of a keyword
 *   field; with `wholeRegexp` (rules: as in Elasticsearch) it covers the whole value of all but `message`.
 * - `and`, `or`, `not` count in any case; with `upperCaseOperators` (rules: as in Lucene) only in capitals.
 * - Boosts (`^2`) change only a score: accepted and ignored. Fuzzy words and slop (`word~`, `"a b"~2`) are refused.
 */

export interface ParseOptions {
  /** What words side by side mean. Default `and`. */
  defaultOperator?: 'and' | 'or';
  /** Fields for values without one, in place of the default fields. */
  defaultFields?: readonly string[] | undefined;
  /** Lucene's anchoring of regular expressions. Default false. */
  wholeRegexp?: boolean;
  /** `and`, `or` and `not` in small letters are words. Default false. */
  upperCaseOperators?: boolean;
  limits?: Partial<QueryLimits>;
}

/** Parses what a user typed. Throws LongshoreError LS_QUERY_SYNTAX with the position, or LS_QUERY_LIMIT. */
export function parseQuery(text: string, options: ParseOptions = {}): QueryNode {
  const limits = { ...QUERY_LIMITS, ...options.limits };
  if (Buffer.byteLength(text) > limits.max_query_bytes) {
    throw limitError(`the query is longer than max_query_bytes (${limits.max_query_bytes}).`);
  }
  const exactCase = options.upperCaseOperators === true;
  const parser: Parser = { text, at: 0, exactCase, options, limits, depth: 0, clauses: 0 };
  skipBlanks(parser);
  if (parser.at === text.length) return { type: 'all' };
  const node = parseOr(parser, undefined);
  if (parser.at < text.length) {
    throw syntaxError(text, parser.at, 'a parenthesis closes that was not opened', 'Remove it, or write \\).');
  }
  return node;
}

interface Parser extends TextCursor {
  readonly options: ParseOptions;
  readonly limits: QueryLimits;
  depth: number;
  clauses: number;
}

type Occurs = 'must' | 'not' | 'plain';

interface Item {
  node: QueryNode;
  occurs: Occurs;
}

function parseOr(parser: Parser, field: string | undefined): QueryNode {
  if (++parser.depth > parser.limits.max_query_depth) {
    throw limitError(`the query nests deeper than max_query_depth (${parser.limits.max_query_depth}).`);
  }
  const alternatives: QueryNode[] = [];
  do alternatives.push(parseSequence(parser, field));
  while (takeOperator(parser, 'or', '||'));
  parser.depth--;
  return combine('or', alternatives);
}

function takeOperator(parser: Parser, word: string, sign: string): boolean {
  skipBlanks(parser);
  return takeKeyword(parser, word) || take(parser, sign);
}

/** Items side by side; those joined by AND form one. */
function parseSequence(parser: Parser, field: string | undefined): QueryNode {
  const groups: Item[][] = [];
  let joined = false;
  do {
    const item = parseItem(parser, field);
    if (joined) groups.at(-1)!.push(item);
    else groups.push([item]);
    joined = takeOperator(parser, 'and', '&&');
  } while (joined || !atEnd(parser));
  return combineGroups(groups, parser.options.defaultOperator ?? 'and');
}

function atEnd(parser: Parser): boolean {
  skipBlanks(parser);
  if (parser.at >= parser.text.length || parser.text[parser.at] === ')') return true;
  const at = parser.at;
  const isOr = takeKeyword(parser, 'or') || take(parser, '||');
  parser.at = at;
  return isOr;
}

function combineGroups(groups: Item[][], operator: 'and' | 'or'): QueryNode {
  const nodes = groups.map(group => combine('and', group.map(signed)));
  if (operator === 'and') return combine('and', nodes);
  // Lucene's clauses: + is required, - excludes, of the rest one has to match unless something is required.
  const required: QueryNode[] = [];
  const optional: QueryNode[] = [];
  let anyRequired = false;
  groups.forEach((group, i) => {
    const occurs = group.length === 1 ? group[0]!.occurs : 'plain';
    if (occurs === 'plain') optional.push(nodes[i]!);
    else required.push(nodes[i]!);
    if (occurs === 'must') anyRequired = true;
  });
  if (optional.length > 0 && !anyRequired) required.push(combine('or', optional));
  return combine('and', required);
}

const signed = ({ node, occurs }: Item): QueryNode => (occurs === 'not' ? negate(node) : node);
const negate = (node: QueryNode): QueryNode => (node.type === 'not' ? node.node : { type: 'not', node });

function combine(type: 'and' | 'or', nodes: QueryNode[]): QueryNode {
  if (nodes.length === 1) return nodes[0]!;
  // `a and b and c` is one list, however it was grouped.
  return { type, nodes: nodes.flatMap(node => (node.type === type ? node.nodes : [node])) };
}

function parseItem(parser: Parser, field: string | undefined): Item {
  skipBlanks(parser);
  const { text } = parser;
  const start = parser.at;
  if (takeKeyword(parser, 'not') || takeSign(parser, '!') || takeSign(parser, '-')) {
    if (++parser.depth > parser.limits.max_query_depth) throw limitError('the query has too many NOT in a row.');
    const inner = parseItem(parser, field);
    parser.depth--;
    return inner.occurs === 'not' ? { node: inner.node, occurs: 'plain' } : { node: inner.node, occurs: 'not' };
  }
  if (takeSign(parser, '+')) return { node: parseItem(parser, field).node, occurs: 'must' };
  for (const word of ['and', 'or']) {
    const at = parser.at;
    if (!takeKeyword(parser, word)) continue;
    throw syntaxError(
      text,
      at,
      `${text.slice(at, parser.at)} has nothing before it`,
      `Quote it to search for the word.`,
    );
  }
  if (start >= text.length || text[start] === ')') {
    throw syntaxError(text, start, 'something to search for is missing', 'Complete the query, or quote the text.');
  }
  if (++parser.clauses > parser.limits.max_query_clauses) {
    throw limitError(`the query has more clauses than max_query_clauses (${parser.limits.max_query_clauses}).`);
  }
  const node = text[start] === '(' ? parseGroup(parser, field) : parseClause(parser, field);
  parser.at += /^\^\d+(?:\.\d+)?(?=[\s)]|$)/.exec(text.slice(parser.at))?.[0].length ?? 0;
  return { node, occurs: 'plain' };
}

/** A sign counts before something; alone it is a word. */
function takeSign(parser: Parser, sign: string): boolean {
  const next = parser.text[parser.at + 1];
  if (next === undefined || next === ')' || next === sign) return false;
  if (/\s/.test(next) && sign !== '!') return false;
  return take(parser, sign);
}

function parseGroup(parser: Parser, field: string | undefined): QueryNode {
  const start = parser.at++;
  const node = parseOr(parser, field);
  if (!take(parser, ')'))
    throw syntaxError(parser.text, start, 'a parenthesis is not closed', 'Add ), or quote the text.');
  return node;
}

function parseClause(parser: Parser, field: string | undefined): QueryNode {
  const { text } = parser;
  if (text[parser.at] === '"') {
    const start = parser.at;
    const name = readQuoted(parser);
    if (takeColon(parser, start)) return parseFieldValue(parser, name, start);
    if (takesComparison(parser)) return parseValue(parser, canonicalField(name));
    parser.at = start;
    return parseValue(parser, field);
  }
  if ('/<>'.includes(text[parser.at]!)) return parseValue(parser, field);
  const word = readWord(parser, true);
  if (word.separator === ':') {
    parser.at++;
    return parseFieldValue(parser, withoutEscapes(word.raw), word.start);
  }
  if (word.separator !== undefined) return parseValue(parser, canonicalField(withoutEscapes(word.raw)));
  // Kibana's own completion writes blanks: `level : ERROR`, `response_time > 500`.
  if (takeColon(parser, word.start)) return parseFieldValue(parser, withoutEscapes(word.raw), word.start);
  const isField = /^[\p{L}_@][\p{L}\p{N}_@.\-/]*$/u.test(word.raw);
  if (isField && takesComparison(parser)) return parseValue(parser, canonicalField(word.raw));
  return wordNode(parser, field, word.raw, word.start);
}

/** Takes the colon behind the name from `start` to here, with blanks before it. */
function takeColon(parser: Parser, start: number): boolean {
  const end = parser.at;
  skipBlanks(parser);
  if (parser.text[parser.at] === ':' && separatesHere(parser, parser.text.slice(start, end))) {
    parser.at++;
    return true;
  }
  parser.at = end;
  return false;
}

/** Goes to the comparison that stands behind blanks, if one does. */
function takesComparison(parser: Parser): boolean {
  const end = parser.at;
  skipBlanks(parser);
  if (isComparison(parser.text, parser.at)) return true;
  parser.at = end;
  return false;
}

function parseFieldValue(parser: Parser, name: string, start: number): QueryNode {
  skipBlanks(parser);
  if (parser.at >= parser.text.length || parser.text[parser.at] === ')') {
    throw syntaxError(
      parser.text,
      start,
      `${name}: has no value`,
      'Add one, or quote the text if the colon belongs to it.',
    );
  }
  if (name === '_exists_') {
    const isQuoted = parser.text[parser.at] === '"';
    const field = isQuoted ? readQuoted(parser) : withoutEscapes(readWord(parser, false).raw);
    return { type: 'exists', field: canonicalField(field) };
  }
  if (name === '*') return parseValue(parser, undefined);
  if (name.includes('*')) {
    throw syntaxError(parser.text, start, 'the name of a field has a wildcard', 'Name each field: a:x or b:x.');
  }
  return parseValue(parser, canonicalField(name));
}

function parseValue(parser: Parser, field: string | undefined): QueryNode {
  const { text } = parser;
  const char = text[parser.at]!;
  if (char === '(') return parseGroup(parser, field);
  if (char === '"') {
    const start = parser.at;
    const value = readQuoted(parser);
    refuseFuzzy(parser, start, /^~\d*(?=[\s)^]|$)/.test(text.slice(parser.at)));
    return spread(parser, field, name => ({ type: 'phrase', ...name, value }));
  }
  if (char === '/') {
    const start = parser.at + 1;
    const pattern = readRegexp(parser);
    if (pattern !== undefined) {
      checkRegexp(pattern, start, text);
      return spread(parser, field, name => ({
        type: 'regexp',
        ...name,
        pattern: anchored(parser, name.field, pattern),
      }));
    }
  }
  if (field !== undefined && (char === '[' || char === '{')) return parseRange(parser, field);
  if (field !== undefined && (char === '<' || char === '>')) {
    const side = takeComparison(parser)!;
    skipBlanks(parser);
    if (parser.at >= text.length) throw syntaxError(text, parser.at - 1, 'a comparison has no value', 'Add one.');
    return { type: 'range', field, [side]: readBound(parser, /[\s)]/) } as QueryNode;
  }
  const start = parser.at;
  return wordNode(parser, field, readWord(parser, false).raw, start);
}

/** `start`: where the pattern begins in the query, in which each `/` of it is written with a `\\` before it. */
function checkRegexp(pattern: string, start: number, text: string): void {
  try {
    readExpression(pattern);
  } catch (error) {
    if (!(error instanceof LongshoreError) || error.position === undefined) throw error;
    let at = start;
    for (let left = error.position; left > 0; left--) at += text.startsWith('\\/', at) ? 2 : 1;
    throw new LongshoreError(error.code, error.what, { fix: error.fix, position: at });
  }
}

function wordNode(parser: Parser, field: string | undefined, written: string, start: number): QueryNode {
  const raw = written.replace(/\^\d+(?:\.\d+)?$/, '');
  refuseFuzzy(parser, start, /[\p{L}\p{N}_*?]~(?:[0-2](?:\.\d+)?)?$/u.test(raw));
  if (/^\*+$/.test(raw)) return field === undefined ? { type: 'all' } : { type: 'exists', field };
  if (!hasWildcard(raw)) {
    const value = withoutEscapes(raw);
    return spread(parser, field, name => ({ type: 'match', ...name, value }));
  }
  // A pattern has its own escapes: those of `*`, `?` and `\` stay.
  const pattern = raw.replace(/\\(.)/gsu, (pair, char: string) => ('*?\\'.includes(char) ? pair : char));
  return spread(parser, field, name => ({ type: 'wildcard', ...name, pattern }));
}

function refuseFuzzy(parser: Parser, start: number, isFuzzy: boolean): void {
  if (!isFuzzy) return;
  throw syntaxError(
    parser.text,
    start,
    'fuzzy search (~) is not supported',
    'Remove the ~, or write \\~ for the character.',
  );
}

/** The leaf for its field, or for each of the configured default fields. */
function spread(parser: Parser, field: string | undefined, leaf: (name: { field?: string }) => QueryNode): QueryNode {
  if (field !== undefined) return leaf({ field });
  const fields = parser.options.defaultFields;
  if (fields === undefined || fields.length === 0) return leaf({});
  return combine(
    'or',
    fields.map(name => leaf({ field: canonicalField(name) })),
  );
}

function anchored(parser: Parser, field: string | undefined, pattern: string): string {
  if (field === undefined) return pattern;
  const kind = meantKind(field);
  const whole = kind === 'keyword' || kind === 'exact' || (kind === 'dynamic' && parser.options.wholeRegexp === true);
  return whole ? `^(?:${pattern})$` : pattern;
}

function parseRange(parser: Parser, field: string): QueryNode {
  const { text } = parser;
  const start = parser.at;
  const member = /^\{\s*([\p{L}_@][\p{L}\p{N}_@.-]*)\s*:/u.exec(text.slice(parser.at))?.[1];
  const fix =
    member === undefined
      ? 'Write [1 TO 5], {1 TO *], or quote the text if the bracket belongs to it.'
      : `A member of an object, also in a list, is found by its path: ${field}.${member}:...`;
  const opening = text[parser.at++];
  skipBlanks(parser);
  const low = readBound(parser, /\s/);
  skipBlanks(parser);
  if (!takeTo(parser)) throw syntaxError(text, start, 'a range is not complete', fix);
  skipBlanks(parser);
  const high = readBound(parser, /[\s\]}]/);
  skipBlanks(parser);
  const closing = text[parser.at++];
  if (closing !== ']' && closing !== '}') throw syntaxError(text, start, 'a range is not closed', fix);
  if (low === '*' && high === '*') return { type: 'exists', field };
  return {
    type: 'range',
    field,
    ...(low === '*' ? {} : { [opening === '[' ? 'gte' : 'gt']: low }),
    ...(high === '*' ? {} : { [closing === ']' ? 'lte' : 'lt']: high }),
  };
}

function readBound(parser: Parser, end: RegExp): string {
  const { text } = parser;
  if (text[parser.at] === '"') return readQuoted(parser);
  const start = parser.at;
  while (parser.at < text.length && !end.test(text[parser.at]!)) parser.at += text[parser.at] === '\\' ? 2 : 1;
  parser.at = Math.min(parser.at, text.length);
  if (parser.at === start) throw syntaxError(text, start, 'a bound of a range is missing', 'Write * for an open end.');
  return withoutEscapes(text.slice(start, parser.at));
}
