import type { Expression, Statement } from '../ast.ts';
import { defaultOf } from '../conversions.ts';
import { BREAK, CONTINUE, type Evaluate, type Execute, NEXT, RETURN } from '../environment.ts';
import { ScriptFailure } from '../failure.ts';
import { findClass } from '../library/index.ts';
import { isSubtype } from '../types.ts';
import type { Code, Compilation } from './compilation.ts';
import { expression } from './expressions.ts';
import { eachLoop, loop } from './loops.ts';

/** The statements of a function. `gives`: the last one may be the value that it returns, without `return`. */
export function functionBody(c: Compilation, body: readonly Statement[], gives: boolean): Execute {
  return sequence(c, body, gives);
}

export function sequence(c: Compilation, body: readonly Statement[], gives: boolean): Execute {
  const parts: Execute[] = [];
  body.forEach((node, i) => {
    const before = body[i - 1];
    if (before !== undefined && leaves(before))
      throw c.source.mistake(node.at, 'nothing gets here', 'Remove it, or what stands before it.');
    parts.push(statement(c, node, gives && i === body.length - 1));
  });
  const [first, second] = parts;
  if (first === undefined) return () => NEXT;
  if (second === undefined) return first;
  if (parts.length === 2) return (env, locals) => first(env, locals) || second(env, locals);
  return (env, locals) => {
    for (let i = 0; i < parts.length; i++) {
      const completion = parts[i]!(env, locals);
      if (completion !== NEXT) return completion;
    }
    return NEXT;
  };
}

/** True when what follows it is never reached. */
export function leaves(node: Statement): boolean {
  switch (node.type) {
    case 'return':
    case 'throw':
    case 'break':
    case 'continue':
      return true;
    case 'block':
      return node.body.some(leaves);
    case 'if':
      return node.no !== undefined && leaves(node.yes) && leaves(node.no);
    default:
      return false;
  }
}

export function statement(c: Compilation, node: Statement, gives: boolean): Execute {
  c.steps++;
  switch (node.type) {
    case 'block':
      return c.inBlock(() => sequence(c, node.body, gives));
    case 'declare':
      return declaration(c, node);
    case 'if':
      return branch(c, node, gives);
    case 'while':
    case 'do':
    case 'for':
      return loop(c, node);
    case 'each':
      return eachLoop(c, node);
    case 'break':
    case 'continue':
      if (c.scope.loops === 0) throw c.source.mistake(node.at, `\`${node.type}\` stands outside of a loop`);
      return node.type === 'break' ? () => BREAK : () => CONTINUE;
    case 'return':
      return returning(c, node);
    case 'throw':
      return throwing(c, node);
    case 'try':
      return trying(c, node, gives);
    case 'expression':
      return gives && c.scope.returns !== 'void' ? given(c, node.value) : effect(c, node.value);
  }
}

/** An expression whose value is what the function gives. */
function given(c: Compilation, node: Expression): Execute {
  const code = expression(c, node);
  if (code.type === 'void') {
    const { run } = code;
    return (env, locals) => {
      run(env, locals);
      return NEXT;
    };
  }
  return giving(c.as(code, c.scope.returns, node.at));
}

function giving(run: Evaluate): Execute {
  return (env, locals) => {
    env.value = run(env, locals);
    return RETURN;
  };
}

const EFFECTS: ReadonlySet<string> = new Set(['assign', 'step', 'call', 'own-call', 'new']);

/** An expression for what it does. */
export function effect(c: Compilation, node: Expression): Execute {
  if (!EFFECTS.has(node.type)) {
    const fix = node.type === 'binary' && node.operator === '==' ? 'To assign is =.' : undefined;
    throw c.source.mistake(node.at, 'nothing is done with this value', fix);
  }
  const { run } = expression(c, node);
  return (env, locals) => {
    run(env, locals);
    return NEXT;
  };
}

function declaration(c: Compilation, node: Extract<Statement, { type: 'declare' }>): Execute {
  const type = c.typeOf(node.of);
  if (type === 'void') throw c.source.mistake(node.of.at, 'a variable cannot be void');
  const parts = node.variables.map(({ name, value, at }) => {
    // What it begins with does not see it.
    const run = value === undefined ? undefined : c.as(expression(c, value), type, value.at);
    const variable = declared(c, name, type, at);
    const otherwise = defaultOf(type);
    return { slot: variable.slot, run: run ?? (() => otherwise) };
  });
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) {
    const { slot, run } = only;
    return (env, locals) => {
      locals[slot] = run(env, locals);
      return NEXT;
    };
  }
  return (env, locals) => {
    for (const { slot, run } of parts) locals[slot] = run(env, locals);
    return NEXT;
  };
}

export function declared(c: Compilation, name: string, type: string, at: number): { slot: number } {
  const isTaken = (name === 'ctx' || name === 'params') && !c.scope.isOwn;
  const variable = isTaken ? undefined : c.scope.declare(name, type);
  if (variable === undefined) throw c.source.mistake(at, `there is a \`${name}\` already`, 'Give it another name.');
  return variable;
}

function branch(c: Compilation, node: Extract<Statement, { type: 'if' }>, gives: boolean): Execute {
  const test = c.as(expression(c, node.test), 'boolean', node.test.at);
  const yes = c.inBlock(() => statement(c, node.yes, gives));
  const no = node.no === undefined ? undefined : c.inBlock(() => statement(c, node.no!, gives));
  if (no === undefined) return (env, locals) => (test(env, locals) === true ? yes(env, locals) : NEXT);
  return (env, locals) => (test(env, locals) === true ? yes(env, locals) : no(env, locals));
}

function returning(c: Compilation, node: Extract<Statement, { type: 'return' }>): Execute {
  const { returns } = c.scope;
  if (node.value === undefined) {
    const value = defaultOf(returns);
    return giving(() => value);
  }
  const code = expression(c, node.value);
  if (returns === 'void' && ((code.type === 'void' && node.value.type === 'call') || isUntyped(c, node.value, code)))
    return giving(code.run);
  return giving(c.as(code, returns, node.value.at));
}

/** A call or the like on a value of no type: as Painless has it, what it gives may be nothing. */
function isUntyped(c: Compilation, node: Expression, { type }: Code): boolean {
  if (type !== 'def' || ('safe' in node && node.safe)) return false;
  if (node.type === 'binary' || node.type === 'unary') return true;
  const isOn = node.type === 'call' || node.type === 'member' || node.type === 'index';
  return isOn && node.target.type !== 'class' && expression(c, node.target).type === 'def';
}

function throwing(c: Compilation, node: Extract<Statement, { type: 'throw' }>): Execute {
  const code = expression(c, node.value);
  if (code.type !== 'def' && !isSubtype(code.type, 'Exception'))
    throw c.source.mistake(node.at, `${code.type} cannot be thrown`, "Write throw new Exception('...').");
  const { run } = code;
  return (env, locals) => {
    const failure = run(env, locals);
    env.at = node.at;
    if (failure instanceof ScriptFailure) throw failure;
    throw new ScriptFailure('ClassCastException', 'what is thrown is no exception');
  };
}

function trying(c: Compilation, node: Extract<Statement, { type: 'try' }>, gives: boolean): Execute {
  const body = statement(c, node.body, gives);
  const catches = node.catches.map(one => {
    const type = c.typeOf(one.of);
    if (!isSubtype(type, 'Exception')) throw c.source.mistake(one.of.at, `${type} is no exception that can be caught`);
    const { is } = findClass(type)!;
    return c.inBlock(() => {
      const { slot } = declared(c, one.name, type, one.at);
      return { is, slot, body: statement(c, one.body, gives) };
    });
  });
  return (env, locals) => {
    try {
      return body(env, locals);
    } catch (error) {
      if (error instanceof ScriptFailure)
        for (const { is, slot, body: handler } of catches) {
          if (!is(error)) continue;
          locals[slot] = error;
          return handler(env, locals);
        }
      throw error;
    }
  };
}
