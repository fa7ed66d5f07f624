import { ofSeconds } from './epoch.ts';

/**
 * The event time that a sender gave as a number, or as the digits of one: epoch seconds, from 10^11 on milliseconds, since
 * some libraries can be set to send these. Returns epoch milliseconds with fraction; NaN if it is none.
 */
export function senderTime(value: unknown): number {
  const number = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  if (typeof number !== 'number') return Number.NaN;
  return number >= MS_FROM ? number : ofSeconds(number);
}

const DIGITS = /^\d{1,13}(?:\.\d{1,9})?$/;
/** 1973 in milliseconds, the year 5138 in seconds. */
const MS_FROM = 1e11;
