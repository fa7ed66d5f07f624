import { isFields } from '../../../core/event.ts';
import { javaRegExp } from '../../../parse/java-regexp.ts';
import type { Condition, Operand } from '../ast.ts';
import { asText, type LogstashEvent } from './event.ts';

const expressions = new Map<string, ReturnType<typeof javaRegExp>>();

/** An expression of Ruby: `^` and `$` stand at lines. */
export function rubyExpression(source: string): ReturnType<typeof javaRegExp> {
  const known = expressions.get(source);
  if (known !== undefined) return known;
  if (expressions.size > 1000) expressions.clear();
  const made = javaRegExp(source, 'm');
  expressions.set(source, made);
  return made;
}

export function holds(condition: Condition, event: LogstashEvent): boolean {
  switch (condition.kind) {
    case 'and':
      return holds(condition.left, event) && holds(condition.right, event);
    case 'or':
      return holds(condition.left, event) || holds(condition.right, event);
    case 'nand':
      return !(holds(condition.left, event) && holds(condition.right, event));
    case 'xor':
      return holds(condition.left, event) !== holds(condition.right, event);
    case 'not':
      return !holds(condition.inner, event);
    case 'truthy': {
      const value = operandValue(condition.operand, event);
      if (value === undefined || value === null) return false;
      return asText(value) !== '' && asText(value) !== 'false';
    }
    case 'matches': {
      const value = operandValue(condition.operand, event);
      return typeof value === 'string' && rubyExpression(condition.source).test(value);
    }
    case 'in':
      return isIn(condition.item, condition.list, event);
    case 'compare':
      return compare(condition.operator, operandValue(condition.left, event), operandValue(condition.right, event));
  }
}

function compare(operator: string, left: unknown, right: unknown): boolean {
  const isSame = JSON.stringify(left ?? null) === JSON.stringify(right ?? null);
  if (operator === '==') return isSame;
  if (operator === '!=') return !isSame;
  const isNumbers = typeof left === 'number' && typeof right === 'number';
  // Logstash gives up an event whose values cannot be compared.
  if (!isNumbers && !(typeof left === 'string' && typeof right === 'string')) return false;
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    default:
      return left >= right;
  }
}

function isIn(itemOperand: Operand, listOperand: Operand, event: LogstashEvent): boolean {
  const item = operandValue(itemOperand, event);
  const list = operandValue(listOperand, event);
  if (listOperand.kind === 'list')
    return item !== undefined && item !== null && (list as unknown[]).some(one => asText(one) === asText(item));
  if (typeof item === 'string' && typeof list === 'string') return list.includes(item);
  if (Array.isArray(item) || isFields(item)) return false;
  if (Array.isArray(list)) return list.includes(item);
  return item !== undefined && item !== null && item === list;
}

function operandValue(operand: Operand, event: LogstashEvent): unknown {
  switch (operand.kind) {
    case 'field':
      return event.get(operand.path);
    case 'text':
      return operand.text;
    case 'number':
      return operand.number;
    case 'regexp':
      return operand.source;
    case 'list':
      return operand.items.map(item => operandValue(item, event));
  }
}
