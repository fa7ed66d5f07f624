import { type Fields, isFields, newFields } from '../../core/event.ts';

/*
 * A channel takes some characters for markup: Slack `<!channel>`, `<https://evil|here>` and three backticks. What a rule's
 * author wrote may hold markup, what comes from events must not. So texts are rendered with marks (one noncharacter for each
 * character that means something, so that widths and cuts stay what they are), and in the finished text the marks become
 * what the channel shows literally.
 */

/** What a channel takes for markup. */
export interface Markup {
  /** Some of `MARKABLE`. */
  readonly characters: string;
  /** Authors may have written `&lt;` for `<` already (`{{ message | e }}`): then it stays. */
  readonly hasEntities: boolean;
  readonly escape: (character: string, around: Around) => string;
}

/** Where a character stands. */
export interface Around {
  /** The character before it, and some after it, as they will be read. */
  readonly before: string;
  readonly after: string;
  /** Between the author's fences. */
  readonly isCode: boolean;
}

/** All characters that can be marked; backticks are first, and of three in a row the channel must not see three. */
const MARKABLE = '`&<>*_~[]()|\\#@{}!\'"+-=.';
const FIRST = 0xfdd0;
const BACKTICK = String.fromCharCode(FIRST);
const NOTHING_WIDE = '\u200b';
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};
const MAX_DEPTH = 60;

const markOf = (char: string): string => String.fromCharCode(FIRST + MARKABLE.indexOf(char));
const charOf = (mark: string): string | undefined => MARKABLE[mark.charCodeAt(0) - FIRST];

/** Marks for one channel. */
export class Marks {
  readonly #markup: Markup;
  readonly #characters: ReadonlySet<string>;

  constructor(markup: Markup) {
    this.#markup = markup;
    this.#characters = new Set(markup.characters);
  }

  hasMarkup(text: string): boolean {
    for (const char of text) if (this.#characters.has(char) || isMark(char)) return true;
    return false;
  }

  /** The value with all its texts (names of fields, too) marked. */
  marked(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.markedText(value);
    if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
    if (Array.isArray(value)) return value.map(item => this.marked(item, depth + 1));
    if (!isFields(value)) return value;
    const out = newFields();
    for (const key of Object.keys(value)) out[this.markedText(key)] = this.marked(value[key], depth + 1);
    return out;
  }

  markedText(text: string): string {
    if (!this.hasMarkup(text)) return text;
    let out = '';
    for (const char of text) {
      // Whoever sends such marks gets none of them through.
      if (isMark(char)) out += '\ufffd';
      else out += this.#characters.has(char) ? markOf(char) : char;
    }
    return out;
  }

  /** The finished text for the channel. Three backticks stay three for the reader, but close no code block. */
  escaped(text: string): string {
    if (!/[\ufdd0-\ufdef]/.test(text)) return text;
    let isCode = false;
    return text.replace(/[`\ufdd0]+|[\ufdd1-\ufdef]/g, (found, at: number) => {
      const isRun = found[0] === '`' || found[0] === BACKTICK;
      if (isRun && found.length >= 3) {
        if (found.includes(BACKTICK)) return apart(found);
        isCode = !isCode;
        return found;
      }
      let out = '';
      for (const [i, char] of [...found].entries()) {
        const plain = isMark(char) ? charOf(char) : undefined;
        if (plain === undefined) {
          out += char;
          continue;
        }
        const before = plainText(text.slice(Math.max(0, at + i - 1), at + i));
        const after = plainText(text.slice(at + i + 1, at + i + 20));
        out += this.#markup.escape(plain, { before, after, isCode });
      }
      return out;
    });
  }

  /** The value as the channel shows it literally, with all its texts. */
  escapedValue(value: unknown): unknown {
    if (typeof value === 'string') return this.escapedText(value);
    if (Array.isArray(value)) return value.map(item => this.escapedValue(item));
    if (!isFields(value)) return value;
    const out: Fields = newFields();
    for (const key of Object.keys(value)) out[this.escapedText(key)] = this.escapedValue(value[key]);
    return out;
  }

  escapedText(text: string): string {
    return this.escaped(this.markedText(text));
  }

  /**
   * `plain` with the marks of `withMarks`, where the two differ in nothing else; undefined when the marks changed what was
   * written. What the author has escaped already (`{{ message | e }}`) stays so.
   */
  aligned(withMarks: string, plain: string): string | undefined {
    let out = '';
    let at = 0;
    for (let i = 0; i < withMarks.length; i++) {
      const char = withMarks[i]!;
      const marked = isMark(char) ? charOf(char) : undefined;
      const entity = marked === undefined || !this.#markup.hasEntities ? undefined : ENTITIES[marked];
      const isEscaped = entity !== undefined && plain.startsWith(entity, at) && !withMarks.startsWith('amp;', i + 1);
      const piece = isEscaped ? entity : (marked ?? char);
      if (!plain.startsWith(piece, at)) return undefined;
      out += isEscaped ? entity : char;
      at += piece.length;
    }
    return at === plain.length ? out : undefined;
  }
}

function isMark(char: string): boolean {
  return char.length === 1 && char >= '\ufdd0' && char <= '\ufdef';
}

const plainText = (text: string): string => text.replace(/[\ufdd0-\ufdef]/g, mark => charOf(mark) ?? mark);

function apart(run: string): string {
  let out = '';
  for (const [i, char] of [...run].entries()) {
    if (i > 0 && (char === BACKTICK || run[i - 1] === BACKTICK)) out += NOTHING_WIDE;
    out += '`';
  }
  return out;
}
