import { type Fields, isFields, newFields } from '../../core/event.ts';

/*
 * Slack takes `<!channel>`, `<https://evil|here>` and three backticks for markup. What a rule's author wrote may hold
 * markup, what comes from events must not. So texts are rendered with marks (one noncharacter for each character that means
 * something, so that widths and cuts stay what they are), and in the finished text the marks become escapes.
 */

const MARKUP = ['&', '<', '>', '`'] as const;
const ESCAPES = ['&amp;', '&lt;', '&gt;', '`'] as const;
const FIRST = 0xfdd0;
const MARKS = MARKUP.map((_, i) => String.fromCharCode(FIRST + i));
const BACKTICK = MARKS[3]!;
const NOTHING_WIDE = '\u200b';

const HAS_MARKUP = /[&<>`\ufdd0-\ufdd3]/;
const MAX_DEPTH = 60;

export const hasMarkup = (text: string): boolean => HAS_MARKUP.test(text);

/** The value with all its texts (names of fields, too) marked. */
export function marked(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return markedText(value);
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map(item => marked(item, depth + 1));
  if (!isFields(value)) return value;
  const out = newFields();
  for (const key of Object.keys(value)) out[markedText(key)] = marked(value[key], depth + 1);
  return out;
}

export function markedText(text: string): string {
  if (!HAS_MARKUP.test(text)) return text;
  // Whoever sends such marks gets none of them through.
  return text
    .replace(/[\ufdd0-\ufdd3]/g, '\ufffd')
    .replace(/[&<>`]/g, char => MARKS[MARKUP.indexOf(char as (typeof MARKUP)[number])]!);
}

/** The finished text for Slack. Three backticks stay three for the reader, but close no code block. */
export function escapedMarks(text: string): string {
  if (!/[\ufdd0-\ufdd3]/.test(text)) return text;
  return text
    .replace(/[`\ufdd3]{3,}/g, run => (run.includes(BACKTICK) ? apart(run) : run))
    .replace(/[\ufdd0-\ufdd3]/g, mark => ESCAPES[mark.charCodeAt(0) - FIRST]!);
}

/** The value as Slack shows it literally, with all its texts. */
export function escapedValue(value: unknown): unknown {
  if (typeof value === 'string') return escapedMarks(markedText(value));
  if (Array.isArray(value)) return value.map(escapedValue);
  if (!isFields(value)) return value;
  const out: Fields = newFields();
  for (const key of Object.keys(value)) out[escapedMarks(markedText(key))] = escapedValue(value[key]);
  return out;
}

/**
 * `plain` with the marks of `withMarks`, where the two differ in nothing else; undefined when the marks changed what was
 * written. What the author has escaped already (`{{ message | e }}`) stays so.
 */
export function aligned(withMarks: string, plain: string): string | undefined {
  let out = '';
  let at = 0;
  for (let i = 0; i < withMarks.length; i++) {
    const char = withMarks[i]!;
    const mark = MARKS.indexOf(char);
    const isEscaped = mark >= 0 && plain.startsWith(ESCAPES[mark]!, at) && !withMarks.startsWith('amp;', i + 1);
    const piece = mark < 0 ? char : isEscaped ? ESCAPES[mark]! : MARKUP[mark]!;
    if (!plain.startsWith(piece, at)) return undefined;
    out += mark >= 0 && (!isEscaped || char === BACKTICK) ? char : piece;
    at += piece.length;
  }
  return at === plain.length ? out : undefined;
}

function apart(run: string): string {
  let out = '';
  for (const [i, char] of [...run].entries()) {
    if (i > 0 && (char === BACKTICK || run[i - 1] === BACKTICK)) out += NOTHING_WIDE;
    out += char;
  }
  return out;
}
