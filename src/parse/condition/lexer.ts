import { LongshoreError } from '../../core/errors.ts';

export interface ConditionToken {
  readonly type: 'number' | 'string' | 'regex' | 'name' | 'operator' | 'end';
  /** The text of a string without quotes and escapes, the source of a regex, the operator itself. */
  readonly text: string;
  /** Regex flags. */
  readonly flags?: string;
  /** Where it begins, from 0. */
  readonly at: number;
}

const OPERATORS = /(?:===|!==|==~|=~|==|!=|<=|>=|<<|>>|&&|\|\||\?\.|\?:|->|[-+*/%<>!~?:.,;()[\]{}&|^=])/y;
const NUMBER = /(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)[lLfFdD]?/y;
const NAME = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const SPACE = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;

/** Cuts a Painless expression into tokens; the last one is `end`. Throws LS_CONDITION_SYNTAX with the column. */
export function tokenize(source: string): ConditionToken[] {
  const tokens: ConditionToken[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  for (;;) {
    take(SPACE);
    const start = at;
    if (at >= source.length) {
      tokens.push({ type: 'end', text: 'the end', at });
      return tokens;
    }
    const first = source[at]!;
    if (first === '"' || first === "'") {
      const text = quoted(source, at);
      at = text.end;
      tokens.push({ type: 'string', text: text.value, at: start });
    } else if (first === '/' && regexMayStart(tokens[tokens.length - 1])) {
      const regex = regexLiteral(source, at);
      at = regex.end;
      tokens.push({ type: 'regex', text: regex.source, flags: regex.flags, at: start });
    } else {
      const number = take(NUMBER);
      const name = number === undefined ? take(NAME) : undefined;
      const operator = number ?? name ?? take(OPERATORS);
      if (operator === undefined)
        throw syntaxError(source, at, `the character ${JSON.stringify(first)} means nothing here`);
      const type = number !== undefined ? 'number' : name !== undefined ? 'name' : 'operator';
      tokens.push({ type, text: operator, at: start });
    }
  }
}

/** The error of a condition: what is wrong, at which column (from 1). */
export function syntaxError(source: string, at: number, what: string, fix?: string): LongshoreError {
  const before = source.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const place = line > 1 ? `line ${line}, column ${column}` : `column ${column}`;
  return new LongshoreError('LS_CONDITION_SYNTAX', `condition, ${place}: ${what}.`, { fix });
}

/** After an operand a slash divides. */
function regexMayStart(previous: ConditionToken | undefined): boolean {
  if (previous === undefined) return true;
  if (previous.type === 'operator') return previous.text !== ')' && previous.text !== ']' && previous.text !== '}';
  return previous.type === 'name' && (previous.text === 'return' || previous.text === 'in');
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '0': '\0' };

function quoted(source: string, start: number): { value: string; end: number } {
  const quote = source[start];
  let value = '';
  for (let i = start + 1; i < source.length; i++) {
    const c = source[i]!;
    if (c === quote) return { value, end: i + 1 };
    if (c !== '\\') {
      value += c;
      continue;
    }
    const next = source[++i];
    if (next === 'u') {
      value += String.fromCharCode(Number.parseInt(source.slice(i + 1, i + 5), 16));
      i += 4;
    } else value += next === undefined ? '' : (ESCAPES[next] ?? next);
  }
  throw syntaxError(source, start, 'the text is not closed', `Add ${quote}.`);
}

function regexLiteral(source: string, start: number): { source: string; flags: string; end: number } {
  let inClass = false;
  for (let i = start + 1; i < source.length && source[i] !== '\n'; i++) {
    const c = source[i];
    if (c === '\\') i++;
    else if (c === '[') inClass = true;
    else if (c === ']') inClass = false;
    else if (c === '/' && !inClass) {
      const flags = /[a-zA-Z]*/y;
      flags.lastIndex = i + 1;
      const found = flags.exec(source)![0];
      return { source: source.slice(start + 1, i), flags: found, end: i + 1 + found.length };
    }
  }
  throw syntaxError(source, start, 'the regular expression is not closed', 'Add /.');
}
