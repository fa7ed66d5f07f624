/** Bytes from a notation: hex digits, 'text' as it is, `text`*n repeated, white space for the eye. */
export function bytesOf(notation: string): Buffer {
  const parts: Buffer[] = [];
  for (const [, text, times, hex] of notation.matchAll(/'([^']*)'(?:\*(\d+))?|([0-9a-f]{2})|\S/g)) {
    if (text === undefined && hex === undefined) throw new Error(`not hex: ${notation}`);
    parts.push(hex === undefined ? Buffer.from(text!.repeat(Number(times ?? 1))) : Buffer.from(hex, 'hex'));
  }
  return Buffer.concat(parts);
}

/** `value` in lists, so many levels of them. */
export function nested(value: unknown, levels = 64): unknown {
  let outer = value;
  for (let i = 0; i < levels; i++) outer = [outer];
  return outer;
}
