import { didYouMean } from '../../base/text/did-you-mean.ts';
import { type Fields, fieldAt, isFields } from '../../core/event.ts';
import { timestampOf } from '../field-path.ts';
import { javaRegExp } from '../java-regexp.ts';
import type { Condition, RunState } from '../run-state.ts';
import type { ConditionNode } from './ast.ts';
import { syntaxError } from './lexer.ts';
import { ConditionFailure, callMethod, describe, FUNCTIONS, METHOD_NAMES } from './methods.ts';
import { binary } from './operators.ts';
import { parseCondition } from './parser.ts';

/** What an expression works out to; null stands for nothing, never undefined. */
export type Evaluate = (event: Fields, state: RunState) => unknown;

/**
 * A Painless expression as a predicate over the event (`ctx`). Throws LS_CONDITION_SYNTAX with the column when it does not
 * parse; the predicate throws `ConditionFailure` when it cannot be worked out, or works out to something else than true or false.
 */
export function compileCondition(source: string): Condition {
  const evaluate = compile(parseCondition(source), source);
  return (event, state) => {
    const value = evaluate(event, state);
    if (value === true) return true;
    if (value === false) return false;
    throw new ConditionFailure(`the condition gives ${describe(value)} instead of true or false`);
  };
}

/** An expression for its value, of any type; throws as `compileCondition` does. */
export function compileExpression(source: string): Evaluate {
  return compile(parseCondition(source), source);
}

function compile(node: ConditionNode, source: string): Evaluate {
  switch (node.type) {
    case 'literal': {
      const { value } = node;
      return () => value;
    }
    case 'ctx':
      return event => event;
    case 'list': {
      const items = node.items.map(item => compile(item, source));
      return (event, state) => items.map(item => item(event, state));
    }
    case 'map': {
      const entries = node.entries.map(([key, value]) => [compile(key, source), compile(value, source)] as const);
      return (event, state) => {
        const map: Fields = Object.create(null);
        for (const [key, value] of entries) map[String(key(event, state))] = value(event, state);
        return map;
      };
    }
    case 'regex':
      throw syntaxError(source, node.at, 'a regular expression stands alone', 'Write ctx.field =~ /.../ or ==~.');
    case 'member':
      return member(node, source);
    case 'call':
      return call(node, source);
    case 'function':
      return standalone(node, source);
    case 'unary':
      return unary(node, source);
    case 'cast':
      return cast(node, source);
    case 'instanceof':
      return instanceOf(node, source);
    case 'ternary': {
      const test = compile(node.test, source);
      const yes = compile(node.yes, source);
      const no = compile(node.no, source);
      return (event, state) => (truth(test(event, state)) ? yes(event, state) : no(event, state));
    }
    case 'binary': {
      if (node.operator === '=~' || node.operator === '==~') return regexMatch(node, source);
      const isDouble = doubles(node.left) || doubles(node.right);
      return binary(node.operator, compile(node.left, source), compile(node.right, source), isDouble);
    }
  }
}

function member(node: Extract<ConditionNode, { type: 'member' }>, source: string): Evaluate {
  const { key, safe } = node;
  if (node.target.type === 'ctx' && key.type === 'literal' && typeof key.value === 'string') {
    const name = key.value;
    if (name === '@timestamp') return (event, state) => timestampOf(event, state);
    if (name === '_ingest') return (_, state) => state.ingest;
    if (name.includes('.')) return event => fieldAt(event, name) ?? null;
    return event => event[name] ?? null;
  }
  const path = dottedPath(node);
  const target = compile(node.target, source);
  const inner = compile(key, source);
  return (event, state) => {
    const value = target(event, state);
    if (value === null || value === undefined) {
      // A record may carry the path as one dotted key: it is there, though its parent is not.
      const literal = path === undefined ? undefined : event[path];
      if (literal !== undefined) return literal;
      if (safe) return null;
      throw new ConditionFailure(`cannot read [${path ?? String(inner(event, state))}] of null`);
    }
    const name = inner(event, state);
    if (Array.isArray(value)) {
      if (name === 'length') return value.length;
      const index = Number(name);
      if (!(index >= 0 && index < value.length)) throw new ConditionFailure(`the list has no item ${String(name)}`);
      return value[index] ?? null;
    }
    if (typeof value === 'object')
      return Object.hasOwn(value, name as string) ? ((value as Fields)[name as string] ?? null) : null;
    throw new ConditionFailure(`${describe(value)} has no field [${String(name)}]`);
  };
}

/** `ctx.a.b` as `a.b`; undefined when something on the way is worked out. */
function dottedPath(node: ConditionNode): string | undefined {
  if (node.type !== 'member' || node.key.type !== 'literal') return undefined;
  if (node.target.type === 'ctx') return String(node.key.value);
  const parent = dottedPath(node.target);
  return parent === undefined ? undefined : `${parent}.${node.key.value}`;
}

function call(node: Extract<ConditionNode, { type: 'call' }>, source: string): Evaluate {
  const { name, safe, target: receiver } = node;
  if (receiver.type === 'regex' && name === 'matcher')
    throw syntaxError(source, node.at, 'matcher() is not supported', 'Write ctx.field =~ /.../ or ==~.');
  if (!METHOD_NAMES.has(name))
    throw syntaxError(source, node.at, `the method ${name}() is not known`, didYouMean(name, METHOD_NAMES, '', '()'));
  const target = compile(receiver, source);
  const args = node.args.map(arg => compile(arg, source));
  const only = args.length === 1 ? node.args[0] : undefined;
  if (only?.type === 'literal' && typeof only.value === 'string') {
    const quick = quickTextMethod(name, only.value);
    if (quick !== undefined)
      return (event, state) => {
        const value = target(event, state);
        if (typeof value === 'string') return quick(value);
        if (safe && (value === null || value === undefined)) return null;
        return callMethod(value, name, [only.value]);
      };
  }
  return (event, state) => {
    const value = target(event, state);
    if (safe && (value === null || value === undefined)) return null;
    return callMethod(
      value,
      name,
      args.map(arg => arg(event, state)),
    );
  };
}

/** The common tests of a text against a constant, without a list of arguments each time. */
function quickTextMethod(name: string, constant: string): ((value: string) => unknown) | undefined {
  switch (name) {
    case 'startsWith':
      return value => value.startsWith(constant);
    case 'endsWith':
      return value => value.endsWith(constant);
    case 'contains':
      return value => value.includes(constant);
    default:
      return undefined;
  }
}

function standalone(node: Extract<ConditionNode, { type: 'function' }>, source: string): Evaluate {
  const args = node.args.map(arg => compile(arg, source));
  if (node.name === '$') {
    const [path, otherwise] = args;
    if (path === undefined || otherwise === undefined)
      throw syntaxError(source, node.at, '$ takes a field and a default', "Write $('a.b', '').");
    return (event, state) => fieldAt(event, String(path(event, state))) ?? otherwise(event, state);
  }
  const run = Object.hasOwn(FUNCTIONS, node.name) ? FUNCTIONS[node.name] : undefined;
  if (run === undefined) {
    const fix = didYouMean(node.name, Object.keys(FUNCTIONS), '', '()');
    throw syntaxError(source, node.at, `the function ${node.name}() is not known`, fix);
  }
  return (event, state) => run(args.map(arg => arg(event, state)));
}

function unary(node: Extract<ConditionNode, { type: 'unary' }>, source: string): Evaluate {
  const operand = compile(node.operand, source);
  if (node.operator === '!') return (event, state) => !truth(operand(event, state));
  const sign = node.operator === '-' ? -1 : 1;
  return (event, state) => {
    const value = operand(event, state);
    if (typeof value !== 'number') throw new ConditionFailure(`${describe(value)} has no sign`);
    return sign * value;
  };
}

function cast(node: Extract<ConditionNode, { type: 'cast' }>, source: string): Evaluate {
  const operand = compile(node.operand, source);
  const { className } = node;
  if (/^(?:int|long|Integer|Long)$/.test(className))
    return (event, state) => {
      const value = operand(event, state);
      if (typeof value !== 'number') throw new ConditionFailure(`cannot cast ${describe(value)} to ${className}`);
      return Math.trunc(value);
    };
  return operand;
}

const CLASSES: Record<string, (value: unknown) => boolean> = {
  String: value => typeof value === 'string',
  CharSequence: value => typeof value === 'string',
  List: Array.isArray,
  ArrayList: Array.isArray,
  Collection: Array.isArray,
  Map: isFields,
  HashMap: isFields,
  Boolean: value => typeof value === 'boolean',
  Number: value => typeof value === 'number',
  Integer: value => Number.isInteger(value) && Math.abs(value as number) <= 0x7fffffff,
  Long: value => Number.isInteger(value),
  Float: value => typeof value === 'number' && !Number.isInteger(value),
  Double: value => typeof value === 'number' && !Number.isInteger(value),
  Object: value => value !== null && value !== undefined,
};

function instanceOf(node: Extract<ConditionNode, { type: 'instanceof' }>, source: string): Evaluate {
  const operand = compile(node.operand, source);
  const test = Object.hasOwn(CLASSES, node.className) ? CLASSES[node.className] : undefined;
  if (test === undefined) {
    const fix = didYouMean(node.className, Object.keys(CLASSES));
    throw syntaxError(source, node.at, `the class ${node.className} is not known`, fix);
  }
  return (event, state) => test(operand(event, state));
}

function regexMatch(node: Extract<ConditionNode, { type: 'binary' }>, source: string): Evaluate {
  if (node.right.type !== 'regex')
    throw syntaxError(
      source,
      node.right.at,
      `${node.operator} wants a regular expression`,
      'Write it between slashes.',
    );
  const { source: text, flags } = node.right;
  const pattern = (() => {
    try {
      return javaRegExp(node.operator === '==~' ? `\\A(?:${text})\\z` : text, flags);
    } catch (error) {
      throw syntaxError(source, node.right.at, (error as { what?: string }).what?.replace(/\.$/, '') ?? String(error));
    }
  })();
  const left = compile(node.left, source);
  return (event, state) => {
    const value = left(event, state);
    if (typeof value !== 'string')
      throw new ConditionFailure(`${describe(value)} cannot be matched with a regular expression`);
    return pattern.test(value);
  };
}

function truth(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new ConditionFailure(`${describe(value)} stands where true or false should be`);
}

function doubles(node: ConditionNode): boolean {
  return node.type === 'literal' && node.double === true;
}
