import { nullPointer, type ScriptFailure } from '../failure.ts';
import type { JavaClass, JavaConstant, JavaMethod } from './java-class.ts';

/** What a method does. Which types its values have, its signature says. */
export type Body = (...values: never[]) => unknown;

interface Definition {
  /** Names of the classes above, with blanks between. */
  readonly extends?: string;
  readonly is: (value: unknown) => boolean;
  /** By signature: `(int, String)`. */
  readonly constructors?: Readonly<Record<string, Body>>;
  /** By signature: `int parseInt(String, int)`. Objects may be null where the type has a `?`: elsewhere that is a NullPointerException. */
  readonly statics?: Readonly<Record<string, Body>>;
  readonly methods?: Readonly<Record<string, Body>>;
  /** By declaration: `int MAX_VALUE`. */
  readonly constants?: Readonly<Record<string, unknown>>;
  /** The signature of the method that a lambda stands for. */
  readonly lambda?: string;
}

/** A class of the library from the signatures of what it has (java-class.ts). */
export function javaClass(qualified: string, definition: Definition): JavaClass {
  const constants: Record<string, JavaConstant> = Object.create(null);
  for (const [declaration, value] of Object.entries(definition.constants ?? {})) {
    const [type, name] = declaration.split(' ') as [string, string];
    constants[name] = { type, value };
  }
  const lambda = once(() => (definition.lambda === undefined ? undefined : method(definition.lambda, calling)));
  const constructors = once(() => methodsOf(definition.constructors, true));
  const statics = once(() => methodsOf(definition.statics, true));
  const methods = once(() => {
    const own = methodsOf(definition.methods);
    const one = lambda();
    return one === undefined ? own : [...own, one];
  });
  return {
    name: qualified.slice(qualified.lastIndexOf('.') + 1).replace('$', '.'),
    qualified,
    parents: definition.extends?.split(' ') ?? [],
    is: definition.is,
    // Read when a script asks: most processes need few of the classes, and each reads all of them at its start.
    get constructors() {
      return constructors();
    },
    get statics() {
      return statics();
    },
    get methods() {
      return methods();
    },
    constants,
    get lambda() {
      return lambda();
    },
  };
}

/** What is worked out when it is asked for first. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** A lambda gets the arguments, and not the budget behind them. */
const calling = (self: (...values: unknown[]) => unknown, ...values: unknown[]): unknown =>
  self(...values.slice(0, -1));

function methodsOf(bodies: Readonly<Record<string, Body>> = {}, isStatic = false): JavaMethod[] {
  return Object.entries(bodies).map(([signature, body]) => method(signature, body, isStatic));
}

function method(signature: string, body: Body, isStatic = false): JavaMethod {
  const found = /^(?:(\S+) (\w+))?\((.*)\)$/.exec(signature);
  if (found === null) throw new Error(`no signature: ${signature}`);
  const [, returns = '', name = '', params = ''] = found;
  const types = params === '' ? [] : params.split(/,\s*/);
  const call = body as unknown as JavaMethod['call'];
  return {
    name,
    params: types.map(type => type.replace('?', '')),
    returns,
    call: guarded(call, types, isStatic ? 0 : 1),
  };
}

/** With NullPointerException for arguments that must be there. `first`: where the arguments begin. */
function guarded(call: JavaMethod['call'], types: readonly string[], first: number): JavaMethod['call'] {
  const needed = types.flatMap((type, i) => (MAY_BE_NULL.test(type) ? [] : [i + first]));
  if (needed.length === 0) return call;
  if (types.length === 1 && first === 1)
    return (self, a, budget) => {
      if (a === null) throw missing(0);
      return call(self, a, budget);
    };
  if (types.length === 1)
    return (a, budget) => {
      if (a === null) throw missing(0);
      return call(a, budget);
    };
  if (types.length === 2 && first === 1)
    return (self, a, b, budget) => {
      for (const i of needed) if ((i === 1 ? a : b) === null) throw missing(i - 1);
      return call(self, a, b, budget);
    };
  return (...values) => {
    for (const i of needed) if (values[i] === null) throw missing(i - first);
    return call(...values);
  };
}

const MAY_BE_NULL = /\?$|^(?:def|Object|int|long|double|float|boolean|char|byte|short)$/;
const missing = (i: number): ScriptFailure => nullPointer(`argument ${i + 1} is null`);
