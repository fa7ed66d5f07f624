import { bothPrefixes, type Prefix, prefixesOf, prefixOfText } from '../../base/regexp/prefix.ts';
import { readJava } from '../../base/regexp/read-java.ts';
import type { Expression } from './ast.ts';
import { fieldOf } from './condition.ts';

/**
 * What `ctx.message` must begin with where the condition holds, one of these: `ctx.message =~ /^\d{4}-/`,
 * `ctx.message.startsWith('{')`. One that is empty when the condition says nothing of that. Asking this first spares most events
 * the condition.
 */
export function messagePrefixes(expression: Expression | undefined, places: number): readonly Prefix[] {
  return expression === undefined ? ANYTHING : prefixesIn(expression, places);
}

const ANYTHING: readonly Prefix[] = [[]];

function prefixesIn(node: Expression, places: number): readonly Prefix[] {
  if (node.type === 'call') {
    const [literal] = node.args;
    const isStart = node.name === 'startsWith' && isMessage(node.target) && literal?.type === 'string';
    return isStart ? [prefixOfText(literal.value, places)] : ANYTHING;
  }
  if (node.type !== 'binary') return ANYTHING;
  switch (node.operator) {
    case '&&': {
      const left = prefixesIn(node.left, places);
      const right = prefixesIn(node.right, places);
      return left.flatMap(one => right.map(other => bothPrefixes(one, other)));
    }
    case '||': {
      const either = [...prefixesIn(node.left, places), ...prefixesIn(node.right, places)];
      return either.some(prefix => prefix.length === 0) ? ANYTHING : either;
    }
    case '=~':
      return isMessage(node.left) && node.right.type === 'regex'
        ? prefixesOf(readJava(node.right.source, node.right.flags).tree, places)
        : ANYTHING;
    default:
      return ANYTHING;
  }
}

const isMessage = (node: Expression): boolean => (node.type !== 'member' || !node.safe) && fieldOf(node) === 'message';
