import { type GaveUp, LimitedRegExp } from '../../base/regexp/limited-regexp.ts';
import { requiredLiterals } from '../../base/regexp/literals.ts';
import { LoopCaptures } from '../../base/regexp/loop-captures.ts';
import { simplify } from '../../base/regexp/simplify.ts';
import type { RegexpNode } from '../../base/regexp/tree.ts';
import { type TextKind, writeAlways } from '../../base/regexp/write-v8.ts';
import { LongshoreError } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import type { Expanded, GrokDialect } from './expand.ts';
import { assignFields, assignFieldsOfLogstash, type FieldPlan, planFields } from './field-plan.ts';
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

/** The regular expression for one kind of text, and the numbers of its groups. */
interface Variant {
  readonly expression: LimitedRegExp;
  readonly missGroup: number;
  /** For each field plan the groups to read. */
  readonly numbers: readonly (readonly number[])[];
  readonly kept: readonly LoopCaptures[];
}

/** One compiled pattern. The regular expression for a kind of text is made when the first such text comes. */
export class Pattern {
  readonly plans: readonly FieldPlan[];
  readonly literals: readonly string[];
  /** Why the last text was given up. */
  gaveUp: GaveUp = 'time';
  readonly #assign: typeof assignFields;
  readonly #tree: RegexpNode;
  readonly #ids: readonly number[];
  readonly #timeLimit: number;
  readonly #variants: (Variant | undefined)[] = [undefined, undefined, undefined, undefined, undefined, undefined];

  constructor(expanded: Expanded, dialect: GrokDialect, time_limit_ms: number) {
    const names = expanded.groups.map((_, index) => `g${index}`);
    const { tree, ids } = parsePattern(expanded.source, names, dialect === 'logstash');
    this.#assign = dialect === 'logstash' ? assignFieldsOfLogstash : assignFields;
    this.#tree = simplify(tree);
    this.#ids = ids;
    this.#timeLimit = time_limit_ms;
    this.plans = planFields(expanded.groups, dialect);
    this.literals = requiredLiterals(this.#tree);
    // The regular expression for texts of Latin-1 without newlines is made now, so that its errors come now.
    this.#compile(0);
  }

  /** `kind` is `textKind(text)`. A match is for `assign` on the same text; null: given up; undefined: there is none. */
  find(text: string, kind: number): RegExpExecArray | null | undefined {
    const { literals } = this;
    let from = 0;
    for (let i = 0; i < literals.length; i++) {
      const literal = literals[i]!;
      const at = text.indexOf(literal, from);
      if (at < 0) return undefined;
      from = at + literal.length;
    }
    const variant = this.#variants[kind] ?? this.#compile(kind);
    const match = variant.expression.exec(text);
    if (match === null) {
      this.gaveUp = variant.expression.gaveUp;
      return null;
    }
    return match[variant.missGroup] === undefined ? match : undefined;
  }

  /** Sets the fields of what `find` found in the text; answers why not. */
  assign(text: string, kind: number, match: RegExpExecArray, target: Fields): string | undefined {
    const variant = this.#variants[kind]!;
    for (let i = 0; i < variant.kept.length; i++) variant.kept[i]!.restore(text, match);
    return this.#assign(this.plans, variant.numbers, match, target);
  }

  #compile(kind: number): Variant {
    const { source, flags, groups, groupOf, kept } = writeAlways(this.#tree, TEXT_KINDS[kind]!);
    let expression: LimitedRegExp;
    try {
      expression = new LimitedRegExp(source, flags, this.#timeLimit, kind > 1);
    } catch (error) {
      throw new LongshoreError('LS_GROK_SYNTAX', 'the pattern has no equivalent in JavaScript.', { cause: error });
    }
    const numbers = this.plans.map(plan => plan.groups.map(group => groupOf.get(this.#ids[group]!) ?? 0));
    const loops = kept.map(loop => new LoopCaptures(loop, groupOf, TEXT_KINDS[kind]!, this.#timeLimit));
    const variant: Variant = { expression, missGroup: groups + 1, numbers, kept: loops };
    this.#variants[kind] = variant;
    return variant;
  }
}
