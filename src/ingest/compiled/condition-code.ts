import { javaRegExp } from '../../parse/java-regexp.ts';
import type { Expression } from '../../parse/painless/ast.ts';
import { fieldOf } from '../../parse/painless/condition.ts';
import { Unsupported, type Values } from './code.ts';
import type { Facts } from './facts.ts';

/**
 * A condition as an expression of JavaScript. It sets `B` where it cannot be worked out: what happens then is told by running
 * it as before. Throws Unsupported.
 */
export function conditionCode(node: Expression, factsOf: (key: string) => Facts, values: Values): string {
  switch (node.type) {
    case 'boolean':
      return String(node.value);
    case 'unary':
      if (node.operator === '!') return `!${conditionCode(node.operand, factsOf, values)}`;
      break;
    case 'binary':
      if (node.operator === '&&' || node.operator === '||') {
        const left = conditionCode(node.left, factsOf, values);
        return `(${left} ${node.operator} ${conditionIfAny(node.right, factsOf, values)})`;
      }
      return comparison(node, factsOf, values);
    case 'call':
      return call(node, factsOf, values);
  }
  throw new Unsupported(`a condition with ${node.type}`);
}

/** The same for what is rarely asked: where it cannot become code, the answer is not known. */
function conditionIfAny(node: Expression, factsOf: (key: string) => Facts, values: Values): string {
  try {
    return conditionCode(node, factsOf, values);
  } catch (error) {
    if (error instanceof Unsupported) return '(B = 1, false)';
    throw error;
  }
}

function comparison(
  node: Extract<Expression, { type: 'binary' }>,
  factsOf: (key: string) => Facts,
  values: Values,
): string {
  const { operator, right } = node;
  const facts = factsOf(keyOf(node.left));
  const { name } = facts;
  switch (operator) {
    case '==':
    case '!=':
      if (right.type === 'null') return `(${name} ${operator}= undefined)`;
      if (right.type === 'string') return `(${name} ${operator}= ${values.of(right.value)})`;
      if (right.type === 'number') return asked(facts, 'number', `${name} ${operator}= ${numberOf(right.text)}`);
      break;
    case '<':
    case '<=':
    case '>':
    case '>=':
      if (right.type === 'number') return asked(facts, 'number', `${name} ${operator} ${numberOf(right.text)}`);
      break;
    case '=~':
      if (right.type === 'regex') {
        const expression = javaRegExp(right.source, right.flags);
        return asked(facts, 'string', `${values.of(expression)}.test(${name})`);
      }
      break;
    case 'in':
      if (right.type === 'list' && right.items.every(item => item.type === 'string')) {
        const words = new Set(right.items.map(item => (item.type === 'string' ? item.value : '')));
        return asked(facts, 'string', `${values.of(words)}.has(${name})`);
      }
  }
  throw new Unsupported(`a condition with ${operator} and ${right.type}`);
}

const TEXT_TESTS = new Map([
  ['contains', 'includes'],
  ['startsWith', 'startsWith'],
  ['endsWith', 'endsWith'],
]);

function call(node: Extract<Expression, { type: 'call' }>, factsOf: (key: string) => Facts, values: Values): string {
  const method = TEXT_TESTS.get(node.name);
  const [argument, more] = node.args;
  if (method === undefined || node.safe || more !== undefined || argument?.type !== 'string')
    throw new Unsupported(`a condition with ${node.name}()`);
  const facts = factsOf(keyOf(node.target));
  return asked(facts, 'string', `${facts.name}.${method}(${values.of(argument.value)})`);
}

/** What is asked of a value of one type; of any other one it is not known. */
function asked(facts: Facts, type: 'string' | 'number', code: string): string {
  const isSure =
    !facts.absent && !facts.boxed && (type === 'string' ? facts.text && !facts.number : facts.number && !facts.text);
  return isSure ? `(${code})` : `(typeof ${facts.name} === '${type}' ? ${code} : (B = 1, false))`;
}

function keyOf(node: Expression): string {
  const key = fieldOf(node);
  if (key === undefined) throw new Unsupported('a condition on something else than a field');
  return key;
}

function numberOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Unsupported('a condition with a number of another form');
  return Number(text);
}
