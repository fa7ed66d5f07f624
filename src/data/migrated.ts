import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../base/disk/replace-file.ts';
import { isFields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { daysIn } from '../store/migrate/days-in.ts';

/*
 * `data_dir/store/migrated.json`: which segments of which day are in Elasticsearch, compared. A day with other segments
 * than these (the embedded store was used again) is migrated again.
 */
const VERSION = 1;
const log = logger('migrate');

export interface MigratedDay {
  readonly segments: readonly string[];
  readonly events: number;
  readonly dead_letters: number;
  readonly index: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export type Migrated = Map<string, MigratedDay>;

const fileIn = (dataDir: string): string => join(dataDir, 'store', 'migrated.json');

/** What is not there or not ours counts as nothing: migrating again stores nothing twice. */
export function readMigrated(dataDir: string): Migrated {
  try {
    const { version, days } = JSON.parse(readFileSync(fileIn(dataDir), 'utf8')) as { version: number; days: unknown };
    return version === VERSION && isFields(days) ? new Map(Object.entries(days) as [string, MigratedDay][]) : new Map();
  } catch {
    return new Map();
  }
}

export async function writeMigrated(dataDir: string, days: Migrated): Promise<void> {
  const text = JSON.stringify({ version: VERSION, days: Object.fromEntries(days) }, undefined, 1);
  await replaceFile(fileIn(dataDir), `${text}\n`);
}

export function isMigrated(day: MigratedDay | undefined, segments: readonly string[]): boolean {
  return day !== undefined && JSON.stringify(day.segments) === JSON.stringify(segments);
}

/** Days of an embedded store in `data_dir` that are nowhere else. */
export function daysLeftBehind(dataDir: string): string[] {
  const migrated = readMigrated(dataDir);
  return daysIn(join(dataDir, 'store')).flatMap(({ day, segments }) =>
    isMigrated(migrated.get(day), segments) ? [] : [day],
  );
}

/** Says it in the log when the events of an embedded store are not where this service looks for events. */
export function tellOfDaysLeftBehind(dataDir: string): void {
  const days = daysLeftBehind(dataDir);
  if (days.length === 0) return;
  log.warn(
    { days: days.length, oldest: days[0], newest: days.at(-1) },
    "data_dir holds days of an embedded store, which searches do not find here: stop and run 'longshore migrate'",
  );
}
