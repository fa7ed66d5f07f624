/** `NaN`, `Infinity`, `-Infinity`: what programs write where JSON has no number. */
const WORD = /-?(?:NaN|Infinity)\b/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const NAN = 0x4e;
const INFINITY = 0x49;

/** Puts them in quotes, where they stand outside of strings; undefined where there are none. Looks at each character once. */
export function quoteNonNumbers(json: string): string | undefined {
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === QUOTE) {
      for (i++; i < json.length && json.charCodeAt(i) !== QUOTE; i++) if (json.charCodeAt(i) === BACKSLASH) i++;
      continue;
    }
    if (code !== NAN && code !== INFINITY && code !== MINUS) continue;
    WORD.lastIndex = i;
    const word = WORD.exec(json)?.[0];
    if (word === undefined) continue;
    parts.push(json.slice(from, i), '"', word, '"');
    from = i + word.length;
    i = from - 1;
  }
  return parts.length === 0 ? undefined : parts.join('') + json.slice(from);
}
