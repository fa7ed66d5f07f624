import type { Expression, Statement } from '../ast.ts';
import { converterTo } from '../conversions.ts';
import { BREAK, type Evaluate, type Execute, NEXT, RETURN } from '../environment.ts';
import { ScriptFailure } from '../failure.ts';
import { JavaCollection } from '../library/java-object.ts';
import { describe } from '../operators.ts';
import { isSubtype } from '../types.ts';
import { fromDocument } from '../values.ts';
import type { Compilation } from './compilation.ts';
import { expression } from './expressions.ts';
import { declared, effect, leaves, statement } from './statements.ts';

type Loop = Extract<Statement, { type: 'while' | 'do' | 'for' }>;

/** `while`, `do` and `for (;;)`. Each round pays for what stands in it. */
export function loop(c: Compilation, node: Loop): Execute {
  checkBody(c, node);
  return c.inBlock(() => {
    const first = node.type === 'for' && node.first !== undefined ? beginning(c, node.first) : undefined;
    const before = c.steps;
    const test = testOf(c, node);
    const body = loopBody(c, node.body);
    const after = node.type === 'for' && node.after !== undefined ? effect(c, node.after) : undefined;
    const steps = c.steps - before + 1;
    const testsFirst = node.type !== 'do';
    return (env, locals) => {
      first?.(env, locals);
      for (let isFirst = true; ; isFirst = false) {
        if ((testsFirst || !isFirst) && test(env, locals) !== true) return NEXT;
        env.left -= steps;
        if (env.left < 0) env.steps(0);
        const completion = body(env, locals);
        if (completion === BREAK) return NEXT;
        if (completion === RETURN) return RETURN;
        after?.(env, locals);
      }
    };
  });
}

function beginning(c: Compilation, node: Statement): Execute {
  return node.type === 'expression' ? effect(c, node.value) : statement(c, node, false);
}

function testOf(c: Compilation, node: Loop): Evaluate {
  if (node.test === undefined) return () => true;
  return c.as(expression(c, node.test), 'boolean', node.test.at);
}

function loopBody(c: Compilation, body: Statement): Execute {
  c.scope.loops++;
  const made = c.inBlock(() => statement(c, body, false));
  c.scope.loops--;
  return made;
}

/** What would never end, or never come round, is a mistake. */
function checkBody(c: Compilation, node: Loop): void {
  const isEndless = node.test === undefined || (node.test.type === 'boolean' && node.test.value);
  if (isEndless && !has(node.body, ['break', 'return', 'throw']))
    throw c.source.mistake(node.at, 'the loop never ends', 'Add a `break`, or a condition.');
  if (leaves(node.body) && !has(node.body, ['continue']))
    throw c.source.mistake(node.at, 'the loop runs once at most', 'Remove it, and keep what stands in it.');
}

function has(node: Statement | undefined, types: readonly Statement['type'][]): boolean {
  if (node === undefined) return false;
  if (types.includes(node.type)) return true;
  switch (node.type) {
    case 'block':
      return node.body.some(one => has(one, types));
    case 'if':
      return has(node.yes, types) || has(node.no, types);
    case 'try':
      return has(node.body, types) || node.catches.some(one => has(one.body, types));
    case 'while':
    case 'do':
    case 'for':
    case 'each':
      return has(node.body, types);
    default:
      return false;
  }
}

/** `for (x in items)`, `for (Type x : items)`. */
export function eachLoop(c: Compilation, node: Extract<Statement, { type: 'each' }>): Execute {
  if (node.body.type === 'block' && node.body.body.length === 0)
    throw c.source.mistake(node.at, 'the loop does nothing', 'Remove it.');
  const items = iterable(c, node.of);
  return c.inBlock(() => {
    const type = c.typeOf(node.item.type);
    const { slot } = declared(c, node.item.name, type, node.item.at);
    const convert = converterTo(type, false);
    const before = c.steps;
    const body = loopBody(c, node.body);
    const steps = c.steps - before + 1;
    const { at } = node.of;
    return (env, locals) => {
      const found = items(env, locals);
      const all = found instanceof JavaCollection ? found.items() : found;
      if (!Array.isArray(all)) throw notIterable(found, at, env);
      const { length } = all;
      for (let i = 0; i < length; i++) {
        env.left -= steps;
        if (env.left < 0) env.steps(0);
        const item = fromDocument(all[i]);
        locals[slot] = convert === undefined ? item : convert(item);
        const completion = body(env, locals);
        if (completion === BREAK) return NEXT;
        if (completion === RETURN) return RETURN;
        if (all.length !== length) {
          env.at = at;
          throw new ScriptFailure(
            'ConcurrentModificationException',
            null,
            'the list was changed while a loop goes through it',
          );
        }
      }
      return NEXT;
    };
  });
}

function iterable(c: Compilation, node: Expression): Evaluate {
  const code = expression(c, node);
  const { type } = code;
  if (type !== 'def' && !type.endsWith('[]') && !isSubtype(type, 'Iterable') && !isSubtype(type, 'Collection'))
    throw c.source.mistake(
      node.at,
      `a loop cannot go through ${type}`,
      isSubtype(type, 'Map') ? 'Go through its entrySet(), keySet() or values().' : undefined,
    );
  return code.run;
}

function notIterable(value: unknown, at: number, env: Parameters<Evaluate>[0]): ScriptFailure {
  env.at = at;
  return new ScriptFailure(
    value === null ? 'NullPointerException' : 'IllegalArgumentException',
    `a loop cannot go through ${describe(value)}`,
  );
}
