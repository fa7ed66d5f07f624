import { noMethod } from '../access.ts';
import type { Expression } from '../ast.ts';
import { type Convert, converterTo } from '../conversions.ts';
import type { Environment, Evaluate } from '../environment.ts';
import { ScriptFailure } from '../failure.ts';
import { classOf, findMethod, javaClasses } from '../library/index.ts';
import type { JavaClass, JavaMethod } from '../library/java-class.ts';
import type { Code, Compilation } from './compilation.ts';
import { expression } from './expressions.ts';

/** Every method that any class has. */
export const knownMethods = (): ReadonlySet<string> =>
  new Set(javaClasses.flatMap(of => of.methods.map(method => method.name)));

/** The classes whose methods scripts call most stand first. */
export const isKnownMethod = (name: string): boolean =>
  javaClasses.some(of => of.methods.some(method => method.name === name));

/** A method as a call without types uses it. */
interface Bound {
  readonly call: JavaMethod['call'];
  /** Of each argument; undefined where all of them stay as they are. */
  readonly converters: readonly (Convert | undefined)[] | undefined;
}

/** A call on a value of which nothing is known: its class says which method it is. The last class is remembered. */
export function dynamicCall(c: Compilation, receiver: Code, node: Extract<Expression, { type: 'call' }>): Evaluate {
  const { name, safe, at } = node;
  const args = node.args.map(arg => c.as(expression(c, arg), 'def', arg.at));
  const self = receiver.run;
  const quick = args.length === 1 ? quickText(receiver, node) : undefined;
  let lastClass: JavaClass | undefined;
  let last: Bound | undefined;
  const boundFor = (value: unknown): Bound => {
    const of = classOf(value);
    if (last !== undefined && of === lastClass) return last;
    const found = bound(value, of, name, args.length);
    lastClass = of;
    last = found;
    return found;
  };
  const missing = (env: Environment): null => {
    if (safe) return null;
    env.at = at;
    throw new ScriptFailure('NullPointerException', `cannot call ${name}() on null`);
  };
  const [first] = args;
  if (first === undefined)
    return (env, locals) => {
      const value = self(env, locals);
      if (value === null) return missing(env);
      env.at = at;
      return boundFor(value).call(value, env) ?? null;
    };
  if (args.length === 1) {
    const slow: Evaluate = (env, locals) => {
      const value = self(env, locals);
      if (value === null) return missing(env);
      const argument = first(env, locals);
      env.at = at;
      const { call, converters } = boundFor(value);
      return call(value, converters?.[0] === undefined ? argument : converters[0](argument), env) ?? null;
    };
    return quick === undefined ? slow : quick(slow);
  }
  return (env, locals) => {
    const value = self(env, locals);
    if (value === null) return missing(env);
    const values: unknown[] = [value];
    for (let i = 0; i < args.length; i++) values.push(args[i]!(env, locals));
    env.at = at;
    const { call, converters } = boundFor(value);
    if (converters !== undefined)
      for (let i = 0; i < args.length; i++) {
        const convert = converters[i];
        if (convert !== undefined) values[i + 1] = convert(values[i + 1]);
      }
    values.push(env);
    return call(...values) ?? null;
  };
}

/** The common tests of a field's text against a constant. `slow`: for everything else. */
function quickText(
  receiver: Code,
  node: Extract<Expression, { type: 'call' }>,
): ((slow: Evaluate) => Evaluate) | undefined {
  const [arg] = node.args;
  const { read } = receiver;
  if (arg?.type !== 'string' || read === undefined) return undefined;
  const constant = arg.value;
  switch (node.name) {
    case 'startsWith':
      return slow => (env, locals) => {
        const value = read(env, locals);
        return typeof value === 'string' ? value.startsWith(constant) : slow(env, locals);
      };
    case 'endsWith':
      return slow => (env, locals) => {
        const value = read(env, locals);
        return typeof value === 'string' ? value.endsWith(constant) : slow(env, locals);
      };
    case 'contains':
      return slow => (env, locals) => {
        const value = read(env, locals);
        if (typeof value === 'string') return value.includes(constant);
        return Array.isArray(value) && value.length < 32 ? value.includes(constant) : slow(env, locals);
      };
    default:
      return undefined;
  }
}

function bound(value: unknown, of: JavaClass, name: string, arity: number): Bound {
  const method = typeof value === 'function' ? methodOfLambda(name, arity) : findMethod(of, name, arity);
  if (method === undefined) throw noMethod(value, name, arity);
  const converters = method.params.map(type => converterTo(type, false));
  return { call: method.call, converters: converters.every(one => one === undefined) ? undefined : converters };
}

/** A lambda does not know which interface it stands for: whichever has the method. */
function methodOfLambda(name: string, arity: number): JavaMethod | undefined {
  for (const of of javaClasses) {
    const found = of.lambda === undefined ? undefined : findMethod(of, name, arity);
    if (found !== undefined) return found;
  }
  return undefined;
}
