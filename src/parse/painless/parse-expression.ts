import type { BinaryOperator, Expression, ParamNode, Statement, TypeNode } from './ast.ts';
import { isReserved, TypeReader } from './parse-type.ts';
import type { Tokens } from './tokens.ts';

/** From the weakest to the strongest. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!=', '===', '!=='],
  ['<', '<=', '>', '>=', 'in', 'instanceof'],
  ['<<', '>>', '>>>'],
  ['=~', '==~'],
  ['+', '-'],
  ['*', '/', '%'],
];
const ASSIGNMENTS: ReadonlySet<string> = new Set([
  '=',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '<<=',
  '>>=',
  '>>>=',
  '&=',
  '|=',
  '^=',
]);
const MAX_DEPTH = 150;

/**
 * Expressions of Painless, by precedence:
 *
 *     expression: ternary [ (= += -= ...) expression ]      ternary: elvis [ '?' expression ':' expression ]
 *     elvis:      binary [ '?:' elvis ]                     binary: the operators of LEVELS, from the left
 *     unary:      (++ --) postfix | (! ~ + -) unary | '(' Type ')' unary | postfix [ ++ -- ]
 *     postfix:    primary { '.' name [args] | '?.' name [args] | '[' expression ']' | '::' name }
 *     lambda:     (name | '(' params ')') '->' (block | expression)
 */
export class ExpressionParser {
  protected readonly tokens: Tokens;
  protected readonly types: TypeReader;
  #depth = 0;

  constructor(tokens: Tokens, isClass: (name: string) => boolean) {
    this.tokens = tokens;
    this.types = new TypeReader(tokens, isClass);
  }

  expression(): Expression {
    if (++this.#depth > MAX_DEPTH) throw this.tokens.source.mistake(this.tokens.peek().at, 'it is nested too deeply');
    const left = this.#ternary();
    const { text, at, type } = this.tokens.peek();
    let node = left;
    if (type === 'operator' && ASSIGNMENTS.has(text)) {
      if (left.type !== 'variable' && left.type !== 'member' && left.type !== 'index')
        throw this.tokens.source.mistake(at, 'what stands before `=` can hold no value', 'Comparison is ==.');
      this.tokens.next();
      const operator = text === '=' ? undefined : (text.slice(0, -1) as BinaryOperator);
      node = { type: 'assign', target: left, operator, value: this.expression(), at };
    }
    this.#depth--;
    return node;
  }

  /** What stands between braces after `->`. */
  protected block(): Statement[] {
    throw this.tokens.unexpected(this.tokens.peek(), 'an expression');
  }

  #ternary(): Expression {
    const test = this.#elvis();
    const { at } = this.tokens.peek();
    if (!this.tokens.take('?')) return test;
    const yes = this.expression();
    this.tokens.expect(':');
    return { type: 'ternary', test, yes, no: this.expression(), at };
  }

  #elvis(): Expression {
    const left = this.#binary(0);
    const { at } = this.tokens.peek();
    if (!this.tokens.take('?:')) return left;
    return { type: 'elvis', left, right: this.#elvis(), at };
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const { text, at, type } = this.tokens.peek();
      if ((type !== 'operator' && type !== 'name') || !operators.includes(text)) return left;
      this.tokens.next();
      if (text === 'instanceof') left = { type: 'instanceof', operand: left, of: this.types.type(), at };
      else left = { type: 'binary', operator: text as BinaryOperator, left, right: this.#binary(level + 1), at };
    }
  }

  #unary(): Expression {
    const { text, at, type } = this.tokens.peek();
    if (type === 'operator') {
      if (text === '++' || text === '--') {
        this.tokens.next();
        return { type: 'step', target: this.#place(this.#postfix()), by: text === '++' ? 1 : -1, isPrefix: true, at };
      }
      if (text === '!' || text === '~' || text === '+' || text === '-') {
        if (++this.#depth > MAX_DEPTH) throw this.tokens.source.mistake(at, 'it is nested too deeply');
        this.tokens.next();
        const operand = this.#unary();
        this.#depth--;
        return { type: 'unary', operator: text, operand, at };
      }
      if (text === '(') {
        const cast = this.#cast();
        if (cast !== undefined) return cast;
      }
    }
    const node = this.#postfix();
    const after = this.tokens.peek();
    if (after.type !== 'operator' || (after.text !== '++' && after.text !== '--')) return node;
    this.tokens.next();
    return { type: 'step', target: this.#place(node), by: after.text === '++' ? 1 : -1, isPrefix: false, at: after.at };
  }

  #place(node: Expression): Expression {
    if (node.type === 'variable' || node.type === 'member' || node.type === 'index') return node;
    throw this.tokens.source.mistake(node.at, 'what stands beside ++ or -- can hold no value');
  }

  /** `(Type) operand`; undefined, and nothing taken, where it is no cast. */
  #cast(): Expression | undefined {
    const { position } = this.tokens;
    const { at } = this.tokens.next();
    const of = this.types.tryType();
    if (of === undefined || !this.tokens.take(')') || this.tokens.peekIs('->') || !this.#mayBeOperand(of)) {
      this.tokens.back(position);
      return undefined;
    }
    return { type: 'cast', of, operand: this.#unary(), at };
  }

  /** After `(Type)` a sign is of the operand only if the type is one of numbers: `(x) - 1` takes away. */
  #mayBeOperand(of: TypeNode): boolean {
    const { type, text } = this.tokens.peek();
    if (type === 'end') return false;
    if (type !== 'operator') return type !== 'name' || (text !== 'instanceof' && text !== 'in');
    if (text === '(' || text === '!' || text === '~' || text === '[') return true;
    return ['+', '-', '++', '--'].includes(text) && this.types.isPrimitive(of.name);
  }

  #postfix(): Expression {
    let node = this.#primary();
    for (;;) {
      const { at } = this.tokens.peek();
      const safe = this.tokens.take('?.');
      if (safe || this.tokens.take('.')) {
        const name = this.tokens.next();
        if (name.type !== 'name' && name.type !== 'number')
          throw this.tokens.unexpected(name, 'a field or method name');
        node =
          name.type === 'name' && this.tokens.peekIs('(')
            ? { type: 'call', target: node, name: name.text, args: this.#arguments(), safe, at: name.at }
            : { type: 'member', target: node, name: name.text, safe, at: name.at };
      } else if (this.tokens.take('[')) {
        const key = this.expression();
        this.tokens.expect(']');
        node = { type: 'index', target: node, key, at };
      } else if (this.tokens.take('::')) {
        node = { type: 'reference', target: node, name: this.tokens.name('a method').text, at };
      } else return node;
    }
  }

  #primary(): Expression {
    const lambda = this.#lambda();
    if (lambda !== undefined) return lambda;
    const token = this.tokens.peek();
    const { at, text } = token;
    if (token.type === 'name') return this.#named();
    this.tokens.next();
    if (token.type === 'string') return { type: 'string', value: text, at };
    if (token.type === 'number') return { type: 'number', text, at };
    if (token.type === 'regex') return { type: 'regex', source: text, flags: token.flags, at };
    if (text === '(') {
      const inner = this.expression();
      this.tokens.expect(')');
      return inner;
    }
    if (text === '[') return this.#listOrMap(at);
    throw this.tokens.unexpected(token, 'a value');
  }

  #named(): Expression {
    const { at, text } = this.tokens.peek();
    if (text === 'true' || text === 'false' || text === 'null') {
      this.tokens.next();
      return text === 'null' ? { type: 'null', at } : { type: 'boolean', value: text === 'true', at };
    }
    if (text === 'new') return this.#new();
    if (text === 'this' && this.tokens.peekIs('::', 1)) {
      this.tokens.next();
      this.tokens.next();
      return { type: 'reference', target: 'this', name: this.tokens.name('a function').text, at };
    }
    const arrayType = this.types.tryArrayReference();
    if (arrayType !== undefined) return { type: 'class', name: arrayType, at };
    const className = this.types.tryClassName();
    if (className !== undefined) return { type: 'class', name: className, at };
    this.tokens.next();
    if (isReserved(text)) throw this.tokens.unexpected({ ...this.tokens.peek(-1), text, at }, 'a value');
    if (this.tokens.peekIs('(')) return { type: 'own-call', name: text, args: this.#arguments(), at };
    return { type: 'variable', name: text, at };
  }

  #new(): Expression {
    const { at } = this.tokens.next();
    const of = this.types.plainType();
    if (this.tokens.peekIs('(')) return { type: 'new', of, args: this.#arguments(), at };
    const sizes: Expression[] = [];
    let depth = 0;
    while (this.tokens.take('[')) {
      depth++;
      if (this.tokens.take(']')) continue;
      sizes.push(this.expression());
      this.tokens.expect(']');
    }
    if (depth === 0) throw this.tokens.unexpected(this.tokens.peek(), '`(` or `[`');
    if (sizes.length === depth) return { type: 'new-array', of, sizes, at };
    if (sizes.length > 0 || depth > 1)
      throw this.tokens.source.mistake(at, 'an array is made with the size of each of its dimensions, or of its items');
    this.tokens.expect('{');
    return { type: 'array', of, items: this.#until('}'), at };
  }

  #listOrMap(at: number): Expression {
    if (this.tokens.take(']')) return { type: 'list', items: [], at };
    if (this.tokens.take(':')) {
      this.tokens.expect(']');
      return { type: 'map', entries: [], at };
    }
    const first = this.expression();
    if (this.tokens.take(':')) {
      const entries: [Expression, Expression][] = [[first, this.expression()]];
      while (this.tokens.take(',')) {
        const key = this.expression();
        this.tokens.expect(':');
        entries.push([key, this.expression()]);
      }
      this.tokens.expect(']');
      return { type: 'map', entries, at };
    }
    const items = [first];
    while (this.tokens.take(',')) items.push(this.expression());
    this.tokens.expect(']');
    return { type: 'list', items, at };
  }

  #arguments(): Expression[] {
    this.tokens.expect('(');
    return this.#until(')');
  }

  #until(end: string): Expression[] {
    const items: Expression[] = [];
    if (this.tokens.take(end)) return items;
    do items.push(this.expression());
    while (this.tokens.take(','));
    this.tokens.expect(end);
    return items;
  }

  #lambda(): Expression | undefined {
    const { at, type } = this.tokens.peek();
    if (type === 'name' && this.tokens.peekIs('->', 1)) {
      const name = this.tokens.next();
      return this.#lambdaBody([{ name: name.text, type: undefined, at }], at);
    }
    if (!this.tokens.peekIs('(') || !this.#closesBeforeArrow()) return undefined;
    this.tokens.next();
    const params: ParamNode[] = [];
    if (!this.tokens.peekIs(')'))
      do {
        const isTyped = this.tokens.peek(1).type === 'name' || this.tokens.peekIs('.', 1) || this.tokens.peekIs('[', 1);
        const of = isTyped ? this.types.type() : undefined;
        const name = this.tokens.name('the name of a parameter');
        params.push({ name: name.text, type: of, at: name.at });
      } while (this.tokens.take(','));
    this.tokens.expect(')');
    return this.#lambdaBody(params, at);
  }

  #lambdaBody(params: ParamNode[], at: number): Expression {
    this.tokens.expect('->');
    const body = this.tokens.peekIs('{') ? this.block() : this.expression();
    return { type: 'lambda', params, body, at };
  }

  /** True where `->` follows the parenthesis that closes the one here, with nothing but names, types and commas between. */
  #closesBeforeArrow(): boolean {
    for (let ahead = 1; ; ahead++) {
      if (this.tokens.peekIs(')', ahead)) return this.tokens.peekIs('->', ahead + 1);
      const { type, text } = this.tokens.peek(ahead);
      if (type !== 'name' && !(type === 'operator' && [',', '.', '[', ']'].includes(text))) return false;
    }
  }
}
