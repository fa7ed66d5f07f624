/** A part of a grok pattern that is matched as a whole: `%{NAME:field}`, a group, a class, a character, each with its quantifier. */
export interface Element {
  readonly source: string;
  /** `NAME` of `%{NAME}`. */
  readonly use?: string;
  /** The inside of a group that is neither a look nor atomic nor anything else special. */
  readonly inside?: string;
}

/** The alternatives of a pattern, each cut into its elements; texts that belong together stay one element. */
export function alternativesOf(pattern: string): readonly (readonly Element[])[] {
  const alternatives: Element[][] = [[]];
  let at = 0;
  while (at < pattern.length) {
    if (pattern[at] === '|') {
      alternatives.push([]);
      at++;
      continue;
    }
    const start = at;
    at = endOfAtom(pattern, at);
    const atom = pattern.slice(start, at);
    const quantifier = QUANTIFIER.exec(pattern.slice(at))?.[0] ?? '';
    at += quantifier.length;
    const elements = alternatives.at(-1)!;
    const last = elements.at(-1);
    const isText = quantifier === '' && /^(?:\\[^\w]|[^\\^$.[({%|])$/.test(atom);
    if (isText && last !== undefined && TEXT.test(last.source))
      elements[elements.length - 1] = { source: last.source + atom };
    else elements.push(elementOf(atom, quantifier));
  }
  return alternatives;
}

const QUANTIFIER = /^(?:[*+?]|\{\d*,?\d*\})[?+]?/;
/** Plain characters, escaped or not, of an element so far. */
const TEXT = /^(?:\\[^\w]|[^\\^$.[(){}*+?|%])+$/;

function elementOf(atom: string, quantifier: string): Element {
  const source = atom + quantifier;
  if (quantifier !== '') return { source };
  const use = /^%\{(\w+)/.exec(atom)?.[1];
  if (use !== undefined) return { source, use };
  const group = /^\((?:\?:|\?<(?![=!])[^>]+>|\?'[^']+'|(?!\?))/.exec(atom);
  return group === null ? { source } : { source, inside: atom.slice(group[0].length, -1) };
}

function endOfAtom(pattern: string, at: number): number {
  const c = pattern[at];
  if (c === '\\') return Math.min(pattern.length, at + 2);
  if (c === '[') return endOfClass(pattern, at);
  if (c === '(') return endOfGroup(pattern, at);
  if (c === '%' && pattern[at + 1] === '{') {
    const close = pattern.indexOf('}', at);
    return close < 0 ? pattern.length : close + 1;
  }
  return at + 1;
}

function endOfClass(pattern: string, at: number): number {
  let depth = 0;
  for (let i = at; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === '[') {
      depth++;
      if (pattern[i + 1] === '^') i++;
      if (pattern[i + 1] === ']') i++;
    } else if (pattern[i] === ']' && --depth === 0) return i + 1;
  }
  return pattern.length;
}

function endOfGroup(pattern: string, at: number): number {
  let depth = 0;
  for (let i = at; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === '[') i = endOfClass(pattern, i) - 1;
    else if (pattern[i] === '(') depth++;
    else if (pattern[i] === ')' && --depth === 0) return i + 1;
  }
  return pattern.length;
}
