import { LongshoreError } from '../../core/errors.ts';
import type { Place } from './ast.ts';

/** Walks over the text of a configuration: blanks, comments, words, quoted texts. Knows where it is. */
export class Scanner {
  readonly file: string;
  readonly text: string;
  at = 0;
  /** Comments since the last token. */
  comments: string[] = [];
  readonly #lineStarts: number[] = [0];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) this.#lineStarts.push(i + 1);
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  place(offset = this.at): Place {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { file: this.file, line: low + 1, column: offset - this.#lineStarts[low]! + 1 };
  }

  /** Blanks and comments. */
  skip(): void {
    for (;;) {
      BLANKS.lastIndex = this.at;
      if (BLANKS.test(this.text)) this.at = BLANKS.lastIndex;
      if (this.text[this.at] !== '#') return;
      const end = this.text.indexOf('\n', this.at);
      const line = this.text.slice(this.at + 1, end < 0 ? undefined : end);
      this.comments.push(line.replace(/\r$/, '').replace(/^ /, ''));
      this.at = end < 0 ? this.text.length : end + 1;
    }
  }

  takeComments(): string[] {
    const taken = this.comments;
    this.comments = [];
    return taken;
  }

  /** True, and beyond it, when the text goes on so. */
  eat(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string, where: string): void {
    if (!this.eat(token)) throw this.mistake(`${where} expects \`${token}\`, and there is ${this.found()}.`);
  }

  /** What a sticky expression finds here. */
  match(expression: RegExp): string | undefined {
    expression.lastIndex = this.at;
    const found = expression.exec(this.text);
    if (found === null) return undefined;
    this.at = expression.lastIndex;
    return found[0];
  }

  /** A text between quotes; a backslash keeps the quote after it, and both stay as they are. */
  quoted(): string {
    const quote = this.text[this.at]!;
    const start = this.at;
    for (let i = start + 1; i < this.text.length; i++) {
      if (this.text[i] === '\\' && this.text[i + 1] === quote) i++;
      else if (this.text[i] === quote) {
        this.at = i + 1;
        return this.text.slice(start + 1, i);
      }
    }
    throw this.mistake(`the text that begins with ${quote} is not closed.`, `Put a ${quote} at its end.`, start);
  }

  /** What stands here, for messages. */
  found(): string {
    if (this.isAtEnd) return 'the end of the file';
    const word = /^(?:[\w.@-]+|\S)/.exec(this.text.slice(this.at, this.at + 40))?.[0] ?? 'a blank';
    return `\`${word}\``;
  }

  mistake(what: string, fix?: string, offset = this.at): LongshoreError {
    const { file, line, column } = this.place(offset);
    return new LongshoreError('LS_IMPORT_SYNTAX', what, { where: `${file}:${line}:${column}`, fix });
  }
}

const BLANKS = /[\s\ufeff]+/y;
