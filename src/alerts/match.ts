import { fold } from '../base/text/fold.ts';
import type { Predicate, QueryNode } from '../core/contracts.ts';
import { type Fields, LEVELS } from '../core/event.ts';
import { FilterIndex } from './filter-index.ts';
import { ruleErrorsTotal } from './metrics.ts';
import type { Rule } from './rules/rule.ts';

/** Names of the rules whose filter holds for an event; undefined when none does. */
export type RuleMatcher = (event: Fields) => readonly string[] | undefined;

/** So few are tried one by one as fast as they are found. */
const FEW_RULES = 6;

/**
 * Compiles the filters of the enabled rules: rules are found by the values that their filters require, and only those are
 * tried. Called for each event, in every worker: it allocates for hits only.
 */
export function compileMatcher(rules: readonly Rule[]): RuleMatcher {
  const enabled = rules.filter(isFed);
  const names = enabled.map(rule => rule.name);
  if (enabled.length <= FEW_RULES) return matchEach(names, enabled);
  const index = new FilterIndex(enabled.map(rule => rule.required));
  const tests = new SharedTests(enabled);
  const hits: number[] = [];
  return event => {
    hits.length = 0;
    tests.begin();
    for (const i of index.candidates(event)) if (tests.holds(i, event)) hits.push(i);
    if (hits.length === 0) return undefined;
    // In the order of the rules.
    if (hits.length > 1) hits.sort((a, b) => a - b);
    return hits.map(i => names[i]!);
  };
}

/**
 * The levels that events have whom some rule may take; undefined: some rule does not ask for the level. Of an event with
 * another one nothing else need be known.
 */
export function levelsAsked(rules: readonly Rule[]): ReadonlySet<string> | undefined {
  const asked = new Set<string>();
  for (const { required } of rules.filter(isFed)) {
    const levels = required.find(list => list.every(({ type, field }) => type === 'value' && field === 'level'));
    if (levels === undefined) return undefined;
    for (const term of levels) if (term.type === 'value') asked.add(term.value);
  }
  return new Set(LEVELS.filter(level => asked.has(fold(level))));
}

const isFed = (rule: Rule): boolean => rule.enabled && rule.kind.isFedByRules !== true;

function matchEach(names: readonly string[], rules: readonly Rule[]): RuleMatcher {
  const predicates = rules.map(rule => rule.predicate);
  const count = predicates.length;
  return event => {
    let hits: string[] | undefined;
    for (let i = 0; i < count; i++) {
      if (!holdsFor(predicates[i]!, names[i]!, event)) continue;
      if (hits === undefined) hits = [names[i]!];
      else hits.push(names[i]!);
    }
    return hits;
  };
}

function holdsFor(predicate: Predicate, rule: string, event: Fields): boolean {
  try {
    return predicate(event);
  } catch {
    ruleErrorsTotal.inc({ rule });
    return false;
  }
}

/** The filters of rules; a part that several of them have is asked once for each event. */
class SharedTests {
  readonly #rules: readonly Rule[];
  /** By rule, the numbers of the parts that it shares. */
  readonly #parts: readonly (readonly number[] | undefined)[];
  /** By rule: it has no other part. */
  readonly #isAll: readonly boolean[];
  readonly #tests: readonly Predicate[];
  /** By part: the event that asked last, and the answer. */
  readonly #askedBy: Uint32Array;
  readonly #answers: Uint8Array;
  #event = 0;

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
    const texts = rules.map(({ query }) => partsOf(query).map(node => JSON.stringify(node)));
    const counts = new Map<string, number>();
    for (const text of texts.flatMap(own => [...new Set(own)])) counts.set(text, (counts.get(text) ?? 0) + 1);
    const numbers = new Map<string, number>();
    const tests: Predicate[] = [];
    this.#parts = rules.map(({ query, compile }, i) => {
      const parts: number[] = [];
      for (const [n, node] of partsOf(query).entries()) {
        const text = texts[i]![n]!;
        if (counts.get(text) === 1) continue;
        let number = numbers.get(text);
        if (number === undefined) {
          number = tests.push(compile(node)) - 1;
          numbers.set(text, number);
        }
        parts.push(number);
      }
      return parts.length === 0 ? undefined : parts;
    });
    this.#isAll = rules.map(({ query }, i) => this.#parts[i]?.length === partsOf(query).length);
    this.#tests = tests;
    this.#askedBy = new Uint32Array(tests.length);
    this.#answers = new Uint8Array(tests.length);
  }

  /** Another event comes. */
  begin(): void {
    this.#event++;
    if (this.#event < 0xffff_ffff) return;
    this.#askedBy.fill(0);
    this.#event = 1;
  }

  holds(i: number, event: Fields): boolean {
    const rule = this.#rules[i]!;
    const parts = this.#parts[i];
    if (parts !== undefined) for (const part of parts) if (!this.#asked(part, rule, event)) return false;
    return this.#isAll[i] === true || holdsFor(rule.predicate, rule.name, event);
  }

  #asked(part: number, { name }: Rule, event: Fields): boolean {
    if (this.#askedBy[part] !== this.#event) {
      this.#askedBy[part] = this.#event;
      this.#answers[part] = holdsFor(this.#tests[part]!, name, event) ? 1 : 0;
    }
    return this.#answers[part] === 1;
  }
}

/** What must all hold; a filter of one part is a part itself. */
function partsOf(query: QueryNode): readonly QueryNode[] {
  return query.type === 'and' ? query.nodes : [query];
}
