/** What may be meant otherwise in a date pattern: letters that are easily taken for others. Empty for a pattern without such letters. */
export function doubtsOf(pattern: string): string[] {
  const letters = new Set(pattern.replace(/'[^']*'/g, '').match(/[A-Za-z]/g));
  const has = (...wanted: string[]): boolean => wanted.some(letter => letters.has(letter));
  const doubts: string[] = [];
  if (has('Y') && !has('w')) doubts.push('Y is the year of a week and read as the year; the year is y');
  if (has('Y') && has('w') && has('d', 'M', 'L'))
    doubts.push('the week (w) is read, and not the day or month beside it');
  if (has('D') && has('M', 'L'))
    doubts.push('D is the day of the year, so that no date fits; the day of the month is d');
  if (has('m') && !has('H', 'h', 'k', 'K')) doubts.push('m is the minute; the month is M');
  if (has('h', 'K') && !has('a', 'B')) doubts.push('h counts to 12 and needs AM or PM (a); the hour of the day is H');
  if (has('W', 'F') || (has('w') && !has('Y')))
    doubts.push('the week is read over: it needs the year of weeks (Y) beside it');
  return doubts;
}
