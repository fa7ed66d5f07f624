import { Double } from '../../base/number/double.ts';
import { classCast, ScriptFailure } from './failure.ts';
import { findClass } from './library/index.ts';
import { typeName } from './library/type-name.ts';
import { asNumber, INT, LONG, plain, ranked, rankOf, toDouble, toFloat, toInt, toLong } from './numbers.ts';
import { Byte, Char, char, Float, Short } from './values.ts';

export type Convert = (value: unknown) => unknown;

/** What a value becomes where a type is wanted; undefined: it stays as it is whatever it is. Throws ClassCastException. */
export function converterTo(type: string, isExplicit: boolean): Convert | undefined {
  const of = isExplicit ? EXPLICIT[type] : undefined;
  return of ?? IMPLICIT[type] ?? referenceTo(type);
}

const fail = (value: unknown, to: string): never => {
  if (value === null) throw new ScriptFailure('NullPointerException', `null stands where ${to} should be`);
  throw classCast(typeName(value), to);
};

const toBoolean: Convert = value => (typeof value === 'boolean' ? value : fail(value, 'boolean'));
/** A text of one character is one, where it is asked for. */
const toChar: Convert = value => {
  if (value instanceof Char) return value;
  if (typeof value === 'string' && value.length === 1) return char(value.charCodeAt(0));
  if (typeof value === 'string') throw new ScriptFailure('ClassCastException', 'only a text of length 1 is a char');
  ranked(value, 'char');
  return new Char(toInt(value));
};

/** A primitive from a value that may be of any type: as Java widens. */
const IMPLICIT: Readonly<Record<string, Convert | undefined>> = named({
  boolean: toBoolean,
  byte: value => (value instanceof Byte ? value : fail(value, 'byte')),
  short: value =>
    value instanceof Short ? value : value instanceof Byte ? new Short(value.value) : fail(value, 'short'),
  char: value => (value instanceof Char ? value : fail(value, 'char')),
  int: value =>
    typeof value === 'number' ? value : rankOf(value) === INT ? (plain(value) as number) : fail(value, 'int'),
  long: value =>
    typeof value === 'bigint' ? value : rankOf(value) === INT ? BigInt(plain(value)) : fail(value, 'long'),
  float: value => {
    if (value instanceof Float) return value;
    const rank = rankOf(value);
    return rank === INT || rank === LONG ? new Float(asNumber(value)) : fail(value, 'float');
  },
  double: toDouble,
  Boolean: orNull(toBoolean),
  Byte: orNull(value => (value instanceof Byte ? value : fail(value, 'Byte'))),
  Short: orNull(value => (value instanceof Short ? value : fail(value, 'Short'))),
  Character: orNull(value => (value instanceof Char ? value : fail(value, 'Character'))),
  Integer: orNull(value => (typeof value === 'number' ? value : fail(value, 'Integer'))),
  Long: orNull(value =>
    typeof value === 'bigint' ? value : rankOf(value) === INT ? BigInt(plain(value)) : fail(value, 'Long'),
  ),
  Float: orNull(value => (value instanceof Float ? value : fail(value, 'Float'))),
  Double: orNull(value => (rankOf(value) === 0 ? fail(value, 'Double') : toDouble(value))),
  String: value => (typeof value === 'string' || value === null ? value : fail(value, 'String')),
});

const EXPLICIT: Readonly<Record<string, Convert | undefined>> = named({
  byte: value => (value instanceof Byte ? value : new Byte(toInt(value))),
  short: value => (value instanceof Short ? value : new Short(toInt(value))),
  char: toChar,
  int: value => (value instanceof Char ? value.code : toInt(value)),
  long: toLong,
  float: toFloat,
  double: toDouble,
  Byte: orNull(value => new Byte(toInt(value))),
  Short: orNull(value => new Short(toInt(value))),
  Character: orNull(toChar),
  Integer: orNull(toInt),
  Long: orNull(toLong),
  Float: orNull(toFloat),
  Double: orNull(toDouble),
  String: value => (value instanceof Char ? value.toString() : IMPLICIT['String']!(value)),
});

function orNull(convert: Convert): Convert {
  return value => (value === null ? null : convert(value));
}

function named(table: Record<string, Convert>): Readonly<Record<string, Convert | undefined>> {
  return Object.assign(Object.create(null), table);
}

const references = new Map<string, Convert | undefined>();

function referenceTo(type: string): Convert | undefined {
  if (type === 'def' || type === 'Object' || type === 'void') return undefined;
  if (!references.has(type)) references.set(type, checkOf(type));
  return references.get(type);
}

function checkOf(type: string): Convert | undefined {
  if (type.endsWith('[]'))
    return value => (value === null || Array.isArray(value) || value instanceof Uint8Array ? value : fail(value, type));
  const of = findClass(type);
  if (of === undefined) return undefined;
  const takesLambda = of.lambda !== undefined;
  return value => {
    if (value === null || (takesLambda && typeof value === 'function')) return value;
    return of.is(value) ? value : fail(value, of.qualified);
  };
}

/** The value that a variable has without one. */
export function defaultOf(type: string): unknown {
  switch (type) {
    case 'boolean':
      return false;
    case 'byte':
      return new Byte(0);
    case 'short':
      return new Short(0);
    case 'char':
      return char(0);
    case 'int':
      return 0;
    case 'long':
      return 0n;
    case 'float':
      return new Float(0);
    case 'double':
      return new Double(0);
    default:
      return null;
  }
}
