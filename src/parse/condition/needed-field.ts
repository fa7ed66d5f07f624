import type { ConditionNode } from './ast.ts';
import { parseCondition } from './parser.ts';

/**
 * Name of a field of the event without which a condition cannot be worked out: `ctx.message =~ /x/ && ...` says nothing
 * about an event without a message. Asking for it first spares most events an error. Undefined where there is none.
 */
export const neededField = (condition: string): string | undefined => neededBy(parseCondition(condition));

function neededBy(node: ConditionNode): string | undefined {
  if (node.type === 'binary' && ['=~', '==~'].includes(node.operator)) return fieldOf(node.left);
  // What stands first is worked out in any case.
  if (node.type === 'binary' && node.operator === '&&') return neededBy(node.left);
  return node.type === 'call' && !node.safe ? fieldOf(node.target) : undefined;
}

function fieldOf(node: ConditionNode): string | undefined {
  if (node.type !== 'member' || node.target.type !== 'ctx' || node.key.type !== 'literal') return undefined;
  return typeof node.key.value === 'string' ? node.key.value : undefined;
}
