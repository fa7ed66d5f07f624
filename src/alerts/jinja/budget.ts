import { TemplateError } from './lexer.ts';

/** The rendering ends here; what it had written before is kept. */
export class BudgetError extends TemplateError {}

/** What one rendering may build, in characters and list items, over all its steps. */
const MAX_SIZE = 1_000_000;
/** What it may look at: some ten nanoseconds each. */
const MAX_WORK = 1_000_000;
const WORK_OF_A_STEP = 20;
/** Characters that are searched or copied in the time of one. */
const CHARS = 16;

/** Macros that call macros. */
const MAX_DEPTH = 50;

let size = 0;
let done = 0;
let depth = 0;

/** A rendering is synchronous, so one count serves them all. */
export function beginRendering(): void {
  size = 0;
  done = 0;
  depth = 0;
}

/** Before something of this size is built. Throws TemplateError when the rendering has built too much. */
export function spend(amount: number): void {
  size += Math.max(0, amount);
  if (size > MAX_SIZE) throw new BudgetError(`the text builds more than ${MAX_SIZE} characters or items`);
}

/** Once a turn of a loop and a call of a filter. */
export function step(): void {
  work(WORK_OF_A_STEP);
}

/** Before so many values are looked at. */
export function work(amount: number): void {
  done += amount;
  if (done > MAX_WORK) throw new BudgetError('the text takes too many steps');
}

/** Before all of a value is gone through. */
export function workOn(value: unknown): void {
  if (typeof value === 'string') work(1 + value.length / CHARS);
  else if (Array.isArray(value)) work(1 + value.length);
  else work(1);
}

/** The body of a macro. */
export function nested<T>(run: () => T): T {
  if (++depth > MAX_DEPTH) throw new BudgetError(`the text calls macros more than ${MAX_DEPTH} deep`);
  const result = run();
  depth--;
  return result;
}
