/** Two multiplicative hashes over the characters, 24 bits of each: one number that stands for a text. */
export function hash48(text: string): number {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    a = Math.imul(a ^ char, 0x01000193);
    b = Math.imul(b ^ char, 0x85ebca6b);
    b ^= b >>> 13;
  }
  a = Math.imul(a ^ (a >>> 16), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 15), 0x27d4eb2f);
  return ((a ^ (a >>> 13)) >>> 8) * 0x1000000 + ((b ^ (b >>> 16)) >>> 8);
}
