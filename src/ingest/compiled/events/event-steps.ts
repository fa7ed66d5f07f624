/*
 * The names that events have when their pipelines are done: one step of the way from the first name to the last for each, the
 * names in objects among them. Events with the same names in the same order end at the same step, where all is known that their
 * names decide.
 */

/** What stands under a name: nothing any more, a value, an object whose names come next; or it is the end of that object. */
export const GONE = 0;
export const LEAF = 1;
export const OBJECT = 2;
export const END = 3;
export type StepKind = typeof GONE | typeof LEAF | typeof OBJECT | typeof END;

export class EventStep<T> {
  readonly parent: EventStep<T> | undefined;
  readonly key: string;
  readonly kind: StepKind;
  /** Those that were taken last stand in front. */
  readonly next: EventStep<T>[] = [];
  end: EventStep<T> | undefined = undefined;
  /** What is known of events that end here; made when the first one does. Null: they are left alone. */
  shape: T | null | undefined = undefined;

  constructor(parent: EventStep<T> | undefined, key: string, kind: StepKind) {
    this.parent = parent;
    this.key = key;
    this.kind = kind;
  }
}

/** Names that are no constants (`{"user-17": ...}`) are soon told by their number. */
const MAX_NEXT = 64;
const MAX_STEPS = 16_384;
const MAX_KEY_CHARS = 200;
/** A shape is as large as so many steps. */
const SHAPE_STEPS = 32;
/** Names may be learned as long as events are written by what was learned before: so many for each. */
const STEPS_EACH_EVENT = 0.25;

/** All ways that events have gone, bounded. What is learned and never used again must not cost more than it can bring. */
export class EventSteps<T> {
  root = new EventStep<T>(undefined, '', OBJECT);
  #steps = 0;
  #credit = MAX_STEPS;

  /** The step behind `from`. Undefined: such events are left alone. */
  find(from: EventStep<T>, key: string, kind: StepKind): EventStep<T> | undefined {
    const { next } = from;
    for (let i = 0; i < next.length; i++) {
      const step = next[i]!;
      if (step.key !== key || step.kind !== kind) continue;
      if (i > 0) {
        next[i] = next[i - 1]!;
        next[i - 1] = step;
      }
      return step;
    }
    if (next.length >= MAX_NEXT || key.length > MAX_KEY_CHARS || !this.#mayLearn()) return undefined;
    const step = new EventStep(from, key, kind);
    next.unshift(step);
    return step;
  }

  /** Out of the object at whose last step the event is. */
  end(from: EventStep<T>): EventStep<T> | undefined {
    if (from.end === undefined && this.#mayLearn()) from.end = new EventStep(from, '', END);
    return from.end;
  }

  /** Whether what is known of events that end at a step may be learned. */
  mayLearnShape(): boolean {
    return this.#mayLearn(SHAPE_STEPS);
  }

  /** An event was written. */
  written(): void {
    if (this.#credit < MAX_STEPS) this.#credit += STEPS_EACH_EVENT;
  }

  #mayLearn(cost = 1): boolean {
    if (this.#credit < cost) return false;
    this.#credit -= cost;
    this.#steps += cost;
    if (this.#steps < MAX_STEPS) return true;
    // The event at hand is left alone; those that come now begin anew.
    this.#steps = 0;
    this.root = new EventStep<T>(undefined, '', OBJECT);
    return false;
  }
}
