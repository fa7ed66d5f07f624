import { MONTHS } from '../../../base/time/english.ts';
import { latestYear } from '../../../base/time/missing-year.ts';
import { findZone, type Zone } from '../../../base/time/zone.ts';

/** Reads a text by one format of Joda; NaN when it does not fit. `zone`: for texts without one. */
export function readJoda(text: string, format: string, zone: Zone, now: number): number {
  switch (format) {
    case 'ISO8601':
      return iso(text, zone);
    case 'UNIX':
      return /^\s*-?\d+(?:\.\d+)?\s*$/.test(text) ? Math.round(Number(text) * 1000) : Number.NaN;
    case 'UNIX_MS':
      return /^\s*-?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
  }
  let at = 0;
  const found: Record<string, number> = {};
  const take = (expression: RegExp): string | undefined => {
    const match = expression.exec(text.slice(at));
    if (match === null || match.index !== 0) return undefined;
    at += match[0].length;
    return match[0];
  };
  for (const [run, letter] of format
    .matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+/g)
    .map(match => [match[0], match[2]] as const)) {
    if (letter === undefined) {
      const literal = run.startsWith("'") ? (run === "''" ? "'" : run.slice(1, -1).replaceAll("''", "'")) : run;
      if (!text.startsWith(literal, at)) return Number.NaN;
      at += literal.length;
      continue;
    }
    if (letter === 'M' && run.length > 2) {
      const word = take(/^[A-Za-z]+/)?.toLowerCase();
      const month = MONTHS.findIndex(name => name.toLowerCase() === word || name.slice(0, 3).toLowerCase() === word);
      if (month < 0) return Number.NaN;
      found['M'] = month + 1;
    } else if (letter === 'E') {
      if (take(/^[A-Za-z]+/) === undefined) return Number.NaN;
    } else if (letter === 'a') {
      const half = take(/^[AaPp][Mm]/)?.toLowerCase();
      if (half === undefined) return Number.NaN;
      found['a'] = half === 'pm' ? 12 : 0;
    } else if (letter === 'Z' || letter === 'z') {
      const name = take(/^(?:Z|[+-]\d\d:?\d\d|[A-Z][A-Za-z_]+(?:\/[A-Za-z_]+)?)/);
      const offset = name === undefined ? undefined : name === 'Z' ? findZone('UTC') : findZone(name);
      if (offset === undefined) return Number.NaN;
      zone = offset;
    } else if (letter === 'S') {
      const digits = take(/^\d{1,9}/);
      if (digits === undefined) return Number.NaN;
      found['S'] = Math.floor(Number(`0.${digits}`) * 1000 + 1e-9);
    } else {
      const digits = take(new RegExp(`^ ?\\d{1,${letter === 'y' || letter === 'Y' ? 4 : 2}}`));
      if (digits === undefined) return Number.NaN;
      found[letter] = Number(digits);
    }
  }
  if (at !== text.length) return Number.NaN;
  const year = found['y'] ?? found['Y'];
  const hour = found['H'] ?? (found['h'] === undefined ? 0 : (found['h'] % 12) + (found['a'] ?? 0));
  const month = found['M'] ?? 1;
  const day = found['d'] ?? 1;
  const wall = (y: number): number =>
    Date.UTC(y < 100 && y >= 0 ? 2000 + y : y, month - 1, day, hour, found['m'] ?? 0, found['s'] ?? 0, found['S'] ?? 0);
  const instant = (y: number): number => wall(y) - zone.offsetAtLocal(wall(y));
  return year === undefined ? latestYear(now, instant) : instant(year);
}

function iso(text: string, zone: Zone): number {
  const match =
    /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/.exec(text);
  if (match === null) return Number.NaN;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', offset] = match;
  const wall = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Math.floor(Number(`0.${fraction}`) * 1000 + 1e-9),
  );
  const named = offset === undefined || offset === 'Z' ? undefined : findZone(offset);
  return offset === 'Z' ? wall : wall - (named ?? zone).offsetAtLocal(wall);
}
