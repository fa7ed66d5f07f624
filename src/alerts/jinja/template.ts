import { type Fields, newFields } from '../../core/event.ts';
import { BudgetError, beginRendering, nested, spend, step } from './budget.ts';
import { type Expression, ExpressionParser } from './expression.ts';
import { GLOBALS } from './globals.ts';
import { splitTemplate, TemplateError, type TemplatePart } from './lexer.ts';
import { overLiterals } from './literals.ts';
import {
  type Callable,
  equal,
  isUndefined,
  iterate,
  JinjaScope,
  Namespace,
  text,
  truthy,
  UNDEFINED,
} from './values.ts';

export { TemplateError } from './lexer.ts';

/**
 * A compiled template: gives its text for the values. Throws TemplateError where Jinja2 would raise (arithmetic with a
 * field that is not there, a method that no text has), and when the text grows beyond all measure.
 */
export type JinjaTemplate = (values: Fields, over?: Over) => string;

export interface Over {
  /** Goes over what `{{ }}` gives, but not over the text around it. */
  readonly values?: (text: string) => string;
  /** Goes over texts between quotes in expressions. */
  readonly literals?: (text: string) => string;
  /** Told when the text takes too much and is cut. */
  readonly onCut?: ((reason: string) => void) | undefined;
}

type Node = (scope: JinjaScope, out: Output) => void;

class Output {
  text = '';
  readonly #onValue: ((text: string) => string) | undefined;

  constructor(onValue?: (text: string) => string) {
    this.#onValue = onValue;
  }

  add(more: string): void {
    spend(more.length);
    this.text += more;
  }

  value(value: unknown): void {
    const more = text(value);
    this.add(this.#onValue?.(more) ?? more);
  }
}

/**
 * Compiles the part of Jinja2 that alert texts use: output, `if`, `for` (with `loop`, `else`, several names), `set` (also as
 * a block), `macro`, `filter`, `with`, `raw`, comments, white space control, filters and tests. Undefined names print as
 * nothing. Throws TemplateError, which names the line, on what it does not know: `extends`, `include`, `import`.
 */
export function compileTemplate(source: string): JinjaTemplate {
  const parser = new StatementParser(splitTemplate(source));
  const body = parser.body([]);
  return (values, { values: onValue, literals, onCut } = {}) => {
    beginRendering();
    const out = new Output(onValue);
    try {
      overLiterals(literals, () => body(new JinjaScope(newFields(), new JinjaScope(values, GLOBALS)), out));
    } catch (error) {
      // What was cut before it said anything is no text: there is a plain one for that.
      if (!(error instanceof BudgetError) || out.text.trim() === '') throw error;
      onCut?.(error.message);
      return `${out.text.slice(0, MAX_OUTPUT_CHARS)}\n(cut: ${error.message})`;
    }
    return out.text.length <= MAX_OUTPUT_CHARS ? out.text : `${out.text.slice(0, MAX_OUTPUT_CHARS)}\n(cut)`;
  };
}

const MAX_OUTPUT_CHARS = 200_000;

class StatementParser {
  readonly #parts: TemplatePart[];
  #at = 0;
  /** The word that ended the last body, with its parser behind the word. */
  #stop: { word: string; rest: ExpressionParser } | undefined;

  constructor(parts: TemplatePart[]) {
    this.#parts = parts;
  }

  body(until: string[]): Node {
    const nodes: Node[] = [];
    while (this.#at < this.#parts.length) {
      const part = this.#parts[this.#at++]!;
      if (part.kind === 'text') {
        nodes.push((_, out) => out.add(part.text));
      } else if (part.kind === 'output') {
        const expression = output(part);
        nodes.push((scope, out) => out.value(expression(scope)));
      } else {
        const rest = new ExpressionParser(part.text, part.line);
        const word = rest.name();
        if (until.includes(word)) {
          this.#stop = { word, rest };
          return all(nodes);
        }
        nodes.push(this.#statement(word, rest, part.line));
      }
    }
    if (until.length > 0) throw new TemplateError(`{% ${until.at(-1)} %} is missing`);
    return all(nodes);
  }

  #statement(word: string, rest: ExpressionParser, line: number): Node {
    if (word === 'if') return this.#if(rest);
    if (word === 'for') return this.#for(rest, line);
    if (word === 'set') return this.#set(rest, line);
    if (word === 'macro') return this.#macro(rest);
    if (word === 'filter') return this.#filter(rest);
    if (word === 'with') return this.#with(rest, line);
    throw new TemplateError(
      `line ${line}: {% ${word} %} is not supported; use if, for, set, macro, filter, with and raw`,
    );
  }

  #set(rest: ExpressionParser, line: number): Node {
    const targets = [target(rest)];
    while (rest.takeOperator(',')) targets.push(target(rest));
    if (rest.takeOperator('=')) {
      const value = rest.tuple();
      rest.end();
      return scope => assign(targets, value(scope), scope);
    }
    if (targets.length > 1) throw new TemplateError(`line ${line}: {% set name = value %} is expected`);
    let content: Expression = scope => scope.get(BLOCK);
    if (rest.takeOperator('|')) content = rest.filtersOver(content);
    rest.end();
    const body = this.body(['endset']);
    return scope => assign(targets, content(withBlock(scope, body)), scope);
  }

  #macro(rest: ExpressionParser): Node {
    const name = rest.name();
    const parameters = rest.parameters();
    rest.end();
    const body = this.body(['endmacro']);
    return scope => {
      const callable: Callable = ({ args, named }) => {
        step();
        const inner = new JinjaScope(newFields(), scope);
        for (const [i, { name: parameter, fallback }] of parameters.entries()) {
          const given = i < args.length ? args[i] : named.get(parameter);
          inner.set(parameter, given === undefined ? (fallback?.(inner) ?? UNDEFINED) : given);
        }
        const out = new Output();
        nested(() => body(inner, out));
        return out.text;
      };
      scope.set(name, callable);
    };
  }

  #filter(rest: ExpressionParser): Node {
    const content = rest.filtersOver(scope => scope.get(BLOCK));
    rest.end();
    const body = this.body(['endfilter']);
    return (scope, out) => out.value(content(withBlock(scope, body)));
  }

  #with(rest: ExpressionParser, line: number): Node {
    const values: [string, Expression][] = [];
    while (!rest.isAtEnd) {
      const name = rest.name();
      if (!rest.takeOperator('=')) throw new TemplateError(`line ${line}: {% with name = value %} is expected`);
      values.push([name, rest.expression()]);
      if (!rest.takeOperator(',')) break;
    }
    rest.end();
    const body = this.body(['endwith']);
    return (scope, out) => {
      const inner = new JinjaScope(newFields(), scope);
      for (const [name, value] of values) inner.set(name, value(scope));
      body(inner, out);
    };
  }

  #if(rest: ExpressionParser): Node {
    const branches: { condition: Expression; body: Node }[] = [];
    let condition = rest.tuple();
    rest.end();
    for (;;) {
      branches.push({ condition, body: this.body(['elif', 'else', 'endif']) });
      const stop = this.#stop!;
      if (stop.word !== 'elif') break;
      condition = stop.rest.tuple();
      stop.rest.end();
    }
    const other = this.#stop!.word === 'else' ? this.body(['endif']) : undefined;
    return (scope, out) => {
      const branch = branches.find(one => truthy(one.condition(scope)));
      (branch?.body ?? other)?.(scope, out);
    };
  }

  #for(rest: ExpressionParser, line: number): Node {
    const isEnclosed = rest.takeOperator('(');
    const names = [rest.name()];
    while (rest.takeOperator(',')) names.push(rest.name());
    if (isEnclosed) rest.expect(')');
    if (!rest.takeName('in')) throw new TemplateError(`line ${line}: {% for name in values %} is expected`);
    const values = rest.operands();
    const condition = rest.takeName('if') ? rest.operand() : undefined;
    rest.end();
    const body = this.body(['else', 'endfor']);
    const other = this.#stop!.word === 'else' ? this.body(['endfor']) : undefined;
    return (scope, out) => {
      const value = values(scope);
      let items: readonly unknown[] = isUndefined(value) ? [] : iterate(value);
      if (condition !== undefined) items = items.filter(item => truthy(condition(bind(names, item, scope))));
      if (items.length === 0) other?.(scope, out);
      const changed = changes();
      for (let i = 0; i < items.length; i++) {
        step();
        const inner = bind(names, items[i], scope);
        inner.set('loop', loopInfo(i, items, changed));
        body(inner, out);
      }
    };
  }
}

function all(nodes: Node[]): Node {
  return (scope, out) => {
    for (const node of nodes) node(scope, out);
  };
}

/** The text of a block that `set` or `filter` takes up. */
const BLOCK = ' block';

function withBlock(scope: JinjaScope, body: Node): JinjaScope {
  const out = new Output();
  body(new JinjaScope(newFields(), scope), out);
  const values = newFields();
  values[BLOCK] = out.text;
  return new JinjaScope(values, scope);
}

function output(part: TemplatePart): Expression {
  const parser = new ExpressionParser(part.text, part.line);
  const expression = parser.tuple();
  parser.end();
  return expression;
}

interface Target {
  readonly name: string;
  /** Of a namespace. */
  readonly field: string | undefined;
}

function target(rest: ExpressionParser): Target {
  const name = rest.name();
  return { name, field: rest.takeOperator('.') ? rest.name() : undefined };
}

function assign(targets: readonly Target[], value: unknown, scope: JinjaScope): void {
  const values = targets.length === 1 ? [value] : iterate(value);
  if (values.length !== targets.length)
    throw new TemplateError(`${targets.length} names cannot be set from ${values.length} values`);
  for (const [i, { name, field }] of targets.entries()) {
    if (field === undefined) {
      scope.set(name, values[i]);
      continue;
    }
    const namespace = scope.get(name);
    if (!(namespace instanceof Namespace)) throw new TemplateError(`${name} is no namespace()`);
    namespace.values.set(field, values[i]);
  }
}

function bind(names: string[], item: unknown, scope: JinjaScope): JinjaScope {
  const inner = new JinjaScope(newFields(), scope);
  names.forEach((name, i) => {
    inner.set(name, names.length === 1 ? item : Array.isArray(item) ? item[i] : UNDEFINED);
  });
  return inner;
}

/** `loop.changed(value)`: whether it is another one than in the turn before. */
function changes(): Callable {
  let last: readonly unknown[] | undefined;
  return ({ args }) => {
    const isSame = last !== undefined && equal([...last], [...args]);
    last = args;
    return !isSame;
  };
}

function loopInfo(i: number, items: readonly unknown[], changed: Callable): Fields {
  const { length } = items;
  const info = newFields();
  info['index'] = i + 1;
  info['index0'] = i;
  info['first'] = i === 0;
  info['last'] = i === length - 1;
  info['length'] = length;
  info['revindex'] = length - i;
  info['revindex0'] = length - i - 1;
  info['depth'] = 1;
  info['depth0'] = 0;
  info['previtem'] = i > 0 ? items[i - 1] : UNDEFINED;
  info['nextitem'] = i < length - 1 ? items[i + 1] : UNDEFINED;
  const cycle: Callable = ({ args }) => (args.length === 0 ? UNDEFINED : args[i % args.length]);
  info['cycle'] = cycle;
  info['changed'] = changed;
  return info;
}
