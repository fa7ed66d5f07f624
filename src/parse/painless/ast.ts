/** A script as it is written. `at` is the place in the text, from 0; types are written as they stand: `Map.Entry`, `int[]`. */
export interface ScriptNode {
  readonly functions: readonly FunctionNode[];
  readonly body: readonly Statement[];
}

export interface FunctionNode {
  readonly name: string;
  readonly returns: TypeNode;
  readonly params: readonly ParamNode[];
  readonly body: readonly Statement[];
  readonly at: number;
}

export interface TypeNode {
  readonly name: string;
  readonly at: number;
}

export interface ParamNode {
  readonly name: string;
  /** None: `def`. */
  readonly type: TypeNode | undefined;
  readonly at: number;
}

export type Statement =
  | { type: 'block'; body: readonly Statement[]; at: number }
  | { type: 'declare'; of: TypeNode; variables: readonly DeclaredNode[]; at: number }
  | { type: 'if'; test: Expression; yes: Statement; no: Statement | undefined; at: number }
  | { type: 'while'; test: Expression; body: Statement; at: number }
  | { type: 'do'; test: Expression; body: Statement; at: number }
  | {
      type: 'for';
      first: Statement | undefined;
      test: Expression | undefined;
      after: Expression | undefined;
      body: Statement;
      at: number;
    }
  | { type: 'each'; item: ParamNode; of: Expression; body: Statement; at: number }
  | { type: 'break' | 'continue'; at: number }
  | { type: 'return'; value: Expression | undefined; at: number }
  | { type: 'throw'; value: Expression; at: number }
  | { type: 'try'; body: Statement; catches: readonly CatchNode[]; at: number }
  | { type: 'expression'; value: Expression; at: number };

export interface DeclaredNode {
  readonly name: string;
  readonly value: Expression | undefined;
  readonly at: number;
}

export interface CatchNode {
  readonly of: TypeNode;
  readonly name: string;
  readonly body: Statement;
  readonly at: number;
}

export type Expression =
  | { type: 'number'; text: string; at: number }
  | { type: 'string'; value: string; at: number }
  | { type: 'boolean'; value: boolean; at: number }
  | { type: 'null'; at: number }
  | { type: 'regex'; source: string; flags: string; at: number }
  | { type: 'list'; items: readonly Expression[]; at: number }
  | { type: 'map'; entries: readonly (readonly [Expression, Expression])[]; at: number }
  /** `new int[3][4]`. */
  | { type: 'new-array'; of: TypeNode; sizes: readonly Expression[]; at: number }
  /** `new int[] {1, 2}`; `of` is the type of an item. */
  | { type: 'array'; of: TypeNode; items: readonly Expression[]; at: number }
  | { type: 'new'; of: TypeNode; args: readonly Expression[]; at: number }
  | { type: 'variable'; name: string; at: number }
  /** A class where its static members are asked for. */
  | { type: 'class'; name: string; at: number }
  | { type: 'member'; target: Expression; name: string; safe: boolean; at: number }
  | { type: 'index'; target: Expression; key: Expression; at: number }
  | { type: 'call'; target: Expression; name: string; args: readonly Expression[]; safe: boolean; at: number }
  /** A function of the script's own. */
  | { type: 'own-call'; name: string; args: readonly Expression[]; at: number }
  /** `operator` is that before the `=`, none for a plain assignment. */
  | { type: 'assign'; target: Expression; operator: BinaryOperator | undefined; value: Expression; at: number }
  | { type: 'step'; target: Expression; by: 1 | -1; isPrefix: boolean; at: number }
  | { type: 'unary'; operator: '!' | '~' | '+' | '-'; operand: Expression; at: number }
  | { type: 'binary'; operator: BinaryOperator; left: Expression; right: Expression; at: number }
  | { type: 'elvis'; left: Expression; right: Expression; at: number }
  | { type: 'ternary'; test: Expression; yes: Expression; no: Expression; at: number }
  | { type: 'instanceof'; operand: Expression; of: TypeNode; at: number }
  | { type: 'cast'; operand: Expression; of: TypeNode; at: number }
  | { type: 'lambda'; params: readonly ParamNode[]; body: Expression | readonly Statement[]; at: number }
  /** `Integer::parseInt`, `this::own`, `text::concat`, `ArrayList::new`. */
  | { type: 'reference'; target: Expression | 'this'; name: string; at: number };

export type BinaryOperator =
  | '||'
  | '&&'
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
  | '%'
  | '<<'
  | '>>'
  | '>>>'
  | '&'
  | '|'
  | '^';
