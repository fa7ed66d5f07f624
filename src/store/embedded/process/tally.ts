import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { FoundType } from '../../query/found-columns.ts';

/*
 * How many events a segment has of each level and of each value of a field with few of them, by time: what histograms and
 * totals of such fields are made of, without reading an event.
 *
 *     level            events of each level                              in each step of time
 *     another field    events of each value of it, parted by the level   in each step of time
 *
 * Each field has steps of its own, so that it does not become long; each step is a part of the next longer one (STEPS).
 * File: magic(8: "LSTALLY" 0x01) crc32(u32 LE of the rest) and, compressed with zstd: length(u32 LE) head(JSON) cells. Cells of a
 * field: of each value and level that occur together its numbers, how many steps have some, and of each of those the steps since
 * the one before and the events, all as LEB128. It is made anew from nothing but the segment: one that is missing or damaged
 * makes searches slower, never wrong.
 */
const MAGIC = Buffer.from('LSTALLY\x01', 'latin1');
const HEAD = MAGIC.length + 4;

/** Milliseconds; whole multiples of them since 1970. */
export const STEPS: readonly number[] = [
  ...[1_000, 5_000, 15_000, 30_000, 60_000],
  ...[300_000, 900_000, 3_600_000, 21_600_000, 86_400_000],
];

/** The field that parts the others. */
export const LEVEL = 'level';
export const MAX_LEVELS = 16;
export const MAX_VALUES = 64;
const MAX_TEXT = 200;

/** `declared`: a keyword of the schema. */
export type TalliedType = FoundType | 'declared';

interface FieldHead {
  readonly name: string;
  readonly type: TalliedType;
  readonly stepMs: number;
  /** Steps since 1970. */
  readonly first: number;
  /** As the columns have them, written as text; null for events without one. */
  readonly values: readonly (string | null)[];
  /** Of its cells. */
  readonly bytes: number;
}

interface Head {
  readonly levels: readonly (string | null)[];
  readonly fields: readonly FieldHead[];
}

export interface FieldTally extends FieldHead {
  readonly cells: Uint8Array;
}

export class Tally {
  readonly levels: readonly (string | null)[];
  readonly fields: ReadonlyMap<string, FieldTally>;
  /** In memory. */
  readonly bytes: number;

  constructor(levels: readonly (string | null)[], fields: readonly FieldTally[]) {
    this.levels = levels;
    this.fields = new Map(fields.map(field => [field.name, field]));
    this.bytes = fields.reduce((sum, { bytes, values }) => sum + bytes + 64 * values.length + 200, 200);
  }

  toFile(): Buffer {
    const fields = [...this.fields.values()];
    const heads = fields.map(({ cells, ...head }): FieldHead => head);
    const json = Buffer.from(JSON.stringify({ levels: this.levels, fields: heads } satisfies Head));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(json.length);
    const rest = zstdCompressSync(Buffer.concat([length, json, ...fields.map(({ cells }) => cells)]));
    const head = Buffer.alloc(HEAD);
    MAGIC.copy(head);
    head.writeUInt32LE(crc32(rest), MAGIC.length);
    return Buffer.concat([head, rest]);
  }

  /** Undefined for anything that is none. */
  static fromFile(file: Buffer): Tally | undefined {
    if (file.length < HEAD || !file.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
    const rest = file.subarray(HEAD);
    if (crc32(rest) !== file.readUInt32LE(MAGIC.length)) return undefined;
    const content = zstdDecompressSync(rest);
    let end = 4 + content.readUInt32LE(0);
    const head: Head = JSON.parse(content.toString('utf8', 4, end));
    const fields = head.fields.map((field): FieldTally => {
      const cells = content.subarray(end, end + field.bytes);
      end += field.bytes;
      return { ...field, cells };
    });
    return new Tally(head.levels, fields);
  }
}

/** Calls `take` with each step (since 1970) of each value and level (their places in the lists) that has events. */
export function eachCell(
  { cells, first }: FieldTally,
  take: (value: number, level: number, step: number, events: number) => void,
): void {
  let at = 0;
  const next = (): number => {
    let number = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = cells[at++]!;
      number += (byte & 127) * factor;
      if (byte < 128) return number;
    }
  };
  while (at < cells.length) {
    const value = next();
    const level = next();
    let step = first;
    for (let left = next(); left > 0; left--) {
      step += next();
      take(value, level, step, next());
    }
  }
}

/** Events of one field as they are counted: of each value and level in each of the shortest steps. */
export class TallyMaker {
  readonly #first: number;
  readonly #steps: number;
  readonly #stepMs: number;
  /** Of value 0 and level 0 all steps, then of level 1, and so on. */
  #counts = new Uint32Array(0);

  /** Steps from the one of `minTime` to the one of `maxTime`, epoch milliseconds. */
  constructor(minTime: number, maxTime: number, stepMs: number) {
    this.#stepMs = stepMs;
    this.#first = Math.floor(minTime / stepMs);
    this.#steps = Math.floor(maxTime / stepMs) - this.#first + 1;
  }

  /** One event each; values and levels are below these numbers, steps are counted from the first. */
  add(values: Uint8Array, levels: Uint8Array, steps: Uint16Array, count: number, valuesBelow: number): void {
    const width = this.#steps;
    const counts = this.#roomFor(valuesBelow * MAX_LEVELS * width);
    for (let i = 0; i < count; i++) counts[(values[i]! * MAX_LEVELS + levels[i]!) * width + steps[i]!]!++;
  }

  #roomFor(length: number): Uint32Array {
    if (this.#counts.length < length) {
      const before = this.#counts;
      this.#counts = new Uint32Array(length);
      this.#counts.set(before);
    }
    return this.#counts;
  }

  /** With steps so long that there are no more than `maxCells`; undefined when there is no way. */
  finish(
    head: { name: string; type: TalliedType; values: readonly (string | null)[] },
    maxCells: number,
  ): FieldTally | undefined {
    let counted: Counted = { counts: this.#counts, steps: this.#steps, first: this.#first, stepMs: this.#stepMs };
    for (const stepMs of STEPS) {
      if (stepMs < counted.stepMs) continue;
      if (stepMs > counted.stepMs) counted = withLongerSteps(counted, stepMs);
      if (numberOfCells(counted.counts) > maxCells) continue;
      const cells = cellsOf(counted);
      return { ...head, stepMs, first: counted.first, bytes: cells.length, cells };
    }
    return undefined;
  }
}

interface Counted {
  /** As in a `TallyMaker`. */
  readonly counts: Uint32Array;
  readonly steps: number;
  readonly first: number;
  readonly stepMs: number;
}

function withLongerSteps({ counts, steps, first, stepMs }: Counted, longer: number): Counted {
  const factor = longer / stepMs;
  const start = Math.floor(first / factor);
  const width = Math.floor((first + steps - 1) / factor) - start + 1;
  const into = new Uint32Array((counts.length / steps) * width);
  for (let i = 0; i < counts.length; i++) {
    const events = counts[i]!;
    if (events === 0) continue;
    const step = i % steps;
    into[((i - step) / steps) * width + Math.floor((first + step) / factor) - start]! += events;
  }
  return { counts: into, steps: width, first: start, stepMs: longer };
}

function numberOfCells(counts: Uint32Array): number {
  let cells = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i] !== 0) cells++;
  return cells;
}

function cellsOf({ counts, steps }: Counted): Uint8Array {
  const bytes: number[] = [];
  for (let place = 0; place * steps < counts.length; place++) {
    const row = counts.subarray(place * steps, (place + 1) * steps);
    const used = numberOfCells(row);
    if (used === 0) continue;
    write(bytes, Math.floor(place / MAX_LEVELS));
    write(bytes, place % MAX_LEVELS);
    write(bytes, used);
    let last = 0;
    for (let step = 0; step < steps; step++) {
      if (row[step] === 0) continue;
      write(bytes, step - last);
      write(bytes, row[step]!);
      last = step;
    }
  }
  return Uint8Array.from(bytes);
}

function write(bytes: number[], number: number): void {
  let rest = number;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
}

/** The value as an event has it; undefined for what a column does not give back as it is, and nobody tallies. */
export function talliedValue(text: string, type: TalliedType): string | number | boolean | undefined {
  if (text.length > MAX_TEXT) return undefined;
  switch (type) {
    case 'declared':
    case 'text':
      return text;
    case 'boolean':
      return text === 'true';
    case 'long':
      return Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
    case 'double':
      return String(Number(text)) === text ? Number(text) : undefined;
  }
}
