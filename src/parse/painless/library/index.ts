import { Double } from '../../../base/number/double.ts';
import { ScriptFailure } from '../failure.ts';
import { Byte, Char, Float, Short } from '../values.ts';
import { base64Classes } from './base64.ts';
import { bigDecimalClass, roundingClasses } from './big-decimal.ts';
import { bigIntegerClass } from './big-integer.ts';
import { byteClass, characterClass, shortClass } from './characters.ts';
import { collectionClass, hashSetClass, iterableClass, linkedHashSetClass, setClass } from './collection.ts';
import { comparableClass, comparatorClass } from './comparator.ts';
import { dequeClasses } from './deques.ts';
import { elasticClasses } from './elastic.ts';
import { enumBaseClass } from './enums.ts';
import { doubleClass, floatClass } from './floating.ts';
import { functionClasses, lambdaClass } from './functions.ts';
import { integerClass, longClass, numberClass } from './integers.ts';
import { iteratorClass, listIteratorClass } from './iterator.ts';
import type { JavaClass, JavaMethod } from './java-class.ts';
import { JavaObject } from './java-object.ts';
import { abstractListClass, arrayListClass, listClass } from './list.ts';
import { localeClass } from './locale.ts';
import { hashMapClass, linkedHashMapClass, mapClass, mapEntryClass } from './map.ts';
import { mathClass, strictMathClass } from './math.ts';
import { booleanClass, exceptionClasses, objectClass } from './object.ts';
import { optionalClasses } from './optional.ts';
import { matcherClass, patternClass } from './regex.ts';
import { smallClasses } from './small.ts';
import { collectorClass, collectorsClass } from './stream/collector.ts';
import { numberStreamClasses } from './stream/number-stream.ts';
import { baseStreamClass, streamBuilderClass, streamClass } from './stream/object-stream.ts';
import { statisticsClasses } from './stream/statistics.ts';
import { charSequenceClass, stringClass } from './string.ts';
import { stringBufferClass, stringBuilderClass } from './string-builder.ts';
import { timeClasses } from './times/index.ts';
import { treeClasses } from './trees.ts';
import { arraysClass, collectionsClass, objectsClass } from './utilities.ts';

/** All classes of the library, in no order that matters. */
export const javaClasses: readonly JavaClass[] = [
  objectClass,
  booleanClass,
  charSequenceClass,
  stringClass,
  numberClass,
  integerClass,
  longClass,
  doubleClass,
  floatClass,
  mathClass,
  strictMathClass,
  iterableClass,
  collectionClass,
  iteratorClass,
  listIteratorClass,
  listClass,
  abstractListClass,
  arrayListClass,
  setClass,
  hashSetClass,
  linkedHashSetClass,
  mapClass,
  hashMapClass,
  linkedHashMapClass,
  mapEntryClass,
  comparableClass,
  comparatorClass,
  enumBaseClass,
  characterClass,
  byteClass,
  shortClass,
  stringBuilderClass,
  stringBufferClass,
  patternClass,
  matcherClass,
  objectsClass,
  arraysClass,
  collectionsClass,
  baseStreamClass,
  streamClass,
  streamBuilderClass,
  collectorsClass,
  collectorClass,
  bigIntegerClass,
  bigDecimalClass,
  localeClass,
  ...timeClasses,
  ...roundingClasses,
  ...smallClasses,
  ...elasticClasses,
  ...numberStreamClasses,
  ...statisticsClasses,
  ...optionalClasses,
  ...treeClasses,
  ...dequeClasses,
  ...base64Classes,
  ...functionClasses,
  ...exceptionClasses,
];

const byName = new Map<string, JavaClass>();
for (const known of javaClasses) byName.set(known.name, known).set(known.qualified.replace('$', '.'), known);

/** The class of a simple name, or of one with its package. */
export const findClass = (name: string): JavaClass | undefined => byName.get(name);

const methodTables = new Map<JavaClass, ReadonlyMap<string, JavaMethod>>();

/** The method of a class or of one above it, as Java finds it: the nearest. */
export function findMethod(of: JavaClass, name: string, arity: number): JavaMethod | undefined {
  let table = methodTables.get(of);
  if (table === undefined) {
    table = methodTable(of);
    methodTables.set(of, table);
  }
  return table.get(`${name}/${arity}`);
}

/** By name and arity: `substring/2`. */
function methodTable(of: JavaClass): ReadonlyMap<string, JavaMethod> {
  const table = new Map<string, JavaMethod>();
  const seen = new Set<JavaClass>();
  const add = (one: JavaClass | undefined): void => {
    if (one === undefined || seen.has(one)) return;
    seen.add(one);
    for (const method of one.methods) {
      const key = `${method.name}/${method.params.length}`;
      if (!table.has(key)) table.set(key, method);
    }
    for (const parent of one.parents) add(findClass(parent));
  };
  add(of);
  add(objectClass);
  return table;
}

/** The names of all methods of a class, also those of the classes above. */
export function methodNames(of: JavaClass): string[] {
  findMethod(of, '', 0);
  return [...new Set([...methodTables.get(of)!.values()].map(method => method.name))];
}

/** The class in which methods of a value are looked up when its type is not known before (`def`). */
export function classOf(value: unknown): JavaClass {
  switch (typeof value) {
    case 'string':
      return stringClass;
    case 'number':
      return integerClass;
    case 'bigint':
      return longClass;
    case 'boolean':
      return booleanClass;
    case 'function':
      return lambdaClass;
  }
  if (typeof value !== 'object' || value === null) return objectClass;
  if (Array.isArray(value)) return value.constructor === Array ? arrayListClass : ownClass(value.constructor.name);
  if (value instanceof Double) return doubleClass;
  if (value instanceof JavaObject) return ownClass(value.type);
  if (value instanceof Char) return ownClass('Character');
  if (value instanceof Float) return floatClass;
  if (value instanceof Byte) return ownClass('Byte');
  if (value instanceof Short) return ownClass('Short');
  if (value instanceof ScriptFailure) return ownClass(value.exception);
  return hashMapClass;
}

const ownClass = (name: string): JavaClass => byName.get(name) ?? objectClass;
