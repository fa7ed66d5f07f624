import type { Source } from './mistake.ts';

export interface Token {
  readonly type: 'number' | 'string' | 'regex' | 'name' | 'operator' | 'end';
  /** The text of a string without quotes and escapes, the source of a regex, else as it is written. */
  readonly text: string;
  /** Flags of a regex. */
  readonly flags: string;
  /** Where it begins and what follows it, from 0. */
  readonly at: number;
  readonly end: number;
}

const OPERATORS =
  /(?:>>>=|<<=|>>=|>>>|===|!==|==~|=~|==|!=|<=|>=|<<|>>|&&|\|\||\?\.|\?:|->|::|\+\+|--|[-+*/%&|^]=|[-+*/%<>!~?:.,;()[\]{}&|^=])/y;
const NUMBER = /(?:0[xX][0-9a-fA-F]+[lL]?|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?[lLfFdD]?)/y;
/** Behind a point: `ctx.list.0.name`. */
const INDEX = /\d+/y;
const NAME = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const SPACE = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
/** After these a slash begins an expression, although they look like names. */
const KEYWORDS: ReadonlySet<string> = new Set(['return', 'in', 'else', 'do', 'throw', 'instanceof']);

/** Cuts a text in Painless into tokens; the last one is `end`. Throws with line and column. */
export function tokenize(source: Source): Token[] {
  const { text } = source;
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  for (;;) {
    take(SPACE);
    const start = at;
    const before = tokens[tokens.length - 1];
    const push = (type: Token['type'], value: string, flags = ''): unknown =>
      tokens.push({ type, text: value, flags, at: start, end: at });
    if (at >= text.length) {
      push('end', 'the end');
      return tokens;
    }
    const first = text[at]!;
    if (first === '"' || first === "'") {
      const { value, end } = quoted(source, at);
      at = end;
      push('string', value);
      continue;
    }
    if (first === '/' && text[at + 1] === '*') throw source.mistake(at, 'the remark is not closed', 'Add */.');
    if (first === '/' && regexMayStart(before)) {
      const { body, flags, end } = regexLiteral(source, at);
      at = end;
      push('regex', body, flags);
      continue;
    }
    const afterPoint = before?.type === 'operator' && (before.text === '.' || before.text === '?.');
    const number = take(afterPoint ? INDEX : NUMBER);
    if (number !== undefined) {
      push('number', number);
      continue;
    }
    const name = take(NAME);
    if (name !== undefined) {
      push('name', name);
      continue;
    }
    const operator = take(OPERATORS);
    if (operator === undefined) throw source.mistake(at, `the character ${JSON.stringify(first)} means nothing here`);
    push('operator', operator);
  }
}

/** After an operand a slash divides. */
function regexMayStart(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.type === 'operator') return before.text !== ')' && before.text !== ']';
  return before.type === 'name' && KEYWORDS.has(before.text);
}

/** Painless has only the quotes and the backslash; the others are Longshore's. */
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '0': '\0' };

function quoted(source: Source, start: number): { value: string; end: number } {
  const { text } = source;
  const quote = text[start];
  let value = '';
  for (let i = start + 1; i < text.length; i++) {
    const c = text[i]!;
    if (c === quote) return { value, end: i + 1 };
    if (c !== '\\') {
      value += c;
      continue;
    }
    const next = text[++i];
    const hex = next === 'u' ? text.slice(i + 1, i + 5) : '';
    if (/^[0-9a-fA-F]{4}$/.test(hex)) {
      value += String.fromCharCode(Number.parseInt(hex, 16));
      i += 4;
    } else value += next === undefined ? '' : (ESCAPES[next] ?? next);
  }
  throw source.mistake(start, 'the text is not closed', `Add ${quote}.`);
}

function regexLiteral(source: Source, start: number): { body: string; flags: string; end: number } {
  const { text } = source;
  let inClass = false;
  for (let i = start + 1; i < text.length && text[i] !== '\n'; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (c === '[') inClass = true;
    else if (c === ']') inClass = false;
    else if (c === '/' && !inClass) {
      const flags = /[a-zA-Z]*/y;
      flags.lastIndex = i + 1;
      const found = flags.exec(text)![0];
      return { body: text.slice(start + 1, i), flags: found, end: i + 1 + found.length };
    }
  }
  throw source.mistake(start, 'the regular expression is not closed', 'Add /.');
}
