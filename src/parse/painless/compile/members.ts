import { type Fields, newFields } from '../../../core/event.ts';
import { metadataOf, timestampOf } from '../../field-path.ts';
import { fieldReader, METADATA, readIndex, readMember, readSafely } from '../access.ts';
import type { Expression } from '../ast.ts';
import type { Evaluate } from '../environment.ts';
import { findClass } from '../library/index.ts';
import { isPrimitive, isSubtype, memberNames } from '../types.ts';
import { fromDocument } from '../values.ts';
import type { Code, Compilation } from './compilation.ts';
import { constant, expression, fieldCode } from './expressions.ts';

const FIELDS: unknown = Object.getPrototypeOf(newFields());

export function variable(c: Compilation, node: Extract<Expression, { type: 'variable' }>): Code {
  const { name } = node;
  const found = c.scope.find(name);
  if (found !== undefined) {
    const { slot, type } = found;
    return { type, run: (_, locals) => locals[slot] };
  }
  if (name === 'ctx') return { type: 'Map', run: env => env.event };
  if (name === 'params') return { type: 'Map', run: env => env.params };
  const known = [...c.scope.names(), 'ctx', 'params', 'true', 'false', 'null'];
  const error = c.unknownMember(node.at, `\`${name}\``, name, known);
  throw error.fix === undefined
    ? c.source.unknown(node.at, `\`${name}\` is not known`, `Fields are written ctx.${name}.`)
    : error;
}

/** True for `ctx` itself. */
export const isEvent = (c: Compilation, node: Expression): boolean =>
  node.type === 'variable' && node.name === 'ctx' && c.scope.find('ctx') === undefined;

/** `a.b` of `ctx.a.b` and `ctx['a']['b']`; undefined when something on the way is worked out. */
function pathBelow(target: Code, name: string): string | undefined {
  return target.path === undefined ? undefined : `${target.path}.${name}`;
}

export function member(c: Compilation, node: Extract<Expression, { type: 'member' }>): Code {
  const { name, at, safe } = node;
  if (node.target.type === 'class') return ofClass(c, node.target.name, name, at);
  if (isEvent(c, node.target)) return field(name);
  const target = expression(c, node.target);
  checkMember(c, target.type, name, at);
  return readNamed(target, name, safe, at);
}

function field(name: string): Code {
  if (METADATA.has(name)) {
    const read: Evaluate = env => metadataOf(env.state, name) ?? env.event[name];
    return fieldCode(read, name);
  }
  return fieldCode(fieldReader(name), name);
}

function readNamed(target: Code, name: string, safe: boolean, at: number): Code {
  const path = pathBelow(target, name);
  const outer = target.read ?? target.run;
  const slow = safe ? readSafely : readMember;
  const read: Evaluate = (env, locals) => {
    const value = outer(env, locals);
    if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === FIELDS)
      return (value as Fields)[name];
    env.at = at;
    return slow(fromDocument(value), name, path, env);
  };
  return fieldCode(read, path);
}

/** What is known at once to have no such member. */
function checkMember(c: Compilation, type: string, name: string, at: number): void {
  if (type === 'def' || type === 'Object') return;
  if (type.endsWith('[]')) {
    if (name !== 'length' && !/^\d+$/.test(name))
      throw c.unknownMember(at, `the member ${name} of an array`, name, ['length']);
    return;
  }
  if (isSubtype(type, 'Map') || isSubtype(type, 'List')) return;
  const of = isPrimitive(type) ? undefined : findClass(type);
  const getters =
    of === undefined ? [] : [...memberNames(of, 'methods')].filter(method => /^(?:get|is)[A-Z]/.test(method));
  const names = getters.map(method => method.replace(/^(?:get|is)/, '').replace(/^./, first => first.toLowerCase()));
  if (!names.includes(name)) throw c.unknownMember(at, `the member ${name} of ${type}`, name, names);
}

function ofClass(c: Compilation, className: string, name: string, at: number): Code {
  const of = findClass(className)!;
  const found = Object.hasOwn(of.constants, name) ? of.constants[name] : undefined;
  if (found !== undefined) return constant(found.type, found.value);
  throw c.unknownMember(at, `${of.name}.${name}`, name, Object.keys(of.constants));
}

export function index(c: Compilation, node: Extract<Expression, { type: 'index' }>): Code {
  const { at } = node;
  if (node.key.type === 'string') {
    const name = node.key.value;
    if (isEvent(c, node.target)) return field(name);
    const target = expression(c, node.target);
    if (target.type === 'def' || isSubtype(target.type, 'Map')) return readNamed(target, name, false, at);
  }
  const key = expression(c, node.key);
  const keyRun = c.as(key, 'def', node.key.at);
  if (isEvent(c, node.target))
    return fieldCode((env, locals) => {
      const name = keyRun(env, locals);
      if (name === '@timestamp') return timestampOf(env.event, env.state);
      return readIndex(env.event, name, undefined, env);
    }, undefined);
  const target = expression(c, node.target);
  if (
    target.type !== 'def' &&
    !target.type.endsWith('[]') &&
    !isSubtype(target.type, 'Map') &&
    !isSubtype(target.type, 'List')
  )
    throw c.source.mistake(at, `${target.type} has no items`);
  if (target.type.endsWith('[]') || isSubtype(target.type, 'List')) c.as(key, 'int', node.key.at);
  const run: Evaluate = (env, locals) => {
    const value = target.run(env, locals);
    const place = keyRun(env, locals);
    env.at = at;
    return readIndex(value, place, typeof place === 'string' ? pathBelow(target, place) : undefined, env);
  };
  const type = target.type.endsWith('[]') ? target.type.slice(0, -2) : 'def';
  return { type, run };
}
