import { newFields } from '../../core/event.ts';
import { float, numberOf, Tuple } from '../python/types.ts';
import { spend } from './budget.ts';
import { COMPARE } from './comparisons.ts';
import { applyFilter, hasFilter, unknownFilter } from './filters.ts';
import { TemplateError } from './lexer.ts';
import { groupAttribute } from './list-filters.ts';
import { literal } from './literals.ts';
import { callMethod } from './methods.ts';
import { negative, OPERATORS } from './numbers.ts';
import { renamed } from './renamed.ts';
import { applyTest, hasTest } from './tests.ts';
import { TokenReader } from './token-reader.ts';
import {
  type Arguments,
  attribute,
  type Callable,
  contains,
  item,
  type JinjaScope,
  slice,
  text,
  truthy,
  UNDEFINED,
} from './values.ts';

/** A compiled expression. */
export type Expression = (scope: JinjaScope) => unknown;

interface Call {
  readonly args: Expression[];
  readonly named: [string, Expression][];
}

/**
 * The expressions of Jinja2, by falling precedence: `x if c else y`, `or`, `and`, `not`, comparisons with `in`, `+ -`, `~`,
 * `* / // %`, `**`, unary `-` with `.name`, `[key]`, `(call)`, then `|filter` and `is test`. Compiled to closures: nothing
 * is evaluated as code, and names reach only the fields of the alert.
 */
export class ExpressionParser extends TokenReader {
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

  /** `a, b` is a tuple also without parentheses. */
  tuple(): Expression {
    return this.#tupleOf(() => this.expression());
  }

  /** The same, but a following `if` is not part of it. */
  operands(): Expression {
    return this.#tupleOf(() => this.#or());
  }

  /** An expression that a following `if` is not part of. */
  operand(): Expression {
    return this.#or();
  }

  /** `(a, b=1)` of a macro: names with their defaults. */
  parameters(): { name: string; fallback: Expression | undefined }[] {
    this.expect('(');
    const out: { name: string; fallback: Expression | undefined }[] = [];
    while (!this.takeOperator(')')) {
      const name = this.name();
      out.push({ name, fallback: this.takeOperator('=') ? this.expression() : undefined });
      if (!this.takeOperator(',') && this.peek().text !== ')') throw this.error('")" is missing');
    }
    return out;
  }

  /** `name|filter|filter` of a filter block, over a value that comes later. */
  filtersOver(value: Expression): Expression {
    let out = this.#filter(value);
    while (this.takeOperator('|')) out = this.#filter(out);
    return out;
  }

  #tupleOf(parse: () => Expression): Expression {
    const first = parse();
    if (this.peek().text !== ',' || this.peek().kind !== 'operator') return first;
    const items = [first];
    while (this.takeOperator(',') && !this.isAtEnd) items.push(parse());
    return scope => Tuple.of2(...items.map(expression => expression(scope)));
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

  /** `a < b <= c` holds when each neighbour does, as in Python. */
  #comparison(): Expression {
    const first = this.#sum();
    const rest: { holds: (a: unknown, b: unknown) => boolean; value: Expression }[] = [];
    for (let holds = this.#comparator(); holds !== undefined; holds = this.#comparator())
      rest.push({ holds, value: this.#sum() });
    if (rest.length === 0) return first;
    return scope => {
      let left = first(scope);
      for (const { holds, value } of rest) {
        const right = value(scope);
        if (!holds(left, right)) return false;
        left = right;
      }
      return true;
    };
  }

  #comparator(): ((a: unknown, b: unknown) => boolean) | undefined {
    const token = this.peek();
    if (this.takeName('in')) return (a, b) => contains(b, a);
    if (token.kind === 'name' && token.text === 'not' && this.peek(1).text === 'in') {
      this.next();
      this.next();
      return (a, b) => !contains(b, a);
    }
    if (token.kind !== 'operator' || !Object.hasOwn(COMPARE, token.text)) return undefined;
    this.next();
    return COMPARE[token.text as keyof typeof COMPARE];
  }

  #sum(): Expression {
    return this.#operators(['+', '-'], () => this.#concatenation());
  }

  #concatenation(): Expression {
    const parts = [this.#product()];
    while (this.takeOperator('~')) parts.push(this.#product());
    if (parts.length === 1) return parts[0]!;
    return scope => {
      const texts = parts.map(part => text(part(scope)));
      spend(texts.reduce((sum, one) => sum + one.length, 0));
      return texts.join('');
    };
  }

  #product(): Expression {
    return this.#operators(['*', '/', '//', '%'], () => this.#operators(['**'], () => this.#unary(true)));
  }

  #operators(signs: readonly string[], operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const a = left;
      const { kind, text: sign } = this.peek();
      if (kind !== 'operator' || !signs.includes(sign)) return left;
      this.next();
      const b = operand();
      const run = OPERATORS[sign]!;
      left = scope => run(a(scope), b(scope));
    }
  }

  #unary(withFilters: boolean): Expression {
    let value: Expression;
    let path: string[] = [];
    if (this.takeOperator('-')) {
      const inner = this.#unary(false);
      value = scope => negative(inner(scope));
    } else if (this.takeOperator('+')) value = this.#unary(false);
    else {
      if (this.peek().kind === 'name') path = [this.peek().text];
      value = this.#primary();
    }
    value = this.#postfix(value, path);
    return withFilters ? this.#filtersAndTests(value) : value;
  }

  /** `path`: names and what is behind their dots, as the path of a field: `service.name`. */
  #postfix(start: Expression, path: readonly string[] = []): Expression {
    let value = start;
    let known = path;
    for (;;) {
      const [of, key] = [value, this.peek(1)];
      const isAlone = key.kind === 'name' || (key.kind === 'string' && this.peek(2).text === ']');
      known = known.length > 0 && isAlone ? [...known, key.text] : [];
      if (this.takeOperator('.')) value = this.#member(of, known);
      else if (this.takeOperator('[')) value = renamed(this.#subscript(of), key.kind === 'string' ? known : []);
      else if (this.takeOperator('(')) value = this.#call(of);
      else return value;
    }
  }

  #member(of: Expression, path: readonly string[]): Expression {
    const token = this.next();
    if (token.kind !== 'name' && token.kind !== 'number') throw this.error('a name must follow the dot');
    const name = token.text;
    if (!this.takeOperator('(')) {
      return renamed(scope => {
        const value = of(scope);
        return groupAttribute(value, name) ?? attribute(value, name);
      }, path);
    }
    const given = this.#arguments();
    return scope => callMethod(of(scope), name, evaluated(given, scope));
  }

  #call(of: Expression): Expression {
    const given = this.#arguments();
    return scope => {
      const value = of(scope);
      if (typeof value === 'function') return (value as Callable)(evaluated(given, scope));
      throw new TemplateError('what is called here is no function');
    };
  }

  /** `|filter`, `is test`, and a call of what they give; they bind tighter than any operator. */
  #filtersAndTests(start: Expression): Expression {
    let value = start;
    for (;;) {
      if (this.takeOperator('|')) value = this.#filter(value);
      else if (this.takeName('is')) value = this.#test(value);
      else if (this.takeOperator('(')) value = this.#call(value);
      else return value;
    }
  }

  #test(of: Expression): Expression {
    const negated = this.takeName('not');
    const token = this.next();
    const name = token.text;
    if (token.kind !== 'name' || !hasTest(name)) throw this.error(`there is no test "${name}"`);
    let given: Call = { args: [], named: [] };
    if (this.takeOperator('(')) given = this.#arguments();
    else if (this.#beginsArgument()) given = { args: [this.#postfix(this.#primary())], named: [] };
    return scope =>
      applyTest(
        name,
        of(scope),
        given.args.map(arg => arg(scope)),
      ) !== negated;
  }

  /** `is divisibleby 3`: one argument needs no parentheses. */
  #beginsArgument(): boolean {
    const { kind, text: word } = this.peek();
    if (kind === 'number' || kind === 'string') return true;
    if (kind === 'name') return !BEHIND_TEST.has(word);
    return kind === 'operator' && (word === '[' || word === '{');
  }

  #subscript(of: Expression): Expression {
    const bounds: (Expression | undefined)[] = [];
    let isSlice = false;
    for (;;) {
      const isEmpty = this.peek().kind === 'operator' && (this.peek().text === ':' || this.peek().text === ']');
      bounds.push(isEmpty ? undefined : this.expression());
      if (!this.takeOperator(':')) break;
      isSlice = true;
    }
    this.expect(']');
    const [start, stop, by] = bounds;
    if (bounds.length > 3) throw this.error('a slice has at most three parts');
    if (isSlice) return scope => slice(of(scope), start?.(scope), stop?.(scope), by?.(scope));
    if (start === undefined) throw this.error('an index is missing');
    return scope => {
      const value = of(scope);
      const key = start(scope);
      return item(value, numberOf(key) ?? key);
    };
  }

  #filter(of: Expression): Expression {
    const name = this.name();
    if (!hasFilter(name)) throw this.error(unknownFilter(name));
    const given = this.takeOperator('(') ? this.#arguments() : { args: [], named: [] };
    return scope => {
      const { args, named } = evaluated(given, scope);
      return applyFilter(name, of(scope), args, named);
    };
  }

  #primary(): Expression {
    const token = this.next();
    if (token.kind === 'number') {
      const value = /[.e]/i.test(token.text) ? float(Number(token.text)) : Number(token.text);
      return () => value;
    }
    if (token.kind === 'string') {
      let value = token.text;
      while (this.peek().kind === 'string') value += this.next().text;
      return () => literal(value);
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
    throw this.error(token.kind === 'end' ? 'an expression is missing' : `"${token.text}" is not expected here`);
  }

  #list(open: string): Expression {
    const close = open === '(' ? ')' : ']';
    const items: Expression[] = [];
    let tuple = open === '[';
    while (!this.takeOperator(close)) {
      items.push(this.expression());
      if (this.takeOperator(',')) tuple = true;
      else if (this.peek().text !== close) throw this.error(`"${close}" is missing`);
    }
    if (!tuple && items.length === 1) return items[0]!;
    if (open === '[') return scope => items.map(expression => expression(scope));
    return scope => Tuple.of2(...items.map(expression => expression(scope)));
  }

  #mapping(): Expression {
    const pairs: [Expression, Expression][] = [];
    while (!this.takeOperator('}')) {
      const key = this.expression();
      this.expect(':');
      pairs.push([key, this.expression()]);
      if (!this.takeOperator(',') && this.peek().text !== '}') throw this.error('"}" is missing');
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
      if (this.peek().kind === 'name' && this.peek(1).text === '=' && this.peek(1).kind === 'operator') {
        const name = this.name();
        this.next();
        named.push([name, this.expression()]);
      } else {
        args.push(this.expression());
      }
      if (!this.takeOperator(',') && this.peek().text !== ')') throw this.error('")" is missing');
    }
    return { args, named };
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

/** Words that go on behind a test instead of being its argument. */
const BEHIND_TEST = new Set(['else', 'or', 'and', 'if', 'is', 'in', 'not']);

function evaluated({ args, named }: Call, scope: JinjaScope): Arguments {
  return {
    args: args.map(arg => arg(scope)),
    named: new Map(named.map(([key, arg]) => [key, arg(scope)])),
  };
}
