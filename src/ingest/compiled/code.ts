/** Why something cannot become code: it is run as before, then. */
export class Unsupported extends Error {}

/** Names for the values that code uses: everything that users wrote comes to it as a value, never as a piece of its text. */
export class Values {
  readonly list: unknown[] = [];

  /** The name of the value in the code: `K[3]`. */
  of(value: unknown): string {
    const known = this.list.indexOf(value);
    return `K[${known >= 0 ? known : this.list.push(value) - 1}]`;
  }
}

/** Puts the bytes of a text that is the same for every event: numbers of its characters. */
export function constantBytes(text: string, values: Values): string {
  const bytes = Buffer.from(text);
  if (bytes.length > MAX_UNROLLED) return `p = putBytes(b, p, ${values.of(new Uint8Array(bytes))});`;
  return `${Array.from(bytes, (byte, i) => `b[p+${i}]=${byte};`).join('')}p+=${bytes.length};`;
}
const MAX_UNROLLED = 40;
