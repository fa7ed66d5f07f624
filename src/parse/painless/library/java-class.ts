import type { Budget } from '../budget.ts';

/**
 * What scripts may use of Java: the classes, and of each what is listed here. The compiler looks names and types up in it; the
 * bodies get and give values as scripts have them:
 *
 * | Java | here |
 * |---|---|
 * | null, boolean, String | null, boolean, string |
 * | int (Integer) | a number, whole, of 32 bits |
 * | long (Long) | bigint |
 * | double (Double) | `Double` (base/number/double.ts) |
 * | float, char, byte, short | `Float`, `Char`, `Byte`, `Short` (painless/values.ts) |
 * | List, array | an array of JavaScript |
 * | Map | a field map (no prototype) while its keys are texts, else a `JavaMap` |
 * | Set, StringBuilder, Matcher, ZonedDateTime, ... | an object of a class of the library |
 * | a lambda or method reference | a function of JavaScript |
 *
 * Fields of a document are read through `fromDocument` (painless/values.ts), which turns its numbers into these.
 */
export interface JavaClass {
  /** The simple name, as scripts write it: `ZonedDateTime`, `Map.Entry`. */
  readonly name: string;
  /** With its package: `java.time.ZonedDateTime`. */
  readonly qualified: string;
  /** Simple names of what it extends or implements, the nearest first; `Object` is understood. */
  readonly parents: readonly string[];
  /** True for a value of this class or of one below it (`instanceof`). */
  is(value: unknown): boolean;
  readonly constructors: readonly JavaMethod[];
  readonly statics: readonly JavaMethod[];
  readonly methods: readonly JavaMethod[];
  /** Public constants: `Integer.MAX_VALUE`, `ZoneOffset.UTC`. */
  readonly constants: Readonly<Record<string, JavaConstant>>;
}

export interface JavaConstant {
  readonly type: string;
  readonly value: unknown;
}

export interface JavaMethod {
  /** Empty for a constructor. */
  readonly name: string;
  /** Types of the arguments, simple names: `int`, `String`, `def`, `Function`, `char[]`. Its length is the arity. */
  readonly params: readonly string[];
  readonly returns: string;
  /** `self` is null for a static method. Throws `ScriptFailure` with Java's exception and message. Charges what grows to the budget. */
  call(self: unknown, args: readonly unknown[], budget: Budget): unknown;
}
