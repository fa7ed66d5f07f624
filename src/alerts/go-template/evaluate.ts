import { GoTemplateError, LIMITS } from './errors.ts';
import { escapeHtml, FUNCTIONS } from './functions.ts';
import type { Node, Operand, Pipe } from './nodes.ts';
import type { Templates } from './parser.ts';
import { TIME_METHODS } from './time-methods.ts';
import { GoFloat, GoHtml, GoMap, GoSlice, GoStruct, GoTime, isTrue, shown, typeOf, type Value } from './values.ts';

const SHORT_CIRCUIT = new Set(['and', 'or']);

export const isFunction = (name: string): boolean => Object.hasOwn(FUNCTIONS, name) || SHORT_CIRCUIT.has(name);

class Leave {
  readonly kind: 'break' | 'continue';
  constructor(kind: 'break' | 'continue') {
    this.kind = kind;
  }
}

/** Fills a template. @throws GoTemplateError for what Go refuses, and beyond the limits of steps and size */
export function fill(body: readonly Node[], templates: Templates, data: Value, isHtml = false): string {
  const filling = new Filling(templates, isHtml);
  filling.run(body, data);
  return filling.out;
}

class Filling {
  out = '';
  readonly #templates: Templates;
  readonly #isHtml: boolean;
  #variables: [string, Value][] = [];
  #steps = 0;
  #depth = 0;
  #spent = 0;

  constructor(templates: Templates, isHtml: boolean) {
    this.#templates = templates;
    this.#isHtml = isHtml;
  }

  run(body: readonly Node[], data: Value): void {
    const outer = this.#variables;
    if (++this.#depth > LIMITS.depth)
      throw new GoTemplateError(`templates call each other more than ${LIMITS.depth} deep`);
    this.#variables = [['$', data]];
    this.#nodes(body, data);
    this.#variables = outer;
    this.#depth--;
  }

  #nodes(nodes: readonly Node[], dot: Value): void {
    for (const node of nodes) this.#node(node, dot);
  }

  #node(node: Node, dot: Value): void {
    this.#step();
    switch (node.kind) {
      case 'text':
        this.#write(node.text);
        break;
      case 'print': {
        const value = this.#pipe(node.pipe, dot);
        if (node.pipe.variables.length === 0) this.#print(value);
        break;
      }
      case 'if':
      case 'with': {
        this.#scoped(() => {
          const value = this.#pipe(node.pipe, dot);
          if (isTrue(value)) this.#nodes(node.body, node.kind === 'with' ? value : dot);
          else this.#nodes(node.otherwise, dot);
        });
        break;
      }
      case 'range':
        this.#scoped(() => this.#range(node, dot));
        break;
      case 'template': {
        const body = this.#templates.get(node.name);
        if (body === undefined) throw new GoTemplateError(`template ${JSON.stringify(node.name)} is not defined`);
        this.run(body, node.pipe === undefined ? undefined : this.#pipe(node.pipe, dot));
        break;
      }
      default:
        throw new Leave(node.kind);
    }
  }

  #range({ pipe, body, otherwise }: Node & { kind: 'range' }, dot: Value): void {
    const { variables, isAssignment } = pipe;
    const value = this.#pipe({ ...pipe, variables: [] }, dot);
    const pairs: [Value, Value][] =
      value instanceof GoMap
        ? value.keys.map(key => [key, value.entries.get(key)!])
        : value instanceof GoSlice
          ? value.items.map((item, i) => [i, item])
          : value === null || value === undefined
            ? []
            : refuse(`range can't iterate over ${shown(value)}`);
    if (pairs.length === 0) {
      this.#nodes(otherwise, dot);
      return;
    }
    for (const [key, item] of pairs) {
      this.#step();
      const outer = this.#variables.length;
      if (variables.length > 0) {
        const values = variables.length === 1 ? [item] : [key, item];
        for (const [i, name] of variables.entries()) {
          if (isAssignment) this.#assign(name, values[i]);
          else this.#variables.push([name, values[i]]);
        }
      }
      try {
        this.#nodes(body, item);
      } catch (leave) {
        if (!(leave instanceof Leave)) throw leave;
        if (leave.kind === 'break') break;
      } finally {
        this.#variables.length = outer;
      }
    }
  }

  #scoped(work: () => void): void {
    const outer = this.#variables.length;
    try {
      work();
    } finally {
      this.#variables.length = Math.min(outer, this.#variables.length);
    }
  }

  #pipe({ variables, isAssignment, commands }: Pipe, dot: Value): Value {
    let value: Value;
    for (const [i, command] of commands.entries()) value = this.#command(command, dot, i === 0 ? [] : [value]);
    for (const name of variables) {
      if (isAssignment) this.#assign(name, value);
      else this.#variables.push([name, value]);
    }
    return value;
  }

  #assign(name: string, value: Value): void {
    const variable = this.#variables.findLast(([known]) => known === name);
    if (variable === undefined) refuse(`there is no variable ${name}`);
    else variable[1] = value;
  }

  #command([first, ...others]: readonly Operand[], dot: Value, last: readonly Value[]): Value {
    this.#step();
    const operand = first!;
    if (operand.kind === 'function') return this.#call(operand.name, others, dot, last);
    if (operand.kind === 'chain') {
      const args = (): Value[] => [...others.map(one => this.#value(one, dot)), ...last];
      return this.#chain(operand.of, operand.fields, dot, args);
    }
    if (others.length > 0 || last.length > 0) refuse("can't give argument to non-function");
    if (operand.kind === 'nil') refuse('nil is not a command');
    return this.#value(operand, dot);
  }

  #call(name: string, operands: readonly Operand[], dot: Value, last: readonly Value[]): Value {
    if (SHORT_CIRCUIT.has(name)) {
      let value: Value;
      const count = operands.length + last.length;
      if (count === 0) refuse(`${name}: wrong number of arguments: at least 1 wanted, 0 given`);
      for (let i = 0; i < count; i++) {
        value = i < operands.length ? this.#value(operands[i]!, dot) : last[i - operands.length];
        if (isTrue(value) === (name === 'or')) break;
      }
      return value;
    }
    const args = [...operands.map(one => this.#value(one, dot)), ...last];
    for (const arg of args)
      this.#spend(typeof arg === 'string' ? arg.length : arg instanceof GoSlice ? arg.items.length : 1);
    const value = FUNCTIONS[name]!(...args);
    if (typeof value === 'string') this.#spend(value.length);
    return value;
  }

  #value(operand: Operand, dot: Value): Value {
    switch (operand.kind) {
      case 'value':
        return operand.value;
      case 'float':
        return new GoFloat(operand.value);
      case 'nil':
        return null;
      case 'dot':
        return dot;
      case 'variable':
        return this.#variables.findLast(([name]) => name === operand.name)?.[1];
      case 'pipe':
        return this.#pipe(operand.pipe, dot);
      case 'function':
        return this.#call(operand.name, [], dot, []);
      case 'chain':
        return this.#chain(operand.of, operand.fields, dot, () => []);
    }
  }

  /** Arguments go to the last of the fields, which must be a method then. */
  #chain(of: Operand, fields: readonly string[], dot: Value, args: () => readonly Value[]): Value {
    let value = this.#value(of, dot);
    for (const [i, name] of fields.entries()) value = field(value, name, i === fields.length - 1 ? args() : []);
    return value;
  }

  #print(value: Value): void {
    const text = shown(value);
    this.#write(this.#isHtml && !(value instanceof GoHtml) ? escapeHtml(text).replaceAll('+', '&#43;') : text);
  }

  #write(text: string): void {
    if (this.out.length + text.length > LIMITS.chars) refuse(`the text becomes longer than ${LIMITS.chars} characters`);
    this.out += text;
  }

  #step(): void {
    if (++this.#steps > LIMITS.steps) refuse(`the text takes more than ${LIMITS.steps} steps`);
  }

  #spend(amount: number): void {
    this.#spent += amount;
    if (this.#spent > 10 * LIMITS.chars) refuse(`the text builds more than ${10 * LIMITS.chars} characters`);
  }
}

function field(value: Value, name: string, args: readonly Value[]): Value {
  const methods =
    value instanceof GoMap || value instanceof GoSlice
      ? value.methods
      : value instanceof GoTime
        ? TIME_METHODS(value)
        : {};
  if (Object.hasOwn(methods, name)) return methods[name]!(...args);
  if (args.length > 0) refuse(`${name} is not a method but has arguments`);
  if (value instanceof GoMap) return value.entries.get(name) ?? '';
  if (value instanceof GoStruct && Object.hasOwn(value.fields, name)) return value.fields[name];
  if (value === null || value === undefined) return undefined;
  return refuse(`can't evaluate field ${name} in type ${typeOf(value)}`);
}

function refuse(what: string): never {
  throw new GoTemplateError(what);
}
