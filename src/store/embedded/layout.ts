import { LongshoreError } from '../../core/errors.ts';
import { INDEX_PREFIX } from '../../core/schema/fields.ts';
import type { FoundType } from '../query/found-columns.ts';
import type { MessagePiece } from '../query/message-pieces.ts';

/**
 * The folder of the store:
 *
 *     segments/docker-logs-2026.11.20/<min>_<max>_<rows>_<bytes>_<id>.parquet   one segment, never changed
 *     segments/docker-logs-2026.11.20/<the same>.words                         which words the segment may have
 *     segments/docker-logs-2026.11.20/<the same>.tally                         how many events it has of what
 *     segments/docker-logs-2026.11.20/fields.json                              names of fields seen that day
 *     tmp/           work in progress; emptied at start
 *     dead-letters/  <chunk id>.ndjson: lines that could not be stored, each with its reason
 *     quarantine/    files that do not belong here or cannot be read
 *
 * A segment's name says what a search must know before it opens the file: event times (epoch milliseconds), rows, and
 * the bytes of NDJSON it was made from. Its id is unique for ever. Its Parquet metadata has the key `longshore`:
 * `{"version":2,"chunks":[[id,path],...],"segments":[name,...],"columns":[[key,type],...]}`: the files it replaces, paths
 * relative to the folder of the store, and the undeclared fields that are columns (`fields.<key>`; `fields` has the rest).
 * Version 1 has no such columns. Version 3 has `"message":[piece,...]` beside them: where the column `message:made` is true, the
 * message is not stored, but made of the other columns (message-pieces.ts). Whoever finds a segment and a file that it replaces deletes that file: this finishes what a crash interrupted.
 */
export const SEGMENTS = 'segments';
export const TMP = 'tmp';
export const DEAD_LETTERS = 'dead-letters';
export const QUARANTINE = 'quarantine';
export const FIELD_NAMES_FILE = 'fields.json';
export const METADATA_KEY = 'longshore';

export interface SegmentFacts {
  /** Event times, epoch milliseconds. */
  minTime: number;
  maxTime: number;
  rows: number;
  /** NDJSON bytes that it was made from. */
  rawBytes: number;
  id: string;
}

const VERSION = 3;

export interface SegmentMetadata {
  version: 1 | 2 | typeof VERSION;
  chunks: [id: string, path: string][];
  segments: string[];
  columns?: [key: string, type: FoundType][];
  /** How messages are put together that are not stored. */
  message?: readonly MessagePiece[];
}

export function segmentName(facts: SegmentFacts): string {
  return `${facts.minTime}_${facts.maxTime}_${facts.rows}_${facts.rawBytes}_${facts.id}.parquet`;
}

const SEGMENT_NAME = /^(-?\d{1,16})_(-?\d{1,16})_(\d{1,12})_(\d{1,15})_([0-9a-z-]{1,64})\.parquet$/;

/** Undefined for any other file. */
export function parseSegmentName(name: string): SegmentFacts | undefined {
  const match = SEGMENT_NAME.exec(name);
  if (match === null) return undefined;
  const [, minTime, maxTime, rows, rawBytes, id] = match;
  return {
    minTime: Number(minTime),
    maxTime: Number(maxTime),
    rows: Number(rows),
    rawBytes: Number(rawBytes),
    id: id!,
  };
}

const FILTER = '.words';
const TALLY = '.tally';

const beside = (segment: string, ending: string): string => `${segment.replace(/\.parquet$/, '')}${ending}`;

/** Where the filter of a segment is; other files have none. */
export const filterPath = (segment: string): string => beside(segment, FILTER);

/** Where the tally of a segment is. */
export const tallyPath = (segment: string): string => beside(segment, TALLY);

/** The files that go with a segment: each may be missing. */
export const companions = (segment: string): string[] => [filterPath(segment), tallyPath(segment)];

/** The name of the segment that a file goes with; undefined for any other file. */
export function accompanied(name: string): string | undefined {
  const ending = [FILTER, TALLY].find(each => name.endsWith(each));
  return ending === undefined ? undefined : `${name.slice(0, -ending.length)}.parquet`;
}

export const dayFolder = (day: string): string => INDEX_PREFIX + day;

const DAY_FOLDER = new RegExp(`^${INDEX_PREFIX}(\\d{4}\\.\\d{2}\\.\\d{2})$`);

/** The day of `docker-logs-YYYY.MM.DD`; undefined for any other folder. */
export function parseDayFolder(name: string): string | undefined {
  return DAY_FOLDER.exec(name)?.[1];
}

/** Undefined when the text is not the metadata of a segment of ours. Throws LS_STORE_NEWER for one of a later build. */
export function parseMetadata(text: string): SegmentMetadata | undefined {
  try {
    const value = JSON.parse(text);
    if (typeof value?.version === 'number' && value.version > VERSION) throw newer(value.version);
    if (!(value?.version >= 1) || !Array.isArray(value.chunks) || !Array.isArray(value.segments)) return undefined;
    return value;
  } catch (error) {
    if (error instanceof LongshoreError) throw error;
    return undefined;
  }
}

function newer(version: number): LongshoreError {
  return new LongshoreError('LS_STORE_NEWER', `a segment has the version ${version}, not ${VERSION}.`, {
    fix: 'Use the newer longshore that wrote it. It was left as it is.',
  });
}
