import { didYouMean } from '../../../base/text/did-you-mean.ts';
import type { LongshoreError } from '../../../core/errors.ts';
import type { Expression, FunctionNode, TypeNode } from '../ast.ts';
import { converterTo } from '../conversions.ts';
import type { Environment, Evaluate, Execute } from '../environment.ts';
import { ScriptFailure } from '../failure.ts';
import { findClass, javaClasses } from '../library/index.ts';
import type { Source } from '../mistake.ts';
import { truth } from '../operators.ts';
import { isCastable, isPrimitive, isSubtype } from '../types.ts';
import { Byte, Char, Short } from '../values.ts';
import { FunctionScope } from './scope.ts';

/** A prepared expression: what it is known to be, and how it is worked out. */
export interface Code {
  readonly type: string;
  readonly run: Evaluate;
  /** Its value, where it is the same for every event. */
  readonly constant?: { readonly value: unknown } | undefined;
  /** The same without turning numbers into those of scripts; undefined or null when nothing is there. */
  readonly read?: Evaluate | undefined;
  /** Where any type will do: the same, each of its values in its own type. */
  readonly loose?: Evaluate | undefined;
  /** The path of a field, where it is written out: `a.b`. */
  readonly path?: string | undefined;
}

/** A function of the script's own. */
export interface OwnFunction {
  readonly node: FunctionNode;
  readonly params: readonly string[];
  readonly returns: string;
  /** Variables, parameters first. */
  size: number;
  /** What a call costs. */
  steps: number;
  body: Execute | undefined;
}

const PLAIN_TYPES: ReadonlySet<string> = new Set(['def', 'void', 'Object']);

/** What is known while a text is prepared. */
export class Compilation {
  readonly source: Source;
  readonly functions = new Map<string, OwnFunction>();
  scope: FunctionScope;
  /** Expressions prepared so far: what stands in a loop is what a round of it costs. */
  steps = 0;

  constructor(source: Source, returns: string) {
    this.source = source;
    this.scope = new FunctionScope(returns);
  }

  get isCondition(): boolean {
    return this.source.kind !== 'script';
  }

  /** The type that is written there, as the compiler has it. */
  typeOf(node: TypeNode | undefined): string {
    if (node === undefined) return 'def';
    const brackets = /(?:\[\])*$/.exec(node.name)![0];
    const item = node.name.slice(0, node.name.length - brackets.length);
    if (isPrimitive(item) || PLAIN_TYPES.has(item)) return item + brackets;
    const of = findClass(item);
    if (of !== undefined) return of.name + brackets;
    throw this.source.unknown(
      node.at,
      `the class ${item} is not known`,
      didYouMean(
        item,
        javaClasses.map(one => one.name),
      ),
    );
  }

  /** Makes what gives a value of a type, or says that it cannot be one. */
  as(code: Code, to: string, at: number, isExplicit = false): Evaluate {
    const { type, run } = code;
    const small =
      type === 'int' && code.constant !== undefined ? smallInt(code.constant.value as number, to) : undefined;
    if (small !== undefined) return () => small;
    if (!isCastable(type, to, isExplicit)) throw this.source.mistake(at, unfit(type, to), fixFor(type, to));
    if (code.loose !== undefined && (to === 'def' || to === 'Object')) return code.loose;
    if (type === to || type === 'null') return run;
    if (!isExplicit && type !== 'def' && !isPrimitive(to) && !isPrimitive(type) && isSubtype(type, to)) return run;
    if (to === 'boolean' && type === 'def')
      return (env, locals) => {
        const value = run(env, locals);
        return value === true || value === false ? value : this.failing(env, at, () => truth(value));
      };
    const convert = converterTo(to, isExplicit);
    if (convert === undefined) return run;
    if (code.constant !== undefined) {
      const value = this.folded(at, () => convert(code.constant!.value));
      return () => value;
    }
    return (env, locals) => {
      const value = run(env, locals);
      env.at = at;
      return convert(value);
    };
  }

  /** Works out at once what is the same for every event; what fails then is a mistake. */
  folded<T>(at: number, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (error instanceof ScriptFailure) throw this.source.mistake(at, error.reason);
      throw error;
    }
  }

  failing<T>(env: Environment, at: number, make: () => T): T {
    env.at = at;
    return make();
  }

  /** Prepares in a new block of variables. */
  inBlock<T>(make: () => T): T {
    this.scope.open();
    try {
      return make();
    } finally {
      this.scope.close();
    }
  }

  /** Prepares in a function's own scope; answers what was made and what it costs. */
  inFunction<T>(scope: FunctionScope, make: () => T): { made: T; steps: number } {
    const { scope: around, steps } = this;
    this.scope = scope;
    try {
      return { made: make(), steps: this.steps - steps + 1 };
    } finally {
      this.scope = around;
    }
  }

  unknownMember(at: number, what: string, name: string, known: Iterable<string>, suffix = ''): LongshoreError {
    return this.source.unknown(at, `${what} is not known`, didYouMean(name, [...known], '', suffix));
  }
}

/** The constant text of an expression, where it is one. */
export const textOf = (node: Expression): string | undefined => (node.type === 'string' ? node.value : undefined);

function unfit(from: string, to: string): string {
  if (from === 'void') return 'nothing comes out of it that could stand here';
  if (to === 'boolean') return `${words(from)} stands where true or false should be`;
  return to === 'void' ? 'a value stands where none is wanted' : `${words(from)} cannot become ${to}`;
}

function words(type: string): string {
  if (type === 'null') return 'null';
  return type === 'String' ? 'a text' : /^[aeiouAEIOU]/.test(type) ? `an ${type}` : `a ${type}`;
}

function fixFor(from: string, to: string): string | undefined {
  if (to === 'void') return 'Write what it makes into a field of ctx.';
  return isCastable(from, to, true) ? `Write (${to}) before it.` : undefined;
}

/** A constant that fits a smaller type becomes one without a cast. */
function smallInt(value: number, to: string): unknown {
  if (to === 'byte' && (value << 24) >> 24 === value) return new Byte(value);
  if (to === 'short' && (value << 16) >> 16 === value) return new Short(value);
  return to === 'char' && value >= 0 && value <= 0xffff ? new Char(value) : undefined;
}
