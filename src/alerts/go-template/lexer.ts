import { GoTemplateError } from './errors.ts';

export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'word'
  | 'field'
  | 'dot'
  | 'variable'
  | 'string'
  | 'char'
  | 'number'
  | 'sign';

export interface Token {
  readonly kind: TokenKind;
  /** Of strings what they stand for; of fields and variables the name. */
  readonly text: string;
  readonly isSpaced: boolean;
  readonly line: number;
}

const TOKEN =
  /(\s+)|(:=|[=|(),])|("(?:[^"\\\n]|\\.)*")|(`[^`]*`)|('(?:[^'\\\n]|\\.)+')|(\$[\p{L}\p{Nd}_]*)|(\.[\p{L}_][\p{L}\p{Nd}_]*)|([+-]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?))|([\p{L}_][\p{L}\p{Nd}_]*)|(\.)/uy;
const SPACE = /^[ \t\r\n]+/;

/** Text and actions. A `-` at a brace takes the white space beside it. @throws GoTemplateError */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let isTrimmed = false;
  while (at <= source.length) {
    const open = source.indexOf('{{', at);
    const end = open < 0 ? source.length : open;
    const trimsLeft = open >= 0 && /^-[ \t\r\n]/.test(source.slice(open + 2, open + 4));
    let text = source.slice(at, end);
    const startLine = line;
    line += count(text);
    if (isTrimmed) text = text.replace(SPACE, '');
    if (trimsLeft) text = text.replace(/[ \t\r\n]+$/, '');
    if (text !== '') tokens.push({ kind: 'text', text, isSpaced: false, line: startLine });
    if (open < 0) break;
    at = open + (trimsLeft ? 3 : 2);
    const comment = /^\s*\/\*/.exec(source.slice(at, at + 100));
    if (comment !== null && (comment[0] === '/*' || trimsLeft)) {
      const close = source.indexOf('*/', at);
      const after = close < 0 ? null : /^(?:\}\}|[ \t\r\n]+-\}\})/.exec(source.slice(close + 2));
      if (after === null) throw new GoTemplateError(`line ${line}: a comment is not closed`);
      line += count(source.slice(at, close));
      at = close + 2 + after[0].length;
      isTrimmed = after[0].length > 2;
      continue;
    }
    tokens.push({ kind: 'open', text: '{{', isSpaced: false, line });
    const action = readAction(source, at, line, tokens);
    ({ at, line, isTrimmed } = action);
  }
  return tokens;
}

function readAction(
  source: string,
  from: number,
  firstLine: number,
  tokens: Token[],
): { at: number; line: number; isTrimmed: boolean } {
  let at = from;
  let line = firstLine;
  let isSpaced = false;
  for (;;) {
    const close = /^(?:[ \t\r\n]+-\}\}|[ \t\r\n]*\}\})/.exec(source.slice(at, at + 1000));
    if (close !== null) {
      tokens.push({ kind: 'close', text: '}}', isSpaced: true, line });
      return { at: at + close[0].length, line: line + count(close[0]), isTrimmed: close[0].endsWith('-}}') };
    }
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(source);
    if (found === null) {
      const what =
        at >= source.length
          ? 'an action is not closed'
          : `unexpected ${JSON.stringify(source.slice(at, at + 10))} in an action`;
      throw new GoTemplateError(`line ${line}: ${what}`);
    }
    at += found[0].length;
    const [whole, space, sign, quoted, raw, char, variable, field, number, word] = found;
    line += count(whole);
    const add = (kind: TokenKind, text: string): void => void tokens.push({ kind, text, isSpaced, line });
    if (space !== undefined) {
      isSpaced = true;
      continue;
    }
    if (sign !== undefined) add('sign', sign);
    else if (quoted !== undefined) add('string', unquoted(quoted, line));
    else if (raw !== undefined) add('string', raw.slice(1, -1));
    else if (char !== undefined) add('char', unquoted(char, line));
    else if (variable !== undefined) add('variable', variable);
    else if (field !== undefined) add('field', field.slice(1));
    else if (number !== undefined) add('number', number);
    else if (word !== undefined) add('word', word);
    else add('dot', '.');
    isSpaced = false;
  }
}

const count = (text: string): number => text.split('\n').length - 1;

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', "'": "'", '"': '"' },
};

function unquoted(quoted: string, line: number): string {
  return quoted
    .slice(1, -1)
    .replace(
      /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.))/gs,
      (_, x, u, long, octal, char) => {
        const hex: string | undefined = x ?? u ?? long;
        const code =
          hex !== undefined ? Number.parseInt(hex, 16) : octal !== undefined ? Number.parseInt(octal, 8) : -1;
        if (code >= 0 && code <= 0x10ffff) return String.fromCodePoint(code);
        if (typeof char === 'string' && Object.hasOwn(ESCAPES, char)) return ESCAPES[char]!;
        throw new GoTemplateError(`line ${line}: a \\ in ${quoted} escapes nothing`);
      },
    );
}
