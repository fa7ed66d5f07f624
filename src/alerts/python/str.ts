import { isFields } from '../../core/event.ts';
import { DictView, PyFloat, Tuple } from './types.ts';

// ElastAlert prints values the Python way, and people's alert texts, keys and silences depend on it: None, True,
// ['a', 'b'], {'a': 1}. Numbers of events have one type here, so their 1.0 prints as 1; floats that a text computes keep it.

/** `str(value)`. */
export function pythonStr(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof PyFloat) return floatText(value.value);
  // A name without a value, inside of a list; by itself it prints as nothing.
  if (typeof value === 'symbol') return 'Undefined';
  if (typeof value === 'function') return '<function>';
  return pythonRepr(value);
}

/** `repr(value)`. */
export function pythonRepr(value: unknown, depth = 0): string {
  if (depth === 0) left = MAX_CHARS;
  if (depth > MAX_DEPTH || left <= 0) return '...';
  if (typeof value === 'string') return counted(quote(value));
  left -= 2;
  if (Array.isArray(value)) {
    const items = Array.from(value, item => pythonRepr(item, depth + 1)).join(', ');
    if (value instanceof Tuple) return `(${items}${value.length === 1 ? ',' : ''})`;
    return value instanceof DictView ? `${value.kind}([${items}])` : `[${items}]`;
  }
  if (value instanceof PyFloat) return counted(floatText(value.value));
  if (value instanceof Date) return quote(value.toISOString());
  if (isFields(value)) {
    const parts = Object.entries(value).map(([key, item]) => `${counted(quote(key))}: ${pythonRepr(item, depth + 1)}`);
    return `{${parts.join(', ')}}`;
  }
  if (typeof value === 'object' && value !== null) return quote(String(value));
  return counted(pythonStr(value));
}

const MAX_DEPTH = 50;
/** What one value may take as text; the rest of it is left out. A list that holds another twice doubles with each level. */
const MAX_CHARS = 200_000;
let left = MAX_CHARS;

function counted(text: string): string {
  left -= text.length;
  return text;
}

/** `json.dumps(value, ensure_ascii=False)`: with `indent` blanks over several lines and keys sorted, else on one line. */
export function pythonJson(value: unknown, options: { indent?: number; sortKeys?: boolean } = {}, depth = 0): string {
  const { indent, sortKeys = false } = options;
  if (depth === 0) left = MAX_CHARS;
  if (depth > MAX_DEPTH || left <= 0) return '"..."';
  left -= 2 + (indent ?? 0) * depth;
  const list = (parts: string[], open: string, close: string): string => {
    if (parts.length === 0) return open + close;
    if (indent === undefined) return open + parts.join(', ') + close;
    const pad = ' '.repeat(indent * (depth + 1));
    return `${open}\n${pad}${parts.join(`,\n${pad}`)}\n${' '.repeat(indent * depth)}${close}`;
  };
  if (Array.isArray(value))
    return list(
      value.map(item => pythonJson(item, options, depth + 1)),
      '[',
      ']',
    );
  if (value instanceof PyFloat) return floatText(value.value);
  if (isFields(value)) {
    const keys = Object.keys(value);
    if (sortKeys) keys.sort(byCodePoint);
    return list(
      keys.map(key => `${counted(JSON.stringify(key))}: ${pythonJson(value[key], options, depth + 1)}`),
      '{',
      '}',
    );
  }
  return counted(JSON.stringify(value) ?? 'null');
}

/** The order of Python's `sort` on text, which is by code point and not by UTF-16 unit. */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for code points above every other unit.
    if (x >= 0xd800 && x <= 0xdfff) x += 0x10000;
    if (y >= 0xd800 && y <= 0xdfff) y += 0x10000;
    return x - y;
  }
  return a.length - b.length;
}

/** Python's shortest float text: exponents from 1e16 and below 1e-4, at least two digits long. */
function numberText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Number.isSafeInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

function floatText(value: number): string {
  const text = numberText(value);
  if (Object.is(value, -0)) return '-0.0';
  if (!/^-?\d+$/.test(text)) return text;
  return Math.abs(value) < 1e16 ? `${text}.0` : value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

/**
 * What Python takes for unprintable beside control characters: what is unassigned, private, a format or a separator. The
 * marks that texts for Slack are made with (text/marks.ts) are none of anybody's characters and stay.
 */
const UNPRINTABLE = /(?![\ufdd0-\ufdef])[\p{C}\p{Z}]/u;

function codeEscape(code: number): string {
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/** `ascii(value)`: as `repr`, with nothing in it that is not ASCII. */
export const pythonAscii = (value: unknown): string =>
  pythonRepr(value).replace(/[^\0-\x7f\ufdd0-\ufdef]/gu, char => codeEscape(char.codePointAt(0)!));

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = mark;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    if (char === '\\' || char === mark) out += `\\${char}`;
    else if (char === '\n') out += '\\n';
    else if (char === '\r') out += '\\r';
    else if (char === '\t') out += '\\t';
    else if (code < 0x7f ? code < 0x20 : UNPRINTABLE.test(char)) out += codeEscape(code);
    else out += char;
  }
  return out + mark;
}
