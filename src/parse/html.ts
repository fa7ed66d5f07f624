import { HTML_ENTITIES } from './html-entities.ts';

/**
 * A text without its HTML, as Lucene's HTMLStripCharFilter leaves it: tags inside of a line go, all others, also unknown
 * ones, become a newline; comments and the like go, entities become their characters. What only looks like a tag stays.
 * In one pass: no text takes longer than its length.
 */
export function stripHtml(text: string): string {
  // Without both there is nothing to strip, and entities stay as well.
  const last = text.lastIndexOf('>');
  if (last < 0 || !text.includes('<')) return text;
  const scanner = new Scanner(text);
  let out = '';
  let from = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const found = scanner.markup(at);
    if (found === undefined) {
      at++;
      continue;
    }
    out += withEntities(text.slice(from, at)) + found.text;
    from = found.end;
    at = found.end;
  }
  // At the very end of the text an entity needs no semicolon.
  return out + text.slice(from).replace(LAST_ENTITIES, entity);
}

interface Markup {
  readonly end: number;
  /** What stands for it. */
  readonly text: string;
}

class Scanner {
  readonly #text: string;
  /** Ends that are nowhere behind a place. */
  readonly #missing = new Set<string>();
  #lower: string | undefined;
  /** Tags with quotes that never ended. After some of them quotes are not believed: each of them costs a look to the end. */
  #unended = 0;

  constructor(text: string) {
    this.#text = text;
  }

  markup(at: number): Markup | undefined {
    const text = this.#text;
    if (text.startsWith('<!--', at)) return this.#upTo('-->', at + 4, '') ?? { end: text.length, text: '' };
    if (text.startsWith('<![CDATA[', at)) {
      const end = this.#upTo(']]>', at + 9, '');
      return end === undefined
        ? { end: text.length, text: text.slice(at + 9) }
        : { end: end.end, text: text.slice(at + 9, end.end - 3) };
    }
    if (text.startsWith('<?', at)) {
      const found = this.#upTo('>', at + 2, '');
      return found !== undefined && found.end > at + 3 && '?/'.includes(text[found.end - 2]!) ? found : undefined;
    }
    if (text.startsWith('<!', at)) return this.#upTo('>', at + 2, '') ?? { end: text.length, text: text.slice(at) };
    const name = TAG.exec(text.slice(at, at + 120));
    if (name === null) return undefined;
    // A name that the text ends in begins a tag that never comes.
    if (at + name[0].length === text.length) return { end: text.length, text: '' };
    const behind = at + name[0].length;
    // A tag's name has blanks behind it, or the tag ends; what closes one has nothing else in it.
    const isClosing = text[at + 1] === '/';
    const found = (isClosing ? CLOSE : OPEN).exec(text.slice(behind, behind + MOST_BLANKS));
    if (found === null) return undefined;
    const end = isClosing ? behind + found[0].length : this.#tagEnd(behind);
    if (end < 0) return undefined;
    const tag = name[1]!.toLowerCase();
    const closing = `</${tag}`;
    if ((tag === 'script' || tag === 'style') && !isClosing && text[behind] !== '/') {
      this.#lower ??= text.toLowerCase();
      for (let close = end; ; close++) {
        close = this.#find(this.#lower, closing, close);
        if (close < 0) return { end: text.length, text: '' };
        const from = close + closing.length;
        const closed = CLOSE.exec(text.slice(from, from + MOST_BLANKS));
        if (closed !== null) return { end: from + closed[0].length, text: '\n' };
      }
    }
    return { end, text: INLINE.has(tag) ? '' : '\n' };
  }

  #upTo(mark: string, from: number, text: string): Markup | undefined {
    const at = this.#find(this.#text, mark, from);
    return at < 0 ? undefined : { end: at + mark.length, text };
  }

  #find(text: string, mark: string, from: number): number {
    if (this.#missing.has(mark)) return -1;
    const at = text.indexOf(mark, from);
    if (at < 0) this.#missing.add(mark);
    return at;
  }

  /** Behind the `>` of a tag; -1 when another `<` comes first. */
  #tagEnd(from: number): number {
    const text = this.#text;
    for (let at = from; at < text.length; at++) {
      const char = text[at];
      if (char === '>') return at + 1;
      if (char === '<') return -1;
      if ((char === '"' || char === "'") && this.#unended < 20) {
        const end = text.indexOf(char, at + 1);
        if (end < 0) this.#unended++;
        else at = end;
      }
    }
    this.#unended++;
    return -1;
  }
}

/** Blanks may stand before a name; it begins with a letter of any script. */
const TAG = /^<\/?\s{0,16}([\p{L}_:][\p{L}\p{N}_:.\u00b7-]{0,100})/u;

const MOST_BLANKS = 100;
const OPEN = /^(?:[\s=]|\/?>)/;
const CLOSE = /^\s*>/;

const INLINE = new Set(
  `a abbr acronym b basefont bdo big cite code dfn em font i img input kbd label q s samp select small span strike strong
   sub sup textarea tt u var`.split(/\s+/),
);

function withEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(ENTITY, entity);
}
const ENTITY = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(\w{2,8}));/g;
const LAST_ENTITIES = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(\w{2,8}))(?:;|$)/g;

function entity(whole: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return HTML_ENTITIES.get(name) ?? whole;
  const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
  return code <= 0x10ffff ? String.fromCodePoint(code).toWellFormed() : whole;
}
