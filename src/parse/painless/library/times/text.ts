import { type Civil, civilOf } from './calendar.ts';

const two = (value: number): string => String(value).padStart(2, '0');

/** Four digits at least, a sign where there are more. */
export function yearText(year: number): string {
  if (year > 9999) return `+${year}`;
  return year < 0 ? `-${String(-year).padStart(4, '0')}` : String(year).padStart(4, '0');
}

export const localDateText = ({ year, month, day }: Civil): string => `${yearText(year)}-${two(month)}-${two(day)}`;

/** Without seconds where they are zero; a fraction of 3, 6 or 9 digits. */
export function localTimeText(nano: number): string {
  const seconds = Math.floor(nano / 1e9);
  const text = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}`;
  const fraction = fractionText(nano % 1e9);
  return seconds % 60 === 0 && fraction === '' ? text : `${text}:${two(seconds % 60)}${fraction}`;
}

export function fractionText(nanos: number): string {
  if (nanos === 0) return '';
  const digits = nanos % 1e6 === 0 ? 3 : nanos % 1e3 === 0 ? 6 : 9;
  return `.${String(nanos).padStart(9, '0').slice(0, digits)}`;
}

/** Of an instant, always with seconds. */
export function instantText(day: number, nano: number): string {
  const seconds = Math.floor(nano / 1e9);
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${localDateText(civilOf(day))}T${time}${fractionText(nano % 1e9)}Z`;
}
