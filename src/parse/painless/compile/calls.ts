import type { Expression } from '../ast.ts';
import type { Evaluate } from '../environment.ts';
import { RETURN } from '../environment.ts';
import { ScriptFailure } from '../failure.ts';
import { findClass } from '../library/index.ts';
import type { JavaClass, JavaMethod } from '../library/java-class.ts';
import { boxed, isPrimitive, isSubtype, type MemberKind, memberNames, methodOf } from '../types.ts';
import { fromDocument } from '../values.ts';
import type { Code, Compilation, OwnFunction } from './compilation.ts';
import { dynamicCall, isKnownMethod, knownMethods } from './dynamic-call.ts';
import { expression } from './expressions.ts';
import { lambdaFor } from './lambdas.ts';
import { isEvent } from './members.ts';
import { fieldByPath } from './own-words.ts';

type Call = Extract<Expression, { type: 'call' }>;

export function call(c: Compilation, node: Call): Code {
  const { target, name, at } = node;
  if (target.type === 'class') {
    const of = findClass(target.name);
    if (of === undefined) throw c.source.unknown(at, `${target.name} has no methods`);
    return invoke(c, undefined, known(c, of, 'statics', name, node.args.length, at), node.args, at, false);
  }
  if (c.isCondition === false && isEvent(c, target) && name === 'remove' && node.args.length === 1)
    return removeField(c, node);
  const receiver = expression(c, target);
  if (receiver.type === 'def') {
    if (!isKnownMethod(name)) throw c.unknownMember(at, `the method ${name}()`, name, knownMethods(), '()');
    return { type: 'def', run: dynamicCall(c, receiver, node) };
  }
  if (receiver.type === 'void' || receiver.type === 'null')
    throw c.source.mistake(at, `there is nothing that ${name}() could be called on`);
  const of = findClass(receiver.type.endsWith('[]') ? 'Object' : boxed(receiver.type));
  if (of === undefined) throw c.source.unknown(at, `${receiver.type} has no methods`);
  return invoke(c, receiver, known(c, of, 'methods', name, node.args.length, at), node.args, at, node.safe);
}

/** A method that must be there. */
function known(c: Compilation, of: JavaClass, kind: MemberKind, name: string, arity: number, at: number): JavaMethod {
  const found = methodOf(of, kind, name, arity);
  if (found !== undefined) return found;
  const shown = kind === 'constructors' ? `new ${of.name}()` : `${of.name}.${name}()`;
  const others = kind === 'constructors' ? of.constructors : allOf(of, kind).filter(method => method.name === name);
  if (others.length === 0) throw c.unknownMember(at, `the method ${shown}`, name, memberNames(of, kind), '()');
  const forms = [...new Set(others.map(method => `(${method.params.join(', ')})`))].join(' or ');
  throw c.source.unknown(at, `${shown} does not take ${arity} arguments`, `It takes ${forms}.`);
}

function allOf(of: JavaClass, kind: 'methods' | 'statics'): JavaMethod[] {
  return [...of[kind], ...of.parents.flatMap(name => allOf(findClass(name) ?? EMPTY, kind))];
}
const EMPTY: JavaClass = {
  name: '',
  qualified: '',
  parents: [],
  is: () => false,
  constructors: [],
  statics: [],
  methods: [],
  constants: {},
  lambda: undefined,
};

/** An argument as a parameter of a type wants it. */
function argument(c: Compilation, node: Expression, type: string): Evaluate {
  if (node.type === 'lambda' || node.type === 'reference') {
    const wanted = findClass(type)?.lambda;
    if (wanted !== undefined) return lambdaFor(c, node, wanted).run;
    if (type !== 'def' && type !== 'Object') throw c.source.mistake(node.at, `a lambda cannot become ${type}`);
  }
  return c.as(expression(c, node), type, node.at);
}

function invoke(
  c: Compilation,
  receiver: Code | undefined,
  method: JavaMethod,
  nodes: readonly Expression[],
  at: number,
  safe: boolean,
): Code {
  const args = nodes.map((node, i) => argument(c, node, method.params[i]!));
  const type = safe && isPrimitive(method.returns) ? 'def' : method.returns;
  const self = receiver?.run;
  const { call } = method;
  const [first, second] = args;
  if (self === undefined) {
    if (args.length === 1)
      return {
        type,
        run: (env, locals) => {
          const a = first!(env, locals);
          env.at = at;
          return call(a, env);
        },
      };
    return { type, run: (env, locals) => spread(call, [], args, env, locals, at) };
  }
  const missing = (): null => {
    if (safe) return null;
    throw new ScriptFailure('NullPointerException', `cannot call ${method.name}() on null`);
  };
  const run: Evaluate = (env, locals) => {
    const value = self(env, locals);
    if (value === null) {
      env.at = at;
      return missing();
    }
    if (args.length === 0) {
      env.at = at;
      return call(value, env);
    }
    if (second !== undefined) return spread(call, [value], args, env, locals, at);
    const a = first!(env, locals);
    env.at = at;
    return call(value, a, env);
  };
  return { type, run };
}

function spread(
  call: JavaMethod['call'],
  values: unknown[],
  args: readonly Evaluate[],
  env: Parameters<Evaluate>[0],
  locals: unknown[],
  at: number,
): unknown {
  for (let i = 0; i < args.length; i++) values.push(args[i]!(env, locals));
  values.push(env);
  env.at = at;
  return call(...values);
}

/** `ctx.remove(name)`: the key stays, so that the event keeps its form (FieldPath.remove). */
function removeField(c: Compilation, node: Call): Code {
  const key = c.as(expression(c, node.args[0]!), 'def', node.at);
  const run: Evaluate = (env, locals) => {
    const name = key(env, locals);
    if (typeof name !== 'string') return null;
    const before = env.event[name];
    if (before !== undefined) env.event[name] = undefined;
    return fromDocument(before);
  };
  return { type: 'def', run };
}

export function construction(c: Compilation, node: Extract<Expression, { type: 'new' }>): Code {
  const name = c.typeOf(node.of);
  const of = findClass(name);
  if (of === undefined) throw c.source.mistake(node.at, `there is no new ${name}()`);
  if (of.constructors.length === 0)
    throw c.source.unknown(
      node.at,
      `${name} cannot be made with new`,
      isSubtype('ArrayList', name)
        ? 'Write new ArrayList().'
        : isSubtype('HashMap', name)
          ? 'Write new HashMap().'
          : undefined,
    );
  const method = known(c, of, 'constructors', '', node.args.length, node.at);
  return { ...invokeConstructor(c, method, node), type: name };
}

function invokeConstructor(c: Compilation, method: JavaMethod, node: Extract<Expression, { type: 'new' }>): Code {
  const args = node.args.map((arg, i) => argument(c, arg, method.params[i]!));
  const { call } = method;
  const { at } = node;
  const [first] = args;
  if (first === undefined) return { type: '', run: env => call(env) };
  if (args.length === 1)
    return {
      type: '',
      run: (env, locals) => {
        const value = first(env, locals);
        env.at = at;
        return call(value, env);
      },
    };
  return {
    type: '',
    run: (env, locals) => {
      const values: unknown[] = args.map(arg => arg(env, locals));
      values.push(env);
      env.at = at;
      return call(...values);
    },
  };
}

export function ownCall(c: Compilation, node: Extract<Expression, { type: 'own-call' }>): Code {
  const { name, args, at } = node;
  const of = c.functions.get(`${name}/${args.length}`);
  if (of === undefined) {
    const own = fieldByPath(c, node);
    if (own !== undefined) return own;
    const names = [...c.functions.keys()].map(key => key.slice(0, key.indexOf('/')));
    if (names.includes(name)) throw c.source.unknown(at, `${name}() does not take ${args.length} arguments`);
    throw c.unknownMember(at, `the function ${name}()`, name, names, '()');
  }
  const values = args.map((arg, i) => argument(c, arg, of.params[i]!));
  return { type: of.returns, run: (env, locals) => runOwn(of, values, env, locals, at) };
}

function runOwn(
  of: OwnFunction,
  args: readonly Evaluate[],
  env: Parameters<Evaluate>[0],
  locals: unknown[],
  at: number,
): unknown {
  const inner = new Array<unknown>(of.size);
  for (let i = 0; i < args.length; i++) inner[i] = args[i]!(env, locals);
  env.at = at;
  return enter(of, inner, env);
}

/** Runs a function with its variables, of which the parameters are set. */
export function enter(of: OwnFunction, locals: unknown[], env: Parameters<Evaluate>[0]): unknown {
  env.enter(of.steps);
  try {
    return of.body!(env, locals) === RETURN ? env.value : null;
  } finally {
    env.leave();
  }
}
