import { Double } from '../../../base/number/double.ts';
import { newFields } from '../../../core/event.ts';
import { METADATA, readIndex, readMember, writeIndex, writeMember } from '../access.ts';
import type { BinaryOperator, Expression } from '../ast.ts';
import { converterTo } from '../conversions.ts';
import type { Evaluate } from '../environment.ts';
import { rankOf } from '../numbers.ts';
import { owned } from '../owned.ts';
import { isSubtype } from '../types.ts';
import { Byte, Char, Float, Short } from '../values.ts';
import { combine } from './binary.ts';
import type { Code, Compilation } from './compilation.ts';
import { constant, expression } from './expressions.ts';
import { isEvent, member } from './members.ts';

type Assign = Extract<Expression, { type: 'assign' }>;
type Step = Extract<Expression, { type: 'step' }>;

/** Where a value is put. `reach` works out what stands before the last point or bracket, once. */
interface Place {
  readonly type: string;
  readonly reach: Evaluate | undefined;
  /** What is there; after `reach`. */
  readonly current: Code;
  /** Puts it there; after `reach`. */
  readonly put: (env: Parameters<Evaluate>[0], locals: unknown[], value: unknown) => void;
}

export function assignment(c: Compilation, node: Assign): Code {
  const value = expression(c, node.value);
  const { operator, at } = node;
  if (operator === undefined && isOperation(c, node.target, value)) return setMetadata('op', value);
  const place = placeOf(c, node.target, at);
  return put(
    place,
    operator === undefined ? c.as(value, place.type, node.value.at) : changed(c, place, operator, value, at),
  );
}

/** `ctx.op = 'noop'` asks Elasticsearch not to store the document; here it means nothing. */
function isOperation(c: Compilation, target: Expression, value: Code): boolean {
  if (target.type !== 'member' || target.name !== 'op' || !isEvent(c, target.target)) return false;
  return ['noop', 'none', 'index', 'create', 'delete'].includes(String(value.constant?.value));
}

export function step(c: Compilation, node: Step): Code {
  const place = placeOf(c, node.target, node.at);
  const next = changed(c, place, node.by === 1 ? '+' : '-', constant('int', 1), node.at);
  if (node.isPrefix) return put(place, next);
  const { reach, current } = place;
  const run: Evaluate = (env, locals) => {
    reach?.(env, locals);
    const before = current.run(env, locals);
    place.put(env, locals, next(env, locals));
    return before;
  };
  return { type: place.type, run };
}

function put(place: Place, next: Evaluate): Code {
  const { reach } = place;
  const run: Evaluate = (env, locals) => {
    reach?.(env, locals);
    const value = next(env, locals);
    place.put(env, locals, value);
    return value;
  };
  return { type: place.type, run };
}

function changed(c: Compilation, place: Place, operator: BinaryOperator, by: Code, at: number): Evaluate {
  if (place.type !== 'def') return c.as(combine(c, operator, place.current, by, at), place.type, at, true);
  // What is there decides: an int stays one also when a double is added.
  const slot = c.scope.temporary();
  const current: Evaluate = (env, locals) => {
    const value = place.current.run(env, locals);
    locals[slot] = value;
    return value;
  };
  const { run } = combine(c, operator, { type: 'def', run: current }, by, at);
  return (env, locals) => {
    const value = run(env, locals);
    return like(locals[slot], value);
  };
}

/** The number in the type of the one that stood there before. */
function like(before: unknown, value: unknown): unknown {
  if (typeof before !== 'object' && typeof before === typeof value) return value;
  const type = typeNameOf(before);
  return type === undefined || rankOf(value) === 0 ? value : converterTo(type, true)!(value);
}

function typeNameOf(value: unknown): string | undefined {
  if (typeof value === 'number') return 'int';
  if (typeof value === 'bigint') return 'long';
  if (value instanceof Double) return 'double';
  if (value instanceof Float) return 'float';
  if (value instanceof Byte) return 'byte';
  if (value instanceof Short) return 'short';
  return value instanceof Char ? 'char' : undefined;
}

function placeOf(c: Compilation, target: Expression, at: number): Place {
  if (target.type === 'variable') return variablePlace(c, target);
  if (target.type !== 'member' && target.type !== 'index')
    throw c.source.mistake(at, 'what stands there can hold no value');
  if (c.isCondition && isOfEvent(c, target))
    throw c.source.mistake(at, `a ${c.source.kind} changes nothing`, 'Comparison is ==.');
  const name = target.type === 'member' ? target.name : target.key.type === 'string' ? target.key.value : undefined;
  if (isEvent(c, target.target) && name !== undefined) return fieldPlace(c, name, at);
  if (target.type === 'member') return memberPlace(c, target);
  return indexPlace(c, target);
}

/** True for something below `ctx`. */
function isOfEvent(c: Compilation, node: Expression): boolean {
  if (node.type === 'member' || node.type === 'index' || node.type === 'call') return isOfEvent(c, node.target);
  return isEvent(c, node);
}

function variablePlace(c: Compilation, node: Extract<Expression, { type: 'variable' }>): Place {
  const found = c.scope.find(node.name);
  if (found === undefined) {
    if (node.name === 'ctx' || node.name === 'params')
      throw c.source.mistake(node.at, `\`${node.name}\` cannot be given another value`);
    throw c.source.unknown(
      node.at,
      `\`${node.name}\` is not known`,
      `Fields are written ctx.${node.name}; declare a variable with \`def ${node.name} = ...\`.`,
    );
  }
  if (found.isCopy)
    throw c.source.mistake(
      node.at,
      `a lambda cannot change \`${node.name}\`, which stands outside of it`,
      'Put the value into a list or map.',
    );
  const { slot, type } = found;
  return {
    type,
    reach: undefined,
    current: { type, run: (_, locals) => locals[slot] },
    put: (_, locals, value) => {
      locals[slot] = value;
    },
  };
}

function fieldPlace(c: Compilation, name: string, at: number): Place {
  const current = member(c, { type: 'member', target: { type: 'variable', name: 'ctx', at }, name, safe: false, at });
  const isMetadata = METADATA.has(name);
  const isForgotten = name === '_ingest';
  return {
    type: 'def',
    reach: undefined,
    current,
    put: (env, _, value) => {
      if (isMetadata) env.state.metadata[name] = owned(value);
      else if (isForgotten) {
        env.metadata ??= newFields();
        env.metadata[name] = value;
      } else env.event[name] = owned(value);
    },
  };
}

function setMetadata(name: string, value: Code): Code {
  const run: Evaluate = (env, locals) => {
    const next = value.run(env, locals);
    env.metadata ??= newFields();
    env.metadata[name] = next;
    return next;
  };
  return { type: value.type, run };
}

function memberPlace(c: Compilation, node: Extract<Expression, { type: 'member' }>): Place {
  const { name, at } = node;
  if (node.target.type === 'class')
    throw c.source.mistake(at, `${node.target.name}.${name} cannot be given another value`);
  const target = expression(c, node.target);
  const slot = c.scope.temporary();
  return {
    type: 'def',
    reach: (env, locals) => {
      locals[slot] = target.run(env, locals);
    },
    current: {
      type: 'def',
      run: (env, locals) => {
        env.at = at;
        return readMember(locals[slot], name, undefined, env);
      },
    },
    put: (env, locals, value) => {
      env.at = at;
      writeMember(locals[slot], name, owned(value), env);
    },
  };
}

function indexPlace(c: Compilation, node: Extract<Expression, { type: 'index' }>): Place {
  const { at } = node;
  const target = expression(c, node.target);
  const isArray = target.type.endsWith('[]');
  const key = c.as(expression(c, node.key), isArray || isSubtype(target.type, 'List') ? 'int' : 'def', node.key.at);
  const targetSlot = c.scope.temporary();
  const keySlot = c.scope.temporary();
  const type = isArray ? target.type.slice(0, -2) : 'def';
  return {
    type,
    reach: (env, locals) => {
      locals[targetSlot] = target.run(env, locals);
      locals[keySlot] = key(env, locals);
    },
    current: {
      type,
      run: (env, locals) => {
        env.at = at;
        return readIndex(locals[targetSlot], locals[keySlot], undefined, env);
      },
    },
    put: (env, locals, value) => {
      env.at = at;
      writeIndex(locals[targetSlot], locals[keySlot], owned(value), env);
    },
  };
}
