import { fieldAt } from '../../../core/event.ts';
import type { Expression } from '../ast.ts';
import type { Evaluate } from '../environment.ts';
import { javaText } from '../library/text.ts';
import { fromDocument } from '../values.ts';
import type { Code, Compilation } from './compilation.ts';
import { expression } from './expressions.ts';

/** Longshore's own: `$('a.b', default)`, the field at a path, or what stands behind it. */
export function fieldByPath(c: Compilation, node: Extract<Expression, { type: 'own-call' }>): Code | undefined {
  if (node.name !== '$') return undefined;
  const [pathNode, otherwiseNode] = node.args;
  if (node.args.length !== 2 || pathNode === undefined || otherwiseNode === undefined)
    throw c.source.mistake(node.at, '$ takes a field and a default', "Write $('a.b', '').");
  const path = c.as(expression(c, pathNode), 'def', pathNode.at);
  const otherwise = c.as(expression(c, otherwiseNode), 'def', otherwiseNode.at);
  const run: Evaluate = (env, locals) => {
    const found = fieldAt(env.event, javaText(path(env, locals), env));
    return found === undefined || found === null ? otherwise(env, locals) : fromDocument(found);
  };
  return { type: 'def', run };
}
