import { GoTemplateError } from './errors.ts';
import { type Token, tokensOf } from './lexer.ts';
import type { Node, Operand, Pipe } from './nodes.ts';

/** Named templates: of files, of the defaults, and those that a text defines itself. */
export type Templates = Map<string, readonly Node[]>;

export interface ParsedTemplate {
  readonly body: readonly Node[];
  readonly defined: Templates;
}

const MAX_DEPTH = 64;

/** Reads a text. `isFunction` says which names can be called. @throws GoTemplateError with the line */
export function parseTemplate(source: string, isFunction: (name: string) => boolean): ParsedTemplate {
  const parser = new Parser(tokensOf(source), isFunction);
  return { body: parser.whole(), defined: parser.defined };
}

interface Body {
  readonly nodes: Node[];
  /** What closed it: `end`, `else`, or the end of the text. */
  readonly by: 'end' | 'else' | 'text';
}

class Parser {
  readonly defined: Templates = new Map();
  readonly #tokens: readonly Token[];
  readonly #isFunction: (name: string) => boolean;
  #at = 0;
  #variables = ['$'];
  #depth = 0;
  #loops = 0;

  constructor(tokens: readonly Token[], isFunction: (name: string) => boolean) {
    this.#tokens = tokens;
    this.#isFunction = isFunction;
  }

  whole(): readonly Node[] {
    const { nodes, by } = this.#body();
    if (by !== 'text') throw this.#mistake(`there is an ${by} without a beginning`);
    return nodes;
  }

  #body(): Body {
    if (++this.#depth > MAX_DEPTH) throw this.#mistake(`it is nested deeper than ${MAX_DEPTH} levels`);
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#next();
      if (token === undefined) {
        this.#depth--;
        return { nodes, by: 'text' };
      }
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      const word = this.#peek()?.kind === 'word' ? this.#peek()!.text : '';
      if (word === 'end' || word === 'else') {
        this.#at++;
        if (word === 'end') this.#close();
        this.#depth--;
        return { nodes, by: word };
      }
      nodes.push(...this.#action(word));
    }
  }

  #action(word: string): Node[] {
    switch (word) {
      case 'if':
      case 'with':
      case 'range':
        this.#at++;
        return [this.#control(word)];
      case 'define':
        if (this.#depth > 1) throw this.#mistake('a definition stands inside of something');
        this.#at++;
        this.#define();
        return [];
      case 'block': {
        this.#at++;
        const name = this.#name();
        const pipe = this.#pipe(false);
        this.#close();
        this.#named(name);
        return [{ kind: 'template', name, pipe }];
      }
      case 'template': {
        this.#at++;
        const name = this.#name();
        const pipe = this.#peek()?.kind === 'close' ? undefined : this.#pipe(false);
        this.#close();
        return [{ kind: 'template', name, pipe }];
      }
      case 'break':
      case 'continue':
        this.#at++;
        if (this.#loops === 0) throw this.#mistake(`${word} is outside of a range`);
        this.#close();
        return [{ kind: word }];
      default: {
        const pipe = this.#pipe(false);
        this.#close();
        return [{ kind: 'print', pipe }];
      }
    }
  }

  #control(kind: 'if' | 'with' | 'range'): Node {
    const outer = this.#variables;
    this.#variables = [...outer];
    const pipe = this.#pipe(kind === 'range');
    this.#close();
    if (kind === 'range') this.#loops++;
    const { nodes: body, by } = this.#body();
    if (kind === 'range') this.#loops--;
    let otherwise: readonly Node[] = [];
    if (by === 'text') throw this.#mistake(`a ${kind} has no end`);
    if (by === 'else') {
      const word = this.#peek()?.kind === 'word' ? this.#peek()!.text : '';
      if ((word === 'if' || word === 'with') && word === kind) {
        this.#at++;
        // Its end closes both.
        otherwise = [this.#control(word)];
      } else {
        this.#close();
        const rest = this.#body();
        if (rest.by !== 'end') throw this.#mistake(`an else of a ${kind} has no end`);
        otherwise = rest.nodes;
      }
    }
    this.#variables = outer;
    return { kind, pipe, body, otherwise };
  }

  #define(): void {
    const name = this.#name();
    this.#close();
    this.#named(name);
  }

  #named(name: string): void {
    const outer = this.#variables;
    const loops = this.#loops;
    this.#variables = ['$'];
    this.#loops = 0;
    const { nodes, by } = this.#body();
    if (by !== 'end') throw this.#mistake(`the definition of ${JSON.stringify(name)} has no end`);
    this.#variables = outer;
    this.#loops = loops;
    // An empty one does not take the place of another.
    if (!this.defined.has(name) || nodes.some(node => node.kind !== 'text' || node.text.trim() !== ''))
      this.defined.set(name, nodes);
  }

  #pipe(isRange: boolean): Pipe {
    const { variables, isAssignment } = this.#declared(isRange);
    const commands: (readonly Operand[])[] = [];
    do {
      if (commands.length > 0) this.#at++;
      commands.push(this.#command(commands.length > 0));
    } while (this.#isSign('|'));
    if (!isAssignment) this.#variables.push(...variables);
    return { variables, isAssignment, commands };
  }

  /** `$x :=`, `$x =`, and of a range also `$i, $x :=`. */
  #declared(isRange: boolean): Pick<Pipe, 'variables' | 'isAssignment'> {
    const start = this.#at;
    const variables: string[] = [];
    while (this.#peek()?.kind === 'variable') {
      variables.push(this.#next()!.text);
      const sign = this.#peek();
      if (sign?.kind !== 'sign') break;
      if (sign.text === ':=' || sign.text === '=') {
        this.#at++;
        const isAssignment = sign.text === '=';
        if (isAssignment) for (const name of variables) this.#known(name);
        return { variables, isAssignment };
      }
      if (sign.text !== ',' || !isRange || variables.length > 1) break;
      this.#at++;
    }
    this.#at = start;
    return { variables: [], isAssignment: false };
  }

  #command(isLater: boolean): Operand[] {
    const operands: Operand[] = [];
    for (;;) {
      const operand = this.#operand();
      if (operand === undefined) break;
      operands.push(operand);
      const next = this.#peek();
      if (next === undefined || next.kind === 'close' || (next.kind === 'sign' && next.text !== '(')) break;
      if (!next.isSpaced) throw this.#mistake(`unexpected ${JSON.stringify(next.text)} behind an operand`);
    }
    const [first] = operands;
    if (first === undefined) throw this.#mistake('a value is missing');
    const isConstant = first.kind === 'value' || first.kind === 'float' || first.kind === 'nil';
    if (isConstant && isLater) throw this.#mistake('a constant cannot take the value of a pipeline');
    return operands;
  }

  #operand(): Operand | undefined {
    const token = this.#peek();
    if (token === undefined) return undefined;
    const term = this.#term(token);
    if (term === undefined) return undefined;
    const fields: string[] = [];
    for (let next = this.#peek(); next?.kind === 'field' && !next.isSpaced; next = this.#peek())
      fields.push(this.#next()!.text);
    if (fields.length === 0) return term;
    if (term.kind === 'value' || term.kind === 'float' || term.kind === 'nil')
      throw this.#mistake('a constant has no fields');
    return term.kind === 'chain'
      ? { ...term, fields: [...term.fields, ...fields] }
      : { kind: 'chain', of: term, fields };
  }

  #term({ kind, text }: Token): Operand | undefined {
    switch (kind) {
      case 'word':
        this.#at++;
        if (text === 'true' || text === 'false') return { kind: 'value', value: text === 'true' };
        if (text === 'nil') return { kind: 'nil' };
        if (!this.#isFunction(text)) throw this.#mistake(`there is no function ${JSON.stringify(text)}`);
        return { kind: 'function', name: text };
      case 'dot':
        this.#at++;
        return { kind: 'dot' };
      case 'field':
        this.#at++;
        return { kind: 'chain', of: { kind: 'dot' }, fields: [text] };
      case 'variable':
        this.#at++;
        this.#known(text);
        return { kind: 'variable', name: text };
      case 'string':
        this.#at++;
        return { kind: 'value', value: text };
      case 'char':
        this.#at++;
        return { kind: 'value', value: text.codePointAt(0)! };
      case 'number':
        this.#at++;
        return number(text.replaceAll('_', ''));
      case 'sign': {
        if (text !== '(') return undefined;
        this.#at++;
        const pipe = this.#pipe(false);
        if (!this.#isSign(')')) throw this.#mistake('a ) is missing');
        this.#at++;
        return { kind: 'pipe', pipe };
      }
      default:
        return undefined;
    }
  }

  #name(): string {
    const token = this.#next();
    if (token?.kind !== 'string') throw this.#mistake('the name of a template must be a text in quotes');
    return token.text;
  }

  #close(): void {
    const token = this.#next();
    if (token?.kind !== 'close') throw this.#mistake(`unexpected ${JSON.stringify(token?.text ?? 'end')}`);
  }

  #known(name: string): void {
    if (!this.#variables.includes(name)) throw this.#mistake(`there is no variable ${name}`);
  }

  #isSign(text: string): boolean {
    const token = this.#peek();
    return token?.kind === 'sign' && token.text === text;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #next(): Token | undefined {
    return this.#tokens[this.#at++];
  }

  #mistake(what: string): GoTemplateError {
    const { line } = this.#tokens[Math.min(this.#at, this.#tokens.length) - 1] ?? { line: 1 };
    return new GoTemplateError(`line ${line}: ${what}`);
  }
}

function number(text: string): Operand {
  const isFloat = /^[+-]?(?:\d*\.|\d+[eE])/.test(text);
  const octal = /^([+-]?)0(\d+)$/.exec(text);
  const sign = text.startsWith('-') ? -1 : 1;
  const value = octal === null ? sign * Number(text.replace(/^[+-]/, '')) : sign * Number.parseInt(octal[2]!, 8);
  return isFloat ? { kind: 'float', value } : { kind: 'value', value };
}
