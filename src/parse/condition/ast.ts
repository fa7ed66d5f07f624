/** A parsed condition. `at` is the place in the source, from 0. */
export type ConditionNode =
  | { type: 'literal'; value: string | number | boolean | null; at: number; double?: boolean }
  | { type: 'regex'; source: string; flags: string; at: number }
  | { type: 'list'; items: ConditionNode[]; at: number }
  | { type: 'map'; entries: [ConditionNode, ConditionNode][]; at: number }
  | { type: 'ctx'; at: number }
  /** `a.b`, `a?.b`, `a['b']`, `a[0]`. */
  | { type: 'member'; target: ConditionNode; key: ConditionNode; safe: boolean; at: number }
  | { type: 'call'; target: ConditionNode; name: string; args: ConditionNode[]; safe: boolean; at: number }
  /** `Integer.parseInt(...)`, `$('a.b', 0)`. */
  | { type: 'function'; name: string; args: ConditionNode[]; at: number }
  | { type: 'unary'; operator: '!' | '-' | '+'; operand: ConditionNode; at: number }
  | { type: 'binary'; operator: BinaryOperator; left: ConditionNode; right: ConditionNode; at: number }
  | { type: 'instanceof'; operand: ConditionNode; className: string; at: number }
  | { type: 'cast'; operand: ConditionNode; className: string; at: number }
  | { type: 'ternary'; test: ConditionNode; yes: ConditionNode; no: ConditionNode; at: number };

export type BinaryOperator =
  | '||'
  | '&&'
  | '?:'
  | '=='
  | '!='
  | '==='
  | '!=='
  | '<'
  | '<='
  | '>'
  | '>='
  | '=~'
  | '==~'
  | 'in'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%';
