import { exactInteger } from '../../base/text/exact.ts';
import type { GrokDialect } from './expand.ts';

/** What a capture becomes; undefined: it cannot become that. */
export type Conversion = (text: string) => unknown;

/** The conversion that a word behind a field names, `%{INT:n:int}`; undefined leaves the text as it is, as any unknown word does. */
export function conversionOf(word: string | undefined, dialect: GrokDialect): Conversion | undefined {
  const known = dialect === 'logstash' ? RUBY : JAVA;
  return word !== undefined && Object.hasOwn(known, word) ? known[word] : undefined;
}

/** The words that name one. */
export function conversionNames(dialect: GrokDialect): readonly string[] {
  return Object.keys(dialect === 'logstash' ? RUBY : JAVA);
}

/** Elasticsearch's. A `float` keeps the digits of a double. */
const JAVA: Readonly<Record<string, Conversion>> = {
  int: text => whole(text, INT_CHARS, -0x80000000n, 0x7fffffffn),
  long: text => whole(text, LONG_CHARS, -0x8000000000000000n, 0x7fffffffffffffffn),
  float: javaDouble,
  double: javaDouble,
  boolean: text => text.toLowerCase() === 'true',
};

/** Logstash knows `int` and `float`; the others are kinder. */
const RUBY: Readonly<Record<string, Conversion>> = {
  int: toInteger,
  integer: toInteger,
  long: toInteger,
  float: toFloat,
  double: toFloat,
  boolean: text => text.toLowerCase() === 'true',
};

/** Texts of so many characters are below the bounds. */
const INT_CHARS = 9;
const LONG_CHARS = 15;

function whole(text: string, chars: number, min: bigint, max: bigint): number | string | undefined {
  const { length } = text;
  if (length > 0 && length <= chars) {
    let value = 0;
    let i = 0;
    for (; i < length; i++) {
      const digit = text.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (i === length) return value;
  }
  if (!WHOLE.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value < min || value > max ? undefined : exactInteger(value.toString());
}
const WHOLE = /^[-+]?\d{1,1000}$/;

/** Not `NaN` and `Infinity`, which JSON does not have. */
function javaDouble(text: string): number | undefined {
  if (!JAVA_DOUBLE.test(text)) return undefined;
  const value = Number.parseFloat(text);
  return Number.isFinite(value) ? value + 0 : undefined;
}
const JAVA_DOUBLE = /^[\0-\x20]*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?[fFdD]?[\0-\x20]*$/;

/** Ruby's `to_i`: the digits at the start, single underscores between them allowed; 0 when there are none. Beyond 2^53 the text of the digits. */
export function toInteger(text: string): number | string {
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9 || i >= 15) return startingInteger(text);
    value = value * 10 + digit;
  }
  return value;
}

/** Ruby's `to_f`: the number at the start, single underscores between digits allowed; 0 when there is none. */
export function toFloat(text: string): number {
  return PLAIN.test(text) ? finite(Number(text)) : startingFloat(text);
}

function startingInteger(text: string): number | string {
  const match = INTEGER.exec(text);
  return match === null ? 0 : exactInteger(match[1]!.replaceAll('_', ''));
}

function startingFloat(text: string): number {
  const match = FLOAT.exec(text);
  return match === null ? 0 : finite(Number(match[1]!.replaceAll('_', '')));
}

/** JSON has no infinity, and minus zero is nobody's count. */
function finite(value: number): number {
  return Number.isFinite(value) ? value + 0 : Math.sign(value) * Number.MAX_VALUE;
}

const PLAIN = /^\d+(?:\.\d+)?$/;
const INTEGER = /^\s*([+-]?\d+(?:_\d+)*)/;
const FLOAT = /^\s*([+-]?(?:\d+(?:_\d+)*)?(?:(?<=\d)\.\d+(?:_\d+)*|(?<!\d)\.\d+(?:_\d+)*)?(?<=\d)(?:[eE][+-]?\d+)?)/;
