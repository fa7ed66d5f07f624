import { type Double, documentDouble, documentLong } from '../../base/number/double.ts';
import { exactInteger, shortWhole } from '../../base/text/exact.ts';
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

/** Elasticsearch's, as documents hold numbers (base/number/double.ts). A `float` keeps the digits of a double. */
const JAVA: Readonly<Record<string, Conversion>> = {
  int: text => {
    const value = whole(text);
    return typeof value === 'number' && value >= -0x80000000 && value <= 0x7fffffff ? value : undefined;
  },
  long: text => {
    const value = whole(text);
    if (value === undefined) return undefined;
    const exact = BigInt(value);
    return BigInt.asIntN(64, exact) === exact ? documentLong(exact) : undefined;
  },
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

/** Decimal digits with a sign or not; beyond 2^53 they stay text. */
function whole(text: string): number | string | undefined {
  const short = shortWhole(text, SAFE_DIGITS);
  if (short >= 0) return short;
  return WHOLE.test(text) ? exactInteger(text) : undefined;
}
const SAFE_DIGITS = 15;
const WHOLE = /^[-+]?\d{1,1000}$/;

/** Not `NaN` and `Infinity`, which JSON does not have. */
function javaDouble(text: string): number | Double | undefined {
  if (!JAVA_DOUBLE.test(text)) return undefined;
  const value = Number.parseFloat(text);
  return Number.isFinite(value) ? documentDouble(value + 0) : undefined;
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
