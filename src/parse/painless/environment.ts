import type { Fields } from '../../core/event.ts';
import type { RunState } from '../run-state.ts';
import type { Budget } from './budget.ts';
import { ScriptFailure } from './failure.ts';
import { MAX_CALLS, MAX_MEMORY, MAX_STEPS, MAX_VISITS } from './limits.ts';
import { visits } from './visits.ts';

/** A prepared expression. `locals`: the variables of the function that it stands in. */
export type Evaluate = (env: Environment, locals: unknown[]) => unknown;

/** A prepared statement; answers how to go on. */
export type Execute = (env: Environment, locals: unknown[]) => Completion;
export type Completion = typeof NEXT | typeof BREAK | typeof CONTINUE | typeof RETURN;
export const NEXT = 0;
export const BREAK = 1;
export const CONTINUE = 2;
/** The value is in the environment. */
export const RETURN = 3;

/** What a script works on and what it may still cost: one for each prepared script, used again for each event. */
export class Environment implements Budget {
  event: Fields = undefined as never;
  state: RunState = undefined as never;
  params: Fields = undefined as never;
  /** What `return` gave. */
  value: unknown = null;
  /** Where in the text the last thing stood that may fail, from 0; -1: nowhere. */
  at = -1;
  left = MAX_STEPS;
  #memory = MAX_MEMORY;
  #calls = 0;

  begin(event: Fields, state: RunState): void {
    this.event = event;
    this.state = state;
    this.at = -1;
    // Most conditions spend nothing.
    if (this.left !== MAX_STEPS || this.#memory !== MAX_MEMORY) this.#fill();
    if (visits.left !== MAX_VISITS) visits.left = MAX_VISITS;
  }

  #fill(): void {
    this.left = MAX_STEPS;
    this.#memory = MAX_MEMORY;
    this.#calls = 0;
  }

  get now(): number {
    return this.state.meta.receivedAt;
  }

  steps(count: number): void {
    this.left -= count;
    if (this.left < 0) throw new ScriptFailure('PainlessError', 'it takes too long: its loops and calls go on and on');
  }

  memory(size: number): void {
    this.#memory -= size;
    if (this.#memory < 0) throw new ScriptFailure('OutOfMemoryError', 'what it makes is too large');
  }

  enter(steps: number): void {
    this.steps(steps);
    if (++this.#calls > MAX_CALLS)
      throw new ScriptFailure('StackOverflowError', 'its functions call each other too deeply');
  }

  /** Also after a failure that the script catches. */
  leave(): void {
    this.#calls--;
  }
}
