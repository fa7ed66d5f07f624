import { didYouMean } from '../../base/text/did-you-mean.ts';
import { exactInteger } from '../../base/text/exact.ts';
import type { BinaryOperator, ConditionNode } from './ast.ts';
import { type ConditionToken, syntaxError, tokenize } from './lexer.ts';

/**
 * The expression part of Painless, by precedence:
 *
 *     ternary:    elvis [ '?' ternary ':' ternary ]        elvis: or [ '?:' elvis ]
 *     or: and { '||' and }     and: equality { '&&' equality }     equality: relation { (== != === !== =~ ==~) relation }
 *     relation:   sum { (< <= > >= in) sum | 'instanceof' Name }   sum: product { (+ -) product }   product: unary { (* / %) unary }
 *     unary:      [ ! - + (Type) ] unary | postfix
 *     postfix:    primary { '.' name [args] | '?.' name [args] | '[' ternary ']' }
 *
 * A leading `return` and a trailing `;` are let through. Throws LS_CONDITION_SYNTAX with the column.
 */
export function parseCondition(source: string): ConditionNode {
  const parser = new Parser(source);
  return parser.whole();
}

const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!=', '===', '!==', '=~', '==~'],
  ['<', '<=', '>', '>=', 'in', 'instanceof'],
  ['+', '-'],
  ['*', '/', '%'],
];
const STATEMENTS = ['if', 'for', 'while', 'def', 'else', 'do', 'try', 'throw'];
const CASTS = ['int', 'long', 'float', 'double', 'String', 'boolean', 'def', 'Integer', 'Long', 'Double', 'Boolean'];
const STATIC_CLASSES = ['Integer', 'Long', 'Float', 'Double', 'Boolean', 'String', 'Math', 'Objects'];
const MAX_DEPTH = 200;

class Parser {
  readonly #source: string;
  readonly #tokens: ConditionToken[];
  #next = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  whole(): ConditionNode {
    const first = this.#peek();
    if (first.type === 'end') throw syntaxError(this.#source, 0, 'it is empty');
    if (first.type === 'name' && STATEMENTS.includes(first.text))
      throw syntaxError(
        this.#source,
        first.at,
        `\`${first.text}\` is a statement, and conditions are single expressions`,
        'Write one expression with &&, || and ? :.',
      );
    this.#take('return');
    const node = this.#ternary();
    while (this.#take(';')) {}
    const rest = this.#peek();
    if (rest.type !== 'end') throw this.#unexpected(rest);
    return node;
  }

  #ternary(): ConditionNode {
    if (++this.#depth > MAX_DEPTH) throw syntaxError(this.#source, this.#peek().at, 'it is nested too deeply');
    const test = this.#elvis();
    const at = this.#peek().at;
    let node = test;
    if (this.#take('?')) {
      const yes = this.#ternary();
      this.#expect(':');
      node = { type: 'ternary', test, yes, no: this.#ternary(), at };
    }
    this.#depth--;
    return node;
  }

  #elvis(): ConditionNode {
    const left = this.#binary(0);
    const at = this.#peek().at;
    return this.#take('?:') ? { type: 'binary', operator: '?:', left, right: this.#elvis(), at } : left;
  }

  #binary(level: number): ConditionNode {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const { text, at, type } = this.#peek();
      if (type === 'string' || !operators.includes(text)) return left;
      this.#next++;
      if (text === 'instanceof') left = { type: 'instanceof', operand: left, className: this.#className(), at };
      else left = { type: 'binary', operator: text as BinaryOperator, left, right: this.#binary(level + 1), at };
    }
  }

  #unary(): ConditionNode {
    const { text, at, type } = this.#peek();
    if (type === 'operator' && (text === '!' || text === '-' || text === '+')) {
      this.#next++;
      return { type: 'unary', operator: text, operand: this.#unary(), at };
    }
    const cast = this.#tokens[this.#next + 1];
    if (
      type === 'operator' &&
      text === '(' &&
      cast?.type === 'name' &&
      CASTS.includes(cast.text) &&
      this.#tokens[this.#next + 2]?.text === ')'
    ) {
      this.#next += 3;
      return { type: 'cast', operand: this.#unary(), className: cast.text, at };
    }
    return this.#postfix();
  }

  #postfix(): ConditionNode {
    let node = this.#primary();
    for (;;) {
      const { at } = this.#peek();
      const safe = this.#take('?.');
      if (safe || this.#take('.')) {
        const name = this.#tokens[this.#next++]!;
        if (name.type !== 'name' && name.type !== 'number') throw this.#unexpected(name, 'a field or method name');
        node = this.#peekIs('(')
          ? { type: 'call', target: node, name: name.text, args: this.#arguments(), safe, at: name.at }
          : {
              type: 'member',
              target: node,
              key: { type: 'literal', value: name.text, at: name.at },
              safe,
              at: name.at,
            };
      } else if (this.#take('[')) {
        const key = this.#ternary();
        this.#expect(']');
        node = { type: 'member', target: node, key, safe: false, at };
      } else return node;
    }
  }

  #primary(): ConditionNode {
    const token = this.#tokens[this.#next++]!;
    const { at, text } = token;
    if (token.type === 'string') return { type: 'literal', value: text, at };
    if (token.type === 'regex') return { type: 'regex', source: text, flags: token.flags ?? '', at };
    if (token.type === 'number') {
      const digits = /^0[xX]/.test(text) ? text.replace(/[lL]$/, '') : text.replace(/[lLfFdD]$/, '');
      const isDouble = /[.eEfFdD]/.test(text) && !/^0[xX]/.test(text);
      const value = isDouble ? Number(digits) : exactInteger(String(BigInt(digits)));
      return { type: 'literal', value, at, double: isDouble };
    }
    if (text === '(' && token.type === 'operator') {
      const inner = this.#ternary();
      this.#expect(')');
      return inner;
    }
    if (text === '[' && token.type === 'operator') return this.#listOrMap(at);
    if (token.type === 'name') return this.#named(token);
    throw this.#unexpected(token, 'a value');
  }

  #named({ text, at }: ConditionToken): ConditionNode {
    if (text === 'ctx') return { type: 'ctx', at };
    if (text === 'true' || text === 'false') return { type: 'literal', value: text === 'true', at };
    if (text === 'null') return { type: 'literal', value: null, at };
    if ((text === '$' || text === 'field') && this.#peekIs('('))
      return { type: 'function', name: text, args: this.#arguments(), at };
    if (STATIC_CLASSES.includes(text) && this.#take('.')) {
      const name = this.#tokens[this.#next++]!;
      return { type: 'function', name: `${text}.${name.text}`, args: this.#arguments(), at };
    }
    throw syntaxError(
      this.#source,
      at,
      `\`${text}\` is not known`,
      didYouMean(text, ['ctx', 'true', 'false', 'null'], '`') ?? `Fields are written ctx.${text}.`,
    );
  }

  #listOrMap(at: number): ConditionNode {
    if (this.#take(']')) return { type: 'list', items: [], at };
    if (this.#take(':')) {
      this.#expect(']');
      return { type: 'map', entries: [], at };
    }
    const first = this.#ternary();
    if (this.#take(':')) {
      const entries: [ConditionNode, ConditionNode][] = [[first, this.#ternary()]];
      while (this.#take(',')) {
        const key = this.#ternary();
        this.#expect(':');
        entries.push([key, this.#ternary()]);
      }
      this.#expect(']');
      return { type: 'map', entries, at };
    }
    const items = [first];
    while (this.#take(',')) items.push(this.#ternary());
    this.#expect(']');
    return { type: 'list', items, at };
  }

  #arguments(): ConditionNode[] {
    this.#expect('(');
    const args: ConditionNode[] = [];
    if (this.#take(')')) return args;
    do args.push(this.#ternary());
    while (this.#take(','));
    this.#expect(')');
    return args;
  }

  #className(): string {
    let name = '';
    do {
      const token = this.#tokens[this.#next++]!;
      if (token.type !== 'name') throw this.#unexpected(token, 'a class name');
      name = token.text;
    } while (this.#take('.'));
    return name;
  }

  #peek(): ConditionToken {
    return this.#tokens[this.#next]!;
  }

  #peekIs(text: string): boolean {
    const token = this.#peek();
    return token.text === text && token.type !== 'string';
  }

  #take(text: string): boolean {
    if (!this.#peekIs(text)) return false;
    this.#next++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#unexpected(this.#peek(), `\`${text}\``);
  }

  #unexpected(token: ConditionToken, wanted?: string): Error {
    const found = token.type === 'end' ? 'it ends' : `\`${token.text}\` stands`;
    const what = wanted === undefined ? `${found} where nothing fits` : `${found} where ${wanted} should be`;
    const fix = token.text === '=' ? 'Comparison is ==.' : undefined;
    return syntaxError(this.#source, token.at, what, fix);
  }
}
