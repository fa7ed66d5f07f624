import type { Double } from '../../../base/number/double.ts';
import type { Budget } from '../budget.ts';
import { ScriptFailure } from '../failure.ts';
import { BigInteger, bitsOf, charge, numberMethods } from './big-integer.ts';
import { javaClass } from './define.ts';
import { enumClass, enumConstants, type JavaEnum } from './enums.ts';
import type { JavaClass } from './java-class.ts';
import { JavaObject } from './java-object.ts';
import { compare } from './numbers.ts';
import { doubleText } from './text.ts';

/** Digits and where the point stands in them: 1.50 is 150 and 2. */
export class BigDecimal extends JavaObject {
  readonly digits: bigint;
  readonly scale: number;

  constructor(digits: bigint, scale: number) {
    super();
    this.digits = digits;
    this.scale = scale;
  }
  get javaName(): string {
    return 'java.math.BigDecimal';
  }
  get precision(): number {
    return String(this.digits < 0n ? -this.digits : this.digits).length;
  }
  /** With an exponent where Java writes one. */
  toText(): string {
    const size = String(this.digits < 0n ? -this.digits : this.digits);
    const exponent = size.length - this.scale - 1;
    if (this.scale >= 0 && exponent >= -6) return this.toPlain();
    const fraction = size.length > 1 ? `.${size.slice(1)}` : '';
    return `${this.digits < 0n ? '-' : ''}${size[0]}${fraction}E${exponent < 0 ? '' : '+'}${exponent}`;
  }
  toPlain(): string {
    const sign = this.digits < 0n ? '-' : '';
    const size = String(this.digits < 0n ? -this.digits : this.digits);
    if (this.scale <= 0) return sign + (this.digits === 0n ? '0' : size + '0'.repeat(-this.scale));
    const padded = size.padStart(this.scale + 1, '0');
    return `${sign}${padded.slice(0, -this.scale)}.${padded.slice(-this.scale)}`;
  }
  get value(): number {
    return Number(this.toText());
  }
  override equals(other: unknown): boolean {
    return other instanceof BigDecimal && other.digits === this.digits && other.scale === this.scale;
  }
  override hash(): number {
    return (Math.imul(31, new BigInteger(this.digits).hash()) + this.scale) | 0;
  }
  override key(): string {
    return `\0g${this.digits}:${this.scale}`;
  }
  override compareTo(other: unknown): number | undefined {
    if (!(other instanceof BigDecimal)) return undefined;
    const scale = Math.max(this.scale, other.scale);
    return compare(raised(this, scale), raised(other, scale));
  }
}

const MAX_SCALE = 10_000;
const tenTo = (count: number): bigint => {
  if (count > MAX_SCALE) throw new ScriptFailure('ArithmeticException', `more than ${MAX_SCALE} digits`);
  return 10n ** BigInt(count);
};

/** The digits for a scale that is not below its own. */
const raised = (value: BigDecimal, scale: number): bigint => value.digits * tenTo(scale - value.scale);

const MODES = ['UP', 'DOWN', 'CEILING', 'FLOOR', 'HALF_UP', 'HALF_DOWN', 'HALF_EVEN', 'UNNECESSARY'];
const roundingModes = enumConstants('java.math.RoundingMode', MODES);
const modeOf = (name: string): JavaEnum => roundingModes[MODES.indexOf(name)]!;

/** Divides and rounds. Throws ArithmeticException where it would have to round and must not. */
function divided(a: bigint, b: bigint, mode: JavaEnum): bigint {
  const quotient = a / b;
  const rest = a % b;
  if (rest === 0n) return quotient;
  const isNegative = a < 0n !== b < 0n;
  const size = (value: bigint): bigint => (value < 0n ? -value : value);
  const half = compare(size(rest) * 2n, size(b));
  const isUp: Record<string, boolean> = {
    UP: true,
    DOWN: false,
    CEILING: !isNegative,
    FLOOR: isNegative,
    HALF_UP: half >= 0,
    HALF_DOWN: half > 0,
    HALF_EVEN: half > 0 || (half === 0 && quotient % 2n !== 0n),
  };
  if (mode.name === 'UNNECESSARY') throw new ScriptFailure('ArithmeticException', 'Rounding necessary');
  return isUp[mode.name] ? quotient + (isNegative ? -1n : 1n) : quotient;
}

function scaled(value: BigDecimal, scale: number, mode: JavaEnum): BigDecimal {
  if (scale >= value.scale) return new BigDecimal(raised(value, scale), scale);
  return new BigDecimal(divided(value.digits, tenTo(value.scale - scale), mode), scale);
}

class MathContext extends JavaObject {
  readonly precision: number;
  readonly mode: JavaEnum;
  constructor(precision: number, mode = modeOf('HALF_UP')) {
    super();
    if (precision < 0) throw new ScriptFailure('IllegalArgumentException', 'Digits < 0');
    this.precision = precision;
    this.mode = mode;
  }
  get javaName(): string {
    return 'java.math.MathContext';
  }
  toText(): string {
    return `precision=${this.precision} roundingMode=${this.mode.name}`;
  }
}

function rounded(value: BigDecimal, { precision, mode }: MathContext): BigDecimal {
  let result = value;
  // Rounding up may make one digit more.
  while (precision > 0 && result.precision > precision)
    result = scaled(result, result.scale - (result.precision - precision), mode);
  return result;
}

const UNLIMITED = new MathContext(0);

function parse(text: string, budget: Budget): BigDecimal {
  const found = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d{1,9}))?$/.exec(text);
  if (found === null)
    throw new ScriptFailure(
      'NumberFormatException',
      'Character array is missing "exponent" mark',
      'the text is no number',
    );
  budget.memory(text.length);
  charge(text.length * 4, budget);
  const [, sign, whole = '', fraction = '', only = '', exponent = '0'] = found;
  const digits = BigInt(whole + fraction + only);
  return new BigDecimal(sign === '-' ? -digits : digits, fraction.length + only.length - Number(exponent));
}

type Two = (a: BigDecimal, b: BigDecimal) => BigDecimal;

function sum(a: BigDecimal, b: BigDecimal, sign: bigint): BigDecimal {
  const scale = Math.max(a.scale, b.scale);
  return new BigDecimal(raised(a, scale) + sign * raised(b, scale), scale);
}
const product: Two = (a, b) => new BigDecimal(a.digits * b.digits, a.scale + b.scale);

function byZero(b: BigDecimal): void {
  if (b.digits === 0n) throw new ScriptFailure('ArithmeticException', 'Division by zero');
}

/** Rounded to a precision; exactly, or not at all, where it is 0. */
function quotient(a: BigDecimal, b: BigDecimal, context: MathContext): BigDecimal {
  byZero(b);
  const wanted = a.scale - b.scale;
  if (a.digits === 0n) return new BigDecimal(0n, Math.max(0, wanted));
  const isExact = context.precision === 0;
  const places = isExact ? Math.ceil((10 * a.precision) / 3) + b.precision * 4 : context.precision + 3;
  const shift = Math.max(0, places - a.precision + b.precision);
  const dividend = a.digits * tenTo(shift);
  const result = dividend / b.digits;
  const isWhole = dividend % b.digits === 0n;
  if (isExact && !isWhole)
    throw new ScriptFailure(
      'ArithmeticException',
      'Non-terminating decimal expansion; no exact representable decimal result.',
    );
  // A digit that tells that there was more behind.
  const told = isWhole ? result * 10n : result * 10n + (a.digits < 0n !== b.digits < 0n ? -1n : 1n);
  return stripped(rounded(new BigDecimal(told, wanted + shift + 1), context), wanted);
}

/** Without zeros at the end, but not to less than a scale. */
function stripped(value: BigDecimal, least: number): BigDecimal {
  let { digits, scale } = value;
  while (scale > least && digits % 10n === 0n && digits !== 0n) {
    digits /= 10n;
    scale--;
  }
  return new BigDecimal(digits, scale);
}

function integral(a: BigDecimal, b: BigDecimal): BigDecimal {
  byZero(b);
  const scale = Math.max(a.scale, b.scale, 0);
  const whole = new BigDecimal(raised(a, scale) / raised(b, scale), 0);
  return a.scale - b.scale > 0 ? scaled(whole, a.scale - b.scale, UNLIMITED.mode) : whole;
}
const remainder: Two = (a, b) => {
  const whole = integral(a, b);
  return whole.digits === 0n ? a : sum(a, product(whole, b), -1n);
};

/** Both forms of an operation: exact, and rounded by a context. */
function both(signature: (more: string) => string, compute: Two): Record<string, (...values: never[]) => unknown> {
  const charged = (a: BigDecimal, b: BigDecimal, budget: Budget): BigDecimal => {
    charge(bitsOf(a.digits) + bitsOf(b.digits) + 4 * Math.abs(a.scale - b.scale), budget);
    return compute(a, b);
  };
  return {
    [signature('')]: charged,
    [signature(', MathContext')]: (a: BigDecimal, b: BigDecimal, context: MathContext, budget: Budget) =>
      rounded(charged(a, b, budget), context),
  };
}

const wholeOf = (value: BigDecimal): bigint =>
  value.scale <= 0 ? raised(value, 0) : value.digits / tenTo(value.scale);

export const bigDecimalClass: JavaClass = javaClass('java.math.BigDecimal', {
  extends: 'Number Comparable',
  is: value => value instanceof BigDecimal,
  constructors: {
    '(String)': parse,
    '(String, MathContext)': (text: string, context: MathContext, budget: Budget) =>
      rounded(parse(text, budget), context),
  },
  statics: { 'BigDecimal valueOf(double)': (value: Double, budget: Budget) => parse(doubleText(value.value), budget) },
  methods: {
    ...numberMethods<BigDecimal>(wholeOf),
    'BigDecimal abs()': (self: BigDecimal) => (self.digits < 0n ? new BigDecimal(-self.digits, self.scale) : self),
    ...both(
      more => `BigDecimal add(BigDecimal${more})`,
      (a, b) => sum(a, b, 1n),
    ),
    'int compareTo(BigDecimal)': (self: BigDecimal, other: BigDecimal) => self.compareTo(other),
    'BigDecimal divide(BigDecimal)': (self: BigDecimal, other: BigDecimal) => quotient(self, other, UNLIMITED),
    'BigDecimal divide(BigDecimal, MathContext)': quotient,
    'BigDecimal divideToIntegralValue(BigDecimal)': integral,
    'BigDecimal max(BigDecimal)': (self: BigDecimal, other: BigDecimal) => (self.compareTo(other)! >= 0 ? self : other),
    'BigDecimal min(BigDecimal)': (self: BigDecimal, other: BigDecimal) => (self.compareTo(other)! <= 0 ? self : other),
    'BigDecimal movePointLeft(int)': (self: BigDecimal, by: number) => moved(self, by),
    'BigDecimal movePointRight(int)': (self: BigDecimal, by: number) => moved(self, -by),
    ...both(more => `BigDecimal multiply(BigDecimal${more})`, product),
    'BigDecimal negate()': (self: BigDecimal) => new BigDecimal(-self.digits, self.scale),
    'BigDecimal plus()': (self: BigDecimal) => self,
    'BigDecimal pow(int)': (self: BigDecimal, exponent: number, budget: Budget) => {
      if (exponent < 0) throw new ScriptFailure('ArithmeticException', 'Invalid operation');
      charge(bitsOf(self.digits) * exponent, budget);
      return new BigDecimal(self.digits ** BigInt(exponent), self.scale * exponent);
    },
    'int precision()': (self: BigDecimal) => self.precision,
    ...both(more => `BigDecimal remainder(BigDecimal${more})`, remainder),
    'BigDecimal round(MathContext)': rounded,
    'int scale()': (self: BigDecimal) => self.scale,
    'BigDecimal scaleByPowerOfTen(int)': (self: BigDecimal, by: number) => new BigDecimal(self.digits, self.scale - by),
    'BigDecimal setScale(int)': (self: BigDecimal, scale: number) => scaled(self, scale, modeOf('UNNECESSARY')),
    'BigDecimal setScale(int, RoundingMode)': scaled,
    'int signum()': (self: BigDecimal) => compare(self.digits, 0n),
    'BigDecimal stripTrailingZeros()': (self: BigDecimal) =>
      self.digits === 0n ? new BigDecimal(0n, 0) : stripped(self, -MAX_SCALE),
    ...both(
      more => `BigDecimal subtract(BigDecimal${more})`,
      (a, b) => sum(a, b, -1n),
    ),
    'BigInteger toBigInteger()': (self: BigDecimal) => new BigInteger(wholeOf(self)),
    'String toPlainString()': (self: BigDecimal, budget: Budget) => {
      tenTo(Math.abs(self.scale));
      budget.memory(Math.abs(self.scale));
      return self.toPlain();
    },
  },
  constants: {
    'BigDecimal ONE': new BigDecimal(1n, 0),
    'BigDecimal TEN': new BigDecimal(10n, 0),
    'BigDecimal ZERO': new BigDecimal(0n, 0),
  },
});

function moved(value: BigDecimal, by: number): BigDecimal {
  const scale = value.scale + by;
  return scale < 0
    ? scaled(new BigDecimal(value.digits, scale), 0, UNLIMITED.mode)
    : new BigDecimal(value.digits, scale);
}

export const roundingClasses: readonly JavaClass[] = [
  enumClass('java.math.RoundingMode', roundingModes),
  javaClass('java.math.MathContext', {
    is: value => value instanceof MathContext,
    constructors: {
      '(int)': (precision: number) => new MathContext(precision),
      '(int, RoundingMode)': (precision: number, mode: JavaEnum) => new MathContext(precision, mode),
    },
    methods: {
      'int getPrecision()': (self: MathContext) => self.precision,
      'RoundingMode getRoundingMode()': (self: MathContext) => self.mode,
    },
    constants: {
      'MathContext DECIMAL32': new MathContext(7, modeOf('HALF_EVEN')),
      'MathContext DECIMAL64': new MathContext(16, modeOf('HALF_EVEN')),
      'MathContext DECIMAL128': new MathContext(34, modeOf('HALF_EVEN')),
      'MathContext UNLIMITED': UNLIMITED,
    },
  }),
];
