/*
 * The names of lines that have names: one step of the way from the first name of a line to its last for each. Lines with the same
 * names in the same order end at the same step, where all is known that their names decide.
 */

/** What is known of a name where it stands. */
export interface KeyFacts {
  /** Nothing that is decided by names alone can be said of lines that have it there. */
  readonly isRefused: boolean;
  /** What stands within is asked for: an object's names are part of the way. */
  readonly isOpened: boolean;
  /** Its letters are those of something that is hidden, or of what stands before it. */
  readonly mayHold: boolean;
}

export class Step<T> {
  readonly key: string;
  /** The bytes of the name, and the character that ends it. */
  readonly bytes: Uint8Array;
  readonly facts: KeyFacts;
  /** The step before, or the one at which the object around it was opened. */
  readonly parent: Step<T> | undefined;
  /** `key`: a name; `open`: into the object that the name before has; `close`: out of it. */
  readonly kind: 'key' | 'open' | 'close';
  readonly next: Step<T>[] = [];
  opened: Step<T> | undefined;
  closed: Step<T> | undefined;
  /** What is known of lines that end here; made when the first one does. */
  shape: T | undefined;

  constructor(parent: Step<T> | undefined, kind: Step<T>['kind'], key: string, bytes: Uint8Array, facts: KeyFacts) {
    this.parent = parent;
    this.kind = kind;
    this.key = key;
    this.bytes = bytes;
    this.facts = facts;
  }
}

const NO_BYTES = new Uint8Array(0);
const NOTHING: KeyFacts = { isRefused: false, isOpened: false, mayHold: false };
/** Names that are no constants (`{"user-17": ...}`) are soon told by their number. */
const MAX_NEXT = 64;
const MAX_STEPS = 8192;
const MAX_KEY_BYTES = 200;
/** Names may be learned as long as lines are written by what was learned before: so many for each. */
const STEPS_EACH_LINE = 0.25;

/** All ways that lines have gone, bounded. What is learned and never used again must not cost more than it can bring. */
export class Keys<T> {
  readonly #factsOf: (key: string, isInner: boolean) => KeyFacts;
  readonly #end: number;
  #steps = 0;
  #credit = MAX_STEPS;
  /** Of names at the top. */
  root: Step<T>;
  /** Of names in objects that nobody looks into. */
  inner: Step<T>;

  /** `end`: the character behind a name. */
  constructor(factsOf: (key: string, isInner: boolean) => KeyFacts, end: number) {
    this.#factsOf = factsOf;
    this.#end = end;
    this.root = new Step<T>(undefined, 'open', '', NO_BYTES, NOTHING);
    this.inner = new Step<T>(undefined, 'open', '', NO_BYTES, NOTHING);
  }

  /** The step behind `from` for the name at `at`. Undefined: such lines are left alone. */
  step(from: Step<T>, bytes: Buffer, at: number, isInner: boolean): Step<T> | undefined {
    const step = this.known(from, bytes, at);
    if (step !== undefined) return step.facts.isRefused ? undefined : step;
    return this.#learn(from, bytes, at, isInner);
  }

  /** The same where a line has had the name there before, refused or not. */
  known({ next }: Step<T>, bytes: Buffer, at: number): Step<T> | undefined {
    const first = bytes[at];
    for (let i = 0; i < next.length; i++) {
      const step = next[i]!;
      const key = step.bytes;
      if (key[0] !== first) continue;
      const { length } = key;
      let k = 1;
      while (k < length && bytes[at + k] === key[k]) k++;
      if (k === length) return step;
    }
    return undefined;
  }

  /** Into the object that the name has. */
  open(step: Step<T>): Step<T> {
    step.opened ??= this.#made(step, 'open', '', NO_BYTES, NOTHING);
    return step.opened;
  }

  /** Out of the object, at whose last step the line is. */
  close(step: Step<T>): Step<T> {
    step.closed ??= this.#made(step, 'close', '', NO_BYTES, NOTHING);
    return step.closed;
  }

  /** A line was written. */
  written(): void {
    if (this.#credit < MAX_STEPS) this.#credit += STEPS_EACH_LINE;
  }

  #made(parent: Step<T>, kind: Step<T>['kind'], key: string, bytes: Uint8Array, facts: KeyFacts): Step<T> {
    this.#steps++;
    this.#credit--;
    return new Step(parent, kind, key, bytes, facts);
  }

  #learn(from: Step<T>, bytes: Buffer, at: number, isInner: boolean): Step<T> | undefined {
    if (this.#credit < 1 || from.next.length >= MAX_NEXT) return undefined;
    const end = bytes.indexOf(this.#end, at);
    if (end < 0 || end - at > MAX_KEY_BYTES) return undefined;
    const key = bytes.toString('utf8', at, end);
    const isTwin = hasKey(from, key);
    const facts = isTwin || UNUSUAL.test(key) ? REFUSED : this.#factsOf(key, isInner);
    if (this.#steps >= MAX_STEPS) {
      // The line at hand is left alone; those that come now begin anew.
      this.#steps = 0;
      this.root = new Step<T>(undefined, 'open', '', NO_BYTES, NOTHING);
      this.inner = new Step<T>(undefined, 'open', '', NO_BYTES, NOTHING);
      return undefined;
    }
    const step = this.#made(from, 'key', key, Uint8Array.prototype.slice.call(bytes, at, end + 1), facts);
    from.next.push(step);
    return facts.isRefused ? undefined : step;
  }
}

const REFUSED: KeyFacts = { isRefused: true, isOpened: false, mayHold: true };
/** Escapes, and whole numbers, which objects have in an order of their own. */
const UNUSUAL = /[\\"\u0000-\u001f\ufffd]|^(?:\d+|__proto__)?$/;

/** Whether the object at hand has the name already. */
function hasKey<T>(from: Step<T>, key: string): boolean {
  let depth = 0;
  for (let step: Step<T> | undefined = from; step !== undefined; step = step.parent) {
    if (step.kind === 'close') depth++;
    else if (step.kind === 'open') {
      if (depth === 0) return false;
      depth--;
    } else if (depth === 0 && step.key === key) return true;
  }
  return false;
}
