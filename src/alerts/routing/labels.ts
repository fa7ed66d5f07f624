import type { Labels } from '../silencing/matcher.ts';

/** Of labels alone: FNV-1a of 64 bits over the sorted names and values, each closed by a byte 0xff; 16 hexadecimal digits, as Alertmanager writes it. */
export function fingerprintOf(labels: Labels): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  const take = (byte: number): void => {
    const from = (low ^ byte) >>> 0;
    // Times 2^40 + 0x1b3.
    const product = from * 0x1b3;
    low = product >>> 0;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (from << 8)) >>> 0;
  };
  for (const name of Object.keys(labels).sort()) {
    for (const byte of Buffer.from(name)) take(byte);
    take(0xff);
    for (const byte of Buffer.from(labels[name]!)) take(byte);
    take(0xff);
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

/** `{alertname="HighCPU", job="node"}`: stands in the keys of groups. */
export function labelsText(labels: Labels): string {
  const pairs = Object.keys(labels).sort();
  return `{${pairs.map(name => `${name}=${quoted(labels[name]!)}`).join(', ')}}`;
}

/** The order of alerts in a message: by job and instance, then fewer labels first, then by names and values. */
export function compareLabels(a: Labels, b: Labels): number {
  for (const name of ['job', 'instance']) {
    const order = compare(a[name] ?? '', b[name] ?? '');
    if (order !== 0) return order;
  }
  const ofA = Object.keys(a).sort();
  const ofB = Object.keys(b).sort();
  if (ofA.length !== ofB.length) return ofA.length - ofB.length;
  for (const name of [...new Set([...ofA, ...ofB])].sort()) {
    if (!Object.hasOwn(a, name)) return -1;
    if (!Object.hasOwn(b, name)) return 1;
    const order = compare(a[name]!, b[name]!);
    if (order !== 0) return order;
  }
  return 0;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const ESCAPES: Readonly<Record<string, string>> = {
  ...{
    '\x07': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
    '\\': '\\\\',
    '"': '\\"',
  },
};

/** As Go's %q. */
export function quoted(text: string): string {
  const escaped = text.replace(/[\x00-\x1f\x7f"\\]|[^\P{C}\n]|[\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, char => {
    if (Object.hasOwn(ESCAPES, char)) return ESCAPES[char]!;
    const code = char.codePointAt(0)!;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}
