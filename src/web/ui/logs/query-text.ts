/*
 * The text of a query as it is typed: which words are to be marked in what was found, and what is being typed at the cursor. What a query
 * means is the server's to say; here it is only looked at, so a text with mistakes is as good as any.
 */

export interface Token {
  readonly kind: 'word' | 'phrase' | 'regexp';
  /** Without quotes and slashes; a word keeps its escapes, since `\\*` is not `*`. */
  readonly text: string;
  /** The field before the colon; undefined: none. */
  readonly field: string | undefined;
  readonly isExcluded: boolean;
  /** Where the value begins and ends in the query. */
  readonly start: number;
  readonly end: number;
}

const TOKEN =
  /(?<out>(?:\bnot\s+|[-!](?=[\w"(/]))?)(?<field>(?:[\w@.*-]|\\.)+\s*:\s*(?:[<>]=?\s*)?)?(?<value>"(?:[^"\\]|\\.)*"?|\/(?:[^/\\\n]|\\.)+\/|(?:[^\s()"[\]{}\\]|\\.)+)|[()]/gi;
const KEYWORD = /^(?:and|or|not|to|&&|\|\|)$/i;

/** The values that a query asks for, in their order. */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  // A field or a NOT before a bracket holds for all of it.
  const brackets: { field: string | undefined; isExcluded: boolean }[] = [{ field: undefined, isExcluded: false }];
  for (const match of query.matchAll(TOKEN)) {
    const { out = '', field: prefix, value } = match.groups!;
    const outer = brackets.at(-1)!;
    if (value === undefined) {
      if (match[0] === ')' && brackets.length > 1) brackets.pop();
      else if (match[0] === '(') brackets.push(openedBy(query.slice(0, match.index), outer));
      continue;
    }
    const end = match.index + match[0].length;
    // The name before a bracket is read with it.
    if (prefix === undefined && (KEYWORD.test(value) || (value.endsWith(':') && /^\s*\(/.test(query.slice(end)))))
      continue;
    const [kind, text] = read(value);
    const field = prefix === undefined ? outer.field : plain(prefix.replace(/\s*:.*$/s, ''));
    const isExcluded = outer.isExcluded !== (out !== '');
    tokens.push({ kind, text, field, isExcluded, start: end - value.length, end });
  }
  return tokens;
}

function openedBy(before: string, outer: { field: string | undefined; isExcluded: boolean }) {
  const field = /((?:[\w@.*-]|\\.)+)\s*:\s*$/.exec(before)?.[1];
  const isOut = /(?:\bnot\s+|[-!])(?:(?:[\w@.*-]|\\.)+\s*:\s*)?$/i.test(before);
  return { field: field === undefined ? outer.field : plain(field), isExcluded: outer.isExcluded !== isOut };
}

function read(value: string): [Token['kind'], string] {
  if (value.startsWith('"')) return ['phrase', plain(value.replace(/^"|"$/g, ''))];
  if (/^\/.+\/$/s.test(value)) return ['regexp', value.slice(1, -1).replaceAll('\\/', '/')];
  return ['word', value];
}

const plain = (text: string): string => text.replace(/\\(.)/gs, '$1');

const MARKABLE = new Set([undefined, 'message', 'msg']);
const MAX_PATTERN = 2000;

/** What to mark in messages: one expression for all words that are asked for; undefined: nothing. */
export function markPattern(query: string): RegExp | undefined {
  const parts = tokensOf(query)
    .filter(({ field, isExcluded }) => !isExcluded && MARKABLE.has(field))
    .map(({ kind, text }) => (kind === 'regexp' ? regexpPart(text) : textPart(kind, text)))
    .filter(part => part !== '');
  if (parts.length === 0) return undefined;
  try {
    const pattern = new RegExp(parts.join('|'), 'gi');
    return pattern.source.length > MAX_PATTERN || pattern.test('') ? undefined : pattern;
  } catch {
    return undefined;
  }
}

/** Expressions that can take long are the server's to run; a page must not stand still for colours. */
function regexpPart(text: string): string {
  return /[+*}]\)*[+*{]|\)[+*{]|\\[1-9]|\(\?/.test(text) ? '' : `(?:${text})`;
}

function textPart(kind: Token['kind'], text: string): string {
  if (kind === 'phrase') return escaped(text);
  const words = text.replace(/^[*?]+|[*?]+$/g, '');
  return words
    .split(/((?:\\.)|[*?])/s)
    .map(part => (part === '*' ? '\\S{0,200}?' : part === '?' ? '.' : escaped(plain(part))))
    .join('');
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** A text cut at its matches; every second part is one. */
export function cutAtMatches(text: string, pattern: RegExp | undefined): string[] {
  if (pattern === undefined) return [text];
  const parts: string[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match[0] === '') break;
    parts.push(text.slice(end, match.index), match[0]);
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

/** A name of a field as a query has it. */
export const fieldTerm = (name: string): string => name.replace(/[^\w.@-]/g, '\\$&');

/** What is typed at the cursor: the beginning of a field's name (or of a word), or of a value. `start` to `end` is what a choice replaces. */
export interface Typing {
  readonly kind: 'field' | 'value';
  readonly text: string;
  readonly field: string;
  readonly start: number;
  readonly end: number;
}

/** Undefined where nothing can be completed, as inside of an expression. */
export function typingAt(query: string, cursor: number): Typing | undefined {
  const before = query.slice(0, cursor);
  const value =
    /(?:^|[\s(!-])((?:[\w@.-]|\\.)+):(?:\s*\((?:[^()"]|"[^"]*")*?\b(?:or|and)?\s*|\s*\(?\s*)?("(?:[^"\\]|\\.)*|[^\s()":/<>[\]{}]*)$/i.exec(
      before,
    );
  if (value !== null) {
    const [, field = '', typed = ''] = value;
    const rest = typed.startsWith('"') ? /^[^"]*"?/ : /^[^\s()"]*/;
    const end = cursor + rest.exec(query.slice(cursor))![0].length;
    return { kind: 'value', field: plain(field), text: typed.replace(/^"/, ''), start: cursor - typed.length, end };
  }
  // Inside of quotes nothing begins.
  if ((before.replace(/\\./g, '').split('"').length - 1) % 2 === 1) return undefined;
  const name = /(?:^|[\s(!-])((?:(?:[\w@.]|\\.)(?:[\w@.-]|\\.)*)?)$/.exec(before);
  if (name === null) return undefined;
  const typed = name[1]!;
  const end = cursor + /^[\w@.-]*/.exec(query.slice(cursor))![0].length;
  return { kind: 'field', field: '', text: plain(typed), start: cursor - typed.length, end };
}
