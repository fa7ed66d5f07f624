import { TemplateError } from './lexer.ts';

/** The rendering ends here; what it had written before is kept. */
export class BudgetError extends TemplateError {}

/** What one rendering may build, in characters and list items, over all its steps. */
const MAX_SIZE = 2_000_000;
const MAX_STEPS = 200_000;

/** Macros that call macros. */
const MAX_DEPTH = 50;

let size = 0;
let steps = 0;
let depth = 0;

/** A rendering is synchronous, so one count serves them all. */
export function beginRendering(): void {
  size = 0;
  steps = 0;
  depth = 0;
}

/** Before something of this size is built. Throws TemplateError when the rendering has built too much. */
export function spend(amount: number): void {
  size += Math.max(0, amount);
  if (size > MAX_SIZE) throw new BudgetError(`the text builds more than ${MAX_SIZE} characters or items`);
}

/** Once a turn of a loop and a call of a filter. */
export function step(): void {
  if (++steps > MAX_STEPS) throw new BudgetError(`the text takes more than ${MAX_STEPS} steps`);
}

/** The body of a macro. */
export function nested<T>(run: () => T): T {
  if (++depth > MAX_DEPTH) throw new BudgetError(`the text calls macros more than ${MAX_DEPTH} deep`);
  const result = run();
  depth--;
  return result;
}
