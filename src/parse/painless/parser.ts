import type {
  CatchNode,
  DeclaredNode,
  Expression,
  FunctionNode,
  ParamNode,
  ScriptNode,
  Statement,
  TypeNode,
} from './ast.ts';
import type { Source } from './mistake.ts';
import { ExpressionParser } from './parse-expression.ts';
import { isReserved } from './parse-type.ts';
import { Tokens } from './tokens.ts';

/** Reads a text in Painless: functions, then statements. `isClass` tells classes from variables. Throws with line and column. */
export function parseScript(source: Source, isClass: (name: string) => boolean): ScriptNode {
  return new Parser(new Tokens(source), isClass).script();
}

const MAX_BLOCKS = 100;

class Parser extends ExpressionParser {
  #blocks = 0;

  script(): ScriptNode {
    const { tokens } = this;
    if (tokens.peek().type === 'end') throw tokens.source.mistake(0, 'it is empty');
    const functions: FunctionNode[] = [];
    for (let one = this.#function(); one !== undefined; one = this.#function()) functions.push(one);
    const body: Statement[] = [];
    while (tokens.peek().type !== 'end') {
      body.push(this.#statement());
      // Longshore's own: more semicolons than needed.
      while (tokens.take(';')) {}
    }
    return { functions, body };
  }

  protected override block(): Statement[] {
    this.tokens.expect('{');
    if (++this.#blocks > MAX_BLOCKS) throw this.tokens.source.mistake(this.tokens.peek().at, 'it is nested too deeply');
    const body: Statement[] = [];
    while (!this.tokens.take('}')) {
      if (this.tokens.take(';')) continue;
      body.push(this.#statement());
    }
    this.#blocks--;
    return body;
  }

  #function(): FunctionNode | undefined {
    const { tokens } = this;
    const { position } = tokens;
    if (tokens.peek().type !== 'name' || isReserved(tokens.peek().text) === (tokens.peek().text !== 'void'))
      return undefined;
    const returns = this.types.type();
    const name = tokens.next();
    if (name.type !== 'name' || !tokens.take('(')) {
      tokens.back(position);
      return undefined;
    }
    const params: ParamNode[] = [];
    if (!tokens.peekIs(')'))
      do {
        const of = this.types.type();
        const param = tokens.name('the name of a parameter');
        params.push({ name: param.text, type: of, at: param.at });
      } while (tokens.take(','));
    tokens.expect(')');
    return { name: name.text, returns, params, body: this.block(), at: name.at };
  }

  #statement(): Statement {
    const { tokens } = this;
    const { at, text, type } = tokens.peek();
    if (type === 'operator' && text === '{') return { type: 'block', body: this.block(), at };
    const read = type === 'name' && Object.hasOwn(this.#statements, text) ? this.#statements[text] : undefined;
    if (read !== undefined) {
      tokens.next();
      return read(at);
    }
    const simple = this.#simple();
    this.#end();
    return simple;
  }

  /** A semicolon; before a closing brace and at the end it may be left out. */
  #end(): void {
    const token = this.tokens.peek();
    if (this.tokens.take(';') || token.type === 'end' || (token.type === 'operator' && token.text === '}')) return;
    throw this.tokens.unexpected(
      token,
      '`;`',
      token.text === '=' ? undefined : 'End the statement before it with `;`.',
    );
  }

  /** Read after their first word. */
  readonly #statements: Readonly<Record<string, (at: number) => Statement>> = {
    if: at => {
      const test = this.#parenthesized();
      const yes = this.#trailer();
      return { type: 'if', test, yes, no: this.tokens.take('else') ? this.#trailer() : undefined, at };
    },
    while: at => {
      const test = this.#parenthesized();
      return { type: 'while', test, body: this.#loopBody(), at };
    },
    do: at => {
      const body: Statement = { type: 'block', body: this.block(), at };
      this.tokens.expect('while');
      const test = this.#parenthesized();
      this.#end();
      return { type: 'do', test, body, at };
    },
    for: at => this.#for(at),
    break: at => {
      this.#end();
      return { type: 'break', at };
    },
    continue: at => {
      this.#end();
      return { type: 'continue', at };
    },
    return: at => {
      const { type, text } = this.tokens.peek();
      const isBare = type === 'end' || (type === 'operator' && (text === ';' || text === '}'));
      const value = isBare ? undefined : this.expression();
      this.#end();
      return { type: 'return', value, at };
    },
    throw: at => {
      const value = this.expression();
      this.#end();
      return { type: 'throw', value, at };
    },
    try: at => {
      const body: Statement = { type: 'block', body: this.block(), at };
      const catches: CatchNode[] = [];
      while (this.tokens.take('catch')) {
        this.tokens.expect('(');
        const of = this.types.type();
        const name = this.tokens.name('the name of a variable');
        this.tokens.expect(')');
        const start = this.tokens.peek().at;
        catches.push({ of, name: name.text, body: { type: 'block', body: this.block(), at: start }, at: name.at });
      }
      if (catches.length === 0) throw this.tokens.unexpected(this.tokens.peek(), '`catch`');
      return { type: 'try', body, catches, at };
    },
  };

  #for(at: number): Statement {
    const { tokens } = this;
    tokens.expect('(');
    const each = this.#each(at);
    if (each !== undefined) return each;
    const first = tokens.peekIs(';') ? undefined : this.#simple();
    tokens.expect(';');
    const test = tokens.peekIs(';') ? undefined : this.expression();
    tokens.expect(';');
    const after = tokens.peekIs(')') ? undefined : this.expression();
    tokens.expect(')');
    return { type: 'for', first, test, after, body: this.#loopBody(), at };
  }

  /** `for (x in list)`, `for (def x : list)`; undefined, and nothing taken, for the other kind of `for`. */
  #each(at: number): Statement | undefined {
    const { tokens } = this;
    const { position } = tokens;
    const first = tokens.peek();
    const ends = (ahead: number): boolean => tokens.peekIs('in', ahead) || tokens.peekIs(':', ahead);
    let item: ParamNode | undefined;
    if (first.type === 'name' && ends(1)) {
      tokens.next();
      item = { name: first.text, type: undefined, at: first.at };
    } else if (first.type === 'name') {
      const of = this.types.type();
      const name = tokens.peek();
      if (name.type === 'name' && ends(1)) {
        tokens.next();
        item = { name: name.text, type: of, at: name.at };
      }
    }
    if (item === undefined) {
      tokens.back(position);
      return undefined;
    }
    tokens.next();
    const of = this.expression();
    tokens.expect(')');
    return { type: 'each', item, of, body: this.#loopBody(), at };
  }

  /** A declaration or an expression. */
  #simple(): Statement {
    const { tokens } = this;
    const { at } = tokens.peek();
    const of = this.#declared();
    if (of === undefined) return { type: 'expression', value: this.expression(), at };
    const variables: DeclaredNode[] = [];
    do {
      const name = tokens.name('the name of a variable');
      if (isReserved(name.text)) throw tokens.unexpected(name, 'the name of a variable');
      const value: Expression | undefined = tokens.take('=') ? this.expression() : undefined;
      variables.push({ name: name.text, value, at: name.at });
    } while (tokens.take(','));
    return { type: 'declare', of, variables, at };
  }

  /** The type of a declaration: it is one where a name follows, also of a class that nobody knows. */
  #declared(): TypeNode | undefined {
    const { tokens } = this;
    const { position } = tokens;
    const first = tokens.peek();
    if (first.type !== 'name' || isReserved(first.text) || ['true', 'false', 'null'].includes(first.text))
      return undefined;
    const of = this.types.type();
    const name = tokens.peek();
    if (name.type === 'name' && name.text !== 'in' && name.text !== 'instanceof') return of;
    tokens.back(position);
    return undefined;
  }

  #parenthesized(): Expression {
    this.tokens.expect('(');
    const inner = this.expression();
    this.tokens.expect(')');
    return inner;
  }

  #trailer(): Statement {
    if (++this.#blocks > MAX_BLOCKS) throw this.tokens.source.mistake(this.tokens.peek().at, 'it is nested too deeply');
    const statement = this.#statement();
    this.#blocks--;
    return statement;
  }

  #loopBody(): Statement {
    const { at } = this.tokens.peek();
    return this.tokens.take(';') ? { type: 'block', body: [], at } : this.#trailer();
  }
}
