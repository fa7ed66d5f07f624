import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncPath } from '../base/disk/folder.ts';
import { replaceFile, writeDurably } from '../base/disk/replace-file.ts';
import { messageOf } from '../core/errors.ts';
import { isFields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { type AlertState, type AlertStateChange, parseState, type StateStore } from './state.ts';
import type { SavedParts } from './state-parts.ts';

const log = logger('alerts');
export const STATE_FILE = 'alerts.json';
const RULES = 'rules';
/** A part of more characters has a file of its own; smaller ones of one write share one. */
const OWN_FILE_CHARS = 65_536;
const WRITE_CHARS = 1_048_576;
/** A file of which less than one part in this many is still of use is written anew. */
const SPARSE_FACTOR = 4;

/** Where a part lies: a file in `rules/`, first byte and length. */
type Place = readonly [file: string, at: number, bytes: number];

/**
 * The state as files: its parts in `rules/`, where no file is ever changed, and `alerts.json` with everything else
 * and where each part lies. That one is replaced last, so that after a crash there is the old state or the new one.
 */
export class FileStateStore implements StateStore {
  readonly mayLag = true;
  readonly where: string;
  readonly #dir: string;
  #places: Readonly<Record<string, Place>> = {};
  /** Size of each file that has parts. */
  readonly #sizes = new Map<string, number>();
  #counter = 0;

  constructor(dir: string) {
    this.#dir = dir;
    this.where = join(dir, STATE_FILE);
  }

  /** What cannot be read is put aside: it must not keep the service from starting, and costs its own rule only. */
  async read(): Promise<AlertState | undefined> {
    const path = join(this.#dir, STATE_FILE);
    await mkdir(join(this.#dir, RULES), { recursive: true });
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
      this.#places = placesOf(text);
      return { ...state, parts: await this.#readParts() };
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

  async write({ main, parts, isAll }: AlertStateChange): Promise<void> {
    const kept = new Map(isAll ? [] : Object.entries(this.#places));
    for (const name of [...parts.gone, ...parts.changed.keys()]) kept.delete(name);
    const places = await this.#writeParts(kept, parts.changed);
    await replaceFile(this.where, JSON.stringify({ ...main, parts: places }));
    this.#places = places;
    await this.#removeOld();
  }

  async #writeParts(
    kept: ReadonlyMap<string, Place>,
    changed: ReadonlyMap<string, readonly string[]>,
  ): Promise<Record<string, Place>> {
    const places: Record<string, Place> = Object.create(null);
    const small: [string, readonly string[]][] = [];
    const big: [string, readonly string[]][] = [];
    const sparse = this.#sparseFiles(kept.values());
    const add = (name: string, lines: readonly string[]): void => {
      const chars = lines.reduce((sum, line) => sum + line.length, 0);
      (chars > OWN_FILE_CHARS ? big : small).push([name, lines]);
    };
    for (const [name, place] of kept)
      if (sparse.has(place[0])) add(name, [await this.#textAt(place)]);
      else places[name] = place;
    for (const [name, lines] of changed) add(name, lines);
    const files = [...big.map(one => [one]), ...(small.length === 0 ? [] : [small])];
    for (const together of files) {
      const name = `${Date.now().toString(36)}-${process.pid.toString(36)}-${(this.#counter++).toString(36)}.ndjson`;
      await this.#writeFile(name, together, places);
    }
    if (files.length > 0) await syncPath(join(this.#dir, RULES));
    return places;
  }

  /** Files that hold little but former parts. */
  #sparseFiles(places: Iterable<Place>): ReadonlySet<string> {
    const used = new Map<string, number>();
    for (const [file, , bytes] of places) used.set(file, (used.get(file) ?? 0) + bytes);
    return new Set(
      [...used].flatMap(([file, bytes]) => (bytes * SPARSE_FACTOR < this.#sizes.get(file)! ? [file] : [])),
    );
  }

  async #textAt([name, at, bytes]: Place): Promise<string> {
    const file = await open(join(this.#dir, RULES, name), 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, at);
      return buffer.toString('utf8', 0, bytesRead).trimEnd();
    } finally {
      await file.close();
    }
  }

  async #writeFile(
    name: string,
    parts: readonly (readonly [string, readonly string[]])[],
    places: Record<string, Place>,
  ): Promise<void> {
    await writeDurably(join(this.#dir, RULES, name), async file => {
      let at = 0;
      for (const [part, lines] of parts) {
        let bytes = 0;
        let text = '';
        for (const [i, line] of lines.entries()) {
          text += `${line}\n`;
          if (text.length < WRITE_CHARS && i < lines.length - 1) continue;
          bytes += Buffer.byteLength(text);
          await file.appendFile(text);
          text = '';
        }
        places[part] = [name, at, bytes];
        at += bytes;
      }
      this.#sizes.set(name, at);
    });
  }

  async #readParts(): Promise<SavedParts> {
    const parts: Record<string, readonly string[]> = Object.create(null);
    const files = new Map<string, Buffer>();
    for (const [name, [file, at, bytes]] of Object.entries(this.#places)) {
      try {
        const content = files.get(file) ?? (await readFile(join(this.#dir, RULES, file)));
        files.set(file, content);
        this.#sizes.set(file, content.length);
        if (content.length < at + bytes) throw new Error('it is cut short');
        parts[name] = [...linesOf(content.subarray(at, at + bytes))];
      } catch (error) {
        const aside = join(this.#dir, `${file}.unreadable-${Date.now()}`);
        await rename(join(this.#dir, RULES, file), aside).catch(() => {});
        log.error(
          { part: name, error: messageOf(error), aside },
          'a part of the alert state is damaged and was put aside; a rule starts with an empty window, or some alerts are forgotten',
        );
      }
    }
    return parts;
  }

  /** What no rule's part lies in any more. It is only room: a failure is for the next time. */
  async #removeOld(): Promise<void> {
    const used = new Set(Object.values(this.#places).map(([file]) => file));
    for (const file of this.#sizes.keys()) if (!used.has(file)) this.#sizes.delete(file);
    const folder = join(this.#dir, RULES);
    const names = await readdir(folder).catch(() => []);
    for (const name of names)
      if (name.endsWith('.ndjson') && !used.has(name)) await rm(join(folder, name), { force: true }).catch(() => {});
  }
}

function* linesOf(content: Buffer): IterableIterator<string> {
  let from = 0;
  for (let at = content.indexOf(10); at >= 0; at = content.indexOf(10, from)) {
    yield content.toString('utf8', from, at);
    from = at + 1;
  }
}

function placesOf(text: string): Record<string, Place> {
  const places: Record<string, Place> = Object.create(null);
  const { parts, pages } = JSON.parse(text) as { parts?: unknown; pages?: unknown };
  // An earlier form: parts by the names of rules, and pages by themselves.
  const isEarlier = pages !== undefined;
  const all = [
    ...entriesOf(parts).map(([name, place]) => [isEarlier ? `rule:base:${name}` : name, place] as const),
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

/** The files, below the folder of the state, that a state has its parts in. */
export function partFiles(text: string): string[] {
  try {
    return [...new Set(Object.values(placesOf(text)).map(([file]) => join(RULES, file)))];
  } catch {
    return [];
  }
}
