import { add, type ContainerNames, type Counts, containerOf } from '../ledger/counts.ts';
import type { PieceRecord } from '../parse/join/piece.ts';

/** How many events the records that wait for their rest will be, by container, as far as that is known of them. */
export function waitingEvents(pieces: readonly PieceRecord[], names: ContainerNames): Counts {
  const counts: Counts = new Map();
  const seen = new Set<string>();
  for (const { key, kind, record, meta } of pieces) {
    if (seen.has(`${kind}${key}`)) continue;
    seen.add(`${kind}${key}`);
    // Pieces of Docker wait as they came: the name with its slash.
    add(counts, names.of(containerOf(record, meta.tag).replace(/^\//, '')), 1);
  }
  return counts;
}
