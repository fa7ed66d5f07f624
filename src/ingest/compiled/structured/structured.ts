import type { Block } from '../../../parse/block.ts';
import type { Expression } from '../../../parse/painless/ast.ts';
import type { Pipeline } from '../../../parse/pipelines.ts';
import type { EventOptions } from '../../../schema/options.ts';
import type { LineWriter, WriterRules, Written } from '../line-writer.ts';
import { Slots } from './slots.ts';
import { StructuredWriter } from './structured-writer.ts';

const MOST_CHARS = 8192;
/** Values of a line and fields of a stream, and the bytes that the schema counts for each. */
const MOST_FIELDS = 400;
const OTHER_BYTES = 16_384;

/** Makes writers of lines that are JSON or pairs. */
export class StructuredWriters {
  readonly #options: EventOptions;
  readonly #rules: WriterRules;
  readonly #written: Written;
  readonly #slots = new Slots();
  readonly #maxChars: number;

  constructor(options: EventOptions, rules: WriterRules, written: Written) {
    this.#options = options;
    this.#rules = rules;
    this.#written = written;
    this.#maxChars =
      rules.mostFields < MOST_FIELDS ? 0 : Math.min(MOST_CHARS, rules.shortText, rules.shortEvent - OTHER_BYTES);
  }

  /** For lines that no pipeline takes. */
  automatic(): LineWriter | undefined {
    return this.#made([]);
  }

  /** Undefined: the pipeline does something else with such lines. */
  of({ steps }: Pick<Pipeline, 'steps'>): LineWriter | undefined {
    const asked = steps === undefined ? undefined : askedBehind(steps);
    return asked === undefined ? undefined : this.#made(asked);
  }

  #made(asked: readonly string[]): LineWriter | undefined {
    if (this.#maxChars < 256) return undefined;
    const { form, hidesSecrets, shortKeyword, eventTime, infoOf } = this.#rules;
    const { max_name_bytes: maxNameBytes, max_depth: maxDepth } = this.#options;
    const rules = {
      ...{ form, hidesSecrets, shortKeyword, eventTime, infoOf, asked, maxNameBytes, maxDepth },
      ...{ isBehind: form === 'embedded', maxChars: this.#maxChars },
    };
    return new StructuredWriter(rules, this.#written, this.#slots);
  }
}

/** Names without which nothing happens behind the automatic processor, with which the pipeline begins; undefined: it is another one. */
function askedBehind(steps: Block): readonly string[] | undefined {
  const [first, ...others] = steps;
  if (first?.plan?.kind !== 'automatic' || first.condition !== undefined) return undefined;
  const asked: string[] = [];
  for (const { conditionPlan } of others) {
    const name = conditionPlan === undefined || conditionPlan === 'unknown' ? undefined : neededName(conditionPlan);
    if (name === undefined) return undefined;
    asked.push(name);
  }
  return asked;
}

/** The field that an event needs for the condition to hold: `attr` of `ctx.attr?.durationMillis != null`. */
function neededName(condition: Expression): string | undefined {
  if (condition.type !== 'binary') return undefined;
  if (condition.operator === '&&') return neededName(condition.left);
  if (condition.operator !== '!=' || condition.right.type !== 'null') return undefined;
  let node = condition.left;
  while (node.type === 'member' && node.safe && node.target.type === 'member') node = node.target;
  if (node.type !== 'member' || node.target.type !== 'variable' || node.target.name !== 'ctx') return undefined;
  return node.name;
}
