import type { Labels } from '../silencing/matcher.ts';

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
