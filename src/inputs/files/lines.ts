import { isUtf8 } from 'node:buffer';
import { type Encoding, lineEnd, textOf, unitOf } from './encoding.ts';

/** Whole lines of a file, one behind the other. */
export interface LineBytes {
  /** Begin at a line; the last line may lack its end. */
  readonly bytes: Buffer;
  /** Above 0: `bytes` is the begin of a single line, of which this many bytes were left out. */
  readonly cutBytes: number;
  readonly encoding: Encoding;
  readonly maxLineBytes: number;
}

export interface Line {
  readonly text: string;
  /** Bytes that were left out at its end. */
  readonly cutBytes: number;
}

export interface Lines {
  readonly lines: readonly Line[];
  readonly faults: readonly ('cut' | 'invalid_text' | 'nul_bytes')[];
}

/**
 * The lines, without their ends. Pure: the same bytes give the same lines again. NULs before and behind a line, which a crash
 * of the machine leaves in files, are left out, and so are empty lines.
 */
export function readLines({ bytes, cutBytes, encoding, maxLineBytes }: LineBytes): Lines {
  const lines: Line[] = [];
  const faults: ('cut' | 'invalid_text' | 'nul_bytes')[] = [];
  const unit = unitOf(encoding);
  for (let from = 0; from < bytes.length; ) {
    const found = cutBytes > 0 ? -1 : lineEnd(bytes, from, encoding);
    const end = found === -1 ? bytes.length : found;
    let to = found === -1 ? end : end - unit;
    let first = from;
    from = end;
    if (unit === 1) {
      const before = to - first;
      while (first < to && bytes[first] === 0) first++;
      while (to > first && bytes[to - 1] === 0) to--;
      if (to - first < before) faults.push('nul_bytes');
    }
    let left = cutBytes;
    if (to - first > maxLineBytes) {
      left += to - first - maxLineBytes;
      to = first + maxLineBytes;
    }
    if (left > 0) {
      faults.push('cut');
      const whole = first + wholeCharacters(bytes.subarray(first, to), encoding);
      left += to - whole;
      to = whole;
    }
    const slice = bytes.subarray(first, to);
    const text = textOf(slice, encoding);
    if (text.includes('\uFFFD') && !(encoding === 'utf-8' && isUtf8(slice))) faults.push('invalid_text');
    const line = text.charCodeAt(0) === BOM ? text.slice(1) : text;
    const bare = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (bare !== '' || left > 0) lines.push({ text: bare, cutBytes: left });
  }
  return { lines, faults };
}

/** How many of the bytes, which were cut somewhere, are whole characters. */
function wholeCharacters(bytes: Buffer, encoding: Encoding): number {
  if (encoding !== 'utf-8') return bytes.length - (bytes.length % unitOf(encoding));
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return back < size ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

const BOM = 0xfeff;
