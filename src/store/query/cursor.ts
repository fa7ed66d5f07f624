import type { SortKey } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import { compareText } from './text.ts';

/** Where a page ended, in which direction, and what `now` meant on the first page. */
export interface PagePosition {
  after: SortKey;
  order: 'asc' | 'desc';
  /** Epoch milliseconds. */
  now: number;
}

/** An opaque text for URLs. */
export function encodeCursor({ after, order, now }: PagePosition): string {
  return Buffer.from(JSON.stringify([1, order === 'asc' ? 1 : 0, now, ...after])).toString('base64url');
}

/** Throws LS_SEARCH_PARAMETER for anything that `encodeCursor` did not write. */
export function decodeCursor(cursor: string): PagePosition {
  try {
    if (cursor.length > 4096) throw new RangeError('too long');
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(parts) || parts.length !== 6) throw new TypeError('no cursor');
    const [version, ascending, now, time, seq, id] = parts as unknown[];
    if (version !== 1 || (ascending !== 0 && ascending !== 1)) throw new TypeError('no cursor');
    if (![now, time, seq].every(Number.isFinite) || typeof id !== 'string') throw new TypeError('no cursor');
    return {
      after: [time as number, seq as number, id],
      order: ascending === 1 ? 'asc' : 'desc',
      now: now as number,
    };
  } catch (cause) {
    throw new LongshoreError('LS_SEARCH_PARAMETER', 'the cursor is not one that a search gave.', {
      where: 'cursor',
      fix: 'Pass the cursor of the page before as it is, or none for the first page.',
      cause,
    });
  }
}

/** Order by (`@timestamp`, `seq`, `_id`), ascending; `_id` by code points, as the stores do. */
export function compareKeys(a: SortKey, b: SortKey): number {
  return a[0] - b[0] || a[1] - b[1] || compareText(a[2], b[2]);
}
