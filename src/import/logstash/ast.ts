/** Lines and columns from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export const placeText = ({ file, line }: Place): string => `${file}:${line}`;

export type Value =
  | { readonly kind: 'text'; readonly text: string; readonly at: Place }
  /** Without quotes: `true`, `json`. */
  | { readonly kind: 'word'; readonly text: string; readonly at: Place }
  | { readonly kind: 'number'; readonly text: string; readonly at: Place }
  | { readonly kind: 'list'; readonly items: readonly Value[]; readonly at: Place }
  | { readonly kind: 'hash'; readonly entries: readonly (readonly [string, Value])[]; readonly at: Place }
  | { readonly kind: 'plugin'; readonly plugin: Plugin; readonly at: Place };

export interface Plugin {
  readonly kind: 'plugin';
  readonly name: string;
  /** In the order of the file; a name may come twice. */
  readonly options: readonly (readonly [string, Value])[];
  readonly at: Place;
  /** The comments right above it. */
  readonly comments: readonly string[];
}

/** `if`, `else if`, `else`: the first arm whose condition holds is run; the last may have none. */
export interface Branch {
  readonly kind: 'branch';
  readonly arms: readonly Arm[];
  readonly at: Place;
  readonly comments: readonly string[];
}

export interface Arm {
  readonly condition: Condition | undefined;
  readonly body: readonly Entry[];
  readonly at: Place;
}

export type Entry = Plugin | Branch;

export interface Section {
  readonly kind: 'input' | 'filter' | 'output';
  readonly body: readonly Entry[];
}

export type Operand =
  | { readonly kind: 'field'; readonly path: readonly string[] }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'list'; readonly items: readonly Operand[] }
  | { readonly kind: 'regexp'; readonly source: string };

export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { readonly kind: 'and' | 'or' | 'xor' | 'nand'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly inner: Condition }
  | {
      readonly kind: 'compare';
      readonly operator: CompareOperator;
      readonly left: Operand;
      readonly right: Operand;
    }
  | { readonly kind: 'matches'; readonly operand: Operand; readonly source: string }
  | { readonly kind: 'in'; readonly item: Operand; readonly list: Operand }
  | { readonly kind: 'truthy'; readonly operand: Operand };
