import { newFields } from '../../core/event.ts';
import { applyFilter, applyTest, hasFilter, hasTest } from './filters.ts';
import { TemplateError, type Token, tokens } from './lexer.ts';
import { renamed } from './renamed.ts';
import { attribute, call, contains, equal, isUndefined, item, type Scope, text, truthy, UNDEFINED } from './values.ts';

/** A compiled expression. */
export type Expression = (scope: Scope) => unknown;

interface Call {
  readonly args: Expression[];
  readonly named: [string, Expression][];
}

/**
 * The expressions of Jinja2, by falling precedence: `x if c else y`, `or`, `and`, `not`, comparisons with `in` and `is`,
 * `+ -`, `~`, `* / // %`, unary `-`, `**`, then `.name`, `[key]`, `(call)` and `|filter`. Compiled to closures: nothing is
 * evaluated as code, and names reach only the fields of the alert.
 */
export class ExpressionParser {
  readonly #tokens: Token[];
  readonly #line: number;
  #at = 0;

  constructor(source: string, line: number) {
    this.#tokens = tokens(source, line);
    this.#line = line;
  }

  /** The whole text as one expression. */
  static compile(source: string, line: number): Expression {
    const parser = new ExpressionParser(source, line);
    const expression = parser.expression();
    parser.end();
    return expression;
  }

  expression(): Expression {
    const value = this.#or();
    if (!this.takeName('if')) return value;
    const condition = this.#or();
    const other = this.takeName('else') ? this.expression() : () => UNDEFINED;
    return scope => (truthy(condition(scope)) ? value(scope) : other(scope));
  }

  /** An expression that a following `if` is not part of. */
  operand(): Expression {
    return this.#or();
  }

  end(): void {
    if (this.#peek().kind !== 'end') throw this.#error(`"${this.#peek().text}" is not expected here`);
  }

  name(): string {
    const token = this.#next();
    if (token.kind !== 'name') throw this.#error(`a name is expected, not "${token.text}"`);
    return token.text;
  }

  takeName(text: string): boolean {
    return this.#take('name', text);
  }

  takeOperator(text: string): boolean {
    return this.#take('operator', text);
  }

  #or(): Expression {
    let left = this.#and();
    while (this.takeName('or')) {
      const [a, b] = [left, this.#and()];
      left = scope => {
        const value = a(scope);
        return truthy(value) ? value : b(scope);
      };
    }
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.takeName('and')) {
      const [a, b] = [left, this.#not()];
      left = scope => {
        const value = a(scope);
        return truthy(value) ? b(scope) : value;
      };
    }
    return left;
  }

  #not(): Expression {
    if (!this.takeName('not')) return this.#comparison();
    const value = this.#not();
    return scope => !truthy(value(scope));
  }

  #comparison(): Expression {
    let left = this.#sum();
    for (;;) {
      const a = left;
      if (this.takeName('in')) {
        const b = this.#sum();
        left = scope => contains(b(scope), a(scope));
      } else if (this.#peek().text === 'not' && this.#peek(1).text === 'in') {
        this.#at += 2;
        const b = this.#sum();
        left = scope => !contains(b(scope), a(scope));
      } else if (this.takeName('is')) {
        const negated = this.takeName('not');
        const name = this.name();
        if (!hasTest(name)) throw this.#error(`there is no test "${name}"`);
        const args = this.takeOperator('(') ? this.#arguments().args : [];
        left = scope =>
          applyTest(
            name,
            a(scope),
            args.map(arg => arg(scope)),
          ) !== negated;
      } else if (this.#peek().kind === 'operator' && Object.hasOwn(COMPARE, this.#peek().text)) {
        const compare = COMPARE[this.#next().text as keyof typeof COMPARE];
        const b = this.#sum();
        left = scope => compare(a(scope), b(scope));
      } else {
        return left;
      }
    }
  }

  #sum(): Expression {
    let left = this.#product();
    for (;;) {
      const a = left;
      if (this.takeOperator('+')) {
        const b = this.#product();
        left = scope => add(a(scope), b(scope));
      } else if (this.takeOperator('-')) {
        const b = this.#product();
        left = scope => Number(a(scope)) - Number(b(scope));
      } else if (this.takeOperator('~')) {
        const b = this.#product();
        left = scope => text(a(scope)) + text(b(scope));
      } else {
        return left;
      }
    }
  }

  #product(): Expression {
    let left = this.#unary();
    for (;;) {
      const a = left;
      const operator = this.#peek();
      const run = operator.kind === 'operator' ? PRODUCT[operator.text] : undefined;
      if (run === undefined) return left;
      this.#at++;
      const b = this.#unary();
      left = scope => run(a(scope), b(scope));
    }
  }

  #unary(): Expression {
    if (this.takeOperator('-')) {
      const value = this.#unary();
      return scope => -Number(value(scope));
    }
    if (this.takeOperator('+')) return this.#unary();
    const base = this.#postfix();
    if (!this.takeOperator('**')) return base;
    const exponent = this.#unary();
    return scope => Number(base(scope)) ** Number(exponent(scope));
  }

  #postfix(): Expression {
    const first = this.#peek();
    let value = this.#primary();
    // Names and what is behind their dots, as the path of a field: `service.name`.
    let path = first.kind === 'name' ? [first.text] : [];
    for (;;) {
      const of = value;
      const before = path;
      path = [];
      if (this.takeOperator('.')) {
        const token = this.#next();
        if (token.kind !== 'name' && token.kind !== 'number') throw this.#error('a name must follow the dot');
        const name = token.text;
        if (this.takeOperator('(')) {
          const { args } = this.#arguments();
          value = scope =>
            call(
              of(scope),
              name,
              args.map(arg => arg(scope)),
            );
        } else {
          if (before.length > 0) path = [...before, name];
          value = renamed(scope => attribute(of(scope), name), path);
        }
      } else if (this.takeOperator('[')) {
        const key = this.#peek();
        value = this.#subscript(of);
        if (before.length > 0 && key.kind === 'string') value = renamed(value, [...before, key.text]);
      } else if (this.takeOperator('|')) {
        value = this.#filter(of);
      } else {
        return value;
      }
    }
  }

  #subscript(of: Expression): Expression {
    const none: Expression = () => undefined;
    const start = this.#peek().text === ':' ? none : this.expression();
    if (this.takeOperator(']')) return scope => item(of(scope), start(scope));
    this.#expect(':');
    const stop = this.#peek().text === ']' ? none : this.expression();
    this.#expect(']');
    return scope => {
      const value = of(scope);
      const bounds = [start(scope), stop(scope)] as [number | undefined, number | undefined];
      return Array.isArray(value) ? value.slice(...bounds) : [...text(value)].slice(...bounds).join('');
    };
  }

  #filter(of: Expression): Expression {
    const name = this.name();
    if (!hasFilter(name)) throw this.#error(`there is no filter "${name}"`);
    const { args, named } = this.takeOperator('(') ? this.#arguments() : { args: [], named: [] };
    return scope =>
      applyFilter(
        name,
        of(scope),
        args.map(arg => arg(scope)),
        new Map(named.map(([key, arg]) => [key, arg(scope)])),
      );
  }

  #primary(): Expression {
    const token = this.#next();
    if (token.kind === 'number') {
      const value = Number(token.text);
      return () => value;
    }
    if (token.kind === 'string') {
      let value = token.text;
      while (this.#peek().kind === 'string') value += this.#next().text;
      return () => value;
    }
    if (token.kind === 'name') {
      if (Object.hasOwn(CONSTANTS, token.text)) {
        const value = CONSTANTS[token.text];
        return () => value;
      }
      const name = token.text;
      return renamed(scope => scope.get(name), [name]);
    }
    if (token.text === '(' || token.text === '[') return this.#list(token.text);
    if (token.text === '{') return this.#mapping();
    throw this.#error(token.kind === 'end' ? 'an expression is missing' : `"${token.text}" is not expected here`);
  }

  #list(open: string): Expression {
    const close = open === '(' ? ')' : ']';
    const items: Expression[] = [];
    let tuple = open === '[';
    while (!this.takeOperator(close)) {
      items.push(this.expression());
      if (this.takeOperator(',')) tuple = true;
      else if (this.#peek().text !== close) throw this.#error(`"${close}" is missing`);
    }
    if (!tuple && items.length === 1) return items[0]!;
    return scope => items.map(expression => expression(scope));
  }

  #mapping(): Expression {
    const pairs: [Expression, Expression][] = [];
    while (!this.takeOperator('}')) {
      const key = this.expression();
      this.#expect(':');
      pairs.push([key, this.expression()]);
      if (!this.takeOperator(',') && this.#peek().text !== '}') throw this.#error('"}" is missing');
    }
    return scope => {
      const out = newFields();
      for (const [key, value] of pairs) out[text(key(scope))] = value(scope);
      return out;
    };
  }

  #arguments(): Call {
    const args: Expression[] = [];
    const named: [string, Expression][] = [];
    while (!this.takeOperator(')')) {
      if (this.#peek().kind === 'name' && this.#peek(1).text === '=' && this.#peek(1).kind === 'operator') {
        const name = this.name();
        this.#at++;
        named.push([name, this.expression()]);
      } else {
        args.push(this.expression());
      }
      if (!this.takeOperator(',') && this.#peek().text !== ')') throw this.#error('")" is missing');
    }
    return { args, named };
  }

  #expect(operator: string): void {
    if (!this.takeOperator(operator)) throw this.#error(`"${operator}" is missing`);
  }

  #take(kind: Token['kind'], text: string): boolean {
    const token = this.#peek();
    if (token.kind !== kind || token.text !== text) return false;
    this.#at++;
    return true;
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
  }

  #next(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  #error(what: string): TemplateError {
    return new TemplateError(`line ${this.#line}: ${what}`);
  }
}

const CONSTANTS: Record<string, unknown> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
};

const COMPARE = {
  '==': equal,
  '!=': (a: unknown, b: unknown) => !equal(a, b),
  '<': (a: unknown, b: unknown) => order(a, b) < 0,
  '<=': (a: unknown, b: unknown) => order(a, b) <= 0,
  '>': (a: unknown, b: unknown) => order(a, b) > 0,
  '>=': (a: unknown, b: unknown) => order(a, b) >= 0,
};

const PRODUCT: Record<string, (a: unknown, b: unknown) => unknown> = {
  '*': (a, b) => (typeof a === 'string' ? a.repeat(Math.min(10_000, Math.max(0, Number(b)))) : Number(a) * Number(b)),
  '/': (a, b) => Number(a) / Number(b),
  '//': (a, b) => Math.floor(Number(a) / Number(b)),
  '%': (a, b) => ((Number(a) % Number(b)) + Number(b)) % Number(b),
};

function add(a: unknown, b: unknown): unknown {
  if (typeof a === 'string' || typeof b === 'string') return text(a) + text(b);
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  return Number(a) + Number(b);
}

/** NaN, which no comparison holds for, where the values cannot be ordered: an alert never fails on a missing field. */
function order(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (isUndefined(a) || isUndefined(b) || a === null || b === null) return Number.NaN;
  return Number(a) - Number(b);
}
