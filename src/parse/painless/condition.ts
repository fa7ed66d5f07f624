import type { Fields } from '../../core/event.ts';
import type { Condition, RunState } from '../run-state.ts';
import type { Expression } from './ast.ts';
import { settledValue } from './document.ts';
import { findClass } from './library/index.ts';
import { Source } from './mistake.ts';
import { parseScript } from './parser.ts';
import { prepare } from './script.ts';

/**
 * A text in Painless as a predicate over the event (`ctx`): an expression, or statements with `return`. Throws
 * LS_CONDITION_SYNTAX with the column when it cannot be read; the predicate throws `ScriptFailure` when it cannot be worked
 * out, or works out to something else than true or false.
 */
export function compileCondition(text: string, params?: Fields): Condition {
  return prepare(text, 'condition', params) as Condition;
}

/** The same for its value, of any type, as documents hold it. */
export function compileExpression(text: string): (event: Fields, state: RunState) => unknown {
  const run = prepare(text, 'expression', undefined);
  return (event, state) => settledValue(run(event, state));
}

/**
 * Name of a field of the event without which a condition cannot be worked out: `ctx.message =~ /x/ && ...` says nothing
 * about an event without a message. Asking for it first spares most events an error. Undefined where there is none.
 */
export function neededField(node: Expression): string | undefined {
  if (node.type === 'binary' && ['=~', '==~'].includes(node.operator)) return fieldOf(node.left);
  // What stands first is worked out in any case.
  if (node.type === 'binary' && node.operator === '&&') return neededField(node.left);
  return node.type === 'call' && !node.safe ? fieldOf(node.target) : undefined;
}

/** A condition that is one expression; undefined: it has statements or functions. */
export function onlyExpression(text: string): Expression | undefined {
  const { functions, body } = parseScript(new Source(text, 'condition'), name => findClass(name) !== undefined);
  const [only] = body;
  if (functions.length > 0 || body.length !== 1 || only === undefined) return undefined;
  return only.type === 'expression' || only.type === 'return' ? only.value : undefined;
}

/** `ctx.a` and `ctx['a']`: the name of the field. */
export function fieldOf(node: Expression): string | undefined {
  if (node.type !== 'member' && node.type !== 'index') return undefined;
  if (node.target.type !== 'variable' || node.target.name !== 'ctx') return undefined;
  if (node.type === 'member') return node.name;
  return node.key.type === 'string' ? node.key.value : undefined;
}
