import { isUtf8 } from 'node:buffer';

/** Bytes that are no text as files are written here. */
export class NotText extends Error {
  /** How whoever has the file makes it one. */
  readonly fix: string;

  constructor(what: string, fix: string) {
    super(what);
    this.fix = fix;
  }
}

/**
 * The text of a file that somebody wrote: UTF-8, or UTF-16 that says so in its first bytes. A mark at the beginning is no part of it.
 * @throws NotText for other bytes, with the place of the first one: read as UTF-8 they would silently become other letters.
 */
export function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return utf16(bytes.subarray(2));
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    if (bytes.length % 2 !== 0) throw halfCharacter();
    return utf16(Buffer.from(bytes.subarray(2)).swap16());
  }
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  if (!isUtf8(bytes)) throw notUtf8(bytes);
  return bytes.toString('utf8', start);
}

function utf16(bytes: Buffer): string {
  const text = bytes.toString('utf16le');
  if (bytes.length % 2 !== 0 || !text.isWellFormed()) throw halfCharacter();
  return text;
}

const halfCharacter = (): NotText =>
  new NotText('it says that it is UTF-16, and ends within a character', 'Save it as UTF-8.');

function notUtf8(bytes: Buffer): NotText {
  const at = firstWrong(bytes);
  const line = bytes.subarray(0, at).toString('latin1').split('\n').length;
  const byte = `0x${bytes[at]!.toString(16)}`;
  return new NotText(
    `it is not UTF-8: line ${line} has the byte ${byte} (at offset ${at})`,
    'Mend it with `iconv -f latin1 -t utf-8 FILE > NEW`, or whatever encoding it has instead of latin1.',
  );
}

/** The first byte that belongs to no character. */
function firstWrong(bytes: Buffer): number {
  const text = bytes.toString('utf8');
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) {
    // All before it is right; the mark itself may be what somebody wrote.
    const offset = Buffer.byteLength(text.slice(0, at));
    if (bytes[offset] !== 0xef || bytes[offset + 1] !== 0xbf || bytes[offset + 2] !== 0xbd) return offset;
  }
  return bytes.length - 1;
}
