import type { Labels } from './record.ts';

/** Labels as protobuf carries them: `{app="shop", path="C:\\logs"}`. Undefined for a text of another form, or of too many. */
export function parseLabels(text: string): Labels | undefined {
  if (text.length > MAX_CHARS) return undefined;
  const labels: [string, string][] = [];
  let at = skipBlank(text, 0);
  if (text[at] !== '{') return undefined;
  at = skipBlank(text, at + 1);
  while (text[at] !== '}') {
    PAIR.lastIndex = at;
    const found = PAIR.exec(text);
    if (found === null) return undefined;
    const value = unquoted(found[2]!);
    if (value === undefined) return undefined;
    labels.push([found[1]!, value]);
    if (labels.length > MAX_LABELS) return undefined;
    at = skipBlank(text, PAIR.lastIndex);
    if (text[at] === ',') at = skipBlank(text, at + 1);
    else if (text[at] !== '}') return undefined;
  }
  return skipBlank(text, at + 1) === text.length ? labels : undefined;
}

/** Loki itself takes 15 unless it is told otherwise. */
export const MAX_LABELS = 1000;
/** The expression below keeps its place for each character of a value. */
const MAX_CHARS = 100_000;
/** A name and its value in quotes or between backticks. */
const PAIR = /([A-Za-z_:][\w:.]*)\s*=\s*("(?:[^"\\]|\\[\s\S])*"|`[^`]*`)/y;

function skipBlank(text: string, at: number): number {
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** A text as Go writes it. */
function unquoted(quoted: string): string | undefined {
  const inner = quoted.slice(1, -1);
  if (quoted.startsWith('`') || !inner.includes('\\')) return inner;
  let isValid = true;
  const text = inner.replace(ESCAPE, (all: string, hex?: string, octal?: string) => {
    if (hex !== undefined) {
      const code = Number.parseInt(hex.slice(1), 16);
      if (code > 0x10ffff) isValid = false;
      return code > 0x10ffff ? '' : String.fromCodePoint(code);
    }
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    const plain = ESCAPES[all[1]!];
    if (plain === undefined) isValid = false;
    return plain ?? '';
  });
  return isValid ? text.toWellFormed() : undefined;
}

const ESCAPE = /\\(?:(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})|([0-7]{3})|[\s\S])/g;
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v', '\\': '\\', '"': '"', "'": "'" },
};
