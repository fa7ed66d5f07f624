import { Double } from '../../../base/number/double.ts';
import { ScriptFailure } from '../failure.ts';
import { javaClass } from './define.ts';
import { bitsDouble, doubleBits } from './equality.ts';
import type { JavaClass } from './java-class.ts';
import { toLong } from './numbers.ts';

const one =
  (compute: (a: number) => number) =>
  (a: Double): Double =>
    new Double(compute(a.value));
const two =
  (compute: (a: number, b: number) => number) =>
  (a: Double, b: Double): Double =>
    new Double(compute(a.value, b.value));

/** To the nearest whole number, of two the even one. */
function rint(value: number): number {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 52) return value;
  const below = Math.floor(value);
  const rest = value - below;
  const whole = rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
  return whole === 0 && (value < 0 || Object.is(value, -0)) ? -0 : whole;
}

/** floor(value + 1/2), exactly. */
export function roundHalfUp(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  const below = Math.floor(value);
  return toLong(new Double(value - below >= 0.5 ? below + 1 : below));
}

function nextUp(value: number): number {
  if (Number.isNaN(value) || value === Number.POSITIVE_INFINITY) return value;
  if (value === 0) return Number.MIN_VALUE;
  return bitsDouble(doubleBits(value) + (value > 0 ? 1n : -1n));
}
const nextDown = (value: number): number => -nextUp(-value);

function ulp(value: number): number {
  const size = Math.abs(value);
  if (!Number.isFinite(size)) return size;
  return size === Number.MAX_VALUE ? 2 ** 971 : nextUp(size) - size;
}

function remainder(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b) || !Number.isFinite(a) || b === 0) return Number.NaN;
  if (!Number.isFinite(b)) return a;
  const size = Math.abs(b);
  let rest = Math.abs(a) % size;
  const isOdd = (Math.abs(a) % (2 * size)) - rest !== 0;
  if (rest > size / 2 || (rest === size / 2 && isOdd)) rest -= size;
  return a < 0 || Object.is(a, -0) ? -rest : rest;
}

/** Rounded as Java's, which V8's is not. */
function hypot(a: number, b: number): number {
  const sum = a * a + b * b;
  return sum > 1e-290 && sum < 1e290 ? Math.sqrt(sum) : Math.hypot(a, b);
}

function scaled(a: number, by: number): number {
  const part = Math.max(-2200, Math.min(2200, by));
  const half = Math.trunc(part / 3);
  return a * 2 ** half * 2 ** half * 2 ** (part - 2 * half);
}

const mathStatics = {
  'double IEEEremainder(double, double)': two(remainder),
  'double abs(double)': one(Math.abs),
  'double acos(double)': one(Math.acos),
  'double asin(double)': one(Math.asin),
  'double atan(double)': one(Math.atan),
  'double atan2(double, double)': two(Math.atan2),
  'double cbrt(double)': one(Math.cbrt),
  'double ceil(double)': one(Math.ceil),
  'double copySign(double, double)': two((a, b) => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a))),
  'double cos(double)': one(Math.cos),
  'double cosh(double)': one(Math.cosh),
  'double exp(double)': one(Math.exp),
  'double expm1(double)': one(Math.expm1),
  'double floor(double)': one(Math.floor),
  'double hypot(double, double)': two(hypot),
  'double log(double)': one(Math.log),
  'double log10(double)': one(Math.log10),
  'double log1p(double)': one(Math.log1p),
  'double max(double, double)': two(Math.max),
  'double min(double, double)': two(Math.min),
  'double nextAfter(double, double)': two((a, b) => {
    if (Number.isNaN(b)) return b;
    return a === b ? b : a < b ? nextUp(a) : nextDown(a);
  }),
  'double nextDown(double)': one(nextDown),
  'double nextUp(double)': one(nextUp),
  'double pow(double, double)': two((a, b) => a ** b),
  // Pipelines are repeatable: the same line gives the same event.
  'double random()': (): never => {
    throw new ScriptFailure('UnsupportedOperationException', 'pipelines have no random numbers');
  },
  'double rint(double)': one(rint),
  'long round(double)': (a: Double) => roundHalfUp(a.value),
  'double scalb(double, int)': (a: Double, by: number) => new Double(scaled(a.value, by)),
  'double signum(double)': one(Math.sign),
  'double sin(double)': one(Math.sin),
  'double sinh(double)': one(Math.sinh),
  'double sqrt(double)': one(Math.sqrt),
  'double tan(double)': one(Math.tan),
  'double tanh(double)': one(Math.tanh),
  'double toDegrees(double)': one(a => a * (180 / Math.PI)),
  'double toRadians(double)': one(a => a * (Math.PI / 180)),
  'double ulp(double)': one(ulp),
};
const mathConstants = { 'double E': new Double(Math.E), 'double PI': new Double(Math.PI) };

export const mathClass: JavaClass = javaClass('java.lang.Math', {
  is: () => false,
  statics: mathStatics,
  constants: mathConstants,
});

export const strictMathClass: JavaClass = javaClass('java.lang.StrictMath', {
  is: () => false,
  statics: mathStatics,
  constants: mathConstants,
});
