import { randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Logger } from '../../core/log.ts';
import type { LogThrottle } from '../log-throttle.ts';
import {
  copyOf,
  type Found,
  filesIn,
  isCompressed,
  isRotationOf,
  isSameContent,
  lookAt,
  matches,
  originalsOf,
} from './find.ts';
import type { FileState, Journal } from './journal.ts';
import * as metrics from './metrics.ts';
import { type Entry, TrackedFile } from './tracked-file.ts';
import { tellUnreadable } from './unreadable.ts';

/** A file that is gone is remembered for so long: its folder may come back. */
const REMEMBER_MS = 24 * 3_600_000;

export interface FollowedFilesDeps {
  readonly entries: readonly Entry[];
  readonly journal: Journal;
  readonly log: Logger;
  readonly throttle: LogThrottle;
  /** Absolute; nothing in it is followed. */
  readonly ownDir: string;
}

/** Which files are followed: what the globs match, what rotation made of it, and what a copy has left. */
export class FollowedFiles {
  readonly #deps: FollowedFilesDeps;
  /** By device and inode. */
  readonly #files = new Map<string, TrackedFile>();
  /** By the path that their events get. */
  readonly #byPath = new Map<string, Set<TrackedFile>>();
  /** Files of earlier runs that were not found again yet, by inode. */
  readonly #former = new Map<number, FileState>();
  /** Paths that lead there, by where they lead. */
  readonly #links = new Map<string, string>();

  constructor(deps: FollowedFilesDeps, now: number) {
    this.#deps = deps;
    const byKey = new Map(deps.entries.map(entry => [entry.key, entry]));
    for (const state of deps.journal.states) {
      const entry = byKey.get(state.entry);
      if (entry === undefined || state.goneAt !== undefined) this.#former.set(state.ino, state);
      else this.#add(new TrackedFile(state, entry, now));
    }
  }

  [Symbol.iterator](): IterableIterator<TrackedFile> {
    return this.#files.values();
  }

  get size(): number {
    return this.#files.size;
  }

  /** Whether what a rotation of the file has, and is to be read, comes first: lines that belong together are joined in their order. */
  isBehind(file: TrackedFile, now: number): boolean {
    for (const other of this.#byPath.get(file.state.path)!) {
      if (other === file && file.missingSince !== undefined) return false;
      if (other === file || other.missingSince === undefined || other.failures > 0) continue;
      if (other.lag > 0 && other.isReady(now)) return true;
    }
    return false;
  }

  /** Folders in which something may change. */
  folders(): Set<string> {
    const folders = new Set<string>();
    for (const { options } of this.#deps.entries)
      for (const path of options.paths) folders.add(dirname(resolve(path.replace(/[*?[{!(].*$/, 'x'))));
    for (const { state } of this) {
      folders.add(dirname(state.location));
      folders.add(dirname(state.path));
    }
    return folders;
  }

  /** Looks for files: takes new ones up, and finds out what became of those that are no longer where they were. */
  async scan(now: number): Promise<void> {
    const { entries, journal, ownDir } = this.#deps;
    const seen = new Set<TrackedFile>();
    const fresh: [Found, Entry][] = [];
    const beside = new FoldersSeen();
    for (const [path, entry] of await matches(entries, ownDir)) {
      await this.#try(path, async () => {
        const found = await lookAt(path);
        if (found === undefined && path.includes('\uFFFD')) throw new Error('its name is no UTF-8');
        if (found === undefined) return;
        const known = this.#files.get(idOf(found)) ?? this.#ofOtherDevice(found, seen);
        if (known === undefined || (await this.#isOther(found, known))) fresh.push([found, entry]);
        else if (!seen.has(known)) {
          seen.add(known);
          await this.#relocate(known, path);
          known.missingSince = undefined;
          known.seen(found.size, found.mtimeMs, now);
        }
      });
    }
    for (const file of [...this])
      if (!seen.has(file)) await this.#try(file.state.path, () => this.#missing(file, beside, now));
    // Rotations by copy are found out before their copies are taken for new files.
    for (const [found, entry] of fresh) {
      await this.#try(found.path, async () => {
        if (this.#files.has(idOf(found)) || (await this.#isCopy(found, now))) return;
        await this.#follow(found, entry, now);
      });
    }
    for (const { key } of entries) if (!journal.knowsEntry(key)) journal.addEntry(key);
    this.#forgetOld();
  }

  /** It does not hold what was read of it: it was emptied and is written anew. What was not read may be in a copy. */
  async replaced(file: TrackedFile, now: number): Promise<void> {
    const { state, entry } = file;
    const { journal, log } = this.#deps;
    const unread = file.unreadAtMost;
    const rest = await this.#restOf(file, now);
    await file.close();
    const found = await lookAt(state.location);
    this.#remove(file);
    if (rest === undefined) journal.forget(state);
    metrics.rotations.inc({ how: 'emptied' });
    if (rest === undefined && unread > 0) {
      metrics.lostBytes.inc(unread);
      log.warn({ path: state.path, bytes: unread }, 'a file was emptied before all of it was read');
    }
    // The place of a rotation that was deleted may be that of a new copy.
    if (found === undefined || this.#files.has(idOf(found)) || (await this.#isCopy(found, now))) return;
    const { path, location } = state;
    const next = new TrackedFile(newState({ path, location }, found, entry), entry, now);
    next.missingSince = file.missingSince;
    next.seen(found.size, found.mtimeMs, now);
    journal.note(next.state);
    this.#add(next);
  }

  /** It is neither where it was nor beside it, or it is read to its end for good. */
  async finish(file: TrackedFile, how: 'read' | 'gone'): Promise<void> {
    const { journal, log } = this.#deps;
    const { state } = file;
    await file.close();
    this.#remove(file);
    state.goneAt = Date.now();
    journal.note(state);
    this.#former.set(state.ino, state);
    if (how === 'read') return;
    metrics.rotations.inc({ how: 'deleted' });
    if (file.lag === 0) return;
    metrics.lostBytes.inc(file.lag);
    log.warn({ path: state.path, bytes: file.lag }, 'a file was deleted before all of it was read');
  }

  #add(file: TrackedFile): void {
    this.#files.set(file.id, file);
    const { path } = file.state;
    const others = this.#byPath.get(path);
    if (others === undefined) this.#byPath.set(path, new Set([file]));
    else others.add(file);
  }

  #remove(file: TrackedFile): void {
    this.#files.delete(file.id);
    const { path } = file.state;
    const others = this.#byPath.get(path);
    others?.delete(file);
    if (others?.size === 0) this.#byPath.delete(path);
  }

  /** After a reboot a disk may have another number. */
  #ofOtherDevice(found: Found, seen: ReadonlySet<TrackedFile>): TrackedFile | undefined {
    for (const file of this.#byPath.get(found.path) ?? []) {
      const { state } = file;
      if (state.ino !== found.ino || file.isOpen || seen.has(file)) continue;
      this.#remove(file);
      state.dev = found.dev;
      this.#add(file);
      return file;
    }
    return undefined;
  }

  /** True: the file that was known by this number is deleted, and another one has its number. It is known no longer then. */
  async #isOther(found: Found, known: TrackedFile): Promise<boolean> {
    const { state } = known;
    if (known.isOpen || found.path === state.path || found.path === state.location) return false;
    if ((await copyOf(found, state)) === 'rest' || (state.offset === 0 && state.head === '')) return false;
    await this.finish(known, 'gone');
    return true;
  }

  async #relocate(file: TrackedFile, path: string): Promise<void> {
    if (this.#links.get(path) === file.id) return;
    const location = await realpath(path).catch(() => path);
    this.#links.set(path, file.id);
    if (file.state.location === location) return;
    file.state.location = location;
    this.#deps.journal.note(file.state);
  }

  /** Not among what the globs match: renamed, or deleted. */
  async #missing(file: TrackedFile, folders: FoldersSeen, now: number): Promise<void> {
    if (file.missingSince === undefined) {
      file.missingSince = now;
      // Its last lines come before those of the file in its place.
      file.nextLookAt = 0;
      metrics.rotations.inc({ how: 'renamed' });
    }
    if (file.isOpen || (await file.look(now).catch(() => true))) return;
    const beside = await folders.find(dirname(file.state.location), file.state.ino);
    if (beside !== undefined && (await this.#isOther(beside, file))) return;
    if (beside === undefined) return this.finish(file, 'gone');
    file.state.location = beside.path;
    file.seen(beside.size, beside.mtimeMs, now);
    this.#deps.journal.note(file.state);
  }

  async #follow(found: Found, entry: Entry, now: number): Promise<void> {
    const { journal } = this.#deps;
    const location = await realpath(found.path);
    const former = this.#former.get(found.ino);
    const isFormer = former !== undefined && (await copyOf(found, former)) === 'rest';
    let state: FileState;
    if (isFormer) {
      this.#former.delete(found.ino);
      state = former;
      Object.assign(state, { location, dev: found.dev, entry: entry.key, goneAt: undefined });
    } else state = newState({ path: found.path, location }, found, entry);
    const file = new TrackedFile(state, entry, now);
    const { start_at, ignore_older_ms } = entry.options;
    const isOld = ignore_older_ms > 0 && Date.now() - found.mtimeMs > ignore_older_ms;
    const isAfter = start_at === 'end' && !journal.knowsEntry(entry.key);
    file.seen(found.size, found.mtimeMs, now);
    if (!isFormer && (isAfter || isOld)) await file.skipToEnd();
    this.#links.set(found.path, file.id);
    this.#add(file);
    journal.note(state);
  }

  /** Whether it is a copy that rotation makes, of a file that is followed: nothing of it is read twice. */
  async #isCopy(found: Found, now: number): Promise<boolean> {
    const originals = [...originalsOf(found.path)].flatMap(path => [...(this.#byPath.get(path) ?? [])]);
    for (const file of originals) {
      const original = await lookAt(file.state.location).catch(() => undefined);
      if (original === undefined || original.ino !== file.state.ino) continue;
      if (await isSameContent(found, original)) return true;
      // Emptied meanwhile: the copy may hold what was not read.
      if ((await file.next(now)) === 'replaced') await this.replaced(file, now);
      if (this.#files.has(idOf(found))) return true;
    }
    return false;
  }

  /** A copy of what the file was: what was not read of it is read there. */
  async #restOf(file: TrackedFile, now: number): Promise<TrackedFile | undefined> {
    const { state, entry } = file;
    let rest: TrackedFile | undefined;
    for (const found of (await filesIn(dirname(state.location))).sort((a, b) => b.mtimeMs - a.mtimeMs)) {
      if (!isRotationOf(found.path, state.location) || isCompressed(found.path)) continue;
      const known = this.#files.get(idOf(found));
      if (known === file || (known !== undefined && !(await this.#isOther(found, known)))) continue;
      const kind = await copyOf(found, state).catch(() => undefined);
      if (kind === undefined || (kind === 'rest' && rest !== undefined)) continue;
      const { dev, ino, path: location } = found;
      // The key names the bytes: it goes with them.
      const kept =
        kind === 'rest'
          ? { ...state, dev, ino, location }
          : { ...newState({ path: state.path, location }, found, entry), offset: found.size, head: state.head };
      const copy = new TrackedFile(kept, entry, now);
      copy.missingSince = now;
      copy.seen(found.size, found.mtimeMs, now);
      if (kind === 'less') await copy.skipToEnd();
      else rest = copy;
      this.#add(copy);
      this.#deps.journal.note(kept);
    }
    return rest;
  }

  #forgetOld(): void {
    for (const [path, id] of this.#links) if (!this.#files.has(id)) this.#links.delete(path);
    const now = Date.now();
    for (const state of this.#former.values()) {
      state.goneAt ??= now;
      if (now - state.goneAt < REMEMBER_MS) continue;
      this.#former.delete(state.ino);
      this.#deps.journal.forget(state);
    }
  }

  /** What cannot be done with one file holds up no other. */
  async #try(path: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      tellUnreadable(this.#deps.log, this.#deps.throttle, path, error);
    }
  }
}

/** What folders hold at the time of one look. */
class FoldersSeen {
  readonly #files = new Map<string, Map<number, Found>>();

  /** The file of this number, unless it is compressed. */
  async find(folder: string, ino: number): Promise<Found | undefined> {
    let files = this.#files.get(folder);
    if (files === undefined) {
      const found = (await filesIn(folder)).filter(({ path }) => !isCompressed(path));
      files = new Map(found.map(file => [file.ino, file]));
      this.#files.set(folder, files);
    }
    return files.get(ino);
  }
}

const idOf = ({ dev, ino }: Pick<Found, 'dev' | 'ino'>): string => `${dev}:${ino}`;

function newState(
  { path, location }: Pick<FileState, 'path' | 'location'>,
  { dev, ino }: Found,
  entry: Entry,
): FileState {
  const key = randomBytes(12).toString('base64url');
  return { key, path, entry: entry.key, location, dev, ino, offset: 0, tail: '', head: '' };
}
