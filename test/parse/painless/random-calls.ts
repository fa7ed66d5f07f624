import { javaClasses } from '../../../src/parse/painless/library/index.ts';
import type { JavaClass, JavaMethod } from '../../../src/parse/painless/library/java-class.ts';
import { STANDS_FOR, VALUES } from './random-values.ts';

/** A call of one method, as a script that shows what it gives and what it does to the object. */
export interface RandomCall {
  readonly of: JavaClass;
  readonly method: JavaMethod;
  readonly script: string;
}

const PRIMITIVE = new Set(['int', 'long', 'double', 'float', 'boolean', 'byte', 'short']);
/** What differs from run to run, has no text that says anything, or depends on the order of a HashMap. */
const LEFT_OUT =
  /^(?:random.*|currentTimeMillis|nanoTime|shuffle|systemDefault|getDefault|capacity|explain|iterator|stream|comparator|groupingBy.*|builder|getOrder|hashCode|get\w*(?:De|En)coder|ofPattern|ofDateAdjuster|withLocale|withZone|withResolverStyle)$/;
/** What is given that has no text. */
const UNSHOWN =
  /^(?:Collector|Comparator|Predicate|Function|UnaryOperator|Iterator|ListIterator|TemporalAdjuster|DateTimeFormatter)$/;
const USED_UP = /Stream|Matcher|Iterator|Tokenizer|Adjuster|Formatter|DateFormat/;

/** So many calls of each method, the same for a seed. Methods whose types have no values are passed over. */
export function randomCalls(seed: number, count: number): RandomCall[] {
  let state = seed;
  const chance = (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
  const value = (type: string): string | undefined => {
    const others = STANDS_FOR[type];
    if (others !== undefined) return value(others[chance(others.length)]!);
    const known = VALUES[type];
    return known?.[chance(known.length)];
  };
  const calls: RandomCall[] = [];
  for (const of of javaClasses) {
    if (/^(?:org|java\.util\.function)\.|Exception$|Error$|Throwable$/.test(of.qualified)) continue;
    for (const isStatic of [true, false])
      for (const method of isStatic ? of.statics : of.methods) {
        if (LEFT_OUT.test(method.name) || UNSHOWN.test(method.returns)) continue;
        for (let i = 0; i < count; i++) {
          const args = method.params.map(value);
          const object = isStatic ? of.name : value(of.name);
          if (object === undefined || args.includes(undefined)) continue;
          calls.push({ of, method, script: scriptOf(of, method, object, args as string[], isStatic) });
        }
      }
  }
  return calls;
}

function scriptOf(
  of: JavaClass,
  method: JavaMethod,
  object: string,
  args: readonly string[],
  isStatic: boolean,
): string {
  const call = `${isStatic ? object : 'v'}.${method.name}(${args.join(', ')})`;
  const before = isStatic ? '' : ` def v = ${object};`;
  const after = isStatic || USED_UP.test(of.name) ? '' : " l.add('' + v);";
  return `def l = [];${before} ${showing(call, method.returns)}${after} ctx.r = l`;
}

function showing(call: string, returns: string): string {
  if (returns === 'void') return `${call};`;
  if (returns.endsWith('[]')) return `def a = ${call}; for (x in a) { l.add('' + x) }`;
  if (returns.endsWith('Stream')) return `def a = ${call}; for (x in a.toArray()) { l.add('' + x) }`;
  return PRIMITIVE.has(returns) ? `l.add('' + (${call}));` : `l.add('' + ${call});`;
}
