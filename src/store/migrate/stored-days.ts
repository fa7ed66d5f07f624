import { rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { deleteFilesSync, syncPathSync } from '../../base/disk/blocking.ts';
import { logger } from '../../core/log.ts';
import { companions, dayFolder, FIELD_NAMES_FILE, SEGMENTS, TMP } from '../embedded/layout.ts';
import { Catalogue, type Segment } from '../embedded/process/catalogue.ts';
import { Database, type Session } from '../embedded/process/duckdb.ts';
import { FieldNames } from '../embedded/process/field-names.ts';
import { makeFolders, recover } from '../embedded/process/recovery.ts';
import { everything } from '../embedded/process/sql.ts';
import type { WireRow } from '../embedded/protocol.ts';

const log = logger('migrate');
const MEMORY_LIMIT_BYTES = 256_000_000;
const MAX_FIELD_NAMES = 5_000;

/** Sealed events of one day. */
export interface StoredDay {
  /** `YYYY.MM.DD`. */
  readonly day: string;
  readonly events: number;
  /** Names of the segments, sorted: the same names hold the same events, for ever. */
  readonly segments: readonly string[];
}

/** The folder of an embedded store that nobody else has open, read in this process. */
export class StoredDays {
  readonly #dir: string;
  readonly #session: Session;
  readonly #catalogue = new Catalogue();

  private constructor(dir: string, session: Session) {
    this.#dir = dir;
    this.#session = session;
  }

  /** Finishes first what a crash interrupted, as the store itself does. */
  static async open(dir: string): Promise<StoredDays> {
    makeFolders(dir);
    const database = await Database.open({
      memoryLimitBytes: MEMORY_LIMIT_BYTES,
      threads: 1,
      spillFolder: join(dir, TMP, 'spill'),
    });
    const opened = new StoredDays(dir, await database.connect());
    const names = new FieldNames(MAX_FIELD_NAMES);
    await recover(dir, opened.#session, opened.#catalogue, names, Date.now(), event => {
      if (event.type === 'log') log[event.level](event.details, event.message);
    });
    return opened;
  }

  /** Oldest first. */
  days(): StoredDay[] {
    const days = [...this.#catalogue.segments].map(([day, segments]) => ({
      day,
      events: [...segments.values()].reduce((sum, { rows }) => sum + rows, 0),
      segments: [...segments.keys()].sort(),
    }));
    return days.sort((a, b) => (a.day < b.day ? -1 : 1));
  }

  /** The chunk's events are in a segment: its file, if there is one, says nothing new. */
  holds(chunkId: string): boolean {
    return this.#catalogue.isStored(chunkId);
  }

  /** Every event of a day, segment by segment, about two thousand at a time. */
  async read(day: string, take: (rows: WireRow[]) => Promise<void>): Promise<void> {
    for (const segment of this.#segmentsOf(day)) {
      await this.#session.stream(everything(segment.path, segment.found), rows => take(rows as WireRow[]));
    }
  }

  /** Deletes the segments of a day. Interrupted, it leaves some of them, and nothing half. */
  remove(day: string): void {
    const folder = join(this.#dir, SEGMENTS, dayFolder(day));
    const segments = this.#segmentsOf(day);
    deleteFilesSync([...segments.map(segment => segment.path), join(folder, FIELD_NAMES_FILE)]);
    for (const path of segments.flatMap(segment => companions(segment.path))) rmSync(path, { force: true });
    this.#catalogue.segments.delete(day);
    try {
      rmdirSync(folder);
      syncPathSync(join(this.#dir, SEGMENTS));
    } catch {
      // Something else is in it, which is not ours to delete.
    }
  }

  close(): void {
    this.#session.close();
  }

  #segmentsOf(day: string): Segment[] {
    const segments = [...(this.#catalogue.segments.get(day)?.values() ?? [])];
    return segments.sort((a, b) => a.minTime - b.minTime);
  }
}
