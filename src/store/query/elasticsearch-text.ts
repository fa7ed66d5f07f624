import { ANY_STAR, isAny, isAnyStar, type RegexpNode } from '../../base/regexp/tree.ts';
import { NotInLucene, wholeValues, writeLucene } from '../../base/regexp/write-lucene.ts';
import { LongshoreError } from '../../core/errors.ts';
import { fold } from './text.ts';

/** An expression of ours as Lucene can ask for it. Plain text and simple wildcards get their own cheaper kinds of query. */
export interface TermQuery {
  /** `term`: the whole value. `wildcard`: with `*`, `?` and `\`. `regexp`: Lucene's syntax, any flags. */
  readonly type: 'term' | 'wildcard' | 'regexp';
  readonly value: string;
  /** The same as an expression of Lucene. */
  readonly regexp: string;
  /** Text that is found anywhere in the value, folded, if that is all there is to it. */
  readonly contains: string | undefined;
}

/** Undefined when nothing can match. For folded values; throws LS_QUERY_REGEXP for what Lucene cannot express. */
export function termQuery(expression: RegexpNode): TermQuery | undefined {
  const { values, regexp } = inLucene(expression);
  if (values.length === 0) return undefined;
  if (regexp.length > MAX_REGEXP_CHARS) throw tooLong();
  if (values.length > 1) return { type: 'regexp', value: regexp, regexp, contains: undefined };
  const { before, nodes, after } = values[0]!;
  let value = '';
  let plain = '';
  let isPlain = true;
  for (const node of [...before, ...nodes, ...after]) {
    const char = literalChar(node);
    if (char !== undefined) {
      value += '*?\\'.includes(char) ? `\\${char}` : char;
      plain += char;
      continue;
    }
    const wild = isAnyStar(node) ? '*' : isAny(node) ? '?' : undefined;
    if (wild === undefined) return { type: 'regexp', value: regexp, regexp, contains: undefined };
    isPlain = false;
    if (wild !== '*' || !/(^|[^\\])(\\\\)*\*$/.test(value)) value += wild;
  }
  if (isPlain) return { type: 'term', value: plain, regexp, contains: undefined };
  const isOpen = before[0] === ANY_STAR && after[0] === ANY_STAR;
  const contains = isOpen && nodes.every(node => literalChar(node) !== undefined) ? plain : undefined;
  return { type: 'wildcard', value, regexp, contains };
}

/** Our indices are made with this `index.max_regex_length`. */
export const MAX_REGEXP_CHARS = 10_000;

function inLucene(expression: RegexpNode): { values: ReturnType<typeof wholeValues>; regexp: string } {
  try {
    const values = wholeValues(expression);
    return { values, regexp: writeLucene(values) };
  } catch (error) {
    if (!(error instanceof NotInLucene)) throw error;
    throw new LongshoreError(
      'LS_QUERY_REGEXP',
      `the regular expression ${error.message}, which Elasticsearch cannot search for.`,
      { fix: 'Write the characters around it out, or search for plain words.' },
    );
  }
}

/** The folded character that a set of its cases stands for. */
function literalChar(node: RegexpNode): string | undefined {
  if (node.kind !== 'chars') return undefined;
  let found: string | undefined;
  let members = 0;
  for (let i = 0; i < node.set.length; i += 2) {
    for (let code = node.set[i]!; code <= node.set[i + 1]!; code++) {
      if (++members > 4) return undefined;
      const folded = fold(String.fromCodePoint(code));
      if (found !== undefined && found !== folded) return undefined;
      found = folded;
    }
  }
  return found;
}

function tooLong(): LongshoreError {
  return new LongshoreError(
    'LS_QUERY_REGEXP',
    `the expression is longer than ${MAX_REGEXP_CHARS} characters for Elasticsearch.`,
    { fix: 'Shorten it.' },
  );
}
