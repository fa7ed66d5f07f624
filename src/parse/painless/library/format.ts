import { Double } from '../../../base/number/double.ts';
import type { Budget } from '../budget.ts';
import { ScriptFailure } from '../failure.ts';
import { Byte, Char, Float, type JavaNumber, Short } from '../values.ts';
import { fixedText, scientificText } from './decimals.ts';
import { javaHash } from './equality.ts';
import { toLong, toNumber } from './numbers.ts';
import { javaText } from './text.ts';
import { typeName } from './type-name.ts';

interface Specifier {
  readonly text: string;
  readonly flags: string;
  readonly width: number;
  readonly precision: number;
  /** Lower case. */
  readonly letter: string;
  readonly isUpper: boolean;
}

const SPECIFIER = /%(?:(\d+)\$)?([-#+ 0,(<]*)(\d+)?(?:\.(\d+))?([tT])?([a-zA-Z%])/y;
const fail = (exception: string, message: string): ScriptFailure => new ScriptFailure(exception, message);

/** Wider than any text that a log has. */
const MAX_WIDTH = 100_000;

/** `String.format`: %s %d %x %o %f %e %g %c %b %h %n %%, with flags, width and precision. Times (%t) are not supported. */
export function formatted(pattern: string, values: readonly unknown[], budget: Budget): string {
  let out = '';
  let next = 0;
  let last = -1;
  for (let at = 0; at < pattern.length; ) {
    const percent = pattern.indexOf('%', at);
    if (percent < 0) {
      out += pattern.slice(at);
      break;
    }
    out += pattern.slice(at, percent);
    SPECIFIER.lastIndex = percent;
    const found = SPECIFIER.exec(pattern);
    if (found === null) throw fail('UnknownFormatConversionException', `Conversion = '${pattern[percent + 1] ?? '%'}'`);
    at = SPECIFIER.lastIndex;
    const [text, position, flags = '', width, precision, time, letter] = found;
    if (time !== undefined) throw fail('UnsupportedOperationException', `%${time} is not supported`);
    const specifier = specifierOf(text, flags, width, precision, letter!);
    budget.memory(Math.max(0, specifier.width));
    if (specifier.letter === '%' || specifier.letter === 'n') {
      out += specifier.letter === 'n' ? '\n' : padded('%', specifier);
      continue;
    }
    last = position !== undefined ? Number(position) - 1 : flags.includes('<') ? last : next++;
    if (last < 0 || last >= values.length) throw fail('MissingFormatArgumentException', `Format specifier '${text}'`);
    out += one(specifier, values[last], budget);
  }
  budget.memory(out.length);
  return out;
}

function specifierOf(
  text: string,
  flags: string,
  width: string | undefined,
  precision: string | undefined,
  letter: string,
): Specifier {
  const repeated = [...flags].find((flag, i) => flags.indexOf(flag) !== i);
  if (repeated !== undefined) throw fail('DuplicateFormatFlagsException', `Flags = '${repeated}'`);
  const wide = width === undefined ? -1 : Number(width);
  const exact = precision === undefined ? -1 : Number(precision);
  if (wide > MAX_WIDTH) throw fail('IllegalFormatWidthException', `the width ${width} is beyond ${MAX_WIDTH}`);
  if (exact > MAX_WIDTH)
    throw fail('IllegalFormatPrecisionException', `the precision ${precision} is beyond ${MAX_WIDTH}`);
  if (/[-0]/.test(flags) && wide < 0) throw fail('MissingFormatWidthException', text);
  if ((flags.includes('-') && flags.includes('0')) || (flags.includes('+') && flags.includes(' ')))
    throw fail('IllegalFormatFlagsException', `Flags = '${flags}'`);
  const isUpper = letter !== letter.toLowerCase();
  if (isUpper ? !'SHBCXEGA'.includes(letter) : !'shbcdoxefga%n'.includes(letter))
    throw fail('UnknownFormatConversionException', `Conversion = '${letter}'`);
  if ('cdox'.includes(letter.toLowerCase()) && exact >= 0) throw fail('IllegalFormatPrecisionException', String(exact));
  return { text, flags, width: wide, precision: exact, letter: letter.toLowerCase(), isUpper };
}

function one(specifier: Specifier, value: unknown, budget: Budget): string {
  const { letter, precision } = specifier;
  let text: string;
  switch (letter) {
    case 's':
      text = javaText(value, budget);
      break;
    case 'b':
      text = String(typeof value === 'boolean' ? value : value !== null);
      break;
    case 'h':
      text = value === null ? 'null' : (javaHash(value) >>> 0).toString(16);
      break;
    default:
      if (value === null) text = 'null';
      else return padded(number(specifier, value), specifier);
  }
  if (precision >= 0) text = text.slice(0, precision);
  return padded(text, specifier);
}

function number(specifier: Specifier, value: unknown): string {
  const { letter } = specifier;
  if (letter === 'c') return character(specifier, value);
  const isWhole =
    typeof value === 'number' || typeof value === 'bigint' || value instanceof Byte || value instanceof Short;
  if (letter === 'd') {
    if (!isWhole) throw mismatch(letter, value);
    const whole = toLong(value as JavaNumber);
    return signed(grouped(String(whole < 0n ? -whole : whole), specifier), whole < 0n, specifier);
  }
  if (letter === 'x' || letter === 'o') {
    if (!isWhole) throw mismatch(letter, value);
    return based(specifier, value as JavaNumber);
  }
  if (!(value instanceof Double || value instanceof Float)) throw mismatch(letter, value);
  return floating(specifier, value);
}

function character({ letter }: Specifier, value: unknown): string {
  if (value instanceof Char) return value.toString();
  if (typeof value !== 'number' && !(value instanceof Byte) && !(value instanceof Short)) throw mismatch(letter, value);
  const code = toNumber(value);
  if (code < 0 || code > 0x10ffff) throw fail('IllegalArgumentException', `Code point = 0x${code.toString(16)}`);
  return String.fromCodePoint(code);
}

function based({ letter, flags, width }: Specifier, value: JavaNumber): string {
  const radix = letter === 'x' ? 16 : 8;
  const bits = typeof value === 'bigint' ? 64 : value instanceof Byte ? 8 : value instanceof Short ? 16 : 32;
  const prefix = flags.includes('#') ? (letter === 'x' ? '0x' : '0') : '';
  const digits = BigInt.asUintN(bits, toLong(value)).toString(radix);
  return prefix + (flags.includes('0') ? digits.padStart(width - prefix.length, '0') : digits);
}

function floating(specifier: Specifier, value: Double | Float): string {
  const { letter, precision } = specifier;
  const number = value.value;
  const isNegative = number < 0 || Object.is(number, -0);
  if (!Number.isFinite(number)) {
    const text = Number.isNaN(number) ? 'NaN' : 'Infinity';
    return signed(text, isNegative, { ...specifier, flags: specifier.flags.replace('0', '') });
  }
  const digits = precision < 0 ? 6 : precision;
  const size = Math.abs(number);
  const shortest = value instanceof Float ? javaText(new Float(size)) : javaText(new Double(size));
  if (letter === 'e') return signed(scientificText(shortest, digits), isNegative, specifier);
  if (letter === 'f') return signed(grouped(fixedText(shortest, digits), specifier), isNegative, specifier);
  if (letter !== 'g') throw fail('UnsupportedOperationException', `%${letter} is not supported`);
  const significant = digits === 0 ? 1 : digits;
  const rounded = Number(scientificText(shortest, significant - 1));
  const text =
    rounded !== 0 && (rounded < 1e-4 || rounded >= 10 ** significant)
      ? scientificText(shortest, significant - 1)
      : grouped(
          fixedText(shortest, Math.max(0, significant - (rounded === 0 ? 1 : Math.floor(Math.log10(rounded)) + 1))),
          specifier,
        );
  return signed(text, isNegative, specifier);
}

/** With commas between thousands where the flag asks for them. */
function grouped(digits: string, { flags }: Specifier): string {
  return flags.includes(',') ? digits.replace(/^\d+/, whole => whole.replace(/\B(?=(\d{3})+$)/g, ',')) : digits;
}

function signed(digits: string, isNegative: boolean, { flags, width }: Specifier): string {
  const before = isNegative
    ? flags.includes('(')
      ? '('
      : '-'
    : flags.includes('+')
      ? '+'
      : flags.includes(' ')
        ? ' '
        : '';
  const after = before === '(' ? ')' : '';
  const body = flags.includes('0') ? digits.padStart(width - before.length - after.length, '0') : digits;
  return before + body + after;
}

function padded(text: string, { flags, width, isUpper }: Specifier): string {
  const shown = isUpper ? text.toUpperCase() : text;
  if (width < 0) return shown;
  return flags.includes('-') ? shown.padEnd(width) : shown.padStart(width);
}

const mismatch = (letter: string, value: unknown): ScriptFailure =>
  fail('IllegalFormatConversionException', `${letter} != ${typeName(value)}`);
