import type { OpenChunk, Segment } from './catalogue.ts';

export interface PlanOptions {
  seal_rows: number;
  seal_bytes: number;
  seal_chunks: number;
  seal_min_age_ms: number;
  seal_max_age_ms: number;
  seal_late_max_age_ms: number;
  merge_max_rows: number;
  merge_max_bytes: number;
  merge_segments: number;
  merge_idle_ms: number;
}

/**
 * The chunks of one day to make a segment of, oldest first; undefined when none are due. A day is due when it has
 * enough rows, bytes or chunks, or when its oldest chunk has waited long enough: shortly in the newest day, long in
 * days before it, so that a few late events do not become a segment each time.
 * `chunks` in the order in which they were accepted. Times in epoch milliseconds.
 */
export function planSeal(chunks: Iterable<OpenChunk>, now: number, options: PlanOptions): OpenChunk[] | undefined {
  const days = new Map<string, { ready: OpenChunk[]; rows: number; bytes: number }>();
  let newest = '';
  for (const chunk of chunks) {
    if (chunk.day > newest) newest = chunk.day;
    // The open tail of the spool may still count a chunk that was accepted this moment.
    if (now - chunk.since < options.seal_min_age_ms) continue;
    let day = days.get(chunk.day);
    if (day === undefined) {
      day = { ready: [], rows: 0, bytes: 0 };
      days.set(chunk.day, day);
    }
    if (isFull(day, options)) continue;
    day.ready.push(chunk);
    day.rows += chunk.rows;
    day.bytes += chunk.bytes;
  }
  let due: { ready: OpenChunk[] } | undefined;
  for (const [name, day] of days) {
    const patience = name === newest ? options.seal_max_age_ms : options.seal_late_max_age_ms;
    if (!isFull(day, options) && now - day.ready[0]!.since < patience) continue;
    if (due === undefined || day.ready[0]!.since < due.ready[0]!.since) due = day;
  }
  return due?.ready;
}

function isFull(day: { ready: OpenChunk[]; rows: number; bytes: number }, options: PlanOptions): boolean {
  return day.rows >= options.seal_rows || day.bytes >= options.seal_bytes || day.ready.length >= options.seal_chunks;
}

/**
 * The segments of one day to merge into one; undefined when none are due. Segments are merged with those of their
 * size (each size is `merge_segments` times the one below), so that a row is rewritten a few times only; those of a
 * day that got nothing for `merge_idle_ms` are merged whatever their size.
 */
export function planMerge(days: Iterable<Iterable<Segment>>, now: number, options: PlanOptions): Segment[] | undefined {
  for (const day of days) {
    const small = [...day].filter(segment => segment.replacing === 0 && isSmall(segment, options));
    if (small.length < 2) continue;
    small.sort((a, b) => a.minTime - b.minTime);
    const tiers = Map.groupBy(small, segment => Math.floor(Math.log(segment.rows) / Math.log(options.merge_segments)));
    for (const tier of tiers.values()) {
      const fitting = takeFitting(tier, options);
      if (fitting.length >= options.merge_segments || (fitting.length >= 2 && fitting.length < tier.length))
        return fitting;
    }
    if (small.every(segment => now - segment.since >= options.merge_idle_ms)) {
      const fitting = takeFitting(small, options);
      if (fitting.length >= 2) return fitting;
    }
  }
  return undefined;
}

/** A segment of an earlier version that nothing is merged with, to be written anew: the newest, which is searched most. */
export function planRenewal(days: Iterable<Iterable<Segment>>): Segment | undefined {
  let newest: Segment | undefined;
  for (const day of days) {
    for (const segment of day) {
      if (segment.isOld && segment.replacing === 0 && (newest === undefined || segment.maxTime > newest.maxTime))
        newest = segment;
    }
  }
  return newest;
}

/** The newest segment without a tally that nothing is merged with before long. */
export function planTally(
  days: Iterable<Iterable<Segment>>,
  now: number,
  options: Pick<PlanOptions, 'merge_max_rows' | 'merge_max_bytes' | 'merge_idle_ms'> & {
    readonly tally_min_rows: number;
  },
): Segment | undefined {
  let newest: Segment | undefined;
  for (const day of days) {
    for (const segment of day) {
      if (segment.tallied !== undefined || segment.isOld || segment.rows < options.tally_min_rows) continue;
      if (isSmall(segment, options) && now - segment.since < options.merge_idle_ms) continue;
      if (newest === undefined || segment.maxTime > newest.maxTime) newest = segment;
    }
  }
  return newest;
}

/** False for more than half of the largest: merging it would rewrite much for little. */
export function isSmall(
  segment: Pick<Segment, 'rows' | 'rawBytes'>,
  options: Pick<PlanOptions, 'merge_max_rows' | 'merge_max_bytes'>,
): boolean {
  return segment.rows <= options.merge_max_rows / 2 && segment.rawBytes <= options.merge_max_bytes / 2;
}

/** As many as fit into one segment, earliest first. */
function takeFitting(segments: readonly Segment[], options: PlanOptions): Segment[] {
  const fitting: Segment[] = [];
  let rows = 0;
  let bytes = 0;
  for (const segment of segments) {
    rows += segment.rows;
    bytes += segment.rawBytes;
    if (rows > options.merge_max_rows || bytes > options.merge_max_bytes || fitting.length >= MAX_INPUTS) break;
    fitting.push(segment);
  }
  return fitting;
}

const MAX_INPUTS = 256;
