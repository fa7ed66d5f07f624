import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../core/errors.ts';
import { isFields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import type { Group } from './aggregates.ts';
import type { OutboxItem } from './outbox.ts';
import type { SavedSilence } from './silences.ts';
import type { AlertView } from './views.ts';

const log = logger('alerts');
const FILE = 'alerts.json';
const VERSION = 1;

/** What a rule knows, as it is written. */
export interface SavedRule {
  readonly fingerprint: string;
  readonly window: unknown;
  readonly seen: readonly string[];
  readonly hits: readonly [number, number][];
  readonly top: readonly unknown[];
  readonly counters: { hits: number; matches: number; alerts: number; suppressed: number };
}

/**
 * All that the engine must not lose, as one file (`alerts.json`, readable by its owner only): windows, silences, ids of
 * counted hits, the position in the log of hits, matches waiting for a common alert, and the outbox. Written to a
 * temporary file, fsynced, renamed, and the folder fsynced: after a crash there is the old state or the new one.
 * It is: as new as the last write. It is not: the place of addresses or other secrets, except headers filled from a match.
 */
export interface AlertState {
  readonly version: typeof VERSION;
  /** Which log `position` counts in; `` if unknown. */
  readonly positionsOf: string;
  readonly position: number;
  /** Epoch milliseconds. */
  readonly watermark: number;
  readonly savedAt: number;
  readonly rules: Readonly<Record<string, SavedRule>>;
  readonly silences: readonly SavedSilence[];
  readonly groups: readonly Group[];
  readonly outbox: readonly OutboxItem[];
  readonly recent: readonly AlertView[];
}

/** Reads the state; undefined if there is none. One that cannot be read is put aside: it must not keep the service from starting. */
export async function readState(dir: string, now: number): Promise<AlertState | undefined> {
  const path = join(dir, FILE);
  await mkdir(dir, { recursive: true });
  await rm(`${path}.tmp`, { force: true });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    log.error({ error: messageOf(error) }, 'alert state cannot be read; starting with an empty one');
    return undefined;
  }
  try {
    const state: unknown = JSON.parse(text);
    if (isState(state)) return state;
    throw new Error('it has another form');
  } catch (error) {
    const aside = `${path}.unreadable-${now}`;
    await rename(path, aside).catch(() => {});
    log.error(
      { error: messageOf(error), aside },
      'alert state is damaged and was put aside; starting with an empty one',
    );
    return undefined;
  }
}

export const stateVersion = VERSION;

/** Replaces the state in one step. */
export async function writeState(dir: string, text: string): Promise<void> {
  const path = join(dir, FILE);
  const file = await open(`${path}.tmp`, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.tmp`, path);
  const folder: FileHandle = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isState(value: unknown): value is AlertState {
  return (
    isFields(value) &&
    value['version'] === VERSION &&
    typeof value['position'] === 'number' &&
    typeof value['watermark'] === 'number' &&
    isFields(value['rules']) &&
    ['silences', 'groups', 'outbox', 'recent'].every(name => Array.isArray(value[name]))
  );
}
