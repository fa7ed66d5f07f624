/** The sentence `Did you mean 'address'?`, its name between `open` and `close`; undefined when no candidate is near. */
export function didYouMean(
  word: string,
  candidates: Iterable<string>,
  open = '',
  close: string = open,
): string | undefined {
  const near = nearest(word, candidates);
  return near === undefined ? undefined : `Did you mean ${open}${near}${close}?`;
}

/** The candidate nearest to `word` by edit distance, in any case; undefined when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Letters added, left out and replaced, and neighbours that changed places; `limit` when there are as many or more by length alone. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? beforePrevious[j - 2]! + 1 : replaced;
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, replaced, swapped));
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length]!;
}
