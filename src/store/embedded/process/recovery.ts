import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { deleteFilesSync, makeFolderSync, syncPathSync } from '../../../base/disk/blocking.ts';
import { LongshoreError } from '../../../core/errors.ts';
import { NONE_FOUND } from '../../query/found-columns.ts';
import {
  accompanied,
  companions,
  DEAD_LETTERS,
  dayFolder,
  FIELD_NAMES_FILE,
  METADATA_KEY,
  parseDayFolder,
  parseMetadata,
  parseSegmentName,
  QUARANTINE,
  SEGMENTS,
  type SegmentMetadata,
  TMP,
  tallyPath,
} from '../layout.ts';
import type { StoreEvent } from '../protocol.ts';
import { type Catalogue, type Segment, segmentAt } from './catalogue.ts';
import { isPassing, type Session } from './duckdb.ts';
import type { FieldNames } from './field-names.ts';
import { formOf } from './forms.ts';
import { literal } from './quote.ts';

export function makeFolders(dir: string): void {
  for (const name of [SEGMENTS, TMP, DEAD_LETTERS, QUARANTINE]) makeFolderSync(join(dir, name));
  const tmp = join(dir, TMP);
  for (const name of readdirSync(tmp)) rmSync(join(tmp, name), { recursive: true, force: true });
}

/**
 * Fills the catalogue from the folder: finishes what a crash interrupted (a segment and a file that it replaces: the
 * file goes), and moves aside what is no segment, so that nothing found here keeps the service from starting.
 */
export async function recover(
  dir: string,
  session: Session,
  catalogue: Catalogue,
  names: FieldNames,
  now: number,
  emit: (event: StoreEvent) => void,
): Promise<void> {
  const root = join(dir, SEGMENTS);
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    const day = entry.isDirectory() ? parseDayFolder(entry.name) : undefined;
    if (day === undefined) {
      moveAside(dir, join(root, entry.name), 'no day of this store', emit);
      continue;
    }
    const folder = join(root, dayFolder(day));
    names.load(day, folder);
    const candidates = segmentsIn(dir, folder, day, now, emit);
    const metadata = await readMetadata(session, candidates);
    const valid = new Map<string, Segment>();
    for (const segment of candidates) {
      const known = metadata.get(segment.path);
      if (known !== undefined) {
        const isOld = known.version === 1;
        valid.set(segment.name, { ...segment, found: formOf(known.columns ?? [], known.message), isOld });
      } else moveAside(dir, segment.path, 'no readable segment', emit);
    }
    const leftOver: string[] = [];
    for (const { chunks, segments } of metadata.values()) {
      for (const name of segments) if (valid.delete(name)) leftOver.push(join(folder, basename(name)));
      for (const [id, path] of chunks) {
        catalogue.markStored(id);
        const absolute = resolve(dir, path);
        if (existsSync(absolute)) leftOver.push(absolute);
      }
    }
    if (leftOver.length > 0) {
      deleteFilesSync(leftOver);
      for (const path of leftOver.flatMap(companions)) rmSync(path, { force: true });
      emit({
        type: 'log',
        level: 'info',
        details: { day, files: leftOver.length },
        message: 'finished an interrupted deletion',
      });
    }
    for (const segment of valid.values()) catalogue.addSegment(segment);
  }
}

function segmentsIn(
  dir: string,
  folder: string,
  day: string,
  now: number,
  emit: (event: StoreEvent) => void,
): Segment[] {
  const segments: Segment[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === FIELD_NAMES_FILE) continue;
    const path = join(folder, entry.name);
    const main = accompanied(entry.name);
    if (main !== undefined && parseSegmentName(main) !== undefined) {
      // Of a segment that was never there, or is no more.
      if (!existsSync(join(folder, main))) rmSync(path, { force: true, recursive: true });
      continue;
    }
    const facts = entry.isFile() ? parseSegmentName(entry.name) : undefined;
    if (facts === undefined) {
      moveAside(dir, path, 'no segment', emit);
    } else if (!looksLikeParquet(path)) {
      moveAside(dir, path, 'torn segment', emit);
    } else {
      const tallied = existsSync(tallyPath(path)) || undefined;
      segments.push(segmentAt({ folder, day, facts, bytes: bytesOf(path), found: NONE_FOUND, tallied }, now));
    }
  }
  return segments;
}

/** Of a segment with what goes with it. */
const bytesOf = (path: string): number =>
  companions(path).reduce(
    (sum, each) => sum + (statSync(each, { throwIfNoEntry: false })?.size ?? 0),
    statSync(path).size,
  );

/** `PAR1` at both ends and a footer that fits in between; false also when the file cannot be opened. Throws for want of descriptors. */
function looksLikeParquet(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (isPassing(error)) throw error;
    return false;
  }
  try {
    const { size } = fstatSync(fd);
    if (size < 12) return false;
    const head = Buffer.alloc(4);
    const tail = Buffer.alloc(8);
    readSync(fd, head, 0, 4, 0);
    readSync(fd, tail, 0, 8, size - 8);
    return (
      head.toString('latin1') === 'PAR1' && tail.toString('latin1', 4) === 'PAR1' && tail.readUInt32LE(0) <= size - 12
    );
  } finally {
    closeSync(fd);
  }
}

/** Metadata by path; what cannot be read is missing. */
async function readMetadata(session: Session, segments: readonly Segment[]): Promise<Map<string, SegmentMetadata>> {
  const found = new Map<string, SegmentMetadata>();
  const read = async (paths: readonly string[]) => {
    const sql = `SELECT file_name, decode(value) FROM parquet_kv_metadata([${paths.map(literal).join(', ')}]) WHERE decode(key) = ${literal(METADATA_KEY)}`;
    for (const [path, value] of await session.rows(sql)) {
      const metadata = parseMetadata(value as string);
      if (metadata !== undefined) found.set(path as string, metadata);
    }
  };
  const paths = segments.map(segment => segment.path);
  if (paths.length === 0) return found;
  try {
    await read(paths);
  } catch (error) {
    if (isNewer(error) || isPassing(error)) throw error;
    // One of them cannot be read: find out which.
    found.clear();
    for (const path of paths) {
      await read([path]).catch(cause => {
        if (isNewer(cause) || isPassing(cause)) throw cause;
      });
    }
  }
  return found;
}

const isNewer = (error: unknown): boolean => error instanceof LongshoreError && error.code === 'LS_STORE_NEWER';

/** Into quarantine/, under a name of its own; a file that cannot be moved is left where it is and not used. */
export function moveAside(dir: string, path: string, reason: string, emit: (event: StoreEvent) => void): void {
  const details: { [key: string]: unknown } = { path, reason };
  for (let n = 0; ; n++) {
    const target = join(dir, QUARANTINE, n === 0 ? basename(path) : `${basename(path)}.${n}`);
    if (existsSync(target)) continue;
    try {
      renameSync(path, target);
      syncPathSync(join(dir, QUARANTINE));
      details['moved_to'] = target;
    } catch (error) {
      details['error'] = String(error);
    }
    break;
  }
  for (const each of companions(path)) rmSync(each, { force: true });
  emit({ type: 'quarantined', files: 1 });
  emit({ type: 'log', level: 'error', details, message: 'a file of the store was moved aside' });
}
