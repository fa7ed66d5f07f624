import { Double } from '../../../base/number/double.ts';
import type { Budget } from '../budget.ts';
import { ScriptFailure } from '../failure.ts';
import { Byte, Char, Float, Short } from '../values.ts';
import { JavaCollection, JavaObject } from './java-object.ts';
import { eachEntry, JavaMap } from './maps.ts';

/** How deep values may nest that are printed, compared or hashed: a value that holds itself ends here. */
export const MAX_NESTING = 200;

export const tooDeep = (): ScriptFailure =>
  new ScriptFailure('StackOverflowError', 'the value holds itself, or nests too deeply');

/** Java's `String.valueOf`: `null`, `1.0E10`, `[1, 2]`, `{a=1}`. */
export function javaText(value: unknown, budget?: Budget): string {
  if (typeof value === 'string') return value;
  return written(value, 0, budget);
}

function written(value: unknown, depth: number, budget: Budget | undefined): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return (value | 0) === value || Number.isSafeInteger(value) ? String(value) : doubleText(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'undefined':
      return 'null';
    case 'function':
      return 'lambda';
  }
  if (value === null) return 'null';
  if (value instanceof Double) return doubleText(value.value);
  if (value instanceof Float) return floatText(value.value);
  if (value instanceof Char) return value.toString();
  if (value instanceof Byte || value instanceof Short) return String(value.value);
  if (value instanceof ScriptFailure) return value.toString();
  if (depth > MAX_NESTING) throw tooDeep();
  budget?.steps(1);
  let text: string;
  if (Array.isArray(value)) text = listText(value, depth, budget);
  else if (value instanceof JavaCollection) text = listText(value.items(), depth, budget, value);
  else if (value instanceof JavaObject && !(value instanceof JavaMap)) text = value.toText();
  else if (value instanceof Uint8Array) return `byte[${value.length}]`;
  else text = mapText(value as object, depth, budget);
  budget?.memory(text.length);
  return text;
}

function listText(list: unknown[], depth: number, budget: Budget | undefined, self: unknown = list): string {
  let text = '[';
  for (let i = 0; i < list.length; i++) {
    if (i > 0) text += ', ';
    const item = list[i];
    text += item === self ? '(this Collection)' : written(item, depth + 1, budget);
  }
  return `${text}]`;
}

function mapText(map: object, depth: number, budget: Budget | undefined): string {
  let text = '{';
  eachEntry(map, (key, value) => {
    if (text.length > 1) text += ', ';
    const name = key === map ? '(this Map)' : written(key, depth + 1, budget);
    text += `${name}=${value === map ? '(this Map)' : written(value, depth + 1, budget)}`;
  });
  return `${text}}`;
}

/** Java's `Double.toString`: the shortest digits that tell it apart, `1.0E7` from ten million on and below a thousandth. */
export function doubleText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return Object.is(value, -0) ? '-0.0' : `${value}.0`;
  return decimalText(value, value.toExponential());
}

export function floatText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return Object.is(value, -0) ? '-0.0' : `${value}.0`;
  for (let digits = 1; digits < 9; digits++) {
    const shown = value.toExponential(digits);
    if (Math.fround(Number(shown)) === value) return decimalText(value, shown);
  }
  return decimalText(value, value.toExponential(9));
}

/** `shown`: with an exponent. */
function decimalText(value: number, shown: string): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  // Java shows two digits at least, and chooses the nearest of those.
  const scientific = /^-?\de/.test(shown) ? value.toExponential(1) : shown;
  const [, sign, first, rest = '', exponentText] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(scientific)!;
  const exponent = Number(exponentText);
  const digits = (first! + rest).replace(/0+$/, '') || '0';
  if (exponent < -3 || exponent >= 7) return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent}`;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
