import { rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { syncPathSync } from '../../../base/disk/blocking.ts';
import { faultPoint } from '../../../core/fault.ts';
import { dayFolder, SEGMENTS } from '../layout.ts';
import type { RetentionOptions } from '../options.ts';
import type { StoreEvent } from '../protocol.ts';
import { type DayOnDisk, type Drop, decideRetention } from '../retention.ts';
import type { Catalogue, OpenChunk, Segment } from './catalogue.ts';
import type { FieldNames } from './field-names.ts';

/** Carries out what `decideRetention` decides. */
export class RetentionRun {
  readonly #dir: string;
  readonly #catalogue: Catalogue;
  readonly #names: FieldNames;
  readonly #options: RetentionOptions;
  readonly #emit: (event: StoreEvent) => void;
  #lastAgeDrop: number | undefined;

  constructor(
    dir: string,
    catalogue: Catalogue,
    names: FieldNames,
    options: RetentionOptions,
    emit: (event: StoreEvent) => void,
  ) {
    this.#dir = dir;
    this.#catalogue = catalogue;
    this.#names = names;
    this.#options = options;
    this.#emit = emit;
  }

  /** `now` in epoch milliseconds. */
  run(now: number): void {
    const sinceAgeDropMs = this.#lastAgeDrop === undefined ? undefined : performance.now() - this.#lastAgeDrop;
    // What waits for its last reader is as good as free.
    if (this.#catalogue.trash.size > 0) this.#catalogue.trash.collect();
    if (this.#catalogue.trash.size > 0) return;
    const state = { now, sinceAgeDropMs, freeBytes: this.#freeBytes(), days: this.#daysOnDisk() };
    for (const drop of decideRetention(state, this.#options)) {
      faultPoint('before_drop');
      this.#carryOut(drop);
      if (drop.reason === 'age') this.#lastAgeDrop = performance.now();
      faultPoint('between_drops');
    }
    this.#catalogue.trash.collect();
    this.#removeEmptyFolders(state.days);
  }

  #carryOut(drop: Drop): void {
    const segments = [...(this.#catalogue.segments.get(drop.day)?.values() ?? [])].filter(
      segment => !('segments' in drop) || drop.segments.includes(segment.name),
    );
    const chunks =
      'segments' in drop ? [] : [...this.#catalogue.chunks.values()].filter(chunk => chunk.day === drop.day);
    let events = 0;
    let bytes = 0;
    for (const each of [...segments, ...chunks] as (Segment | OpenChunk)[]) {
      events += each.rows;
      bytes += each.bytes;
    }
    for (const segment of segments) this.#catalogue.dropSegment(segment);
    for (const chunk of chunks) this.#catalogue.dropChunk(chunk);
    if (chunks.length > 0) this.#emit({ type: 'released', chunks: chunks.map(chunk => chunk.id) });
    const whole = !('segments' in drop);
    this.#emit({ type: 'dropped', reason: drop.reason, days: whole ? 1 : 0, segments: segments.length, events, bytes });
    this.#emit({
      type: 'log',
      level: whole && drop.reason === 'age' ? 'info' : 'warn',
      details: { reason: drop.reason, day: drop.day, segments: segments.length, events, bytes },
      message: whole
        ? 'retention dropped a day'
        : 'the newest day alone is more than the store may take: its oldest segments were dropped',
    });
  }

  #daysOnDisk(): DayOnDisk[] {
    return this.#catalogue.days().map(({ day, bytes }) => ({
      day,
      bytes,
      segments: [...(this.#catalogue.segments.get(day)?.values() ?? [])],
    }));
  }

  #freeBytes(): number | undefined {
    try {
      const { bavail, bsize } = statfsSync(this.#dir);
      return bavail * bsize;
    } catch {
      return undefined;
    }
  }

  #removeEmptyFolders(before: readonly DayOnDisk[]): void {
    if (this.#catalogue.trash.size > 0) return;
    const left = new Set(this.#catalogue.days().map(day => day.day));
    const root = join(this.#dir, SEGMENTS);
    for (const { day } of before) {
      if (left.has(day)) continue;
      rmSync(join(root, dayFolder(day)), { recursive: true, force: true });
      this.#names.forget(day);
      syncPathSync(root);
    }
  }
}
