/** A variable of a function: its type, and its place among the function's variables. */
export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly slot: number;
  /** A lambda has a copy of it that it cannot change. */
  readonly isCopy: boolean;
}

/** A variable that a lambda takes from around it when it is made. */
export interface Capture {
  readonly from: number;
  readonly to: number;
}

/** The variables of one function or lambda while it is prepared. */
export class FunctionScope {
  /** Around a lambda: where it stands. */
  readonly outer: FunctionScope | undefined;
  readonly returns: string;
  readonly captures: Capture[] = [];
  readonly #blocks: Map<string, Variable>[] = [new Map()];
  #size = 0;
  /** Loops around the statement that is being prepared. */
  loops = 0;

  /** In a function of the script's own `ctx` and `params` are names like others. */
  readonly isOwn: boolean;

  constructor(returns: string, outer?: FunctionScope, isOwn = outer?.isOwn ?? false) {
    this.returns = returns;
    this.outer = outer;
    this.isOwn = isOwn;
  }

  /** How many places its variables need. */
  get size(): number {
    return this.#size;
  }

  open(): void {
    this.#blocks.push(new Map());
  }

  close(): void {
    this.#blocks.pop();
  }

  /** A place without a name, for what is worked out once and used twice. */
  temporary(): number {
    return this.#size++;
  }

  /** Undefined if there is one of this name already, also around a lambda. */
  declare(name: string, type: string): Variable | undefined {
    if (this.#isVisible(name)) return undefined;
    const variable: Variable = { name, type, slot: this.#size++, isCopy: false };
    this.#blocks[this.#blocks.length - 1]!.set(name, variable);
    return variable;
  }

  find(name: string): Variable | undefined {
    for (let i = this.#blocks.length - 1; i >= 0; i--) {
      const found = this.#blocks[i]!.get(name);
      if (found !== undefined) return found;
    }
    const around = this.outer?.find(name);
    if (around === undefined) return undefined;
    const copy: Variable = { ...around, slot: this.#size++, isCopy: true };
    this.#blocks[0]!.set(name, copy);
    this.captures.push({ from: around.slot, to: copy.slot });
    return copy;
  }

  /** Of all variables that can be seen. */
  names(): string[] {
    return [...this.#blocks.flatMap(block => [...block.keys()]), ...(this.outer?.names() ?? [])];
  }

  #isVisible(name: string): boolean {
    if (this.#blocks.some(block => block.has(name))) return true;
    return this.outer === undefined ? false : this.outer.#isVisible(name);
  }
}
