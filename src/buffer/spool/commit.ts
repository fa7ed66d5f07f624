import { Tally } from '../../ledger/counts.ts';
import type { Key, Keys } from './accepted.ts';
import { mergeAdjacent } from './pages.ts';
import type { DayPart, RecordMeta } from './record.ts';
import type { PlainPiece, StoredPiece } from './stored-piece.ts';

/** What one frame (or several that came together, or one finished join) brings: durable together or not at all. */
export interface SpoolEntry {
  /** Runs of documents of one day. */
  parts: DocumentRun[];
  /** [index of the document within the entry, rule]. */
  hits: [number, string][];
  /** Records that wait for their rest. */
  pieces: PlainPiece[];
  releases: string[];
  key?: Key | undefined;
  /** Where it is many frames: their keys, if they have any, and how many they are. */
  keys?: Keys | undefined;
  frames?: number | undefined;
  /** Highest `seq` among the documents. */
  seq: number;
  /** What pipelines dropped, by container. */
  drops?: Tally | undefined;
  /** Anything of the caller's, handed back by `onDurable`. */
  context?: unknown;
  /** Told when it is durable, before `onDurable`, or when nothing of it was taken; before its promise says so. */
  settled?(): void;
}

export interface DocumentRun {
  day: string;
  /** NDJSON as `DocumentForm` says, UTF-8. Belongs to the spool. */
  bytes: Buffer;
  events: number;
  minTime: number;
  maxTime: number;
  /** Its events by container. */
  containers: Tally;
}

/** A run with its first event; `bytes` are set when all of it is there. */
export function newRun(day: string, time: number, container: string): DocumentRun {
  return { day, bytes: NO_BYTES, events: 1, minTime: time, maxTime: time, containers: new Tally(container, 1) };
}

const NO_BYTES = Buffer.alloc(0);

export function addToRun(run: DocumentRun, time: number, container: string): void {
  run.events++;
  run.containers.add(container, 1);
  if (time < run.minTime) run.minTime = time;
  if (time > run.maxTime) run.maxTime = time;
}

/** Alert hits that were durable when the process ended, in order; `line` is the stored document. */
export interface RecoveredHits {
  position: number;
  hits: { rule: string; line: string; day: string }[];
}

/** An entry whose pieces are in the form in which they are written. */
export interface WritableEntry {
  readonly entry: SpoolEntry;
  readonly pieces: readonly StoredPiece[];
}

/** What one record brings, besides what stands in `meta`. */
export interface Commit {
  readonly meta: RecordMeta;
  /** In the order of `meta.d`, several for a day where they lie apart. */
  readonly bodies: Buffer[];
  readonly pieces: readonly StoredPiece[];
}

/** Makes one record of what waits; adjacent runs of one day become one. */
export function encodeCommit(waiting: readonly WritableEntry[], position: number, seqBefore: number): Commit {
  const days: DayPart[] = [];
  const containers: Tally[] = [];
  let drops: Tally | undefined;
  const views: Buffer[] = [];
  const hits: [number, string][] = [];
  const pieces: StoredPiece[] = [];
  const releases: string[] = [];
  let keys = '';
  let seq = seqBefore;
  let documents = 0;
  for (const { entry, pieces: own } of waiting) {
    for (const [index, rule] of entry.hits) hits.push([documents + index, rule]);
    for (const run of entry.parts) {
      documents += run.events;
      const last = days.at(-1);
      if (last !== undefined && last[0] === run.day) {
        containers.at(-1)!.addAll(run.containers);
        last[1] += run.events;
        last[2] += run.bytes.length;
        last[3] = Math.min(last[3], run.minTime);
        last[4] = Math.max(last[4], run.maxTime);
      } else {
        days.push([run.day, run.events, run.bytes.length, run.minTime, run.maxTime]);
        containers.push(run.containers);
      }
      views.push(run.bytes);
    }
    for (const piece of own) pieces.push(piece);
    for (const id of entry.releases) releases.push(id);
    if (entry.key !== undefined) keys += entry.key.hex ?? hex32(entry.key.hi) + hex32(entry.key.lo);
    if (entry.keys !== undefined) keys += entry.keys.hex;
    if (entry.seq > seq) seq = entry.seq;
    if (entry.drops === undefined) continue;
    if (drops === undefined) drops = entry.drops;
    else drops.addAll(entry.drops);
  }
  const meta: RecordMeta = { p: position, s: seq };
  if (keys !== '') meta.a = keys;
  if (days.length > 0) {
    meta.d = days;
    meta.c = containers.map(counted => counted.flat());
  }
  if (drops !== undefined) meta.x = drops.flat();
  if (hits.length > 0) meta.h = hits;
  if (releases.length > 0) meta.r = releases;
  return { meta, bodies: mergeAdjacent(views), pieces };
}

/** The hits of a record with their documents. */
export function hitsOf(meta: RecordMeta, body: Buffer, linesPerDocument: number): RecoveredHits {
  const lines = body.toString('utf8').split('\n');
  const dayOfDocument = (index: number): string => {
    let before = 0;
    for (const [day, events] of meta.d ?? []) {
      before += events;
      if (index < before) return day;
    }
    return '';
  };
  const found = (meta.h ?? []).map(([index, rule]) => ({
    rule,
    line: lines.slice(index * linesPerDocument, (index + 1) * linesPerDocument).join('\n'),
    day: dayOfDocument(index),
  }));
  return { position: meta.p, hits: found };
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0');
}
