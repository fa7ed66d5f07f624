import { findClass, findMethod, methodNames } from './library/index.ts';
import type { JavaClass, JavaMethod } from './library/java-class.ts';

/*
 * Types as the compiler has them: the simple names of classes and primitives, `def`, `void`, `null` (the type of null), and
 * of arrays the type of their items with `[]` behind it.
 */

const RANKS: Readonly<Record<string, number>> = { byte: 1, short: 1, char: 1, int: 1, long: 2, float: 3, double: 4 };
const BY_RANK = ['', 'int', 'long', 'float', 'double'] as const;
/** What each primitive widens to without being asked. */
const WIDER: Readonly<Record<string, readonly string[]>> = {
  byte: ['short', 'int', 'long', 'float', 'double'],
  short: ['int', 'long', 'float', 'double'],
  char: ['int', 'long', 'float', 'double'],
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  double: [],
};
const BOXES: Readonly<Record<string, string>> = {
  boolean: 'Boolean',
  byte: 'Byte',
  short: 'Short',
  char: 'Character',
  int: 'Integer',
  long: 'Long',
  float: 'Float',
  double: 'Double',
};
const PRIMITIVES: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(BOXES).map(([a, b]) => [b, a]));

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

export const isPrimitive = (type: string): boolean => Object.hasOwn(BOXES, type);
/** The primitive that a class stands for, or the type itself. */
export const unboxed = (type: string): string => own(PRIMITIVES, type) ?? type;
export const boxed = (type: string): string => own(BOXES, type) ?? type;
/** 1 int, 2 long, 3 float, 4 double; 0 for what is no number. */
export const rankOfType = (type: string): number => own(RANKS, unboxed(type)) ?? 0;
/** Unknown until it runs. */
export const isDynamic = (type: string): boolean => type === 'def';

/** The type in which an operator works with two others: `int` and `long` give `long`; undefined where they do not fit. */
export function promoted(a: string, b: string): string | undefined {
  const first = rankOfType(a);
  const second = rankOfType(b);
  return first === 0 || second === 0 ? undefined : BY_RANK[Math.max(first, second)];
}

/** True when a value of the first type may stand where the second is wanted; `isExplicit`: with a cast. */
export function isCastable(from: string, to: string, isExplicit: boolean): boolean {
  if (from === to || from === 'def' || to === 'def') return from !== 'void' && to !== 'void';
  if (from === 'void' || to === 'void') return false;
  if (from === 'null') return !isPrimitive(to);
  if (to === 'Object') return true;
  if (isPrimitive(from)) return isPrimitiveCastable(from, to, isExplicit);
  if (isPrimitive(to)) {
    if (from === 'String') return isExplicit && to === 'char';
    if (from === 'Object' || from === 'Number') return isExplicit;
    const inner = unboxed(from);
    return inner !== from && isPrimitiveCastable(inner, to, isExplicit);
  }
  if (from === 'Character' && to === 'String') return isExplicit;
  if (isSubtype(from, to)) return true;
  return isExplicit && (isSubtype(to, from) || isInterfaceLike(from) || isInterfaceLike(to));
}

function isPrimitiveCastable(from: string, to: string, isExplicit: boolean): boolean {
  if (from === to || boxed(from) === to) return true;
  if (to === 'Number') return from !== 'boolean' && from !== 'char';
  if (to === 'String') return from === 'char' && isExplicit;
  const target = unboxed(to);
  if (from === 'boolean' || target === 'boolean' || own(WIDER, target) === undefined) return isSubtype(boxed(from), to);
  return isExplicit || WIDER[from]!.includes(target);
}

/** A cast between two classes that know nothing of each other may still succeed, if one of them is an interface. */
const isInterfaceLike = (type: string): boolean => findClass(type)?.constructors.length === 0;

export function isSubtype(type: string, of: string): boolean {
  if (type === of || of === 'Object') return true;
  if (type.endsWith('[]')) return of.endsWith('[]') && !isPrimitive(of.slice(0, -2)) && !isPrimitive(type.slice(0, -2));
  return findClass(type)?.parents.some(parent => isSubtype(parent, of)) ?? false;
}

export type MemberKind = 'methods' | 'statics' | 'constructors';

/** The method of a class or of those above it, by name and number of arguments. */
export function methodOf(of: JavaClass, kind: MemberKind, name: string, arity: number): JavaMethod | undefined {
  if (kind === 'methods') return findMethod(of, name, arity);
  for (const method of of[kind]) if (method.name === name && method.params.length === arity) return method;
  if (kind === 'constructors') return undefined;
  for (const parent of of.parents) {
    const above = findClass(parent);
    const found = above === undefined ? undefined : methodOf(above, kind, name, arity);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** All that a class has under a kind, for suggestions. */
export function memberNames(of: JavaClass, kind: MemberKind): Set<string> {
  if (kind === 'methods') return new Set(methodNames(of));
  const names = new Set(of[kind].map(method => method.name));
  for (const parent of of.parents) {
    const above = findClass(parent);
    if (above !== undefined) for (const name of memberNames(above, kind)) names.add(name);
  }
  return names;
}
