import { LongshoreError } from '../../core/errors.ts';
import {
  type Assertion,
  type CharSet,
  isWordOnly,
  type Node,
  noWordAtAll,
  OTHER,
  parseSource,
  restrict,
  WORD,
} from './elasticsearch-source.ts';
import { fold } from './text.ts';

/*
 * An expression of ours (`regexp.ts`, `text.ts`) as Lucene can ask for it. Lucene compares with the whole term, has no
 * anchors and no `\b`: what is not anchored gets `.*`, and what stands at a word boundary gets the character before or
 * behind it spelled out. Plain text and simple wildcards get their own cheaper kinds of query.
 */
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
export function termQuery(source: string): TermQuery | undefined {
  const sequences = alternatives(parseSource(source))
    .map(resolve)
    .filter(found => found !== undefined);
  if (sequences.length === 0) return undefined;
  const regexp = sequences.map(writeSequence).join('|');
  if (regexp.length > MAX_REGEXP_CHARS) throw tooLong();
  if (sequences.length > 1) return { type: 'regexp', value: regexp, regexp, contains: undefined };
  const { before, nodes, after } = sequences[0]!;
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
    const wild = isAnyStar(node) ? '*' : node.type === 'set' && isAny(node.set) ? '?' : undefined;
    if (wild === undefined) return { type: 'regexp', value: regexp, regexp, contains: undefined };
    isPlain = false;
    if (wild !== '*' || !/(^|[^\\])(\\\\)*\*$/.test(value)) value += wild;
  }
  if (isPlain) return { type: 'term', value: plain, regexp, contains: undefined };
  const open = before[0] === ANY_STAR && after[0] === ANY_STAR && before.length === 1 && after.length === 1;
  const contains = open && nodes.every(node => literalChar(node) !== undefined) ? plain : undefined;
  return { type: 'wildcard', value, regexp, contains };
}

/** Our indices are made with this `index.max_regex_length`. */
export const MAX_REGEXP_CHARS = 10_000;
const MAX_ALTERNATIVES = 64;

const ANY: CharSet = [[0, 0x10ffff]];
const ANY_STAR: Node = { type: 'repeat', sign: '*', node: { type: 'set', set: ANY } };

/** A sequence without assertions; `before` and `after` are what stands for the rest of the value. */
interface Sequence {
  before: Node[];
  nodes: Node[];
  after: Node[];
}

/** Sequences that have assertions at their own level only. */
function alternatives(node: Node): Node[][] {
  if (!hasAssertion(node)) return node.type === 'sequence' ? [node.nodes] : [[node]];
  switch (node.type) {
    case 'alternation':
      return limited(node.nodes.flatMap(alternatives));
    case 'sequence': {
      let found: Node[][] = [[]];
      for (const inner of node.nodes) {
        const choices = hasAssertion(inner) ? alternatives(inner) : [[inner]];
        found = limited(found.flatMap(head => choices.map(tail => [...head, ...tail])));
      }
      return found;
    }
    case 'repeat':
      if (node.sign === '?') return [[], ...alternatives(node.node)];
      throw unsupported('repeats an anchor or a word boundary');
    default:
      return [[node]];
  }
}

function limited(found: Node[][]): Node[][] {
  if (found.length > MAX_ALTERNATIVES) throw unsupported('has too many alternatives with anchors or word boundaries');
  return found;
}

function hasAssertion(node: Node): boolean {
  if (node.type === 'assertion') return true;
  if (node.type === 'set') return false;
  return node.type === 'repeat' ? hasAssertion(node.node) : node.nodes.some(hasAssertion);
}

/** Takes the assertions out; undefined when they contradict the rest. */
function resolve(given: Node[]): Sequence | undefined {
  let nodes = given;
  let before = [ANY_STAR];
  let after = [ANY_STAR];
  const start = nodes.findLastIndex(node => isAssertion(node, '^'));
  if (start >= 0) {
    if (!nodes.slice(0, start).every(isNullable)) return undefined;
    nodes = [...assertions(nodes.slice(0, start)), ...nodes.slice(start + 1)];
    before = [];
  }
  const end = nodes.findIndex(node => isAssertion(node, '$'));
  if (end >= 0) {
    if (!nodes.slice(end + 1).every(isNullable)) return undefined;
    nodes = [...nodes.slice(0, end), ...assertions(nodes.slice(end + 1))];
    after = [];
  }
  for (let i = nodes.findIndex(isBoundary); i >= 0; i = nodes.findIndex(isBoundary)) {
    const wantsChange = isAssertion(nodes[i]!, 'b');
    const left = [...before, ...nodes.slice(0, i)];
    const right = [...nodes.slice(i + 1), ...after];
    const kept = [true, false].flatMap(wordLeft => {
      const wordRight = wantsChange ? !wordLeft : wordLeft;
      const newLeft = endingIn(left, wordLeft);
      const newRight = startingWith(right, wordRight);
      return newLeft === undefined || newRight === undefined ? [] : [{ newLeft, newRight }];
    });
    if (kept.length === 0) return undefined;
    const [first, second] = kept;
    // Both sides of the boundary are possible: an alternation of the two.
    if (second !== undefined) {
      if (right.some(isBoundary)) throw unsupported('has word boundaries beside characters of any kind');
      nodes = [
        {
          type: 'alternation',
          nodes: [first!, second].map(side => ({ type: 'sequence', nodes: [...side.newLeft, ...side.newRight] })),
        },
      ];
    } else nodes = [...first!.newLeft, ...first!.newRight];
    before = [];
    after = [];
  }
  return { before, nodes, after };
}

const isAssertion = (node: Node, kind: Assertion): boolean => node.type === 'assertion' && node.kind === kind;
const isBoundary = (node: Node): boolean => isAssertion(node, 'b') || isAssertion(node, 'B');
/** What is left of nodes that have no character: `^` and `$` of the other end hold or not by what else there is. */
const assertions = (nodes: Node[]): Node[] => nodes.filter(node => isBoundary(node) || isAssertion(node, '$'));

function isNullable(node: Node): boolean {
  if (node.type === 'assertion') return true;
  if (node.type === 'set') return false;
  if (node.type === 'repeat') return node.sign !== '+' || isNullable(node.node);
  return node.type === 'sequence' ? node.nodes.every(isNullable) : node.nodes.some(isNullable);
}

/** The nodes, their last character restricted to those of words or to the others (or no character at all). */
function endingIn(nodes: Node[], word: boolean): Node[] | undefined {
  if (nodes.length === 0) return word ? undefined : [];
  const last = nodes.at(-1)!;
  const head = nodes.slice(0, -1);
  if (last === ANY_STAR && head.length === 0) {
    const restricted: Node = { type: 'set', set: word ? WORD : OTHER };
    return word ? [ANY_STAR, restricted] : [optional([ANY_STAR, restricted])];
  }
  if (last.type === 'repeat' && last.sign !== '+') {
    const without = endingIn(head, word);
    const inner = narrowed(last.node, word, 'last');
    return either(without, inner && [...head, ...(last.sign === '*' ? [last] : []), ...inner]);
  }
  const restricted = narrowed(last, word, 'last');
  return restricted === undefined ? undefined : [...head, ...restricted];
}

/** The nodes, their first character restricted. */
function startingWith(nodes: Node[], word: boolean): Node[] | undefined {
  if (nodes.length === 0) return word ? undefined : [];
  const first = nodes[0]!;
  const rest = nodes.slice(1);
  if (first === ANY_STAR && rest.length === 0) {
    const restricted: Node = { type: 'set', set: word ? WORD : OTHER };
    return word ? [restricted, ANY_STAR] : [optional([restricted, ANY_STAR])];
  }
  if (first.type === 'repeat' && first.sign !== '+') {
    const without = startingWith(rest, word);
    const inner = narrowed(first.node, word, 'first');
    return either(without, inner && [...inner, ...(first.sign === '*' ? [first] : []), ...rest]);
  }
  const restricted = narrowed(first, word, 'first');
  return restricted === undefined ? undefined : [...restricted, ...rest];
}

function either(a: Node[] | undefined, b: Node[] | undefined): Node[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return [{ type: 'alternation', nodes: [a, b].map(nodes => ({ type: 'sequence', nodes })) }];
}

const optional = (nodes: Node[]): Node => ({ type: 'repeat', sign: '?', node: { type: 'sequence', nodes } });

/** Undefined when it has no such character at that end. */
function narrowed(node: Node, word: boolean, end: 'first' | 'last'): Node[] | undefined {
  switch (node.type) {
    case 'set': {
      if (word ? isWordOnly(node.set) : noWordAtAll(node.set)) return [node];
      const set = restrict(node.set, word ? WORD : OTHER);
      return set.length === 0 ? undefined : [{ type: 'set', set }];
    }
    case 'repeat': {
      if (node.sign !== '+') break;
      const { node: repeated } = node;
      if (repeated.type === 'set' && (word ? isWordOnly : noWordAtAll)(repeated.set)) return [node];
      const inner = narrowed(node.node, word, end);
      if (inner === undefined) return undefined;
      const more: Node = { type: 'repeat', sign: '*', node: node.node };
      return end === 'first' ? [...inner, more] : [more, ...inner];
    }
    case 'sequence': {
      if (node.nodes.length === 0 || isNullable(end === 'first' ? node.nodes[0]! : node.nodes.at(-1)!)) break;
      return end === 'first' ? startingWith(node.nodes, word) : endingIn(node.nodes, word);
    }
    case 'alternation': {
      const kept = node.nodes
        .map(inner => narrowed(inner, word, end))
        .filter(inner => inner !== undefined)
        .map((nodes): Node => ({ type: 'sequence', nodes }));
      return kept.length === 0 ? undefined : [{ type: 'alternation', nodes: kept }];
    }
    case 'assertion':
      break;
  }
  throw unsupported('has a word boundary beside something that may be missing');
}

function writeSequence({ before, nodes, after }: Sequence): string {
  return [...before, ...nodes, ...after].map(write).join('') || '()';
}

function write(node: Node): string {
  switch (node.type) {
    case 'set':
      return writeSet(node.set);
    case 'repeat':
      return `${writeAtom(node.node)}${node.sign}`;
    case 'sequence':
      return node.nodes.length === 0 ? '()' : node.nodes.map(inner => write(inner)).join('');
    case 'alternation':
      return `(${node.nodes.map(write).join('|')})`;
    case 'assertion':
      throw unsupported('has an anchor in a place where it cannot hold');
  }
}

const writeAtom = (node: Node): string =>
  node.type === 'sequence' || node.type === 'repeat' ? `(${write(node)})` : write(node);

function writeSet(set: CharSet): string {
  if (isAny(set)) return '.';
  if (set.length === 1 && set[0]![0] === set[0]![1]) return escapeRegexp(String.fromCodePoint(set[0]![0]));
  return `[${set.map(([from, to]) => writeRange(from, to)).join('')}]`;
}

/** An escaped character is no end of a range to Lucene: it stands beside the range. */
function writeRange(from: number, to: number): string {
  if (from > to) return '';
  const low = String.fromCodePoint(from);
  const high = String.fromCodePoint(to);
  if (from === to) return SPECIAL_IN_CLASS.test(low) ? `\\${low}` : low;
  if (SPECIAL_IN_CLASS.test(low)) return `\\${low}${writeRange(from + 1, to)}`;
  if (SPECIAL_IN_CLASS.test(high)) return `${writeRange(from, to - 1)}\\${high}`;
  return `${low}-${high}`;
}

const SPECIAL_IN_CLASS = /[[\]\\^"-]/;

/** Every character that means something to Lucene with any flags gets a backslash. */
export function escapeRegexp(text: string): string {
  return text.replace(/[.?+*|{}[\]()"\\#@&<>~^$-]/g, '\\$&');
}

/** The folded character that a set of its cases stands for. */
function literalChar(node: Node): string | undefined {
  if (node.type === 'alternation') {
    const chars = new Set(node.nodes.map(literalChar));
    return chars.size === 1 ? [...chars][0] : undefined;
  }
  if (node.type === 'sequence') return node.nodes.length === 1 ? literalChar(node.nodes[0]!) : undefined;
  if (node.type !== 'set') return undefined;
  let found: string | undefined;
  let members = 0;
  for (const [from, to] of node.set) {
    for (let code = from; code <= to; code++) {
      if (++members > 4) return undefined;
      const folded = fold(String.fromCodePoint(code));
      if (found !== undefined && found !== folded) return undefined;
      found = folded;
    }
  }
  return found;
}

const isAnyStar = (node: Node): boolean =>
  node.type === 'repeat' && node.sign === '*' && node.node.type === 'set' && isAny(node.node.set);
const isAny = (set: CharSet): boolean => set.length === 1 && set[0]![0] === 0 && set[0]![1] === 0x10ffff;

function unsupported(what: string): LongshoreError {
  return new LongshoreError(
    'LS_QUERY_REGEXP',
    `the regular expression ${what}, which Elasticsearch cannot search for.`,
    {
      fix: 'Write the characters around it out, or search for plain words.',
    },
  );
}

function tooLong(): LongshoreError {
  return new LongshoreError(
    'LS_QUERY_REGEXP',
    `the expression is longer than ${MAX_REGEXP_CHARS} characters for Elasticsearch.`,
    {
      fix: 'Shorten it.',
    },
  );
}
