import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { makeFolderSync, replaceFileSync, syncPathSync } from '../../../base/disk/blocking.ts';
import { LongshoreError } from '../../../core/errors.ts';
import { faultPoint } from '../../../core/fault.ts';
import { type FoundColumns, NONE_FOUND } from '../../query/found-columns.ts';
import {
  DEAD_LETTERS,
  dayFolder,
  filterPath,
  METADATA_KEY,
  SEGMENTS,
  type SegmentMetadata,
  TMP,
  tallyPath,
} from '../layout.ts';
import type { StoreEvent } from '../protocol.ts';
import { type Catalogue, type OpenChunk, type Segment, segmentAt } from './catalogue.ts';
import { mergedColumns, sampleChunks } from './choose-columns.ts';
import { deadLetters, partLines } from './chunk-check.ts';
import { isBadData, isMissingFile, isOutOfMemory, type Session } from './duckdb.ts';
import { addFieldNames, type FieldNames, keysOf } from './field-names.ts';
import { isSmall } from './plan.ts';
import { wholeEvents } from './sources.ts';
import { census, copyParted, copyToSegment, fullCensus, partedEvents, readChunks, readSegments } from './sql.ts';
import type { Member } from './usual-members.ts';
import { writeFilter } from './write-filter.ts';
import { writeTally } from './write-tally.ts';

export interface SealerOptions {
  max_field_names: number;
  word_filter_min_rows: number;
  tally_min_rows: number;
  merge_max_rows: number;
  merge_max_bytes: number;
}

/** What stands in a finished draft of a segment. */
interface Draft {
  path: string;
  rows: number;
  minTime: number;
  maxTime: number;
}

/** What a segment is to be. */
interface SegmentPlan {
  readonly path: string;
  readonly found: FoundColumns;
  readonly usual: readonly Member[];
  readonly isPassing: boolean;
  readonly chunks: SegmentMetadata['chunks'];
  readonly segments: string[];
}

/** A draft with what else its segment is made of. */
interface Finished {
  readonly draft: Draft;
  readonly found: FoundColumns;
  readonly day: string;
  readonly rawBytes: number;
  readonly rest: readonly string[] | undefined;
  /** 0: it has none. */
  readonly filterBytes: number;
  readonly tallyBytes: number;
  readonly id: string;
}

/**
 * Makes segments of chunks, and one segment of several. The order of the steps is what makes a crash harmless:
 * draft in tmp/, counted; dead letters; fsync; rename into the day; fsync of the day: from here on the segment is the
 * truth and its metadata names what it replaces; only then are the replaced files deleted.
 */
export class Sealer {
  readonly #dir: string;
  readonly #session: Session;
  readonly #catalogue: Catalogue;
  readonly #names: FieldNames;
  readonly #options: SealerOptions;
  readonly #emit: (event: StoreEvent) => void;
  readonly #boot = `${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`;
  #made = 0;
  /** Columns of the segment that was sealed last. */
  #found = NONE_FOUND;

  constructor(
    dir: string,
    session: Session,
    catalogue: Catalogue,
    names: FieldNames,
    options: SealerOptions,
    emit: (event: StoreEvent) => void,
  ) {
    this.#dir = dir;
    this.#session = session;
    this.#catalogue = catalogue;
    this.#names = names;
    this.#options = options;
    this.#emit = emit;
  }

  /** `chunks` of one day become one segment; lines that cannot be stored become dead letters. */
  async seal(chunks: readonly OpenChunk[], now: number): Promise<void> {
    const start = performance.now();
    const day = chunks[0]!.day;
    const expected = sum(chunks, chunk => chunk.rows);
    const rawBytes = sum(chunks, chunk => chunk.bytes);
    const id = this.#newId();
    const path = this.#draftPath(id);
    const paths = chunks.toSorted((a, b) => a.minTime - b.minTime).map(chunk => chunk.path);
    const plan: SegmentPlan = {
      path,
      ...sampleChunks(paths, this.#found),
      isPassing: isSmall({ rows: expected, rawBytes }, this.#options),
      chunks: chunks.map(chunk => [chunk.id, relative(this.#dir, chunk.path)]),
      segments: [],
    };
    this.#found = plan.found;
    faultPoint('before_copy');
    const largest = Math.max(...chunks.map(chunk => chunk.longestLine));
    const from = readChunks(paths, largest, 'strict');
    let draft = await this.#tryCopy(
      from,
      expected * MAX_LENGTH > rawBytes && areInOrder(chunks) ? 'as_is' : 'sorted',
      plan,
    );
    if (draft?.rows !== expected) draft = await this.#copyWhatFits(chunks, plan, largest);
    faultPoint('after_copy');
    let segment: Segment | undefined;
    if (draft !== undefined && draft.rows > 0) {
      const events = readSegments([path]);
      const limit = this.#options.max_field_names;
      const keys = await keysOf(this.#session, events, 'fields', limit);
      const names = await addFieldNames(keys, this.#session, events, limit);
      for (const key of plan.found.keys()) names.add(key);
      const folder = this.#dayFolder(day);
      this.#names.add(day, folder, names, join(this.#dir, TMP));
      const rest = restOf(keys);
      const filterBytes = await this.#writeFilter(draft, plan.found, rawBytes, rest, []);
      // One that is merged soon has no tally: that is read as fast.
      const tallyBytes = plan.isPassing ? 0 : await this.#writeTally(draft, plan.found, rest);
      segment = this.#publish({ draft, found: plan.found, day, rawBytes, rest, filterBytes, tallyBytes, id }, now);
    }
    this.#catalogue.replaceChunks(chunks, segment);
    this.#emit({ type: 'released', chunks: chunks.map(chunk => chunk.id) });
    this.#emit({
      type: 'sealed',
      rows: draft?.rows ?? 0,
      bytes: rawBytes,
      seconds: (performance.now() - start) / 1000,
    });
    faultPoint('after_commit');
    this.#catalogue.trash.collect();
  }

  /** Segments of one day become one. */
  async merge(inputs: readonly Segment[], now: number): Promise<void> {
    const start = performance.now();
    const id = this.#newId();
    const found = await mergedColumns(this.#session, inputs);
    const segments = inputs.map(input => input.name);
    const plan: SegmentPlan = { path: this.#draftPath(id), found, usual: [], isPassing: false, chunks: [], segments };
    faultPoint('before_copy');
    // Already sorted, each for itself: a search skips what it does not need by the times of the row groups, so it is
    // enough to put one after the other, and sorting 200,000 rows would take half of the memory of this process.
    const sorted = inputs.toSorted((a, b) => a.minTime - b.minTime);
    const draft = inputs.every(input => input.found === found)
      ? await this.#copyAsParted(sorted, plan)
      : await this.#copy(wholeEvents(sorted), 'as_is', plan);
    faultPoint('after_copy');
    const expected = sum(inputs, input => input.rows);
    if (draft.rows !== expected) {
      throw new LongshoreError('LS_STORE_MERGE_MISMATCH', `merging gave ${draft.rows} events instead of ${expected}.`);
    }
    const rawBytes = sum(inputs, input => input.rawBytes);
    const rest = restOf(await keysOf(this.#session, readSegments([draft.path]), 'fields', MAX_REST + 1));
    const filterBytes = await this.#writeFilter(draft, found, rawBytes, rest, inputs);
    const tallyBytes = await this.#writeTally(draft, found, rest);
    const output = this.#publish(
      { draft, found, day: inputs[0]!.day, rawBytes, rest, filterBytes, tallyBytes, id },
      now,
    );
    this.#catalogue.replaceSegments(inputs, output);
    const seconds = (performance.now() - start) / 1000;
    this.#emit({ type: 'merged', rows: draft.rows, segments: inputs.length, seconds });
    faultPoint('after_commit');
    this.#catalogue.trash.collect();
  }

  async #writeTally(of: Draft, found: FoundColumns, rest: readonly string[] | null | undefined): Promise<number> {
    return of.rows < this.#options.tally_min_rows ? 0 : writeTally(this.#session, { ...of, found, rest });
  }

  async #writeFilter(
    { path, rows }: Draft,
    found: FoundColumns,
    rawBytes: number,
    rest: readonly string[] | undefined,
    inputs: readonly Segment[],
  ): Promise<number> {
    if (rows < this.#options.word_filter_min_rows) return 0;
    return writeFilter(this.#session, { path, rows, found, rawBytes, rest }, inputs);
  }

  /** Undefined when a line does not fit or a file is gone. */
  async #tryCopy(from: string, order: 'sorted' | 'as_is', plan: SegmentPlan): Promise<Draft | undefined> {
    try {
      return await this.#copyOrSmall(from, order, plan);
    } catch (error) {
      const badLine = error instanceof LongshoreError && error.code === 'LS_STORE_BAD_LINE';
      if (!badLine && !isBadData(error) && !isMissingFile(error)) throw error;
      return undefined;
    }
  }

  /** What is too much to be sorted is sealed as it came: a search reads more of it then, and nothing waits behind it. */
  async #copyOrSmall(from: string, order: 'sorted' | 'as_is', plan: SegmentPlan): Promise<Draft> {
    try {
      return await this.#copy(from, order, plan);
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      return await this.#copy(from, 'small', plan);
    }
  }

  async #copy(from: string, order: 'sorted' | 'as_is' | 'small', plan: SegmentPlan): Promise<Draft> {
    const { path } = plan;
    await this.#session.run(copyToSegment(from, order, path, METADATA_KEY, metadataOf(plan), plan));
    return this.#counted(path);
  }

  async #copyAsParted(inputs: readonly Segment[], plan: SegmentPlan): Promise<Draft> {
    const from = partedEvents(
      inputs.map(input => input.path),
      plan.found,
    );
    await this.#session.run(copyParted(from, 'as_is', plan.path, METADATA_KEY, metadataOf(plan)));
    return this.#counted(plan.path);
  }

  async #counted(path: string): Promise<Draft> {
    const [row] = await this.#session.rows(census(readSegments([path])));
    const [rows, ids, seqs, times, minTime, maxTime] = row as number[];
    if (ids !== rows || seqs !== rows || times !== rows) {
      throw new LongshoreError('LS_STORE_BAD_LINE', 'an event has no _id, seq or @timestamp.');
    }
    return { path, rows: rows!, minTime: minTime ?? 0, maxTime: maxTime ?? 0 };
  }

  /** The slow way, line by line. Chunks that are gone count as empty; undefined when nothing is left. */
  async #copyWhatFits(chunks: readonly OpenChunk[], plan: SegmentPlan, largest: number): Promise<Draft | undefined> {
    const { path } = plan;
    const trialPath = `${path}.trial`;
    const drafts: string[] = [trialPath];
    const cleaned: string[] = [];
    let good = 0;
    try {
      for (const chunk of chunks) {
        const content = this.#contentOf(chunk);
        const parted = await partLines(content, lines => this.#fits(lines, trialPath));
        if (parted.bad.length > 0) this.#setAside(chunk, deadLetters(chunk.id, parted.bad), parted.bad.length);
        const known = parted.good.length + parted.bad.length;
        if (known !== chunk.events)
          this.#note('a chunk has another number of events than it said', chunk, { found: known });
        if (parted.good.length === 0) continue;
        const clean = `${path}.${cleaned.length}.clean`;
        writeFileSync(clean, lines(parted.good));
        drafts.push(clean);
        cleaned.push(clean);
        good += parted.good.length;
      }
      faultPoint('after_dead_letters');
      if (cleaned.length === 0) return undefined;
      const draft = await this.#copyOrSmall(readChunks(cleaned, largest, 'strict'), 'sorted', plan);
      if (draft.rows !== good) {
        throw new LongshoreError('LS_STORE_SEAL_MISMATCH', `sealing gave ${draft.rows} events instead of ${good}.`);
      }
      return draft;
    } finally {
      for (const each of drafts) rmSync(each, { force: true });
    }
  }

  async #fits(candidates: readonly Uint8Array[], trialPath: string): Promise<boolean> {
    writeFileSync(trialPath, lines(candidates));
    const longest = candidates.reduce((most, line) => Math.max(most, line.length), 0);
    try {
      const [row] = await this.#session.rows(fullCensus(readChunks([trialPath], longest, 'strict')));
      // Rows, and of the first three columns (_id, seq, @timestamp) as many values.
      return row!.slice(0, 4).every(count => count === candidates.length);
    } catch (error) {
      if (!isBadData(error)) throw error;
      return false;
    }
  }

  #contentOf(chunk: OpenChunk): Buffer {
    try {
      return readFileSync(chunk.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.#emit({ type: 'lost_chunk' });
      this.#note('the file of a chunk is gone', chunk, {});
      return Buffer.alloc(0);
    }
  }

  // The name makes it happen once: after a crash the same lines are written to the same file.
  #setAside(chunk: OpenChunk, text: string, count: number): void {
    replaceFileSync(join(this.#dir, DEAD_LETTERS, `${chunk.id}.ndjson`), text, join(this.#dir, TMP));
    this.#emit({ type: 'dead_letters', lines: count });
    this.#note('lines that could not be stored went to the dead letters', chunk, { lines: count });
  }

  #publish({ draft, found, day, rawBytes, rest, filterBytes, tallyBytes, id }: Finished, now: number): Segment {
    syncPathSync(draft.path);
    const folder = this.#dayFolder(day);
    const facts = { minTime: draft.minTime, maxTime: draft.maxTime, rows: draft.rows, rawBytes, id };
    const bytes = statSync(draft.path).size + filterBytes + tallyBytes;
    const segment = segmentAt(
      { folder, day, facts, bytes, found, rest: rest ?? null, tallied: tallyBytes > 0 || undefined },
      now,
    );
    // Before the segment: one without its filter would be read for every word.
    if (filterBytes > 0) renameSync(filterPath(draft.path), filterPath(segment.path));
    if (tallyBytes > 0) renameSync(tallyPath(draft.path), tallyPath(segment.path));
    faultPoint('before_rename');
    renameSync(draft.path, segment.path);
    faultPoint('after_rename');
    syncPathSync(folder);
    return segment;
  }

  #dayFolder(day: string): string {
    const folder = join(this.#dir, SEGMENTS, dayFolder(day));
    makeFolderSync(folder);
    return folder;
  }

  #draftPath(id: string): string {
    return join(this.#dir, TMP, `${id}.parquet`);
  }

  #newId(): string {
    return `${this.#boot}-${(this.#made++).toString(36)}`;
  }

  #note(message: string, chunk: OpenChunk, details: object): void {
    const known = { chunk: chunk.id, day: chunk.day, events: chunk.events, ...details };
    this.#emit({ type: 'log', level: 'error', details: known, message });
  }
}

/**
 * True when events lie in chunks much as they follow one another in time: a search then skips nearly as many row groups as
 * of sorted ones, and sorting is a tenth of the work. Late events among others make a chunk long.
 */
function areInOrder(chunks: readonly OpenChunk[]): boolean {
  const length = Math.max(...chunks.map(chunk => chunk.maxTime)) - Math.min(...chunks.map(chunk => chunk.minTime));
  return sum(chunks, ({ minTime, maxTime }) => maxTime - minTime) <= MAX_OVERLAP * Math.max(length, SHORT_MS);
}

const MAX_OVERLAP = 1.5;
/** Bytes of NDJSON of an event: a row group of longer ones may not fit into memory again, and sorting them finds that out. */
const MAX_LENGTH = 4000;
const SHORT_MS = 1000;

/** With more, what a column `fields` has is not known. */
const MAX_REST = 500;
const restOf = (keys: readonly string[]): readonly string[] | undefined =>
  keys.length > MAX_REST ? undefined : keys.toSorted();

function metadataOf({ found, chunks, segments }: SegmentPlan): string {
  const { message } = found;
  // An earlier build can read what has all messages.
  const version = message === undefined ? 2 : 3;
  const metadata: SegmentMetadata = { version, chunks, segments, columns: [...found], ...(message && { message }) };
  return JSON.stringify(metadata);
}

function lines(each: readonly Uint8Array[]): Buffer {
  const newline = Buffer.from('\n');
  return Buffer.concat(each.flatMap(line => [line, newline]));
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
