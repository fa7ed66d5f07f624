/** Digits behind those that are kept, which show whether two results are equally near. */
const MORE = 40;

/** So many digits behind the point, of a number that is not negative: the nearest, and of two equally near ones the even. */
export function fixedText(size: number, digits: number): string {
  // `toFixed` is exact, but takes the larger of two that are equally near.
  const near = size.toFixed(digits);
  if (size >= 1e20 || digits + MORE > 100) return near;
  const exact = size.toFixed(digits + MORE);
  if (!/^50*$/.test(exact.slice(-MORE))) return near;
  const kept = exact.slice(0, -MORE).replace(/\.$/, '');
  return /[02468]$/.test(kept) ? kept : near;
}
