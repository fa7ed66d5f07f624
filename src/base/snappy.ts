/*
 * Snappy's block format, of which senders (Loki's, Fluent Bit) have one block a request:
 *
 *     length of the output (varint), then elements, told by the last two bits of their first byte:
 *     00  literal: its length - 1 in the other six bits, from 60 on in the 1 to 4 bytes that follow
 *     01  copy: 4 to 11 bytes (three bits), 11 bits of offset
 *     10  copy: 1 to 64 bytes (six bits), two bytes of offset
 *     11  copy: the same with four bytes of offset
 */

/** Undoes it. Undefined: it is not of that form, or has another length than it says; `too_large`: the output would be larger. */
export function unsnap(block: Buffer, maxBytes: number): Buffer | 'too_large' | undefined {
  const head = lengthOf(block);
  if (head === undefined) return undefined;
  if (head.length > maxBytes) return 'too_large';
  // A copy of three bytes makes 64 at most: a few bytes that promise many get no memory for them.
  if (head.length > block.length * MOST_A_BYTE) return undefined;
  const output = Buffer.alloc(head.length);
  let to = 0;
  let at = head.end;
  while (at < block.length) {
    const tag = block[at++]!;
    const kind = tag & 3;
    let length = (tag >> 2) + 1;
    if (kind === 0) {
      const bytes = Math.max(0, length - 60);
      if (at + bytes > block.length) return undefined;
      if (bytes > 0) length = block.readUIntLE(at, bytes) + 1;
      at += bytes;
      if (at + length > block.length || to + length > output.length) return undefined;
      block.copy(output, to, at, at + length);
      at += length;
    } else {
      const bytes = kind === 3 ? 4 : kind;
      if (at + bytes > block.length) return undefined;
      let offset = block.readUIntLE(at, bytes);
      at += bytes;
      if (kind === 1) {
        offset += (tag >> 5) << 8;
        length = ((tag >> 2) & 7) + 4;
      }
      if (offset === 0 || offset > to || to + length > output.length) return undefined;
      if (offset >= length) output.copyWithin(to, to - offset, to - offset + length);
      // What is copied may reach into what it makes.
      else for (let i = 0; i < length; i++) output[to + i] = output[to + i - offset]!;
    }
    to += length;
  }
  return to === output.length ? output : undefined;
}

const MOST_A_BYTE = 22;

function lengthOf(block: Buffer): { length: number; end: number } | undefined {
  let length = 0;
  for (let i = 0; i < 5 && i < block.length; i++) {
    const byte = block[i]!;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length < 2 ** 32 ? { length, end: i + 1 } : undefined;
  }
  return undefined;
}
