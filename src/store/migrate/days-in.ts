import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseDayFolder, parseSegmentName, SEGMENTS } from '../embedded/layout.ts';

/** Days that have segments, without opening any: for a service that keeps its events elsewhere. Sorted. */
export function daysIn(dir: string): { day: string; segments: string[] }[] {
  const root = join(dir, SEGMENTS);
  if (!existsSync(root)) return [];
  const days = readdirSync(root).flatMap(name => {
    const day = parseDayFolder(name);
    if (day === undefined) return [];
    const segments = readdirSync(join(root, name)).filter(file => parseSegmentName(file) !== undefined);
    return segments.length === 0 ? [] : [{ day, segments: segments.sort() }];
  });
  return days.sort((a, b) => (a.day < b.day ? -1 : 1));
}
