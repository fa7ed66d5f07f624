import { BoundedRegExp, END_OF_TEXT } from '../base/regexp/bounded-regexp.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { JavaClasses } from './java-classes.ts';

/** A RegExp in Java's syntax (what Painless conditions, `gsub` and the like are written in). Throws LS_PARSE_REGEXP. */
export function javaRegExp(source: string, flags: string, where?: string): BoundedRegExp {
  try {
    const { source: translated, groupOf } = javaToEs(source, flags);
    return new BoundedRegExp(translated, 'v', { groupOf });
  } catch (error) {
    throw new LongshoreError(
      'LS_PARSE_REGEXP',
      `the regular expression /${source}/ is not valid: ${messageOf(error)}.`,
      {
        where,
        cause: error,
      },
    );
  }
}

/** A group that opens, of the user's (its number there) or of ours; a reference back to one; or source as it is. */
type Piece = string | { readonly open: Group; readonly name?: string } | { readonly refer: Group };

interface Group {
  /** Its number in Java; undefined: it is ours. */
  readonly number?: number;
}

interface Level {
  /** What `(?i)` and the like have opened here, to be closed with the group. */
  readonly modifiers: string[];
  /** The piece that the group begins at. */
  readonly start: number;
  readonly isMultiline: boolean;
  readonly isExtended: boolean;
  /** An atomic group: what refers back to its content. */
  readonly atomic?: Group;
}

/**
 * Java regular expressions -> ECMAScript with the flag v: both have code points, and classes with union and intersection.
 * What differs is translated: `\A \z \Z \h \v \s \R \e \x{...}`, `\Q...\E`, classes by name, `$` before a last newline,
 * flags inside, atomic groups and possessive quantifiers. `\G`, `\X` and blocks (`\p{InGreek}`) throw SyntaxError, as what is
 * wrong does. `groupOf`: the number that each of Java's groups has in the result, by its number.
 */
export function javaToEs(source: string, flags = ''): { source: string; groupOf: readonly number[] } {
  return new Translation(source).run(flags);
}

class Translation {
  readonly #source: string;
  #at = 0;
  readonly #out: Piece[] = [];
  readonly #levels: Level[] = [];
  readonly #groups: Group[] = [];
  /** The piece that the last whole atom begins at; -1: there is none, so nothing to repeat. */
  #atom = -1;
  readonly #classes: JavaClasses;

  constructor(source: string) {
    this.#source = source;
    this.#classes = new JavaClasses(source);
  }

  run(flags: string): { source: string; groupOf: readonly number[] } {
    this.#levels.push({ modifiers: [], start: 0, isMultiline: false, isExtended: false });
    if (/[imsx]/.test(flags)) this.#modify(flags.replace(/[^imsx]/g, ''), '');
    while (this.#at < this.#source.length) this.#step();
    if (this.#levels.length > 1) throw new SyntaxError('a group is not closed');
    this.#closeModifiers();
    return this.#finish();
  }

  get #level(): Level {
    return this.#levels[this.#levels.length - 1]!;
  }

  #step(): void {
    const char = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
    if (this.#level.isExtended && this.#skipComment(char)) return;
    const quantifier = QUANTIFIER.exec(this.#source.slice(this.#at, this.#at + 24));
    if (quantifier !== null && this.#atom >= 0) {
      this.#at += quantifier[0].length;
      this.#repeat(quantifier[1]!, quantifier[2]!);
      return;
    }
    if ('*+?'.includes(char)) throw new SyntaxError(`nothing stands before the quantifier ${char}`);
    if (char === '(') this.#open();
    else if (char === ')') this.#close();
    else if (char === '|') this.#alternative();
    else {
      this.#atom = this.#out.length;
      if (char === '\\') this.#escape();
      else if (char === '[') {
        const { text, end } = this.#classes.read(this.#at, this.#level.isExtended);
        this.#out.push(text);
        this.#at = end;
      } else {
        this.#at += char.length;
        if (char === '$' && !this.#level.isMultiline) this.#out.push(END_OF_TEXT);
        else this.#out.push('^$.'.includes(char) ? char : literal(char));
      }
    }
  }

  #skipComment(char: string): boolean {
    if (/\s/.test(char)) this.#at++;
    else if (char === '#') {
      const end = this.#source.indexOf('\n', this.#at);
      this.#at = end < 0 ? this.#source.length : end + 1;
    } else return false;
    return true;
  }

  #repeat(quantifier: string, kind: string): void {
    if (kind !== '+') {
      this.#out.push(quantifier + kind);
      this.#atom = -1;
      return;
    }
    this.#keep(this.#atom, quantifier);
    this.#atom = -1;
  }

  /** Makes what begins at the piece `start` atomic: a look-ahead that captures, and a reference to what it has found. */
  #keep(start: number, behind: string, group: Group = {}): void {
    this.#out.splice(start, 0, '(?:(?=', { open: group });
    this.#out.push(`${behind}))`, { refer: group }, ')');
  }

  #open(): void {
    const rest = this.#source.slice(this.#at);
    const { isMultiline, isExtended } = this.#level;
    const start = this.#out.length;
    const head = /^\((?:\?(?:([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])|<([a-zA-Z]\w*)>|(<?[=!]|>)))?/.exec(rest)!;
    const [whole, on, off, end, name, look] = head;
    if (whole === '(' && rest[1] === '?') throw new SyntaxError(`the group ${rest.slice(0, 4)} is not known`);
    this.#at += whole.length;
    this.#atom = -1;
    if (end === ')') {
      this.#modify(on!, off ?? '');
      return;
    }
    const level = { modifiers: [], start, isMultiline, isExtended };
    if (end === ':') {
      this.#levels.push(level);
      this.#out.push('(?:');
      if (on !== '' || off !== undefined) this.#modify(on!, off ?? '');
    } else if (look === '>') {
      this.#levels.push({ ...level, atomic: {} });
      this.#out.push('(?:');
    } else if (look !== undefined) {
      this.#levels.push(level);
      this.#out.push(`(?${look}`);
    } else {
      const group = { number: this.#groups.length + 1 };
      this.#groups.push(group);
      this.#levels.push(level);
      this.#out.push(name === undefined ? { open: group } : { open: group, name });
    }
  }

  #close(): void {
    if (this.#levels.length === 1) throw new SyntaxError('a ) closes a group that is not open');
    this.#closeModifiers();
    const level = this.#levels.pop()!;
    this.#out.push(')');
    if (level.atomic !== undefined) this.#keep(level.start, '', level.atomic);
    this.#atom = level.start;
    this.#at++;
  }

  #alternative(): void {
    const { modifiers } = this.#level;
    this.#out.push(`${')'.repeat(modifiers.length)}|${modifiers.join('')}`);
    this.#atom = -1;
    this.#at++;
  }

  /** `(?i)`: up to the end of the group around, over its alternatives, too. d, u and U change nothing here. */
  #modify(on: string, off: string): void {
    const unknown = /[^imsxduU]/.exec(on + off);
    if (unknown !== null) throw new SyntaxError(`the flag ${unknown[0]} is not known`);
    const level = this.#level;
    const isMultiline = off.includes('m') ? false : on.includes('m') || level.isMultiline;
    const isExtended = off.includes('x') ? false : on.includes('x') || level.isExtended;
    this.#levels[this.#levels.length - 1] = { ...level, isMultiline, isExtended };
    const kept = (text: string): string => [...new Set(text)].filter(flag => 'ims'.includes(flag)).join('');
    const without = kept(off);
    const set = kept(on)
      .split('')
      .filter(flag => !without.includes(flag))
      .join('');
    if (set === '' && without === '') return;
    const modifier = `(?${set}${without === '' ? '' : `-${without}`}:`;
    level.modifiers.push(modifier);
    this.#out.push(modifier);
  }

  #closeModifiers(): void {
    this.#out.push(')'.repeat(this.#level.modifiers.length));
  }

  #escape(): void {
    const { text, end } = this.#classes.escape(this.#at);
    if (text !== undefined) {
      this.#out.push(text);
      this.#at = end;
      return;
    }
    const rest = this.#source.slice(this.#at);
    const quoted = /^\\Q([\s\S]*?)(?:\\E|$)/.exec(rest);
    if (quoted !== null) {
      this.#at += quoted[0].length;
      const chars = [...quoted[1]!];
      this.#out.push(chars.slice(0, -1).map(literal).join(''));
      this.#atom = this.#out.length;
      if (chars.length > 0) this.#out.push(literal(chars.at(-1)!));
      return;
    }
    const named = /^\\k<(\w+)>/.exec(rest);
    if (named !== null) {
      this.#at += named[0].length;
      this.#out.push(named[0]);
      return;
    }
    if (/^\\[1-9]/.test(rest)) this.#reference(/^\\(\d+)/.exec(rest)![1]!);
    else {
      this.#at += 2;
      this.#out.push(this.#anchor(rest[1]));
    }
  }

  /** As many digits as there are groups; the others stand for themselves. */
  #reference(digits: string): void {
    let length = 1;
    while (length < digits.length && Number(digits.slice(0, length + 1)) <= this.#groups.length) length++;
    const group = this.#groups[Number(digits.slice(0, length)) - 1];
    if (group === undefined) throw new SyntaxError(`there is no group ${digits.slice(0, length)} before`);
    this.#out.push({ refer: group });
    this.#at += 1 + length;
  }

  #anchor(letter: string | undefined): string {
    const { isMultiline } = this.#level;
    switch (letter) {
      case 'b':
      case 'B':
        return `\\${letter}`;
      case 'A':
        return isMultiline ? '(?-m:^)' : '^';
      case 'z':
        return isMultiline ? '(?-m:$)' : '$';
      case 'Z':
        return isMultiline ? `(?-m:${END_OF_TEXT})` : END_OF_TEXT;
      case 'R':
        return '(?:\\r\\n|[\\n\\x0b\\f\\r\\x85\\u2028\\u2029])';
      case 'E':
        return '';
      case undefined:
        throw new SyntaxError('it ends in a single \\');
      default:
        throw new SyntaxError(`\\${letter} is not supported`);
    }
  }

  #finish(): { source: string; groupOf: readonly number[] } {
    const numbers = new Map<Group, number>();
    for (const piece of this.#out)
      if (typeof piece === 'object' && 'open' in piece) numbers.set(piece.open, numbers.size + 1);
    let source = '';
    for (const piece of this.#out) {
      if (typeof piece === 'string') source += piece;
      else if ('refer' in piece) source += `(?:\\${numbers.get(piece.refer)})`;
      else source += piece.name === undefined ? '(' : `(?<${piece.name}>`;
    }
    return { source, groupOf: [0, ...this.#groups.map(group => numbers.get(group)!)] };
  }
}

const QUANTIFIER = /^([*+?]|\{\d+(?:,\d*)?\})([?+]?)/;

/** A character that stands for itself outside of classes. */
function literal(char: string): string {
  return /^[$()*+./?[\\\]^{|}]$/.test(char) ? `\\${char}` : char;
}
