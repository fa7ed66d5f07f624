import { type JinjaToken, TemplateError, tokens } from './lexer.ts';

/** Goes through the tokens of one expression or statement. */
export class TokenReader {
  readonly #tokens: JinjaToken[];
  readonly #line: number;
  #at = 0;

  constructor(source: string, line: number) {
    this.#tokens = tokens(source, line);
    this.#line = line;
  }

  end(): void {
    if (this.peek().kind !== 'end') throw this.error(`"${this.peek().text}" is not expected here`);
  }

  name(): string {
    const token = this.next();
    if (token.kind !== 'name') throw this.error(`a name is expected, not "${token.text}"`);
    return token.text;
  }

  takeName(text: string): boolean {
    return this.take('name', text);
  }

  takeOperator(text: string): boolean {
    return this.take('operator', text);
  }

  get isAtEnd(): boolean {
    return this.peek().kind === 'end';
  }

  expect(operator: string): void {
    if (!this.takeOperator(operator)) throw this.error(`"${operator}" is missing`);
  }

  take(kind: JinjaToken['kind'], text: string): boolean {
    const token = this.peek();
    if (token.kind !== kind || token.text !== text) return false;
    this.#at++;
    return true;
  }

  peek(ahead = 0): JinjaToken {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
  }

  next(): JinjaToken {
    const token = this.peek();
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  error(what: string): TemplateError {
    return new TemplateError(`line ${this.#line}: ${what}`);
  }
}
