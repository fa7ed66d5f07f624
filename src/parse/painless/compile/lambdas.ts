import { noMethod } from '../access.ts';
import type { Expression, Statement } from '../ast.ts';
import { type Convert, converterTo, defaultOf } from '../conversions.ts';
import { type Environment, type Evaluate, RETURN } from '../environment.ts';
import { classOf, findClass } from '../library/index.ts';
import type { JavaClass, JavaMethod } from '../library/java-class.ts';
import { isPrimitive, memberNames, methodOf } from '../types.ts';
import { enter } from './calls.ts';
import type { Code, Compilation, OwnFunction } from './compilation.ts';
import { expression } from './expressions.ts';
import { FunctionScope } from './scope.ts';
import { functionBody } from './statements.ts';

type Lambda = Extract<Expression, { type: 'lambda' }>;
type Reference = Extract<Expression, { type: 'reference' }>;

/** A lambda where an interface is wanted. */
export function lambdaFor(c: Compilation, node: Lambda | Reference, wanted: JavaMethod): Code {
  if (node.type === 'reference') return reference(c, node);
  if (node.params.length !== wanted.params.length)
    throw c.source.mistake(
      node.at,
      `the lambda has ${node.params.length} parameters where ${wanted.params.length} are given`,
    );
  return lambda(c, node, isPrimitive(wanted.returns) ? wanted.returns : 'def');
}

/** A function of JavaScript. What it uses of the variables around it are copies. */
export function lambda(c: Compilation, node: Lambda, returns = 'def'): Code {
  const scope = new FunctionScope(returns, c.scope);
  const { made, steps } = c.inFunction(scope, () => {
    const params = node.params.map(param => {
      const type = c.typeOf(param.type);
      const variable = scope.declare(param.name, type);
      if (variable === undefined) throw c.source.mistake(param.at, `there is a \`${param.name}\` already`);
      return { slot: variable.slot, convert: converterTo(type, false) };
    });
    return { params, body: lambdaBody(c, node.body, returns) };
  });
  const { params, body } = made;
  const { captures } = scope;
  const call = (env: Environment, around: unknown[], values: readonly unknown[]): unknown => {
    const locals = new Array<unknown>(scope.size);
    for (let i = 0; i < captures.length; i++) locals[captures[i]!.to] = around[captures[i]!.from];
    for (let i = 0; i < params.length; i++) {
      const { slot, convert } = params[i]!;
      locals[slot] = convert === undefined ? values[i] : convert(values[i]);
    }
    env.steps(steps);
    return body(env, locals);
  };
  // Variables are copied when the lambda is made: what is assigned to them afterwards is not seen.
  const run: Evaluate = (env, locals) => {
    const around = captures.length === 0 ? locals : locals.slice();
    switch (params.length) {
      case 0:
        return () => call(env, around, NONE);
      case 1:
        return (a: unknown) => call(env, around, [a]);
      default:
        return (...values: unknown[]) => call(env, around, values);
    }
  };
  return { type: 'def', run };
}

const NONE: readonly unknown[] = [];

function lambdaBody(c: Compilation, body: Expression | readonly Statement[], returns: string): Evaluate {
  if (isStatements(body)) {
    const execute = functionBody(c, body, true);
    const otherwise = defaultOf(returns);
    return (env, locals) => (execute(env, locals) === RETURN ? env.value : otherwise);
  }
  const code = expression(c, body);
  return code.type === 'void' ? code.run : c.as(code, returns, body.at);
}

const isStatements = (body: Expression | readonly Statement[]): body is readonly Statement[] => Array.isArray(body);

/** `Integer::parseInt`, `String::length`, `ArrayList::new`, `this::own`, `list::add`. */
export function reference(c: Compilation, node: Reference): Code {
  const { target, name, at } = node;
  if (target === 'this') return ownReference(c, name, at);
  if (target.type === 'class') return classReference(c, target.name, name, at);
  const receiver = expression(c, target);
  const run: Evaluate = (env, locals) => {
    const self = receiver.run(env, locals);
    return (...values: unknown[]) => {
      env.at = at;
      const of = self === null ? undefined : classOf(self);
      const method = of && methodOf(of, 'methods', name, values.length);
      if (method === undefined) throw noMethod(self, name, values.length);
      return method.call(self, ...converted(method, values), env) ?? null;
    };
  };
  return { type: 'def', run };
}

function ownReference(c: Compilation, name: string, at: number): Code {
  const found = [...c.functions].filter(([key]) => key.startsWith(`${name}/`)).map(([, of]) => of);
  if (found.length === 0) {
    const names = [...c.functions.keys()].map(key => key.slice(0, key.indexOf('/')));
    throw c.unknownMember(at, `the function ${name}()`, name, names, '()');
  }
  const ofArity = (arity: number): OwnFunction => found.find(of => of.params.length === arity) ?? found[0]!;
  const run: Evaluate = env => {
    return (...values: unknown[]) => {
      const of = ofArity(values.length);
      const locals = new Array<unknown>(of.size);
      of.params.forEach((type, i) => {
        const convert = converterTo(type, false);
        const value = values[i] ?? null;
        locals[i] = convert === undefined ? value : convert(value);
      });
      env.at = at;
      return enter(of, locals, env);
    };
  };
  return { type: 'def', run };
}

function classReference(c: Compilation, className: string, name: string, at: number): Code {
  if (className.endsWith('[]') && name === 'new') {
    const filled = defaultOf(className.slice(0, -2));
    return {
      type: 'def',
      run: env => (size: unknown) => {
        env.memory(Number(size));
        return new Array<unknown>(Number(size)).fill(filled);
      },
    };
  }
  const of = findClass(className);
  if (of === undefined) throw c.source.unknown(at, `the class ${className} is not known`);
  const known = name === 'new' ? of.constructors.length > 0 : hasMember(of, name);
  if (!known) {
    const names = [...memberNames(of, 'statics'), ...memberNames(of, 'methods')];
    throw c.unknownMember(at, `${className}::${name}`, name, names);
  }
  const run: Evaluate = env => {
    return (...values: unknown[]) => {
      env.at = at;
      return callOf(of, name, values, env);
    };
  };
  return { type: 'def', run };
}

const hasMember = (of: JavaClass, name: string): boolean =>
  memberNames(of, 'statics').has(name) || memberNames(of, 'methods').has(name) || OF_OBJECT.has(name);
const OF_OBJECT: ReadonlySet<string> = new Set(['equals', 'hashCode', 'toString']);

/** As many values as are given decide which one it is: a static method, or one of the first value. */
function callOf(of: JavaClass, name: string, values: readonly unknown[], env: Environment): unknown {
  if (name === 'new') {
    const method = methodOf(of, 'constructors', '', values.length);
    if (method === undefined) throw noMethod(of.name, 'new', values.length);
    return method.call(...converted(method, values), env);
  }
  const stat = methodOf(of, 'statics', name, values.length);
  if (stat !== undefined) return stat.call(...converted(stat, values), env) ?? null;
  const [self, ...rest] = values;
  const method = methodOf(of, 'methods', name, rest.length);
  if (self === null || self === undefined || method === undefined) throw noMethod(self ?? null, name, rest.length);
  const convert = converterTo(of.name, false);
  return method.call(convert === undefined ? self : convert(self), ...converted(method, rest), env) ?? null;
}

function converted(method: JavaMethod, values: readonly unknown[]): unknown[] {
  return values.map((value, i) => {
    const convert: Convert | undefined = converterTo(method.params[i]!, false);
    return convert === undefined ? value : convert(value);
  });
}
