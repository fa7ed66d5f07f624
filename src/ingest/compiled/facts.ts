/** What is known of a field at a place of the code, whatever the line is. */
export interface Facts {
  /** The variable that holds it. */
  readonly name: string;
  /** It may be absent, a text, a plain number, a number that is not plain. */
  readonly absent: boolean;
  readonly text: boolean;
  readonly number: boolean;
  readonly boxed: boolean;
  /** As a text it is a part of the line. */
  readonly isPart: boolean;
  /** As a text it is one of these; undefined: anything. */
  readonly words: ReadonlySet<string> | undefined;
  /** Whether the event had it on the way here, so that it has its place among the others. */
  readonly keyed: 'no' | 'maybe' | 'yes';
}

/** What is known at a place of the code. */
export class State {
  readonly fields: Map<string, Facts>;
  /** A processor has read what it was made for. */
  matched: 'no' | 'maybe' | 'yes';

  constructor(fields = new Map<string, Facts>(), matched: State['matched'] = 'no') {
    this.fields = fields;
    this.matched = matched;
  }

  copy(): State {
    return new State(new Map(this.fields), this.matched);
  }

  /** What is known where two ways meet. */
  meet(other: State): void {
    for (const [key, facts] of other.fields) {
      const own = this.fields.get(key) ?? { ...absent(facts.name) };
      this.fields.set(key, met(own, facts));
    }
    for (const [key, facts] of this.fields)
      if (!other.fields.has(key)) this.fields.set(key, met(facts, absent(facts.name)));
    if (this.matched !== other.matched) this.matched = 'maybe';
  }

  become(other: State): void {
    this.fields.clear();
    for (const [key, facts] of other.fields) this.fields.set(key, facts);
    this.matched = other.matched;
  }
}

export function absent(name: string): Facts {
  return {
    ...{ name, absent: true, text: false, number: false, boxed: false },
    ...{ isPart: true, words: new Set<string>(), keyed: 'no' as const },
  };
}

export function met(one: Facts, other: Facts): Facts {
  return {
    name: one.name,
    absent: one.absent || other.absent,
    text: one.text || other.text,
    number: one.number || other.number,
    boxed: one.boxed || other.boxed,
    isPart: (one.isPart || !one.text) && (other.isPart || !other.text),
    words: one.words === undefined || other.words === undefined ? undefined : new Set([...one.words, ...other.words]),
    keyed: one.keyed === other.keyed ? one.keyed : 'maybe',
  };
}
