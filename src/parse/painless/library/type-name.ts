import { Double } from '../../../base/number/double.ts';
import { qualifiedException, ScriptFailure } from '../failure.ts';
import { Byte, Char, Float, Short } from '../values.ts';
import { JavaObject } from './java-object.ts';

/** The class of a value with its package, as messages have it: `java.lang.Integer`. */
export function typeName(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return 'java.lang.String';
    case 'number':
      return (value | 0) === value ? 'java.lang.Integer' : 'java.lang.Double';
    case 'bigint':
      return 'java.lang.Long';
    case 'boolean':
      return 'java.lang.Boolean';
    case 'function':
      return 'java.lang.Object';
  }
  if (value === null || typeof value !== 'object') return 'null';
  if (value instanceof JavaObject) return value.javaName;
  if (value instanceof ScriptFailure) return qualifiedException(value.exception);
  for (const [kind, name] of SCALARS) if (value instanceof kind) return `java.lang.${name}`;
  if (value instanceof Uint8Array) return 'byte[]';
  if (!Array.isArray(value)) return 'java.util.HashMap';
  const name = value.constructor.name;
  return `java.util.${name === 'Array' ? 'ArrayList' : name}`;
}

const SCALARS = [
  [Double, 'Double'],
  [Char, 'Character'],
  [Float, 'Float'],
  [Byte, 'Byte'],
  [Short, 'Short'],
] as const;
