import { newFields } from '../../../core/event.ts';
import { Grok } from '../grok.ts';
import { type Column, type Group, groupLines } from './columns.ts';
import { tokensOf } from './tokens.ts';

/** A pattern for some of the lines. */
export interface Suggestion {
  readonly pattern: string;
  readonly lines: readonly string[];
  /** What the first of them gives. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Patterns of the library for whole lines, the most telling first. */
const WHOLE_LINES = ['%{COMBINEDAPACHELOG}', '%{COMMONAPACHELOG}', '%{SYSLOGBASE} (?<message>(?:.|\\n)*)'];
const MAX_LINE_CHARS = 4096;
let compiled: readonly (readonly [pattern: string, grok: Grok])[] | undefined;

function wholeLines(): readonly (readonly [pattern: string, grok: Grok])[] {
  compiled ??= WHOLE_LINES.map(whole => [`^${whole}$`, new Grok([`^${whole}$`])] as const);
  return compiled;
}

/**
 * Patterns for lines, the one for most of them first: each matches all of its lines. Times, levels, addresses, numbers, quoted texts,
 * `key=value` and the like become fields; words that all lines share stay words; where the lines go on as free text, that is `message`.
 */
export function suggestPatterns(lines: readonly string[]): Suggestion[] {
  const given = [...new Set(lines)].filter(line => line.trim() !== '').map(line => line.slice(0, MAX_LINE_CHARS));
  const suggestions: Suggestion[] = [];
  let left = given;
  for (const [pattern, grok] of wholeLines()) {
    const taken = left.filter(line => grok.match(line, newFields()) === 'match');
    if (taken.length === 0) continue;
    suggestions.push(suggestion(pattern, taken));
    left = left.filter(line => !taken.includes(line));
  }
  const plain: string[] = [];
  for (const group of groupLines(left.map(line => ({ line, tokens: tokensOf(line) })))) {
    const one = ofGroup(group);
    if (Object.keys(one.fields).some(field => field !== 'message')) suggestions.push(one);
    else plain.push(...group.lines);
  }
  if (plain.length > 0) suggestions.push(suggestion(`^${MESSAGE}$`, plain));
  return suggestions.sort((a, b) => b.lines.length - a.lines.length);
}

function suggestion(pattern: string, lines: readonly string[]): Suggestion {
  const fields = newFields();
  new Grok([pattern]).match(lines[0]!, fields);
  return { pattern, lines, fields };
}

/** The most exact of the patterns for a group that matches all of its lines. */
function ofGroup({ lines, columns, hasRest }: Group): Suggestion {
  const end = hasRest || columns.length > 0 ? proseFrom(columns, hasRest) : columns.length;
  for (let count = end; count > 0; count--) {
    const hasMessage = hasRest || count < columns.length;
    const pattern = `^${patternOf(columns.slice(0, count), hasMessage)}${hasMessage ? MESSAGE : ''}$`;
    const grok = new Grok([pattern]);
    if (lines.every(line => grok.match(line, newFields()) === 'match')) return suggestion(pattern, lines);
  }
  return suggestion(`^${MESSAGE}$`, lines);
}

const MESSAGE = '(?<message>(?:.|\\n)*)';

/** Where free text begins: behind the last column that is more than a word, when words follow that differ from line to line. */
function proseFrom(columns: readonly Column[], hasRest: boolean): number {
  let structured = 0;
  for (let i = 0; i < columns.length; i++) {
    const { kind, texts } = columns[i]!;
    const isProse = kind === 'word' || kind === 'space' || (kind === 'number' && !isBracketed(columns, i));
    const ends = kind === 'mark' && !/[\])}>:|;,-]/.test([...texts][0]!);
    if (!isProse && !ends) structured = i + 1;
  }
  while (structured < columns.length && columns[structured]!.kind === 'space') structured++;
  const words = columns.slice(structured).filter(({ kind }) => kind === 'word');
  const isText = hasRest || words.length > 2 || words.some(({ texts }) => texts.size > 1);
  return isText ? structured : columns.length;
}

function isBracketed(columns: readonly Column[], at: number): boolean {
  const mark = (column: Column | undefined): string | undefined =>
    column?.kind === 'mark' ? [...column.texts][0] : undefined;
  return /[[(#]/.test(mark(columns[at - 1]) ?? '') || columns[at - 1]?.kind === 'key';
}

function patternOf(columns: readonly Column[], hasMessage: boolean): string {
  const used = new Set(hasMessage ? ['message'] : []);
  const nameFor = (wanted: string): string => {
    const plain =
      wanted
        .toLowerCase()
        .replace(/[^a-z0-9_.]+/g, '_')
        .replace(/^[_.\d]+|[_.]+$/g, '') || 'field';
    let name = plain;
    for (let n = 2; used.has(name); n++) name = `${plain}_${n}`;
    used.add(name);
    return name;
  };
  return columns.map((column, i) => columnPattern(column, columns, i, nameFor)).join('');
}

function columnPattern(
  column: Column,
  columns: readonly Column[],
  at: number,
  nameFor: (wanted: string) => string,
): string {
  const { kind, texts, patterns, isOptional } = column;
  const [text] = [...texts] as [string];
  const isSame = texts.size === 1 && !isOptional;
  const either = (pattern: string): string => (isOptional ? `(?:-|${pattern})` : pattern);
  switch (kind) {
    case 'space':
      return isSame && /^ +$/.test(text) ? text : '\\s+';
    case 'mark':
    case 'key':
      return escaped(text);
    case 'request':
      return `"%{WORD:${nameFor('method')}} %{NOTSPACE:${nameFor('path')}} HTTP/%{NUMBER:${nameFor('http_version')}}"`;
    case 'quoted':
      return either(`"(?<${nameFor(named(columns, at, 'text'))}>(?:[^"\\\\]|\\\\.)*)"`);
    case 'word': {
      if (isSame && columns[at - 1]?.kind !== 'key') return escaped(text);
      if ([...texts].every(one => METHODS.has(one))) return either(`%{WORD:${nameFor('method')}}`);
      const next = columns[at + 1];
      const pattern = next === undefined || next.kind === 'space' ? 'NOTSPACE' : 'DATA';
      return either(`%{${pattern}:${nameFor(named(columns, at, 'word'))}}`);
    }
    default: {
      const isStatus = kind === 'number' && texts.size > 1 && [...texts].every(one => /^[1-5]\d\d$/.test(one));
      const name = nameFor(named(columns, at, isStatus ? 'status' : (FIELD_NAMES[kind] ?? kind)));
      if (patterns.size > 1) return either(`%{NOTSPACE:${name}}`);
      const [pattern] = [...patterns] as [string];
      if (pattern.includes('NAME')) return pattern.replace('NAME', name);
      const isWhole = kind === 'number' && [...texts].every(one => /^\d{1,9}$/.test(one));
      if (kind === 'number') return either(isWhole ? `%{INT:${name}:int}` : `%{NUMBER:${name}:double}`);
      return either(`%{${pattern}:${name}}`);
    }
  }
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

const FIELD_NAMES: Readonly<Record<string, string>> = {
  time: 'timestamp',
  level: 'level',
  uuid: 'id',
  uri: 'url',
  class: 'logger',
};

/** The key before it, or for a number or text the word before it. */
function named(columns: readonly Column[], at: number, otherwise: string): string {
  const before = columns[at - 1];
  if (before?.kind === 'key') return [...before.texts][0]!.slice(0, -1);
  if (otherwise !== 'number' && otherwise !== 'word' && otherwise !== 'text') return otherwise;
  const open = before?.kind === 'mark' ? [...before.texts][0]! : '';
  if (open === '[' && otherwise === 'word') return 'thread';
  const earlier = open === '' && before?.kind !== 'space' ? undefined : columns[at - 2];
  const word = open === '' ? earlier : /[[(#:]/.test(open) ? columns[at - 2] : undefined;
  const isName = word?.kind === 'word' && word.texts.size === 1 && /^\p{L}[\p{L}\d_-]*$/u.test([...word.texts][0]!);
  return isName ? [...word.texts][0]! : otherwise;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
