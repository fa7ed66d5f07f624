/** What one run of a script may cost. A run that goes beyond throws `ScriptFailure`. */
export interface Budget {
  /** Counts loops, calls and items gone through; each is one step. */
  steps(count: number): void;
  /** Counts characters and items of what is made, about two bytes each. */
  memory(size: number): void;
  /** Epoch milliseconds at which the event was received: the only clock that scripts have. */
  readonly now: number;
}
