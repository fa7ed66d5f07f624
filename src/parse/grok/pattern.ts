import type { GaveUp } from '../../base/regexp/limited-regexp.ts';
import { requiredLiterals } from '../../base/regexp/literals.ts';
import { LoopCaptures } from '../../base/regexp/loop-captures.ts';
import { Search } from '../../base/regexp/search.ts';
import { simplify } from '../../base/regexp/simplify.ts';
import type { RegexpNode } from '../../base/regexp/tree.ts';
import type { TextKind } from '../../base/regexp/write-v8.ts';
import { LongshoreError } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { type Assign, compileAssign } from './assign.ts';
import type { Expanded, GrokDialect } from './expand.ts';
import { type FieldPlan, planFields } from './field-plan.ts';
import { parsePattern } from './parse-pattern.ts';

/** What a text may hold; the index is the `kind` of `textKind`. */
const TEXT_KINDS: readonly TextKind[] = [
  { max: 0xff, newlines: false },
  { max: 0xff, newlines: true },
  { max: 0xffff, newlines: false },
  { max: 0xffff, newlines: true },
  { max: 0x10ffff, newlines: false },
  { max: 0x10ffff, newlines: true },
];

/** Which regular expression a text needs. For a string that V8 keeps in bytes the first test costs nothing. */
export function textKind(text: string): number {
  const newlines = text.indexOf('\n') < 0 ? 0 : 1;
  if (!WIDE.test(text)) return newlines;
  return newlines + (SURROGATE.test(text) ? 4 : 2);
}

const WIDE = /[\u0100-\uffff]/;
const SURROGATE = /[\ud800-\udfff]/;

/** Offsets of characters in the text. */
export interface Capture {
  readonly field: string;
  readonly start: number;
  readonly end: number;
}

/** The search in one kind of text, and the numbers of its groups. */
interface Variant {
  readonly search: Search;
  /** For each field plan the groups to read. */
  readonly numbers: readonly (readonly number[])[];
  /** The same in one list, plan by plan. */
  readonly groups: readonly number[];
  /** Made at the first match. */
  assign: Assign | undefined;
  readonly kept: readonly LoopCaptures[];
}

/** A pattern in the simple form from which regular expressions are written. */
interface Simple {
  readonly tree: RegexpNode;
  readonly literals: readonly string[];
}

/** Where V8 may find an expression too large, which only making it tells. */
const IS_LARGE = /\{\d{0,9},?\d{3,}/;
const LARGE_CHARS = 20_000;

/**
 * One compiled pattern. Its mistakes are told when it is read; the regular expressions for a kind of text are made when the
 * first such text comes: of all the patterns of a set, few see any.
 */
export class Pattern {
  readonly plans: readonly FieldPlan[];
  /** Why the last text was given up. */
  gaveUp: GaveUp = 'time';
  readonly #dialect: GrokDialect;
  readonly #tree: RegexpNode;
  #simple: Simple | undefined;
  readonly #ids: readonly number[];
  readonly #timeLimit: number;
  readonly #variants: (Variant | undefined)[] = [undefined, undefined, undefined, undefined, undefined, undefined];

  constructor(expanded: Expanded, dialect: GrokDialect, time_limit_ms: number, takesFirst: boolean) {
    const names = expanded.groups.map((_, index) => `g${index}`);
    const { tree, ids } = parsePattern(expanded.source, names, dialect === 'logstash');
    this.#dialect = dialect;
    this.#tree = tree;
    this.#ids = ids;
    this.#timeLimit = time_limit_ms;
    this.plans = planFields(expanded.groups, dialect, takesFirst);
    if (expanded.source.length > LARGE_CHARS || IS_LARGE.test(expanded.source)) this.#compile(0);
  }

  /** `kind` is `textKind(text)`. A match is for `assign` on the same text; null: given up; undefined: there is none. */
  find(text: string, kind: number): RegExpExecArray | null | undefined {
    const { search } = this.#variants[kind] ?? this.#compile(kind);
    const match = search.find(text);
    if (match === null) this.gaveUp = search.gaveUp;
    return match;
  }

  /** Sets the fields of what `find` found in the text; answers why not. */
  assign(text: string, kind: number, match: RegExpExecArray, target: Fields): string | undefined {
    const variant = this.#variants[kind]!;
    for (let i = 0; i < variant.kept.length; i++) variant.kept[i]!.restore(text, match);
    variant.assign ??= compileAssign(this.plans, variant.numbers, this.#dialect);
    return variant.assign(match, target);
  }

  /** Where in the text the captures of what `find` found are, in the order of the plans. */
  locate(text: string, kind: number, match: RegExpExecArray): Capture[] {
    const { search, numbers } = this.#variants[kind]!;
    const { source, flags } = search.written;
    // It matches here, and did so within its limits.
    const again = new RegExp(source, `${flags}dy`);
    again.lastIndex = match.index;
    const indices = again.exec(text)?.indices;
    return this.plans.flatMap(({ name }, i) =>
      numbers[i]!.flatMap(group => {
        const found = indices?.[group];
        return found === undefined ? [] : [{ field: name, start: found[0], end: found[1] }];
      }),
    );
  }

  /** The groups of what `find` found that the plans read, plan by plan; completes the match. */
  groups(text: string, kind: number, match: RegExpExecArray): readonly number[] {
    const { kept, groups } = this.#variants[kind]!;
    for (let i = 0; i < kept.length; i++) kept[i]!.restore(text, match);
    return groups;
  }

  #simplified(): Simple {
    if (this.#simple === undefined) {
      const tree = simplify(this.#tree);
      this.#simple = { tree, literals: requiredLiterals(tree) };
    }
    return this.#simple;
  }

  #compile(kind: number): Variant {
    const textKind = TEXT_KINDS[kind]!;
    const { tree, literals } = this.#simplified();
    let search: Search;
    try {
      search = new Search(tree, literals, textKind, this.#timeLimit);
    } catch (error) {
      throw new LongshoreError('LS_GROK_SYNTAX', 'the pattern has no equivalent in JavaScript.', { cause: error });
    }
    const { groupOf, kept } = search.written;
    const numbers = this.plans.map(plan => plan.groups.map(group => groupOf.get(this.#ids[group]!) ?? 0));
    const loops = kept.map(loop => new LoopCaptures(loop, groupOf, textKind, this.#timeLimit));
    const variant: Variant = { search, numbers, groups: numbers.flat(), assign: undefined, kept: loops };
    this.#variants[kind] = variant;
    return variant;
  }
}
