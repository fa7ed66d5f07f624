import { type Token, tokenize } from './lexer.ts';
import type { Source } from './mistake.ts';

/** Gives the tokens of a text one after the other, and says what is wrong where one does not fit. */
export class Tokens {
  readonly source: Source;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(source: Source) {
    this.source = source;
    this.#tokens = tokenize(source);
  }

  /** Where it stands; `back` goes there again. */
  get position(): number {
    return this.#next;
  }

  back(position: number): void {
    this.#next = position;
  }

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.peek();
    this.#next++;
    return token;
  }

  /** True for an operator or name that is written so. */
  peekIs(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && (token.type === 'operator' || token.type === 'name');
  }

  take(text: string): boolean {
    if (!this.peekIs(text)) return false;
    this.#next++;
    return true;
  }

  expect(text: string, fix?: string): Token {
    if (!this.peekIs(text)) throw this.unexpected(this.peek(), `\`${text}\``, fix);
    return this.next();
  }

  name(wanted: string): Token {
    const token = this.next();
    if (token.type !== 'name') throw this.unexpected(token, wanted);
    return token;
  }

  unexpected(token: Token, wanted?: string, fix?: string): Error {
    const found = token.type === 'end' ? 'it ends' : `\`${token.text}\` stands`;
    const what = wanted === undefined ? `${found} where nothing fits` : `${found} where ${wanted} should be`;
    return this.source.mistake(token.at, what, fix ?? (token.text === '=' ? 'Comparison is ==.' : undefined));
  }
}
