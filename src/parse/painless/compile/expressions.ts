import { Double } from '../../../base/number/double.ts';
import { LongshoreError } from '../../../core/errors.ts';
import type { Expression } from '../ast.ts';
import { defaultOf } from '../conversions.ts';
import type { Evaluate } from '../environment.ts';
import { ScriptFailure } from '../failure.ts';
import { findClass } from '../library/index.ts';
import { mapPut, newMap } from '../library/maps.ts';
import { Pattern } from '../library/regex.ts';
import { boxed, isPrimitive, promoted, unboxed } from '../types.ts';
import { Byte, Char, Float, fromDocument, Short } from '../values.ts';
import { assignment, step } from './assignments.ts';
import { binary, unary } from './binary.ts';
import { call, construction, ownCall } from './calls.ts';
import type { Code, Compilation } from './compilation.ts';
import { lambda, reference } from './lambdas.ts';
import { index, member, variable } from './members.ts';
import { numberLiteral } from './number-literal.ts';

/** Prepares an expression. Throws what is wrong with it, with line and column. */
export function expression(c: Compilation, node: Expression): Code {
  c.steps++;
  switch (node.type) {
    case 'number':
      return constant(...numberLiteral(c.source, node.text, node.at));
    case 'string':
      return constant('String', node.value);
    case 'boolean':
      return constant('boolean', node.value);
    case 'null':
      return constant('null', null);
    case 'regex':
      return regex(c, node);
    case 'list':
      return list(c, node);
    case 'map':
      return map(c, node);
    case 'new-array':
      return newArray(c, node);
    case 'array':
      return array(c, node);
    case 'new':
      return construction(c, node);
    case 'variable':
      return variable(c, node);
    case 'class':
      throw c.source.mistake(node.at, `the class ${node.name} is no value`, 'Name what you want of it.');
    case 'member':
      return member(c, node);
    case 'index':
      return index(c, node);
    case 'call':
      return call(c, node);
    case 'own-call':
      return ownCall(c, node);
    case 'assign':
      return assignment(c, node);
    case 'step':
      return step(c, node);
    case 'unary':
      return unary(c, node);
    case 'binary':
      return binary(c, node);
    case 'elvis':
      return elvis(c, node);
    case 'ternary':
      return ternary(c, node);
    case 'instanceof':
      return instanceOf(c, node);
    case 'cast':
      return cast(c, node);
    case 'lambda':
      return lambda(c, node);
    case 'reference':
      return reference(c, node);
  }
}

export function constant(type: string, value: unknown): Code {
  return { type, run: () => value, constant: { value } };
}

function regex(c: Compilation, node: Extract<Expression, { type: 'regex' }>): Code {
  try {
    return constant('Pattern', new Pattern(node.source, node.flags));
  } catch (error) {
    if (!(error instanceof LongshoreError)) throw error;
    throw c.source.mistake(node.at, error.what.replace(/\.$/, ''), error.fix);
  }
}

function list(c: Compilation, node: Extract<Expression, { type: 'list' }>): Code {
  const items = node.items.map(item => c.as(expression(c, item), 'def', item.at));
  const run: Evaluate = (env, locals) => {
    env.memory(items.length + 1);
    const made: unknown[] = [];
    for (let i = 0; i < items.length; i++) made.push(items[i]!(env, locals));
    return made;
  };
  return { type: 'ArrayList', run };
}

function map(c: Compilation, node: Extract<Expression, { type: 'map' }>): Code {
  const entries = node.entries.map(
    ([key, value]) => [c.as(expression(c, key), 'def', key.at), c.as(expression(c, value), 'def', value.at)] as const,
  );
  const run: Evaluate = (env, locals) => {
    env.memory(entries.length + 1);
    const made = newMap();
    for (const [key, value] of entries) mapPut(made, key(env, locals), value(env, locals));
    return made;
  };
  return { type: 'HashMap', run };
}

function newArray(c: Compilation, node: Extract<Expression, { type: 'new-array' }>): Code {
  const item = c.typeOf(node.of);
  const sizes = node.sizes.map(size => c.as(expression(c, size), 'int', size.at));
  const make = (lengths: readonly number[], depth: number): unknown[] => {
    const length = lengths[depth]!;
    if (depth === lengths.length - 1) return new Array<unknown>(length).fill(defaultOf(item));
    return Array.from({ length }, () => make(lengths, depth + 1));
  };
  const run: Evaluate = (env, locals) => {
    const lengths = sizes.map(size => size(env, locals) as number);
    let all = 1;
    for (const length of lengths) {
      env.at = node.at;
      if (length < 0) throw new ScriptFailure('NegativeArraySizeException', String(length));
      all *= length + 1;
      env.memory(4 * all);
    }
    return make(lengths, 0);
  };
  return { type: item + '[]'.repeat(sizes.length), run };
}

function array(c: Compilation, node: Extract<Expression, { type: 'array' }>): Code {
  const item = c.typeOf(node.of);
  const items = node.items.map(one => c.as(expression(c, one), item, one.at));
  const run: Evaluate = (env, locals) => {
    env.memory(items.length + 1);
    return items.map(one => one(env, locals));
  };
  return { type: `${item}[]`, run };
}

function elvis(c: Compilation, node: Extract<Expression, { type: 'elvis' }>): Code {
  const left = expression(c, node.left);
  const right = expression(c, node.right);
  if (left.type === 'null' || isPrimitive(left.type) || (left.constant !== undefined && left.type !== 'def'))
    throw c.source.mistake(node.at, 'what stands before `?:` is always the same kind of thing, and `?:` is for null');
  const type = left.type === right.type || right.type === 'null' ? left.type : 'def';
  const first = c.as(left, type, node.left.at);
  const second = c.as(right, type, node.right.at);
  return { type, run: (env, locals) => first(env, locals) ?? second(env, locals) };
}

function ternary(c: Compilation, node: Extract<Expression, { type: 'ternary' }>): Code {
  const test = c.as(expression(c, node.test), 'boolean', node.test.at);
  const yes = expression(c, node.yes);
  const no = expression(c, node.no);
  const type = commonType(yes.type, no.type);
  const first = c.as(yes, type, node.yes.at);
  const second = c.as(no, type, node.no.at);
  const choose =
    (a: Evaluate, b: Evaluate): Evaluate =>
    (env, locals) =>
      test(env, locals) === true ? a(env, locals) : b(env, locals);
  return { type, run: choose(first, second), loose: choose(yes.loose ?? yes.run, no.loose ?? no.run) };
}

function commonType(a: string, b: string): string {
  if (a === b) return a;
  if (a === 'null') return isPrimitive(b) ? boxed(b) : b;
  if (b === 'null') return isPrimitive(a) ? boxed(a) : a;
  return (isPrimitive(a) && isPrimitive(b) ? promoted(a, b) : undefined) ?? 'def';
}

function instanceOf(c: Compilation, node: Extract<Expression, { type: 'instanceof' }>): Code {
  const operand = expression(c, node.operand);
  const type = c.typeOf(node.of);
  const run = c.as(operand, 'def', node.operand.at);
  const { read } = operand;
  const test = testOf(type);
  if (read !== undefined && type === 'String')
    return { type: 'boolean', run: (env, locals) => typeof read(env, locals) === 'string' };
  return { type: 'boolean', run: (env, locals) => test(run(env, locals)) };
}

function testOf(type: string): (value: unknown) => boolean {
  if (type === 'def') return () => true;
  if (type === 'Object') return value => value !== null;
  if (type.endsWith('[]')) return value => Array.isArray(value) || value instanceof Uint8Array;
  const primitive = PRIMITIVE_TESTS[unboxed(type)];
  if (primitive !== undefined) return primitive;
  const of = findClass(type)!;
  return value => value !== null && of.is(value);
}

const PRIMITIVE_TESTS: Readonly<Record<string, ((value: unknown) => boolean) | undefined>> = Object.assign(
  Object.create(null),
  {
    boolean: (value: unknown) => typeof value === 'boolean',
    byte: (value: unknown) => value instanceof Byte,
    short: (value: unknown) => value instanceof Short,
    char: (value: unknown) => value instanceof Char,
    int: (value: unknown) => typeof value === 'number',
    long: (value: unknown) => typeof value === 'bigint',
    float: (value: unknown) => value instanceof Float,
    double: (value: unknown) => value instanceof Double,
  },
);

function cast(c: Compilation, node: Extract<Expression, { type: 'cast' }>): Code {
  const operand = expression(c, node.operand);
  const type = c.typeOf(node.of);
  const run = c.as(operand, type, node.at, true);
  if (operand.constant === undefined) return { type, run };
  return constant(type, run(undefined as never, undefined as never));
}

/** The value of a field as scripts have it. */
export function fieldCode(read: Evaluate, path: string | undefined): Code {
  return { type: 'def', read, path, run: (env, locals) => fromDocument(read(env, locals)) };
}
