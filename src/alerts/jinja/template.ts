import type { Fields } from '../../core/event.ts';
import { newFields } from '../../core/event.ts';
import { type Expression, ExpressionParser } from './expression.ts';
import { type Part, splitTemplate, TemplateError } from './lexer.ts';
import { isUndefined, iterate, Scope, text, truthy } from './values.ts';

export { TemplateError } from './lexer.ts';

/** A compiled template: gives its text for the values. */
export type Template = (values: Fields) => string;

type Node = (scope: Scope, out: Output) => void;

/** What one rendering may produce; loops over hostile values end here. */
const MAX_OUTPUT_CHARS = 200_000;
const MAX_STEPS = 100_000;

class Output {
  text = '';
  #steps = 0;

  add(more: string): void {
    if (this.text.length < MAX_OUTPUT_CHARS) this.text += more;
  }

  /** False once the template has run for long enough. */
  step(): boolean {
    return ++this.#steps < MAX_STEPS && this.text.length < MAX_OUTPUT_CHARS;
  }
}

/**
 * Compiles the part of Jinja2 that alert texts use: output, `if`, `for` (with `loop`, `else`, two names over `items()`),
 * `set`, comments, white space control, filters and tests. Undefined names print as nothing.
 * Throws TemplateError, which names the line, on what it does not know: `extends`, `include`, `macro`, `import`.
 */
export function compileTemplate(source: string): Template {
  const parser = new StatementParser(splitTemplate(source));
  const body = parser.body([]);
  return values => {
    const out = new Output();
    body(new Scope(newFields(), new Scope(values)), out);
    return out.text.slice(0, MAX_OUTPUT_CHARS);
  };
}

class StatementParser {
  readonly #parts: Part[];
  #at = 0;
  /** The word that ended the last body, with its parser behind the word. */
  #stop: { word: string; rest: ExpressionParser } | undefined;

  constructor(parts: Part[]) {
    this.#parts = parts;
  }

  body(until: string[]): Node {
    const nodes: Node[] = [];
    while (this.#at < this.#parts.length) {
      const part = this.#parts[this.#at++]!;
      if (part.kind === 'text') {
        nodes.push((_, out) => out.add(part.text));
      } else if (part.kind === 'output') {
        const expression = ExpressionParser.compile(part.text, part.line);
        nodes.push((scope, out) => out.add(text(expression(scope))));
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
    if (word === 'set') return set(rest, line);
    throw new TemplateError(`line ${line}: {% ${word} %} is not supported; use if, for and set`);
  }

  #if(rest: ExpressionParser): Node {
    const branches: { condition: Expression; body: Node }[] = [];
    let condition = rest.expression();
    rest.end();
    for (;;) {
      branches.push({ condition, body: this.body(['elif', 'else', 'endif']) });
      const stop = this.#stop!;
      if (stop.word !== 'elif') break;
      condition = stop.rest.expression();
      stop.rest.end();
    }
    const other = this.#stop!.word === 'else' ? this.body(['endif']) : undefined;
    return (scope, out) => {
      const branch = branches.find(one => truthy(one.condition(scope)));
      (branch?.body ?? other)?.(scope, out);
    };
  }

  #for(rest: ExpressionParser, line: number): Node {
    const names = [rest.name()];
    while (rest.takeOperator(',')) names.push(rest.name());
    if (!rest.takeName('in')) throw new TemplateError(`line ${line}: {% for name in values %} is expected`);
    const values = rest.operand();
    const condition = rest.takeName('if') ? rest.operand() : undefined;
    rest.end();
    const body = this.body(['else', 'endfor']);
    const other = this.#stop!.word === 'else' ? this.body(['endfor']) : undefined;
    return (scope, out) => {
      const value = values(scope);
      let items = (isUndefined(value) ? [] : iterate(value)).map(item => bind(names, item, scope));
      if (condition !== undefined) items = items.filter(inner => truthy(condition(inner)));
      if (items.length === 0) other?.(scope, out);
      for (let i = 0; i < items.length && out.step(); i++) {
        const inner = items[i]!;
        inner.set('loop', loopInfo(i, items.length));
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

function set(rest: ExpressionParser, line: number): Node {
  const name = rest.name();
  if (!rest.takeOperator('=')) throw new TemplateError(`line ${line}: {% set name = value %} is expected`);
  const value = rest.expression();
  rest.end();
  return scope => scope.set(name, value(scope));
}

function bind(names: string[], item: unknown, scope: Scope): Scope {
  const inner = new Scope(newFields(), scope);
  names.forEach((name, i) => {
    inner.set(name, names.length === 1 ? item : Array.isArray(item) ? item[i] : undefined);
  });
  return inner;
}

function loopInfo(i: number, length: number): Fields {
  const info = newFields();
  info['index'] = i + 1;
  info['index0'] = i;
  info['first'] = i === 0;
  info['last'] = i === length - 1;
  info['length'] = length;
  info['revindex'] = length - i;
  info['revindex0'] = length - i - 1;
  return info;
}
