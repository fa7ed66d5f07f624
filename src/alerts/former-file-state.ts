import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { wholeLines } from '../base/text/whole-lines.ts';
import { messageOf } from '../core/errors.ts';
import { isFields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { type AlertState, parseState } from './state.ts';
import type { SavedParts } from './state-parts.ts';

const log = logger('alerts');
const STATE_FILE = 'alerts.json';
const RULES = 'rules';

/** Where a part lies: a file in `rules/`, first byte and length. */
type Place = readonly [file: string, at: number, bytes: number];

/**
 * The state as versions before 0.3 wrote it: `alerts.json`, which says where in the files in `rules/` each part lies. What
 * cannot be read is put aside and said.
 */
export async function readFormerState(dir: string): Promise<AlertState | undefined> {
  const path = join(dir, STATE_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    log.error({ path, error: messageOf(error) }, 'alert state cannot be read; starting with an empty one');
    return undefined;
  }
  try {
    const state = parseState(text);
    return { ...state, parts: await readParts(dir, placesOf(text)) };
  } catch (error) {
    const aside = `${path}.unreadable-${Date.now()}`;
    await rename(path, aside).catch(() => {});
    log.error(
      { error: messageOf(error), aside },
      'alert state is damaged and was put aside; starting with an empty one',
    );
    return undefined;
  }
}

/** All of it is elsewhere now. */
export async function removeFormerState(dir: string): Promise<void> {
  await rm(join(dir, STATE_FILE), { force: true });
  await rm(join(dir, RULES), { recursive: true, force: true });
}

async function readParts(dir: string, places: Readonly<Record<string, Place>>): Promise<SavedParts> {
  const parts: Record<string, readonly string[]> = Object.create(null);
  const files = new Map<string, Buffer>();
  for (const [name, [file, at, bytes]] of Object.entries(places)) {
    try {
      const content = files.get(file) ?? (await readFile(join(dir, RULES, file)));
      files.set(file, content);
      if (content.length < at + bytes) throw new Error('it is cut short');
      parts[name] = [...wholeLines(content.subarray(at, at + bytes))].map(({ text }) => text);
    } catch (error) {
      const aside = join(dir, `${file}.unreadable-${Date.now()}`);
      await rename(join(dir, RULES, file), aside).catch(() => {});
      log.error(
        { part: name, error: messageOf(error), aside },
        'a part of the alert state is damaged and was put aside; a rule starts with an empty window, or some alerts are forgotten',
      );
    }
  }
  return parts;
}

function placesOf(text: string): Record<string, Place> {
  const places: Record<string, Place> = Object.create(null);
  const { parts, pages } = JSON.parse(text) as { parts?: unknown; pages?: unknown };
  const all = [
    ...entriesOf(parts).map(([name, place]) => [`rule:base:${name}`, place] as const),
    ...entriesOf(pages).map(([name, place]) => [`page:${name}`, place] as const),
  ];
  for (const [name, place] of all) {
    const [file, at, bytes] = Array.isArray(place) ? place : [];
    // A name, and no way out of the folder.
    if (typeof file !== 'string' || !/^[\w-]+\.ndjson$/.test(file)) continue;
    if (Number.isSafeInteger(at) && Number.isSafeInteger(bytes)) places[name] = [file, at, bytes];
  }
  return places;
}

const entriesOf = (some: unknown): [string, unknown][] => Object.entries(isFields(some) ? some : {});
