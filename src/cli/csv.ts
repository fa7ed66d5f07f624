/**
 * A line of CSV as RFC 4180 has it. A text that a spreadsheet would run as a formula gets an apostrophe in front: what stands
 * in a log is written by others. Numbers stay numbers.
 */
export function csvLine(cells: readonly string[]): string {
  return cells.map(csvCell).join(',');
}

export function csvCell(text: string): string {
  const safe =
    /^[=+\-@\t\r\n]/.test(text) && !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
