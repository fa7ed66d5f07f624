import { firstOf, isDeterministic, isNullable, UNKNOWN } from './first.ts';
import { choice, type Loop, loop, mapChildren, type RegexpNode, sequence, some } from './tree.ts';

/**
 * `(?:\\.|[^"\\])*` is `[^"\\]*(?:\\.[^"\\]*)*`: V8 runs over single characters in one go, and through a choice of
 * alternatives with a step back to remember for each. Only where one look at the next character tells the alternatives
 * apart, so that what is tried, and in which order, stays the same.
 */
export function unrollLoops(node: RegexpNode): RegexpNode {
  const inner = mapChildren(node, unrollLoops);
  return inner.kind === 'loop' ? unrolled(inner) : inner;
}

function unrolled(node: Loop): RegexpNode {
  const { body } = node;
  if (node.lazy || node.min > 1 || node.max !== Number.POSITIVE_INFINITY || body.kind !== 'choice') return node;
  const plain = body.items.filter(item => item.kind === 'chars');
  const others = body.items.filter(item => item.kind !== 'chars');
  if (plain.length !== 1 || others.length === 0 || some(body, inner => inner.kind === 'capture')) return node;
  const other = choice(others);
  if (others.some(isNullable) || !isDeterministic(other, UNKNOWN)) return node;
  if ((firstOf(other, UNKNOWN).mask & firstOf(plain[0]!, UNKNOWN).mask) !== 0n) return node;
  const run = loop(plain[0]!, 0, Number.POSITIVE_INFINITY);
  const rest = [run, loop(sequence([other, run]), 0, Number.POSITIVE_INFINITY)];
  return sequence(node.min === 0 ? rest : [body, ...rest]);
}
