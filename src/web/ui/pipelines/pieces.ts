import type { GrokParts } from '../../../core/api/parse.ts';

/** A part of a line: `capture` has a field; `matched` and `fits` belong to the match, or to the part that fits; `rest` to neither. */
export interface Piece {
  readonly text: string;
  readonly kind: 'capture' | 'matched' | 'fits' | 'rest';
  readonly field?: string;
}

/** A line cut into what patterns made of it. Of captures in captures the outer one is shown. */
export function piecesOf({ text, match, mismatch }: GrokParts): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  const upTo = (end: number, kind: Piece['kind'], field?: string): void => {
    if (end > at) pieces.push({ text: text.slice(at, end), kind, ...(field === undefined ? {} : { field }) });
    at = Math.max(at, end);
  };
  if (match !== undefined) {
    upTo(match.start, 'rest');
    const captures = [...match.captures].sort((a, b) => a.start - b.start || b.end - a.end);
    for (const { field, start, end } of captures) {
      if (start < at) continue;
      upTo(start, 'matched');
      upTo(end, 'capture', field);
    }
    upTo(match.end, 'matched');
  } else if (mismatch !== undefined) {
    upTo(mismatch.start, 'rest');
    upTo(mismatch.end, 'fits');
  }
  upTo(text.length, 'rest');
  return pieces;
}
