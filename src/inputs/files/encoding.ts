/** Encodings of files, by the names that `TextDecoder` knows. */
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'latin1', 'euc-kr', 'shift_jis', 'gb18030', 'big5'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** The encoding that the first bytes of a file name by their mark; undefined: they name none. */
export function encodingOfMark(first: Uint8Array): Encoding | undefined {
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf-16le';
  if (first[0] === 0xfe && first[1] === 0xff) return 'utf-16be';
  return first[0] === 0xef && first[1] === 0xbb && first[2] === 0xbf ? 'utf-8' : undefined;
}

/** Bytes of a line end: text of UTF-16 is cut between its pairs of bytes. */
export const unitOf = (encoding: Encoding): 1 | 2 => (encoding.startsWith('utf-16') ? 2 : 1);

/**
 * Where the first line end at or behind `from` ends; -1: there is none. `bytes` begin at a character. No other encoding
 * than UTF-16 has the byte of a line end within a character.
 */
export function lineEnd(bytes: Buffer, from: number, encoding: Encoding): number {
  if (unitOf(encoding) === 1) return bytes.indexOf(LF, from) + 1 || -1;
  const other = encoding === 'utf-16le' ? 1 : -1;
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    const isUnit = (at & 1) === (other === 1 ? 0 : 1);
    if (isUnit && bytes[at + other] === 0) return other === 1 ? at + 2 : at + 1;
  }
  return -1;
}

/** Where the last line end ends; -1: there is none. */
export function lastLineEnd(bytes: Buffer, encoding: Encoding): number {
  if (unitOf(encoding) === 1) return bytes.lastIndexOf(LF) + 1 || -1;
  const other = encoding === 'utf-16le' ? 1 : -1;
  let at = bytes.lastIndexOf(LF);
  while (at !== -1) {
    const isUnit = (at & 1) === (other === 1 ? 0 : 1);
    if (isUnit && bytes[at + other] === 0) return other === 1 ? at + 2 : at + 1;
    at = at === 0 ? -1 : bytes.lastIndexOf(LF, at - 1);
  }
  return -1;
}

const decoders = new Map<Encoding, InstanceType<typeof TextDecoder>>();

/** The text of bytes; what is no character becomes U+FFFD. */
export function textOf(bytes: Buffer, encoding: Encoding): string {
  if (encoding === 'utf-8') return bytes.toString('utf8');
  let decoder = decoders.get(encoding);
  if (decoder === undefined) {
    decoder = new TextDecoder(encoding, { ignoreBOM: true });
    decoders.set(encoding, decoder);
  }
  return decoder.decode(bytes);
}

const LF = 0x0a;
