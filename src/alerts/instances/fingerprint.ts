const SEPARATOR = 0xff;

/** Of labels: 16 hexadecimal digits, the same as Alertmanager's (64 bits of FNV-1a over the names in order, and their values). */
export function fingerprint(labels: Readonly<Record<string, string>>): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  const add = (byte: number): void => {
    const from = (low ^ byte) >>> 0;
    // Times 2^40 + 0x1b3, in halves: with big integers it takes ten times as long.
    const product = from * 0x1b3;
    low = product >>> 0;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (from << 8)) >>> 0;
  };
  const entries = Object.entries(labels).map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const);
  for (const parts of entries.sort(([a], [b]) => Buffer.compare(a, b))) {
    for (const bytes of parts) {
      for (const byte of bytes) add(byte);
      add(SEPARATOR);
    }
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}
