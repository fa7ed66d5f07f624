import { Marks } from './marks.ts';

// What each channel takes for markup, and how the same is shown literally.

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Breaks up what would be read as one, and is not seen. */
const NOTHING_WIDE = '\u200b';
/** Between letters it is no emphasis. */
const isInWord = (char: string, before: string, after: string): boolean =>
  char === '_' && /\w/.test(before) && /^\w/.test(after);
/** Names that call everybody. */
const EVERYBODY = /^(?:everyone|here|channel|all)\b/i;

/** Slack decodes three entities wherever they stand, in code too. */
export const SLACK = new Marks({
  characters: '&<>`',
  hasEntities: true,
  escape: char => (char === '`' ? char : HTML[char]!),
});

export const HTML_TEXT = new Marks({
  characters: '&<>"\'',
  hasEntities: true,
  escape: char => HTML[char]!,
});

/** Discord, Mattermost: Markdown with backslashes, and names that call everybody. */
export const MARKDOWN = new Marks({
  characters: '`*_~[]|\\<>#@',
  hasEntities: false,
  escape: (char, { before, after, isCode }) => {
    if (char === '@') return EVERYBODY.test(after) ? `@${NOTHING_WIDE}` : '@';
    return isCode || isInWord(char, before, after) ? char : `\\${char}`;
  },
});

/** Adaptive Cards know emphasis, lists and links. */
export const CARD_MARKDOWN = new Marks({
  characters: '*_[]\\',
  hasEntities: false,
  escape: (char, { before, after }) => (isInWord(char, before, after) ? char : `\\${char}`),
});

/** Rocket.Chat and Google Chat know no escapes: what begins a link or calls everybody is broken up. */
export const UNESCAPABLE = new Marks({
  characters: '`<[@',
  hasEntities: false,
  escape: (char, { after }) => {
    if (char === '`') return char;
    if (char === '@' && !EVERYBODY.test(after)) return char;
    return `${char}${NOTHING_WIDE}`;
  },
});

/** The inside of a code block that ends at three backticks. */
export const CODE_BLOCK = new Marks({ characters: '`', hasEntities: false, escape: char => char });

/** Telegram's first Markdown has no escapes inside of bold text: what would end it is replaced by what looks like it. */
export const TELEGRAM_BOLD = new Marks({
  characters: '*`_[',
  hasEntities: false,
  escape: char => ({ '*': '\u2217', '`': "'", _: '_', '[': '(' })[char] ?? char,
});

/** Telegram's second one wants a backslash before each of these, wherever they stand. */
export const TELEGRAM_V2 = new Marks({
  characters: '_*[]()~`>#+-=|{}.!\\',
  hasEntities: false,
  escape: char => `\\${char}`,
});
export const TELEGRAM_V2_CODE = new Marks({ characters: '`\\', hasEntities: false, escape: char => `\\${char}` });

/** Jira's wiki text: blocks in braces, and names that are told by mail. */
export const JIRA = new Marks({
  characters: '{[',
  hasEntities: false,
  escape: (char, { after }) => {
    const isMarkup = char === '{' ? /^(?:code|noformat|quote|panel|color)\b/i.test(after) : /^~/.test(after);
    return isMarkup ? `${char}${NOTHING_WIDE}` : char;
  },
});
