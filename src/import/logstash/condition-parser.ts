import type { CompareOperator, Condition, Operand } from './ast.ts';
import type { Scanner } from './scanner.ts';

const NUMBER = /-?\d+(?:\.\d+)?/y;
const COMPARE = /==|!=|<=|>=|<|>/y;
const MATCH = /=~|!~/y;
const ELEMENT = /\[([^\][,]+)\]/y;
const BOOLEAN = /(?:and|or|xor|nand)(?![\w-])/y;
const NOT_IN = /not\s+in(?![\w-])/y;
const IN = /in(?![\w-])/y;

/** Of one condition. */
const MAX_TERMS = 200;

type Joint = 'and' | 'or' | 'xor' | 'nand';
/** `and` and `nand` bind more than `or` and `xor`. */
const isTight = (joint: Joint): boolean => joint === 'and' || joint === 'nand';

/** The condition of an `if`, up to its brace. */
export function parseCondition(scanner: Scanner, depthLeft: number): Condition {
  if (depthLeft <= 0) throw scanner.mistake('the condition is nested too deep.');
  const terms: Condition[] = [expression(scanner, depthLeft)];
  const joints: Joint[] = [];
  for (;;) {
    const before = scanner.at;
    scanner.skip();
    const joint = scanner.match(BOOLEAN) as Joint | undefined;
    if (joint === undefined) {
      scanner.at = before;
      return joined(terms, joints);
    }
    if (terms.length >= MAX_TERMS)
      throw scanner.mistake(
        `a condition has more than ${MAX_TERMS} parts.`,
        'Divide it, or look the value up with `in`.',
      );
    joints.push(joint);
    terms.push(expression(scanner, depthLeft));
  }
}

function joined(terms: readonly Condition[], joints: readonly Joint[]): Condition {
  const loose: Condition[] = [terms[0]!];
  const between: Joint[] = [];
  joints.forEach((joint, i) => {
    const right = terms[i + 1]!;
    if (isTight(joint)) loose.push({ kind: joint, left: loose.pop()!, right });
    else {
      between.push(joint);
      loose.push(right);
    }
  });
  return between.reduce((left, joint, i) => ({ kind: joint, left, right: loose[i + 1]! }), loose[0]!);
}

function expression(scanner: Scanner, depthLeft: number): Condition {
  scanner.skip();
  if (scanner.eat('!')) {
    scanner.skip();
    if (scanner.text[scanner.at] === '(') return { kind: 'not', inner: grouped(scanner, depthLeft) };
    const operand = field(scanner);
    if (operand === undefined)
      throw scanner.mistake(`\`!\` expects a field or a parenthesis, and there is ${scanner.found()}.`);
    return { kind: 'not', inner: { kind: 'truthy', operand } };
  }
  if (scanner.text[scanner.at] === '(') return grouped(scanner, depthLeft);
  const left = rvalue(scanner, depthLeft);
  const before = scanner.at;
  scanner.skip();
  if (scanner.match(NOT_IN) !== undefined)
    return { kind: 'not', inner: { kind: 'in', item: left, list: next(scanner, depthLeft) } };
  if (scanner.match(IN) !== undefined) return { kind: 'in', item: left, list: next(scanner, depthLeft) };
  const match = scanner.match(MATCH);
  if (match !== undefined) {
    const right = next(scanner, depthLeft);
    const source = right.kind === 'regexp' ? right.source : right.kind === 'text' ? right.text : undefined;
    if (source === undefined) throw scanner.mistake(`\`${match}\` expects a regular expression, like /x/.`);
    const found: Condition = { kind: 'matches', operand: left, source };
    return match === '=~' ? found : { kind: 'not', inner: found };
  }
  const operator = scanner.match(COMPARE) as CompareOperator | undefined;
  if (operator !== undefined) return { kind: 'compare', operator, left, right: next(scanner, depthLeft) };
  scanner.at = before;
  return { kind: 'truthy', operand: left };
}

function grouped(scanner: Scanner, depthLeft: number): Condition {
  const opened = scanner.at;
  scanner.eat('(');
  const inner = parseCondition(scanner, depthLeft - 1);
  scanner.skip();
  if (!scanner.eat(')')) throw scanner.mistake('the parenthesis is not closed.', 'Put a ) at its end.', opened);
  return inner;
}

function next(scanner: Scanner, depthLeft: number): Operand {
  scanner.skip();
  return rvalue(scanner, depthLeft);
}

function rvalue(scanner: Scanner, depthLeft: number): Operand {
  if (depthLeft <= 0) throw scanner.mistake('the condition is nested too deep.');
  const char = scanner.text[scanner.at];
  if (char === '"' || char === "'") return { kind: 'text', text: scanner.quoted() };
  if (char === '/') return { kind: 'regexp', source: scanner.quoted().replaceAll('\\/', '/') };
  if (char === '[') return field(scanner) ?? list(scanner, depthLeft);
  const number = scanner.match(NUMBER);
  if (number !== undefined) return { kind: 'number', number: Number(number) };
  throw scanner.mistake(
    `a condition expects a field such as [status], a text or a number, and there is ${scanner.found()}.`,
  );
}

/** `[a][b]`; undefined for a list, which has quotes or commas in it. */
function field(scanner: Scanner): Operand | undefined {
  const start = scanner.at;
  const path: string[] = [];
  for (let element = scanner.match(ELEMENT); element !== undefined; element = scanner.match(ELEMENT))
    path.push(element.slice(1, -1));
  if (path.length > 0 && !path.some(name => /["']/.test(name)) && !(path.length === 1 && /^\s*-?\d/.test(path[0]!)))
    return { kind: 'field', path };
  scanner.at = start;
  return undefined;
}

function list(scanner: Scanner, depthLeft: number): Operand {
  const opened = scanner.at;
  scanner.eat('[');
  const items: Operand[] = [];
  for (;;) {
    scanner.skip();
    if (scanner.eat(']')) return { kind: 'list', items };
    if (scanner.isAtEnd) throw scanner.mistake('the list is not closed.', 'Put a ] at its end.', opened);
    items.push(rvalue(scanner, depthLeft - 1));
    scanner.skip();
    if (!scanner.eat(',') && scanner.text[scanner.at] !== ']')
      throw scanner.mistake(`a list expects \`,\` or \`]\`, and there is ${scanner.found()}.`);
  }
}
