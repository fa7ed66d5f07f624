/** A parsed condition. `at` is the place in the source, from 0. */
export type Node =
  | { type: 'literal'; value: string | number | boolean | null; at: number; double?: boolean }
  | { type: 'regex'; source: string; flags: string; at: number }
  | { type: 'list'; items: Node[]; at: number }
  | { type: 'map'; entries: [Node, Node][]; at: number }
  | { type: 'ctx'; at: number }
  /** `a.b`, `a?.b`, `a['b']`, `a[0]`. */
  | { type: 'member'; target: Node; key: Node; safe: boolean; at: number }
  | { type: 'call'; target: Node; name: string; args: Node[]; safe: boolean; at: number }
  /** `Integer.parseInt(...)`, `$('a.b', 0)`. */
  | { type: 'function'; name: string; args: Node[]; at: number }
  | { type: 'unary'; operator: '!' | '-' | '+'; operand: Node; at: number }
  | { type: 'binary'; operator: BinaryOperator; left: Node; right: Node; at: number }
  | { type: 'instanceof'; operand: Node; className: string; at: number }
  | { type: 'cast'; operand: Node; className: string; at: number }
  | { type: 'ternary'; test: Node; yes: Node; no: Node; at: number };

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
