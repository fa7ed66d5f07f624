import type { BoundedRegExp } from '../../../base/regexp/bounded-regexp.ts';
import { javaReplacement } from '../../../base/regexp/replacement.ts';
import { javaRegExp } from '../../java-regexp.ts';
import type { Budget } from '../budget.ts';
import { illegalArgument, ScriptFailure } from '../failure.ts';
import { javaClass } from './define.ts';
import { charged } from './items.ts';
import type { JavaClass } from './java-class.ts';
import { JavaObject } from './java-object.ts';
import { Stream } from './stream/stream.ts';
import { textOf } from './string.ts';
import { javaText } from './text.ts';

type Sequence = string | { toText(): string };

const FLAGS: readonly (readonly [letter: string, bit: number])[] = [
  ['i', 2],
  ['x', 4],
  ['m', 8],
  ['s', 32],
  ['u', 64],
  ['U', 256],
];

/** A regular expression of a script: made once, when the script is compiled. Throws LS_PARSE_REGEXP. */
export class Pattern extends JavaObject {
  readonly source: string;
  readonly flags: string;
  readonly regexp: BoundedRegExp;
  #whole: BoundedRegExp | undefined;
  #start: BoundedRegExp | undefined;

  constructor(source: string, flags = '', where?: string) {
    super();
    this.source = source;
    this.flags = flags;
    this.regexp = javaRegExp(source, flags, where);
  }
  get javaName(): string {
    return 'java.util.regex.Pattern';
  }
  /** Matches a text from its start to its end, or not at all. */
  get whole(): BoundedRegExp {
    this.#whole ??= javaRegExp(`\\A(?:${this.#closed})\\z`, this.flags);
    return this.#whole;
  }
  get start(): BoundedRegExp {
    this.#start ??= javaRegExp(`\\A(?:${this.#closed})`, this.flags);
    return this.#start;
  }
  /** `=~`: somewhere in the text. */
  find(text: string): boolean {
    return this.regexp.test(text);
  }
  /** `==~`: the whole text. */
  matches(text: string): boolean {
    return this.whole.test(text);
  }
  /** Where blanks count for nothing a comment would run on. */
  get #closed(): string {
    return this.flags.includes('x') || /\(\?[a-z]*x/i.test(this.source) ? `${this.source}\n` : this.source;
  }
  toText(): string {
    return this.source;
  }
}

export class Matcher extends JavaObject {
  pattern: Pattern;
  readonly text: string;
  /** What the last `find` or `matches` found. */
  match: RegExpExecArray | null = null;
  #used: BoundedRegExp;
  #from: number;
  #to: number;
  #next: number;

  constructor(pattern: Pattern, text: string) {
    super();
    this.pattern = pattern;
    this.text = text;
    this.#used = pattern.regexp;
    this.#from = 0;
    this.#to = text.length;
    this.#next = 0;
  }
  get javaName(): string {
    return 'java.util.regex.Matcher';
  }
  get regionStart(): number {
    return this.#from;
  }
  get regionEnd(): number {
    return this.#to;
  }
  /** The text of the region: what stands around it is not seen. */
  get #region(): string {
    return this.#to === this.text.length && this.#from === 0 ? this.text : this.text.slice(this.#from, this.#to);
  }
  find(budget: Budget): boolean {
    budget.steps(1);
    const region = this.#region;
    if (this.#next > region.length) {
      this.match = null;
      return false;
    }
    this.#used = this.pattern.regexp;
    this.match = this.#used.find(region, this.#next);
    if (this.match === null) {
      this.#next = region.length + 1;
      return false;
    }
    const end = this.match.index + this.match[0].length;
    this.#next = this.match[0] === '' ? end + (region.codePointAt(end)! > 0xffff ? 2 : 1) : end;
    return true;
  }
  findFrom(at: number, budget: Budget): boolean {
    this.#next = at;
    return this.find(budget);
  }
  /** The whole region, or the start of it. */
  matchAs(used: BoundedRegExp): boolean {
    this.#used = used;
    this.match = used.find(this.#region);
    this.#next = this.match === null ? 0 : this.match[0].length || 1;
    return this.match !== null;
  }
  reset(from = 0, to = this.text.length): this {
    this.#from = from;
    this.#to = to;
    this.#next = 0;
    this.match = null;
    return this;
  }
  found(): RegExpExecArray {
    if (this.match === null) throw new ScriptFailure('IllegalStateException', 'No match found');
    return this.match;
  }
  group(number: number): string | null {
    const match = this.found();
    if (number < 0 || number >= this.#used.groupOf.length)
      throw new ScriptFailure('IndexOutOfBoundsException', `No group ${number}`);
    return match[this.#used.groupOf[number]!] ?? null;
  }
  named(name: string): string | null {
    this.found();
    const number = this.#used.names.get(name);
    if (number === undefined) throw illegalArgument(`No group with name <${name}>`);
    return this.group(number);
  }
  startOf(number: number): number {
    const match = this.found();
    if (number === 0) return match.index + this.#from;
    const text = this.group(number);
    if (text === null) return -1;
    throw new ScriptFailure(
      'UnsupportedOperationException',
      'the place of a group is not known here: use start() or end()',
    );
  }
  toText(): string {
    const { pattern, regionStart, regionEnd, match } = this;
    return `java.util.regex.Matcher[pattern=${pattern.source} region=${regionStart},${regionEnd} lastmatch=${match?.[0] ?? ''}]`;
  }
}

function replacementOf(pattern: Pattern, text: string): ReturnType<typeof javaReplacement> {
  try {
    return javaReplacement(text, pattern.regexp);
  } catch (error) {
    throw new ScriptFailure('IllegalArgumentException', (error as Error).message, 'the replacement is not valid');
  }
}

export function replaceAll(pattern: Pattern, text: string, by: string, budget: Budget): string {
  const replacement = replacementOf(pattern, by);
  budget.memory(text.length);
  if (by.length <= 16) {
    budget.memory((text.length + 1) * by.length);
    return pattern.regexp.replace(text, replacement);
  }
  return replaceWith(pattern, text, match => replacement.expand(match), budget);
}

function replaceFirst(pattern: Pattern, text: string, by: string, budget: Budget): string {
  const replacement = replacementOf(pattern, by);
  const match = pattern.regexp.find(text);
  if (match === null) return text;
  const made = replacement.expand(match);
  budget.memory(text.length + made.length);
  return text.slice(0, match.index) + made + text.slice(match.index + match[0].length);
}

/** Each match replaced by what a function makes of it. */
function replaceWith(
  pattern: Pattern,
  text: string,
  make: (match: RegExpExecArray) => string,
  budget: Budget,
  isOnlyFirst = false,
): string {
  let out = '';
  let from = 0;
  const take = (match: RegExpExecArray): void => {
    const made = make(match);
    budget.steps(1);
    budget.memory(made.length + match.index - from);
    out += text.slice(from, match.index) + made;
    from = match.index + match[0].length;
  };
  if (isOnlyFirst) {
    const match = pattern.regexp.find(text);
    if (match !== null) take(match);
  } else pattern.regexp.each(text, take);
  return out + text.slice(from);
}

/** `replaceAll(Pattern, Function)` of texts: the function gets a matcher that stands at the match. */
export function replaceByFunction(
  text: string,
  pattern: Pattern,
  make: (matcher: Matcher) => unknown,
  budget: Budget,
  isOnlyFirst = false,
): string {
  const matcher = new Matcher(pattern, text);
  const one = (match: RegExpExecArray): string => {
    matcher.match = match;
    const made = make(matcher);
    if (made === null) throw new ScriptFailure('NullPointerException', 'the replacement is null');
    return javaText(made, budget);
  };
  return replaceWith(pattern, text, one, budget, isOnlyFirst);
}

/** As `Pattern.split`: limit 0 drops empty texts at the end, a limit below keeps them, one above is how many there may be. */
export function split(pattern: Pattern, text: string, limit: number, budget: Budget): string[] {
  budget.memory(text.length);
  if (limit === 1) return [text];
  let parts: string[];
  if (limit <= 0) parts = pattern.regexp.split(text);
  else {
    parts = [];
    let from = 0;
    for (let at = 0; parts.length < limit - 1 && at <= text.length; ) {
      const match = pattern.regexp.find(text, at);
      if (match === null) break;
      const end = match.index + match[0].length;
      at = match[0] === '' ? end + 1 : end;
      if (end === 0 || (match[0] === '' && match.index >= text.length)) continue;
      parts.push(text.slice(from, match.index));
      from = end;
    }
    parts.push(text.slice(from));
  }
  if (limit === 0) while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  return charged(parts, budget);
}

const quote = (text: string): string => `\\Q${text.replaceAll('\\E', '\\E\\\\E\\Q')}\\E`;

export const patternClass: JavaClass = javaClass('java.util.regex.Pattern', {
  is: value => value instanceof Pattern,
  statics: { 'String quote(String)': quote },
  methods: {
    'Predicate asPredicate()': (self: Pattern) => (text: Sequence) => self.regexp.test(textOf(text)),
    'int flags()': (self: Pattern) =>
      FLAGS.reduce((all, [letter, bit]) => all | (self.flags.includes(letter) ? bit : 0), 0),
    'String pattern()': (self: Pattern) => self.source,
    'Matcher matcher(CharSequence)': (self: Pattern, text: Sequence) => new Matcher(self, textOf(text)),
    'String[] split(CharSequence)': (self: Pattern, text: Sequence, budget: Budget) =>
      split(self, textOf(text), 0, budget),
    'String[] split(CharSequence, int)': (self: Pattern, text: Sequence, limit: number, budget: Budget) =>
      split(self, textOf(text), limit, budget),
    'Stream splitAsStream(CharSequence)': (self: Pattern, text: Sequence, budget: Budget) =>
      Stream.of(split(self, textOf(text), 0, budget), budget),
  },
});

export const matcherClass: JavaClass = javaClass('java.util.regex.Matcher', {
  is: value => value instanceof Matcher,
  statics: { 'String quoteReplacement(String)': (text: string) => text.replace(/[\\$]/g, '\\$&') },
  methods: {
    'int end()': (self: Matcher) => self.startOf(0) + self.found()[0].length,
    'int end(int)': (self: Matcher, group: number) =>
      group === 0 ? self.startOf(0) + self.found()[0].length : self.startOf(group),
    'boolean find()': (self: Matcher, budget: Budget) => self.find(budget),
    'boolean find(int)': (self: Matcher, from: number, budget: Budget) => {
      if (from < 0 || from > self.text.length)
        throw new ScriptFailure('IndexOutOfBoundsException', 'Illegal start index');
      self.reset();
      return self.findFrom(from, budget);
    },
    'String group()': (self: Matcher) => self.found()[0],
    'String group(int)': (self: Matcher, group: number) => self.group(group),
    'int groupCount()': (self: Matcher) => self.pattern.regexp.groupOf.length - 1,
    'boolean hasAnchoringBounds()': () => true,
    'boolean hasTransparentBounds()': () => false,
    'boolean lookingAt()': (self: Matcher) => self.matchAs(self.pattern.start),
    'boolean matches()': (self: Matcher) => self.matchAs(self.pattern.whole),
    'String namedGroup(String)': (self: Matcher, name: string) => self.named(name),
    'Pattern pattern()': (self: Matcher) => self.pattern,
    'Matcher region(int, int)': (self: Matcher, start: number, end: number) => {
      if (start < 0 || end > self.text.length || start > end)
        throw new ScriptFailure('IndexOutOfBoundsException', 'start');
      return self.reset(start, end);
    },
    'int regionEnd()': (self: Matcher) => self.regionEnd,
    'int regionStart()': (self: Matcher) => self.regionStart,
    'String replaceAll(String)': (self: Matcher, by: string, budget: Budget) =>
      replaceAll(self.pattern, self.text, by, budget),
    'String replaceFirst(String)': (self: Matcher, by: string, budget: Budget) =>
      replaceFirst(self.pattern, self.text, by, budget),
    'Matcher reset()': (self: Matcher) => self.reset(),
    'int start()': (self: Matcher) => self.startOf(0),
    'int start(int)': (self: Matcher, group: number) => self.startOf(group),
    'Matcher usePattern(Pattern)': (self: Matcher, pattern: Pattern) => {
      self.pattern = pattern;
      self.match = null;
      return self;
    },
  },
});
