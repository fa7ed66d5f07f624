import { join } from 'node:path';
import type { Chunk, DayInfo } from '../../../core/contracts.ts';
import type { FoundColumns } from '../../query/found-columns.ts';
import { type SegmentFacts, segmentName } from '../layout.ts';
import { Trash } from './trash.ts';

export interface Segment extends SegmentFacts {
  readonly kind: 'segment';
  readonly day: string;
  readonly name: string;
  readonly path: string;
  /** On disk. */
  readonly bytes: number;
  /** When it was made or found, epoch milliseconds. */
  readonly since: number;
  /** Undeclared fields that are columns of it. */
  readonly found: FoundColumns;
  /** Keys that its column `fields` has beside these; null: not known, undefined: nobody has asked yet. */
  rest: readonly string[] | null | undefined;
  /** Written by an earlier version, without such columns and without a filter, and not yet tried to be written anew. */
  isOld: boolean;
  /** It has a tally; false: none can be made, undefined: nobody has tried. */
  tallied: boolean | undefined;
  readers: number;
  /** Files it replaces that are not deleted yet: until then it may be neither merged nor forgotten. */
  replacing: number;
}

export interface OpenChunk extends Chunk {
  readonly kind: 'chunk';
  readonly rows: number;
  /** No line of it is longer, in bytes. */
  readonly longestLine: number;
  /** When it was accepted, epoch milliseconds. */
  readonly since: number;
  readers: number;
}

export type Source = Segment | OpenChunk;

/** What a query reads: none of it is deleted before `release`. */
export interface Snapshot {
  readonly sources: readonly Source[];
  release(): void;
}

export interface Selection {
  from?: number | undefined;
  to?: number | undefined;
  excludeChunks?: readonly string[] | undefined;
}

const REMEMBERED_CHUNKS = 20_000;

/** What the store holds: segments and chunks by day, and the ids of the chunks that segments replaced. */
export class Catalogue {
  readonly segments = new Map<string, Map<string, Segment>>();
  readonly chunks = new Map<string, OpenChunk>();
  readonly trash = new Trash();
  readonly #stored = new Set<string>();

  addChunk(chunk: Chunk, now: number, longestLine = chunk.bytes): void {
    this.chunks.set(chunk.id, { ...chunk, kind: 'chunk', rows: chunk.events, longestLine, since: now, readers: 0 });
  }

  addSegment(segment: Segment): void {
    let day = this.segments.get(segment.day);
    if (day === undefined) {
      day = new Map();
      this.segments.set(segment.day, day);
    }
    day.set(segment.name, segment);
  }

  /** True when the chunk's events are in a segment (or dropped, or dead letters). */
  isStored(chunkId: string): boolean {
    return this.#stored.has(chunkId);
  }

  /** Remembered for ever: for chunks whose files may still exist. */
  markStored(chunkId: string): void {
    this.#stored.add(chunkId);
  }

  /** A committed segment (undefined: nothing of the chunks could be stored) takes the place of its chunks. */
  replaceChunks(chunks: readonly OpenChunk[], segment: Segment | undefined): void {
    if (segment !== undefined) this.addSegment(segment);
    for (const chunk of chunks) {
      this.chunks.delete(chunk.id);
      this.markStored(chunk.id);
      this.#throwAway(chunk, segment);
    }
    this.#forgetSome();
  }

  replaceSegments(inputs: readonly Segment[], output: Segment): void {
    this.addSegment(output);
    for (const input of inputs) {
      this.segments.get(input.day)?.delete(input.name);
      this.#throwAway(input, output);
    }
  }

  dropSegment(segment: Segment): void {
    const day = this.segments.get(segment.day);
    day?.delete(segment.name);
    if (day?.size === 0) this.segments.delete(segment.day);
    this.#throwAway(segment, undefined);
  }

  dropChunk(chunk: OpenChunk): void {
    this.replaceChunks([chunk], undefined);
  }

  /** Taken at once when a query arrives, also when it has to wait: what is sealed meanwhile is neither missed nor counted twice. */
  snapshot(selection: Selection): Snapshot {
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = selection;
    const excluded = new Set(selection.excludeChunks);
    const sources: Source[] = [];
    for (const day of this.segments.values()) {
      for (const segment of day.values()) if (segment.maxTime >= from && segment.minTime <= to) sources.push(segment);
    }
    for (const chunk of this.chunks.values()) {
      if (chunk.maxTime >= from && chunk.minTime <= to && !excluded.has(chunk.id)) sources.push(chunk);
    }
    for (const source of sources) source.readers++;
    let released = false;
    return {
      sources,
      release: () => {
        if (released) return;
        released = true;
        for (const source of sources) source.readers--;
      },
    };
  }

  days(): DayInfo[] {
    const days = new Map<string, DayInfo>();
    const add = (day: string, events: number, bytes: number) => {
      let info = days.get(day);
      if (info === undefined) {
        info = { day, events: 0, bytes: 0 };
        days.set(day, info);
      }
      info.events += events;
      info.bytes += bytes;
    };
    for (const segments of this.segments.values()) {
      for (const segment of segments.values()) add(segment.day, segment.rows, segment.bytes);
    }
    for (const chunk of this.chunks.values()) add(chunk.day, chunk.rows, chunk.bytes);
    return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
  }

  #throwAway(source: Source, replacement: Segment | undefined): void {
    if (replacement !== undefined) replacement.replacing++;
    this.trash.add(source, () => {
      if (replacement !== undefined) replacement.replacing--;
    });
  }

  // Ids are needed while their files may exist; what is kept beyond that only makes late repetitions cheap.
  #forgetSome(): void {
    if (this.#stored.size <= REMEMBERED_CHUNKS || this.trash.size > 0) return;
    for (const id of this.#stored) {
      if (this.#stored.size <= REMEMBERED_CHUNKS / 2) break;
      this.#stored.delete(id);
    }
  }
}

export interface NewSegment {
  readonly folder: string;
  readonly day: string;
  readonly facts: SegmentFacts;
  readonly bytes: number;
  readonly found: FoundColumns;
  readonly rest?: readonly string[] | null;
  readonly tallied?: boolean | undefined;
}

export function segmentAt({ folder, day, facts, bytes, found, rest, tallied }: NewSegment, now: number): Segment {
  const name = segmentName(facts);
  return {
    ...facts,
    kind: 'segment',
    day,
    name,
    path: join(folder, name),
    bytes,
    since: now,
    found,
    rest,
    isOld: false,
    tallied,
    readers: 0,
    replacing: 0,
  };
}
