import { BracketScanner, isOpening } from '../base/text/bracket-scanner.ts';
import { type JsonDocument, parseTypedJson } from './json-values.ts';

/**
 * A JSON text as Elasticsearch reads it: with a byte order mark and comments, nothing at all is null. Not strict: what follows the
 * first value is passed over. Undefined: no JSON.
 */
export function readJson(text: string, strict: boolean): JsonDocument | undefined {
  try {
    return parseTypedJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) return undefined;
  }
  try {
    const bare = withoutComments(text);
    if (bare.trim() === '') return parseTypedJson('null');
    const first = strict ? bare : firstValue(bare);
    if (first === undefined || (first === text && strict)) return undefined;
    const document = parseTypedJson(first);
    document.part = first;
    return document;
  } catch {
    return undefined;
  }
}

/** Also without the byte order mark. */
function withoutComments(text: string): string {
  const bare = text.startsWith('\ufeff') ? text.slice(1) : text;
  return bare.includes('/') ? bare.replace(COMMENT, (_, quoted: string | undefined) => quoted ?? ' ') : bare;
}
const COMMENT = /("[^"\\]*(?:\\.[^"\\]*)*")|\/\/[^\n]*|\/\*[^*]*(?:\*(?!\/)[^*]*)*\*\//g;

function firstValue(text: string): string | undefined {
  const start = text.search(/\S/);
  if (!isOpening(text.charCodeAt(start))) return SCALAR.exec(text)?.[0];
  const brackets = new BracketScanner();
  for (let i = start; i < text.length; i++) if (brackets.ends(text.charCodeAt(i))) return text.slice(0, i + 1);
  return undefined;
}
const SCALAR =
  /^\s*(?:-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?=[\s,\]}]|$)|"[^"\\]*(?:\\.[^"\\]*)*"|(?:true|false|null)(?![\w$]))/;

/** True when a key stands twice in one object of the text: then more keys are written than there are. */
export function hasTwins(whole: string, { keys, part }: JsonDocument): boolean {
  const text = part ?? whole;
  return keys > 0 && (countUsual(text) !== keys || UNUSUAL.test(text)) && countWrittenKeys(text) > keys;
}

/** Keys as everybody writes them, with the colon behind the quote; a text inside may look so as well. */
function countUsual(text: string): number {
  let count = 0;
  for (let at = text.indexOf('":'); at >= 0; at = text.indexOf('":', at + 2)) count++;
  return count;
}
const UNUSUAL = /"\s+:/;

function countWrittenKeys(text: string): number {
  let count = 0;
  for (let open = text.indexOf('"'); open >= 0; ) {
    let close = text.indexOf('"', open + 1);
    while (isEscaped(text, close)) close = text.indexOf('"', close + 1);
    if (close < 0) break;
    let next = close + 1;
    while (text.charCodeAt(next) <= BLANK) next++;
    if (text.charCodeAt(next) === COLON) count++;
    open = text.indexOf('"', next);
  }
  return count;
}
const BLANK = 32;
const COLON = 58;
const BACKSLASH = 92;

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}
