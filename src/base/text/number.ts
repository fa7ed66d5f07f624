/** Decimal numbers as people write them; the same expression is used in SQL. */
export const NUMBER_PATTERN = '[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?';
const NUMBER = new RegExp(`^(?:${NUMBER_PATTERN})$`);

/** The finite number that the text is, or undefined. */
export function numberOf(text: string): number | undefined {
  const first = text.charCodeAt(0);
  // Digits, sign or point first: saves the expression for the words that most values are.
  if (!((first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46)) return undefined;
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** The same, and every digit of a whole number that a double does not hold. */
export function exactNumberOf(text: string): number | bigint | undefined {
  const number = numberOf(text);
  if (number === undefined || Number.isSafeInteger(number) || !WHOLE.test(text)) return number;
  return BigInt(text.replace('+', ''));
}
// What DuckDB's widest integer holds.
const WHOLE = /^[+-]?[0-9]{1,38}$/;
