/** A field of either document; undefined: it is not there. */
export interface ChangedField {
  readonly field: string;
  readonly was: unknown;
  readonly is: unknown;
}

/** Fields at the top that differ. */
export function changedFields(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): ChangedField[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .map(field => ({ field, was: before[field], is: after[field] }))
    .filter(({ was, is }) => JSON.stringify(was) !== JSON.stringify(is));
}
