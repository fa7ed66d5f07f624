import { type LabelPredicate, type Labels, type Matcher, plainChoices } from './matcher.ts';
import type { Silence } from './silence.ts';

export interface Kept {
  readonly silence: Silence;
  readonly holds: LabelPredicate;
  /** In which order they were made. */
  readonly number: number;
}

/** Values of one matcher that it is found by. */
const MAX_CHOICES = 20;

/** Finds the silences that may hold for an alert by a value that one of its labels must have. */
export class SilenceIndex {
  /** By label and value. */
  readonly #byValue = new Map<string, Set<Kept>>();
  /** Those that require no value. */
  readonly #others = new Set<Kept>();
  readonly #placesOf = new Map<string, readonly Set<Kept>[]>();

  add(kept: Kept): void {
    const choices = kept.silence.matchers.map(valuesOf).filter(values => values !== undefined);
    const sizeOf = (keys: readonly string[]): number =>
      keys.reduce((sum, key) => sum + (this.#byValue.get(key)?.size ?? 0), keys.length - 1);
    const [keys] = choices.sort((a, b) => sizeOf(a) - sizeOf(b));
    const places = keys?.map(key => {
      const place = this.#byValue.get(key) ?? new Set();
      this.#byValue.set(key, place);
      return place;
    }) ?? [this.#others];
    for (const place of places) place.add(kept);
    this.#placesOf.set(kept.silence.id, places);
  }

  remove(kept: Kept): void {
    for (const place of this.#placesOf.get(kept.silence.id) ?? []) place.delete(kept);
    this.#placesOf.delete(kept.silence.id);
    for (const key of kept.silence.matchers.flatMap(matcher => valuesOf(matcher) ?? []))
      if (this.#byValue.get(key)?.size === 0) this.#byValue.delete(key);
  }

  *candidates(labels: Labels): Generator<Kept> {
    yield* this.#others;
    if (this.#byValue.size === 0) return;
    // One with a choice of values is in several places, but a label has one value.
    for (const name of Object.keys(labels)) yield* this.#byValue.get(keyOf(name, labels[name]!)) ?? [];
  }
}

const keyOf = (name: string, value: string): string => `${name}\n${value}`;

/** The values of which the label has to have one; undefined where that cannot be said. */
function valuesOf({ name, value, isRegex, isEqual }: Matcher): string[] | undefined {
  if (!isEqual) return undefined;
  const choices = isRegex ? plainChoices(value) : new Set([value]);
  // A label that is not there has an empty value.
  if (choices === undefined || choices.has('') || choices.size > MAX_CHOICES) return undefined;
  return Array.from(choices, choice => keyOf(name, choice));
}
