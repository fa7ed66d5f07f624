import type { TypeNode } from './ast.ts';
import type { Tokens } from './tokens.ts';

const PRIMITIVES: ReadonlySet<string> = new Set(['boolean', 'byte', 'short', 'char', 'int', 'long', 'float', 'double']);
const RESERVED: ReadonlySet<string> = new Set(
  'if else while do for in continue break return new try catch throw instanceof this void'.split(' '),
);

/** Words that can name no variable. */
export const isReserved = (name: string): boolean => RESERVED.has(name);

/** Reads the names of types: what is one, the library decides. */
export class TypeReader {
  readonly #tokens: Tokens;
  readonly #isClass: (name: string) => boolean;

  constructor(tokens: Tokens, isClass: (name: string) => boolean) {
    this.#tokens = tokens;
    this.#isClass = isClass;
  }

  isPrimitive(name: string): boolean {
    return PRIMITIVES.has(name);
  }

  /** A type where one must stand; whether it is there is looked at later. */
  type(): TypeNode {
    const { name, at } = this.plainType();
    return { name: name + this.#brackets(), at };
  }

  /** The same without brackets. */
  plainType(): TypeNode {
    const known = this.#tokens.peek();
    const name = this.#tryName();
    if (name !== undefined) return { name, at: known.at };
    const first = this.#tokens.name('a type');
    let written = first.text;
    while (this.#tokens.peekIs('.') && this.#tokens.peek(1).type === 'name') {
      this.#tokens.next();
      written += `.${this.#tokens.next().text}`;
    }
    return { name: written, at: first.at };
  }

  /** A type that is known; undefined, and nothing taken, where none stands. */
  tryType(): TypeNode | undefined {
    const { at } = this.#tokens.peek();
    const name = this.#tryName();
    return name === undefined ? undefined : { name: name + this.#brackets(), at };
  }

  /** A class's name, which is no variable. */
  tryClassName(): string | undefined {
    const { position } = this.#tokens;
    const name = this.#tryName();
    if (name !== undefined && !PRIMITIVES.has(name) && name !== 'def') return name;
    this.#tokens.back(position);
    return undefined;
  }

  /** `int[]` in `int[]::new`. */
  tryArrayReference(): string | undefined {
    const { position } = this.#tokens;
    const of = this.tryType();
    if (of?.name.endsWith('[]') === true && this.#tokens.peekIs('::')) return of.name;
    this.#tokens.back(position);
    return undefined;
  }

  #tryName(): string | undefined {
    const { type, text } = this.#tokens.peek();
    if (type !== 'name') return undefined;
    if (PRIMITIVES.has(text) || text === 'def' || text === 'void') {
      this.#tokens.next();
      return text;
    }
    // The longest run of names that is a class: `Map.Entry`, `java.util.Map`, and of `Math.max` the first.
    let found = 0;
    let name = '';
    let written = '';
    for (let ahead = 0; ; ahead += 2) {
      const token = this.#tokens.peek(ahead);
      if (token.type !== 'name') break;
      written += ahead === 0 ? token.text : `.${token.text}`;
      if (this.#isClass(written)) {
        found = ahead + 1;
        name = written;
      }
      if (!this.#tokens.peekIs('.', ahead + 1)) break;
    }
    for (let i = 0; i < found; i++) this.#tokens.next();
    return found === 0 ? undefined : name;
  }

  #brackets(): string {
    let brackets = '';
    while (this.#tokens.peekIs('[') && this.#tokens.peekIs(']', 1)) {
      this.#tokens.next();
      this.#tokens.next();
      brackets += '[]';
    }
    return brackets;
  }
}
