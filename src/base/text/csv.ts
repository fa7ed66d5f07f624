/** A line of names, as RFC 4180 has it. */
export function csvHead(names: readonly string[]): string {
  return names.map(quoted).join(',');
}

/**
 * A line of values. A text that a spreadsheet would run as a formula gets an apostrophe in front: what stands in a log is
 * written by others. Numbers stay numbers.
 */
export function csvLine(values: readonly string[]): string {
  return values.map(value => quoted(isFormula(value) ? `'${value}` : value)).join(',');
}

const isFormula = (text: string): boolean =>
  /^\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text) && !NUMBER.test(text);
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function quoted(text: string): string {
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}
