import { inMilliseconds } from '../../../core/schema/aliases.ts';
import type { Mapping } from '../../../core/schema/mapping.ts';

/** Fewer digits than a double holds: the quotient of two of them is the number nearest to the text. */
const MOST_DIGITS = 15;
const POWERS = Array.from({ length: MOST_DIGITS + 1 }, (_, i) => 10 ** i);

const [M, N, S, U] = Array.from('mnsu', char => char.charCodeAt(0));

/** Milliseconds of `12`, `0.5s`, `559.4ms`, as `milliseconds` (schema/map-fields.ts) reads them; NaN: it is another form, or none. */
export function durationOf(bytes: Uint8Array, from: number, to: number, unit: Mapping['as']): number {
  let at = from;
  let digits = 0;
  let point = -1;
  let value = 0;
  for (; at < to; at++) {
    const code = bytes[at]!;
    if (code === 46 && point < 0 && at > from) {
      point = at;
      continue;
    }
    const digit = code - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    if (++digits > MOST_DIGITS) return Number.NaN;
    value = value * 10 + digit;
  }
  if (digits === 0) return Number.NaN;
  if (point >= 0) value /= POWERS[at - point - 1]!;
  const own = to === at ? unit : unitOf(bytes, at, to);
  return own === undefined || own === 'named' ? Number.NaN : inMilliseconds(value, own);
}

function unitOf(bytes: Uint8Array, at: number, to: number): Mapping['as'] {
  const first = bytes[at];
  if (to - at === 1) return first === S ? 's' : undefined;
  if (to - at !== 2 || bytes[at + 1] !== S) return undefined;
  return first === M ? 'ms' : first === U ? 'us' : first === N ? 'ns' : undefined;
}
