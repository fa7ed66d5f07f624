import { LongshoreError } from '../../core/errors.ts';
import { compileMatcher, type Matcher, type MatcherOperator, matchersText } from './matcher.ts';

/*
 * Alertmanager has two ways to read matchers, and takes what either of them reads:
 *
 *   classic   name=value, name="value", ..., in `{}` or without; names like [a-zA-Z_:][a-zA-Z0-9_:]*; an unquoted value
 *             may have blanks and `=` inside
 *   UTF-8     any name and value; what has blanks or one of {}!=~,\"'` is quoted, with Go's escapes
 *
 * Where the two read a text differently the classic one counts.
 */

const MAX_CHARS = 16_384;

/** `{a="b", c=~"d.*"}`, with or without the braces. An empty one has no matchers. @throws LongshoreError LS_ALERTS_MATCHER */
export function readMatchers(text: string): Matcher[] {
  if (text.length > MAX_CHARS) throw mistake(text, `it is longer than ${MAX_CHARS} characters`);
  const classic = attempt(() => readClassic(text));
  const newer = attempt(() => readUtf8(text));
  const isClassic =
    'value' in classic && (!('value' in newer) || matchersText(classic.value) !== matchersText(newer.value));
  const read = isClassic ? classic : newer;
  if (!('value' in read)) throw read.error;
  for (const matcher of read.value) compileMatcher(matcher);
  return read.value;
}

type Attempt = { value: Matcher[] } | { error: unknown };

function attempt(read: () => Matcher[]): Attempt {
  try {
    return { value: read() };
  } catch (error) {
    return { error };
  }
}

const CLASSIC = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*([\s\S]*?)\s*$/;

function readClassic(text: string): Matcher[] {
  const inner = text.replace(/^\{/, '').replace(/\}$/, '');
  const tokens: string[] = [];
  let token = '';
  let isQuoted = false;
  let isEscaped = false;
  for (const char of inner) {
    if (char === ',' && !isQuoted) {
      tokens.push(token);
      token = '';
      continue;
    }
    if (char === '"' && !isEscaped) isQuoted = !isQuoted;
    isEscaped = char === '\\' && !isEscaped;
    token += char;
  }
  if (token.trim() !== '') tokens.push(token);
  return tokens.map(one => {
    const parts = CLASSIC.exec(one);
    if (parts === null) throw mistake(one, 'it has not the form name=value');
    return matcher(parts[1]!, parts[2] as MatcherOperator, classicValue(one, parts[3]!));
  });
}

/** `\n`, `\"` and `\\` stand for one character; any other backslash is itself. */
function classicValue(token: string, written: string): string {
  const isQuoted = written.startsWith('"');
  const raw = isQuoted ? written.slice(1) : written;
  let isClosed = !isQuoted;
  let value = '';
  for (let at = 0; at < raw.length; at++) {
    const char = raw[at]!;
    const next = raw[at + 1];
    if (char === '\\' && next !== undefined) {
      value += next === 'n' ? '\n' : next === '"' || next === '\\' ? next : `\\${next}`;
      at++;
    } else if (char !== '"') value += char;
    else if (isClosed || next !== undefined) throw mistake(token, 'its value has a " that is not escaped');
    else isClosed = true;
  }
  if (!isClosed) throw mistake(token, 'its value has a " that is not closed');
  return value;
}

const OPERATOR = /=~|!~|!=|=/y;
const UNQUOTED = /[^\s{}!=~,\\"'`]+/y;
const QUOTED = /"(?:[^"\\\n]|\\[\s\S])*"/y;
const BLANK = /\s*/y;

function readUtf8(text: string): Matcher[] {
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    BLANK.lastIndex = at;
    at += BLANK.exec(text)![0].length;
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const word = (what: string): string => {
    const quoted = take(QUOTED);
    if (quoted !== undefined) return unquoted(text, quoted);
    const plain = take(UNQUOTED);
    if (plain === undefined) throw mistake(text, `${what} is missing at ${place(text, at)}`);
    return plain;
  };
  const isBraced = take(/\{/y) !== undefined;
  const matchers: Matcher[] = [];
  for (;;) {
    const isDone = isBraced ? take(/\}/y) !== undefined : take(/$/y) !== undefined;
    if (isDone) break;
    if (matchers.length > 0 && take(/,/y) === undefined)
      throw mistake(text, `a comma is missing at ${place(text, at)}`);
    if (matchers.length > 0 && (isBraced ? take(/\}/y) : take(/$/y)) !== undefined) break;
    const name = word('the name of a label');
    const operator = take(OPERATOR);
    if (operator === undefined) throw mistake(text, `=, !=, =~ or !~ is missing at ${place(text, at)}`);
    matchers.push(matcher(name, operator as MatcherOperator, word('a value')));
  }
  if (take(/$/y) === undefined) throw mistake(text, `there is more at ${place(text, at)}`);
  return matchers;
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v', '\\': '\\', '"': '"' },
};

/** As Go does it. */
function unquoted(text: string, quoted: string): string {
  return quoted
    .slice(1, -1)
    .replace(
      /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g,
      (_, x?: string, u?: string, long?: string, octal?: string, char?: string) => {
        const hex = x ?? u ?? long;
        const code =
          hex !== undefined ? Number.parseInt(hex, 16) : octal !== undefined ? Number.parseInt(octal, 8) : -1;
        if (char !== undefined && Object.hasOwn(ESCAPES, char)) return ESCAPES[char]!;
        if (code < 0 || code > 0x10ffff) throw mistake(text, `a \\ in ${quoted} escapes nothing`);
        return String.fromCodePoint(code);
      },
    );
}

function matcher(name: string, operator: MatcherOperator, value: string): Matcher {
  return { name, value, isRegex: operator.endsWith('~'), isEqual: operator.startsWith('=') };
}

const place = (text: string, at: number): string =>
  at >= text.length ? 'the end' : `character ${at + 1}, before ${JSON.stringify(text.slice(at, at + 20))}`;

function mistake(text: string, what: string): LongshoreError {
  return new LongshoreError(
    'LS_ALERTS_MATCHER',
    `the matcher ${JSON.stringify(text.slice(0, 200))} cannot be read: ${what}.`,
    {
      fix: 'Write for example service="api", level=~"ERROR|FATAL", host!="test".',
    },
  );
}
