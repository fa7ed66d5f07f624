import { LongshoreError, messageOf } from '../core/errors.ts';
import { BoundedRegExp } from '../core/regexp/bounded-regexp.ts';

/** A RegExp in Java's syntax (what Painless conditions, `gsub` and the like are written in). Throws LS_PARSE_REGEXP. */
export function javaRegExp(source: string, flags: string, where?: string): BoundedRegExp {
  try {
    const translated = javaToEs(source, flags);
    return new BoundedRegExp(translated.source, translated.flags);
  } catch (error) {
    throw new LongshoreError(
      'LS_PARSE_REGEXP',
      `the regular expression /${source}/ is not valid: ${messageOf(error)}.`,
      {
        where,
        cause: error,
      },
    );
  }
}

/**
 * Java regular expressions -> ECMAScript. What differs and is translated: `\A \z \Z \h \R \e`, `\Q...\E`, POSIX classes
 * (`\p{Alpha}`), `[[:alpha:]]`-less classes as they are, leading inline flags `(?i)`, atomic groups, possessive quantifiers.
 * Everything else is the same in both. What cannot be translated throws SyntaxError.
 */
export function javaToEs(source: string, flags = ''): { source: string; flags: string } {
  const state: Translation = { out: '', flags: new Set(esFlags(flags)), groups: 0 };
  let rest = source;
  const leading = /^\(\?([imsux]+)\)/.exec(rest);
  if (leading !== null) {
    for (const flag of esFlags(leading[1]!)) state.flags.add(flag);
    rest = rest.slice(leading[0].length);
  }
  if (state.flags.delete('x')) rest = withoutComments(rest);
  translate(rest, state);
  if (/\\p\{|\\P\{/.test(state.out)) state.flags.add('u');
  return { source: state.out, flags: [...state.flags].join('') };
}

interface Translation {
  out: string;
  flags: Set<string>;
  groups: number;
}

/** Painless: i, s, m, x; u (Unicode case) and c, l, U are what V8 does anyway or cannot do. */
function esFlags(flags: string): string[] {
  return [...flags].filter(flag => 'imsx'.includes(flag));
}

const POSIX: Record<string, string> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: '!-\\/:-@\\[-`{-~',
  Graph: '!-~',
  Print: ' -~',
  Blank: ' \\t',
  Cntrl: '\\x00-\\x1f\\x7f',
  XDigit: '0-9a-fA-F',
  Space: '\\s',
  ASCII: '\\x00-\\x7f',
};

const ATOM =
  /\\Q[\s\S]*?(?:\\E|$)|\\[pP]\{\w+\}|\\x\{[0-9a-fA-F]+\}|\\[\s\S]|\(\?[imsux]*-?[imsux]*\)|\(\?>|\[|[\s\S]/g;

function translate(source: string, state: Translation): void {
  let inClass = false;
  // Starts in `out` of open groups and of the last whole atom: a possessive quantifier wraps that atom.
  const open: number[] = [];
  let atomStart = 0;
  for (let at = 0; at < source.length; ) {
    ATOM.lastIndex = at;
    const piece = ATOM.exec(source)![0];
    at += piece.length;
    if (inClass) {
      if (piece === ']') inClass = false;
      state.out += piece === '[' ? '\\[' : classPiece(piece);
      continue;
    }
    const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(source.slice(at - piece.length));
    if (quantifier !== null && state.out !== '') {
      const text = quantifier[0];
      at += text.length - piece.length;
      const suffix = source[at];
      if (suffix === '+') {
        at++;
        possessive(state, atomStart, text);
      } else {
        if (suffix === '?') at++;
        state.out += suffix === '?' ? `${text}?` : text;
      }
      continue;
    }
    if (piece === '(?>') throw new SyntaxError('atomic groups are not supported here');
    if (/^\(\?[imsux]*-?[imsux]*\)$/.test(piece))
      throw new SyntaxError(`flags are only supported at the start, found ${piece}`);
    if (piece === ')') atomStart = open.pop() ?? 0;
    else atomStart = state.out.length;
    if (piece === '(') {
      open.push(state.out.length);
      if (source[at] !== '?' || /^\?<[^=!]/.test(source.slice(at, at + 3))) state.groups++;
    }
    if (piece === '[') {
      inClass = true;
      state.out += '[';
      if (source[at] === '^') {
        state.out += '^';
        at++;
      }
      if (source[at] === ']') {
        state.out += '\\]';
        at++;
      }
      continue;
    }
    state.out += outsidePiece(piece);
  }
}

function possessive(state: Translation, atomStart: number, quantifier: string): void {
  const atom = state.out.slice(atomStart);
  if (/\((?!\?)|\(\?</.test(atom))
    throw new SyntaxError('possessive quantifiers over capturing groups are not supported');
  state.groups++;
  if (/\\[1-9]/.test(state.out))
    throw new SyntaxError('possessive quantifiers beside back-references are not supported');
  state.out = `${state.out.slice(0, atomStart)}(?=(${atom}${quantifier}))\\${state.groups}`;
}

function outsidePiece(piece: string): string {
  if (piece.startsWith('\\Q')) return piece.replace(/^\\Q|\\E$/g, '').replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const posix = posixClass(piece);
  if (posix !== undefined) return `[${posix.negated ? '^' : ''}${posix.ranges}]`;
  switch (piece) {
    case '\\A':
      return '(?<![\\s\\S])';
    case '\\z':
      return '(?![\\s\\S])';
    case '\\Z':
      return '(?=\\n?(?![\\s\\S]))';
    case '\\h':
      return '[ \\t\\u00a0]';
    case '\\H':
      return '[^ \\t\\u00a0]';
    case '\\R':
      return '(?:\\r\\n|[\\n\\r\\u2028\\u2029\\v\\f\\u0085])';
    default:
      return commonPiece(piece);
  }
}

function classPiece(piece: string): string {
  const posix = posixClass(piece);
  if (posix !== undefined && !posix.negated) return posix.ranges;
  if (piece === '\\h') return ' \\t\\u00a0';
  if (piece.startsWith('&&')) throw new SyntaxError('class intersections are not supported');
  return commonPiece(piece);
}

function commonPiece(piece: string): string {
  if (piece === '\\e') return '\\x1b';
  if (piece === '\\a') return '\\x07';
  const hex = /^\\x\{([0-9a-fA-F]+)\}$/.exec(piece);
  if (hex !== null) return String.fromCodePoint(Number.parseInt(hex[1]!, 16));
  return piece;
}

function posixClass(piece: string): { ranges: string; negated: boolean } | undefined {
  const found = /^\\([pP])\{(?:Is)?(\w+)\}$/.exec(piece);
  const ranges = found === null ? undefined : POSIX[found[2]!];
  return ranges === undefined ? undefined : { ranges, negated: found![1] === 'P' };
}

function withoutComments(source: string): string {
  return source.replace(/\\[\s\S]|\[(?:\\.|[^\]])*\]|#[^\n]*|\s+/g, piece => (/^[#\s]/.test(piece) ? '' : piece));
}
