import { messageOf } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import type { RunState } from '../run-state.ts';
import { Compilation } from './compile/compilation.ts';
import { expression } from './compile/expressions.ts';
import { declareFunctions } from './compile/functions.ts';
import { functionBody } from './compile/statements.ts';
import { defaultOf } from './conversions.ts';
import { Environment, type Evaluate, RETURN } from './environment.ts';
import { ScriptFailure } from './failure.ts';
import { findClass } from './library/index.ts';
import { Source, type SourceKind } from './mistake.ts';
import { frozenParams } from './owned.ts';
import { parseScript } from './parser.ts';

/** What each kind of text gives. */
const RETURNS: Readonly<Record<SourceKind, string>> = { script: 'void', condition: 'boolean', expression: 'def' };
const MAX_LENGTH = 65_535;

/**
 * Prepares a text in Painless: of a processor `script`, of an `if`, or for a value (`set: expression`). Throws with line and
 * column. What it gives runs it on an event and answers its value as scripts have it; it throws `ScriptFailure`, and `TooSlow`
 * where a regular expression was given up.
 */
export function prepare(
  text: string,
  kind: SourceKind,
  params: Fields | undefined,
): (event: Fields, state: RunState) => unknown {
  const source = new Source(text, kind);
  if (text.length > MAX_LENGTH) throw source.mistake(0, `it is longer than ${MAX_LENGTH} characters`);
  const script = parseScript(source, name => findClass(name) !== undefined);
  const c = new Compilation(source, RETURNS[kind]);
  declareFunctions(c, script.functions);
  const run = body(c, script.body);
  const env = new Environment();
  env.params = frozenParams(params ?? {}) as Fields;
  const { size } = c.scope;
  // A condition sees the event as something that cannot be changed; only one that might try pays for it.
  const sees = kind === 'condition' && CHANGES.test(text) ? frozen : asIs;
  return (event, state) => {
    env.begin(sees(event), state);
    try {
      return run(env, size === 0 ? NONE : new Array<unknown>(size));
    } catch (error) {
      throw asFailure(error, source, env.at, kind);
    }
  };
}

const NONE: unknown[] = [];

/** Methods that may change what they are called on (no fields whose names begin so: `ctx.source.address`), and assignments to what stands in something. */
const CHANGES =
  /(?:\.|::)\s*(?:add|put|remove|retain|clear|set|sort|replaceAll|compute|merge|po[lp]|push|offer|swap|reverse|rotate|fill|shuffle|iterator|listIterator)\w*(?:(?<=::\s*\w+)|\s*\()|(?:\]|\.\s*\w+)\s*(?:[-+*/%&|^]|<<|>>>?)?=(?![=~])|\+\+|--/;
const frozen = (event: Fields): Fields => frozenParams(event) as Fields;
const asIs = (event: Fields): Fields => event;

/** A single expression needs no statements around it. */
function body(c: Compilation, statements: Parameters<typeof functionBody>[1]): Evaluate {
  const [only] = statements;
  const { returns } = c.scope;
  if (statements.length === 1 && only !== undefined && returns !== 'void') {
    const value = only.type === 'expression' || only.type === 'return' ? only.value : undefined;
    if (value !== undefined) return c.as(expression(c, value), returns, value.at);
  }
  const execute = functionBody(c, statements, true);
  const otherwise = defaultOf(returns);
  return (env, locals) => (execute(env, locals) === RETURN ? env.value : otherwise);
}

const UNCHANGED: Readonly<Record<SourceKind, string>> = {
  script: '`params` cannot be changed',
  condition: 'a condition changes nothing',
  expression: '`params` cannot be changed',
};

/** What was thrown, as a failure of the script that knows its place. */
function asFailure(error: unknown, source: Source, at: number, kind: SourceKind): unknown {
  const place = at < 0 || !source.text.includes('\n') ? undefined : source.place(at);
  if (error instanceof ScriptFailure) return error.placed(place);
  if (error instanceof RangeError && /call stack/.test(error.message))
    return new ScriptFailure('StackOverflowError', 'its functions call each other too deeply').placed(place);
  if (error instanceof TypeError && /read only|not extensible|Cannot (?:add|delete|assign)/.test(error.message))
    return new ScriptFailure('UnsupportedOperationException', null, UNCHANGED[kind]).placed(place);
  if (error instanceof Error) return new ScriptFailure('Error', messageOf(error)).placed(place);
  return error;
}
