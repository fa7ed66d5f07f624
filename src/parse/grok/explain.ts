import { LongshoreError } from '../../core/errors.ts';
import { alternativesOf, type Element } from './elements.ts';
import { expand } from './expand.ts';
import type { GrokOptions } from './grok.ts';
import { library } from './library.ts';
import { Pattern, textKind } from './pattern.ts';

/** How far a pattern that does not match a text fits. */
export interface Mismatch {
  /** Place of the pattern in the list, from 0. */
  readonly pattern: number;
  /** Where in the text the part that fits begins and ends: offsets of characters. Both 0: nothing fits. */
  readonly start: number;
  readonly end: number;
  /** The part of the pattern that does not fit there; undefined: each part fits, but not in this order at this place. */
  readonly wanted: string | undefined;
  /** The patterns that it stands in, the outermost first: `COMBINEDAPACHELOG`, `HTTPD_COMMONLOG`. */
  readonly inside: readonly string[];
}

/** Says of texts that no pattern matches how far the one that fits best does: its longest beginning that matches, and what comes next. */
export class MismatchExplainer {
  readonly #patterns: readonly string[];
  readonly #options: GrokOptions;
  readonly #definitions: ReadonlyMap<string, string>;
  readonly #compiled = new Map<string, Pattern | undefined>();

  constructor(patterns: readonly string[], options: GrokOptions) {
    this.#patterns = patterns;
    this.#options = options;
    this.#definitions = new Map([
      ...library(options.ecs ?? 'disabled', options.dialect ?? 'elasticsearch'),
      ...Object.entries(options.definitions ?? {}),
    ]);
  }

  explain(text: string): Mismatch {
    let best: Mismatch = { pattern: 0, start: 0, end: 0, wanted: undefined, inside: [] };
    this.#patterns.forEach((pattern, index) => {
      for (const found of this.#inAlternatives(text, '', pattern, []))
        if (best.wanted === undefined || found.end > best.end) best = { ...found, pattern: index };
    });
    return best;
  }

  *#inAlternatives(
    text: string,
    before: string,
    pattern: string,
    inside: readonly string[],
  ): Generator<Omit<Mismatch, 'pattern'>> {
    for (const elements of alternativesOf(pattern)) yield this.#inSequence(text, before, elements, inside);
  }

  #inSequence(
    text: string,
    before: string,
    elements: readonly Element[],
    inside: readonly string[],
  ): Omit<Mismatch, 'pattern'> {
    const prefix = (count: number): string =>
      before +
      elements
        .slice(0, count)
        .map(({ source }) => source)
        .join('');
    // What a longer beginning matches, a shorter one does, too.
    let fits = 0;
    let tooLong = elements.length + 1;
    while (tooLong - fits > 1) {
      const middle = (fits + tooLong) >> 1;
      if (this.#match(prefix(middle), text) === undefined) tooLong = middle;
      else fits = middle;
    }
    const match = this.#match(prefix(fits), text);
    const start = match?.index ?? 0;
    const found = { start, end: start + (match?.[0].length ?? 0), wanted: elements[fits]?.source, inside };
    const next = elements[fits];
    if (next === undefined) return found;
    const definition = next.use === undefined ? next.inside : this.#definitions.get(next.use);
    if (definition === undefined || inside.length >= MAX_DEPTH) return found;
    const within = next.use === undefined ? inside : [...inside, next.use];
    let best = found;
    let isFurther = false;
    for (const deeper of this.#inAlternatives(text, prefix(fits), definition, within)) {
      // A leaf such as WORD says more by its name than by the letters that it is made of.
      if (deeper.wanted === undefined || deeper.end <= found.end) continue;
      if (isFurther && deeper.end <= best.end) continue;
      best = deeper;
      isFurther = true;
    }
    return best;
  }

  #match(source: string, text: string): RegExpExecArray | undefined {
    let pattern = this.#compiled.get(source);
    if (pattern === undefined && !this.#compiled.has(source)) {
      pattern = this.#compile(source);
      this.#compiled.set(source, pattern);
    }
    return pattern?.find(text, textKind(text)) ?? undefined;
  }

  /** Undefined for a beginning that is no pattern by itself. */
  #compile(source: string): Pattern | undefined {
    const { ecs = 'disabled', dialect = 'elasticsearch', definitions = {} } = this.#options;
    try {
      return new Pattern(expand(source, library(ecs, dialect), definitions, true, dialect), dialect, EXPLAIN_MS, false);
    } catch (error) {
      if (error instanceof LongshoreError) return undefined;
      throw error;
    }
  }
}

const MAX_DEPTH = 12;
const EXPLAIN_MS = 50;
