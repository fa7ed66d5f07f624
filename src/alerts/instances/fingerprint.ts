const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const MASK = 0xffffffffffffffffn;
const SEPARATOR = 255;

/** Of labels: 16 hexadecimal digits, the same as Alertmanager's (FNV-1a over the names in order, and their values). */
export function fingerprint(labels: Readonly<Record<string, string>>): string {
  let hash = OFFSET;
  const add = (byte: number): void => {
    hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
  };
  const entries = Object.entries(labels).map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const);
  for (const parts of entries.sort(([a], [b]) => Buffer.compare(a, b))) {
    for (const bytes of parts) {
      for (const byte of bytes) add(byte);
      add(SEPARATOR);
    }
  }
  return hash.toString(16).padStart(16, '0');
}
