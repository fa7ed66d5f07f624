/*
 * Decimal texts of doubles as Java's formatter writes them: from the shortest digits that tell the number apart, half up.
 */

/** Digits and the place of the point: 0.00123 is `123` and -2. */
interface Digits {
  readonly digits: string;
  /** So many digits stand before the point; may be negative. */
  readonly point: number;
}

/** Of a text as `Double.toString` writes it, without a sign. */
function digitsOf(text: string): Digits {
  const [mantissa, exponent = '0'] = text.split('E');
  const [whole, fraction = ''] = mantissa!.split('.');
  const all = whole! + fraction;
  const zeros = /^0*/.exec(all)![0].length;
  return { digits: all.slice(zeros), point: whole!.length - zeros + Number(exponent) };
}

/** Rounded half up to so many digits, which may be none or fewer. */
function rounded({ digits, point }: Digits, count: number): Digits {
  if (count >= digits.length) return { digits, point };
  if (count < 0) return { digits: '', point };
  const isUp = digits.charCodeAt(count) >= 53;
  const kept = digits.slice(0, count);
  if (!isUp) return { digits: kept, point };
  const next = String(BigInt(`0${kept}`) + 1n);
  return next.length > kept.length ? { digits: next, point: point + 1 } : { digits: next.padStart(count, '0'), point };
}

/** `12.35` for two decimals. `shortest` is what `Double.toString` writes of a number that is not negative. */
export function fixedText(shortest: string, decimals: number): string {
  const exact = digitsOf(shortest);
  const { digits, point } = rounded(exact, exact.point + decimals);
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (decimals === 0) return whole;
  const fraction = point > 0 ? digits.slice(point) : '0'.repeat(Math.min(decimals, -point)) + digits;
  return `${whole}.${fraction.slice(0, decimals).padEnd(decimals, '0')}`;
}

/** `1.23e+01` for two decimals. */
export function scientificText(shortest: string, decimals: number): string {
  const exact = digitsOf(shortest);
  const { digits, point } = rounded(exact, 1 + decimals);
  const shown = (digits || '0').padEnd(1 + decimals, '0');
  const exponent = digits === '' ? 0 : point - 1;
  const size = String(Math.abs(exponent)).padStart(2, '0');
  const fraction = decimals === 0 ? '' : `.${shown.slice(1, 1 + decimals)}`;
  return `${shown[0]}${fraction}e${exponent < 0 ? '-' : '+'}${size}`;
}
