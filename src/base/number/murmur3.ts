const MASK = 0xffff_ffff_ffff_ffffn;
const C1 = 0x87c3_7b91_1142_53d5n;
const C2 = 0x4cf5_ad43_2745_937fn;

/** MurmurHash3 of 128 bits for x64 with seed 0: its two halves as 16 bytes, each the greatest byte first. Not for secrets. */
export function murmur3(bytes: Uint8Array): Buffer {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let h1 = 0n;
  let h2 = 0n;
  let at = 0;
  for (; at + 16 <= view.length; at += 16) {
    h1 ^= mixed(view.readBigUInt64LE(at), C1, 31n, C2);
    h1 = (rotated(h1, 27n) + h2) & MASK;
    h1 = (h1 * 5n + 0x52dc_e729n) & MASK;
    h2 ^= mixed(view.readBigUInt64LE(at + 8), C2, 33n, C1);
    h2 = (rotated(h2, 31n) + h1) & MASK;
    h2 = (h2 * 5n + 0x3849_5ab5n) & MASK;
  }
  const rest = Buffer.alloc(16);
  view.copy(rest, 0, at);
  h2 ^= mixed(rest.readBigUInt64LE(8), C2, 33n, C1);
  h1 ^= mixed(rest.readBigUInt64LE(0), C1, 31n, C2);
  h1 ^= BigInt(view.length);
  h2 ^= BigInt(view.length);
  h1 = (h1 + h2) & MASK;
  h2 = (h2 + h1) & MASK;
  h1 = scattered(h1);
  h2 = scattered(h2);
  h1 = (h1 + h2) & MASK;
  h2 = (h2 + h1) & MASK;
  const hash = Buffer.alloc(16);
  hash.writeBigUInt64BE(h1, 0);
  hash.writeBigUInt64BE(h2, 8);
  return hash;
}

function mixed(word: bigint, first: bigint, bits: bigint, second: bigint): bigint {
  return (rotated((word * first) & MASK, bits) * second) & MASK;
}

function rotated(word: bigint, bits: bigint): bigint {
  return ((word << bits) | (word >> (64n - bits))) & MASK;
}

function scattered(word: bigint): bigint {
  let out = word ^ (word >> 33n);
  out = (out * 0xff51_afd7_ed55_8ccdn) & MASK;
  out ^= out >> 33n;
  out = (out * 0xc4ce_b9fe_1a85_ec53n) & MASK;
  return out ^ (out >> 33n);
}
