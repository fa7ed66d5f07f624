// Lists of event times (epoch milliseconds), sorted. Pure.

/** By time; equal times in the order they came. Gives the place it got. */
export function insertTime(times: number[], time: number): number {
  const last = times.length - 1;
  if (last < 0 || times[last]! <= time) return times.push(time) - 1;
  const at = firstAfter(times, time);
  times.splice(at, 0, time);
  return at;
}

/** Place of the first that is later than `time`; the length when none is. */
export function firstAfter(times: readonly number[], time: number): number {
  if (times.length === 0 || times[0]! > time) return 0;
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The latest window of less than `spanMs` that has at least `needed` times, the one at `at` among them: its first place
 * and the one after its last. Undefined if there is none.
 */
export function windowOf(
  times: readonly number[],
  at: number,
  needed: number,
  spanMs: number,
): readonly [number, number] | undefined {
  for (let from = Math.min(at, times.length - needed); from >= Math.max(0, at - needed + 1); from--) {
    let to = from + needed;
    if (times[to - 1]! - times[from]! >= spanMs) continue;
    while (to < times.length && times[to]! - times[from]! < spanMs) to++;
    return [Math.min(from, firstAfter(times, times[to - 1]! - spanMs)), to];
  }
  return undefined;
}

/** The first time, and from each to the next: much shorter as text. */
export function packTimes(times: readonly number[]): number[] {
  return times.map((time, i) => (i === 0 ? time : time - times[i - 1]!));
}

export function unpackTimes(packed: unknown): number[] | undefined {
  if (!Array.isArray(packed)) return undefined;
  let time = 0;
  return packed.map(step => {
    time += Number(step);
    return time;
  });
}
