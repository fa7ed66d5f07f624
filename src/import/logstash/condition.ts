import { both, either, fieldText, negated, quoted, regexText } from '../painless.ts';
import type { Condition, Operand } from './ast.ts';

/**
 * A condition of Logstash in Painless. A field holds when it is there and is neither false nor empty; a comparison by order
 * holds only between values of one type, so that a missing field fails nothing.
 */
export function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case 'and':
      return both(conditionText(condition.left), conditionText(condition.right))!;
    case 'or':
      return either(conditionText(condition.left), conditionText(condition.right));
    case 'nand':
      return negated(both(conditionText(condition.left), conditionText(condition.right))!);
    case 'xor':
      return `(${conditionText(condition.left)}) != (${conditionText(condition.right)})`;
    case 'not':
      return negated(conditionText(condition.inner));
    case 'truthy':
      return truthy(condition.operand);
    case 'matches':
      return matches(condition.operand, condition.source);
    case 'in':
      return isIn(condition.item, condition.list);
    case 'compare':
      return compare(condition.left, condition.operator, condition.right);
  }
}

function truthy(operand: Operand): string {
  if (operand.kind !== 'field') return operand.kind === 'text' && operand.text === '' ? 'false' : 'true';
  const field = fieldText(operand.path);
  return `${field} != null && !['', false, 'false'].contains(${field})`;
}

function matches(operand: Operand, source: string): string {
  const value = operandText(operand);
  if (operand.kind !== 'field') return `${value} =~ ${regexText(source)}`;
  return `${value} instanceof String && ${value} =~ ${regexText(source)}`;
}

function compare(left: Operand, operator: string, right: Operand): string {
  const a = operandText(left);
  const b = operandText(right);
  if (operator === '==' || operator === '!=')
    return left.kind === 'field' ? `${a} ${operator} ${b}` : `${b} ${operator} ${a}`;
  const types = [left, right].some(one => one.kind === 'text') ? 'String' : 'Number';
  const checks = [left, right]
    .filter(one => one.kind === 'field')
    .map(one => `${operandText(one)} instanceof ${types} && `)
    .join('');
  return types === 'Number' ? `${checks}${a} ${operator} ${b}` : `${checks}${a}.compareTo(${b}) ${operator} 0`;
}

/** `in` of Logstash: one of a list, or a part of a text. */
function isIn(item: Operand, list: Operand): string {
  const value = operandText(item);
  const holder = operandText(list);
  if (list.kind === 'list') {
    // Texts are compared: 200 is in ["200"].
    const texts = `[${list.items.map(one => quoted(one.kind === 'number' ? String(one.number) : one.kind === 'text' ? one.text : '')).join(', ')}]`;
    if (item.kind !== 'field') return String(list.items.some(one => JSON.stringify(one) === JSON.stringify(item)));
    return `${value} != null && ${texts}.contains(${value}.toString())`;
  }
  if (list.kind === 'text' && item.kind === 'field')
    return `${value} instanceof String && ${holder}.contains(${value})`;
  if (list.kind === 'field' && item.kind === 'text')
    return `(${holder} instanceof String || ${holder} instanceof List) && ${holder}.contains(${value})`;
  if (list.kind === 'field')
    return item.kind === 'field'
      ? `${holder} != null && ${value} != null && (${holder} instanceof List || ${holder} instanceof String && ${value} instanceof String ? ${holder}.contains(${value}) : ${holder} == ${value})`
      : `${holder} instanceof List && ${holder}.contains(${value})`;
  return `${holder}.contains(${value})`;
}

function operandText(operand: Operand): string {
  switch (operand.kind) {
    case 'field':
      return fieldText(operand.path);
    case 'text':
      return quoted(operand.text);
    case 'number':
      return String(operand.number);
    case 'regexp':
      return quoted(operand.source);
    case 'list':
      return `[${operand.items.map(operandText).join(', ')}]`;
  }
}

/** The fields that a condition reads, as paths with dots. */
export function fieldsOf(condition: Condition): string[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
    case 'nand':
    case 'xor':
      return [...fieldsOf(condition.left), ...fieldsOf(condition.right)];
    case 'not':
      return fieldsOf(condition.inner);
    case 'truthy':
    case 'matches':
      return operandFields(condition.operand);
    case 'in':
      return [...operandFields(condition.item), ...operandFields(condition.list)];
    case 'compare':
      return [...operandFields(condition.left), ...operandFields(condition.right)];
  }
}

const operandFields = (operand: Operand): string[] => (operand.kind === 'field' ? [operand.path.join('.')] : []);
