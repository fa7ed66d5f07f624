/** A template and its parts, as Go's text/template has them. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipe: Pipe }
  | {
      readonly kind: 'if' | 'with';
      readonly pipe: Pipe;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  | { readonly kind: 'range'; readonly pipe: Pipe; readonly body: readonly Node[]; readonly otherwise: readonly Node[] }
  | { readonly kind: 'template'; readonly name: string; readonly pipe: Pipe | undefined }
  | { readonly kind: 'break' | 'continue' };

/** `$a, $b := first | second`; the value of each command is the last argument of the next. */
export interface Pipe {
  readonly variables: readonly string[];
  /** `=` instead of `:=`. */
  readonly isAssignment: boolean;
  /** Of each the first is what it does, the others are arguments. */
  readonly commands: readonly (readonly Operand[])[];
}

export type Operand =
  | { readonly kind: 'value'; readonly value: string | boolean | number }
  /** With a point or an exponent: a float also where it is whole. */
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'nil' }
  | { readonly kind: 'dot' }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'pipe'; readonly pipe: Pipe }
  /** `.A.B`, `$x.A`, `(...).A`: fields of what `of` gives. */
  | { readonly kind: 'chain'; readonly of: Operand; readonly fields: readonly string[] };
