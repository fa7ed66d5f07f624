import type { Step } from '../block.ts';
import type { Mask } from '../mask.ts';
import type { ChoicePlace, MaskPlace, PipelineObserver, PipelinePlace, PipelineRun, StepPlace } from '../observer.ts';
import type { ChoicePart, PipelineChoice } from '../selection.ts';
import { exactJson } from './exact-json.ts';

/** What tests can reach in a pipeline. `match`: a branch of it that has an `if`. */
export type CoverageKind = 'processor' | 'handler' | 'condition' | 'pattern' | 'match' | 'mask';

export interface Missed {
  /** `file:line`. */
  readonly where: string;
  readonly kind: CoverageKind;
  /** A sentence without its end: `set never ran`. */
  readonly what: string;
}

export interface PipelineCoverage {
  readonly pipeline: string;
  readonly path: string;
  readonly total: number;
  readonly reached: number;
  readonly missed: readonly Missed[];
}

interface Counted {
  readonly step: Step;
  readonly place: StepPlace;
  hasRun: boolean;
  hasSkipped: boolean;
  readonly patterns: Set<number>;
}

/** A branch of `match`, or a mask. */
interface Simple {
  readonly kind: 'match' | 'mask';
  readonly pipeline: string;
  readonly where: string;
  /** What is to be said when it was not reached. */
  readonly what: string;
  isReached: boolean;
}

/**
 * Notes which processors and handlers run, which of their patterns match, which conditions are false at least once, which
 * branches of `match` hold for what the pipeline gets, and which masks hide something, while the pipelines that were loaded with
 * it run.
 */
export class Coverage implements PipelineObserver {
  readonly #steps: Counted[] = [];
  readonly #simple: Simple[] = [];
  readonly #branches = new Map<string, { branch: Simple; condition: ChoicePart }[]>();

  choice(choice: PipelineChoice, { pipeline, where }: ChoicePlace): PipelineChoice {
    const condition = choice.parts.find(({ name }) => name === 'if');
    if (condition === undefined) return choice;
    const what = `match never took an event: its if was never true: ${condition.wanted}`;
    const branch: Simple = { kind: 'match', pipeline, where, what, isReached: false };
    this.#simple.push(branch);
    this.#branches.set(pipeline, [...(this.#branches.get(pipeline) ?? []), { branch, condition }]);
    return choice;
  }

  pipeline(run: PipelineRun, { name }: PipelinePlace): PipelineRun {
    const branches = this.#branches.get(name);
    if (branches === undefined) return run;
    return (event, state) => {
      // A bare line of a test is given to its pipeline without being asked for.
      for (const { branch, condition } of branches) branch.isReached ||= condition.holds(event, state.meta, state);
      return run(event, state);
    };
  }

  mask(mask: Mask, { pipeline, where }: MaskPlace): Mask {
    const counted: Simple = { kind: 'mask', pipeline, where, what: 'mask never hid anything', isReached: false };
    this.#simple.push(counted);
    return {
      apply(event) {
        const before = counted.isReached ? '' : exactJson(event);
        mask.apply(event);
        counted.isReached ||= exactJson(event) !== before;
      },
      text(text) {
        const hidden = mask.text(text);
        counted.isReached ||= hidden !== text;
        return hidden;
      },
    };
  }

  step(step: Step, place: StepPlace): Step {
    const counted: Counted = { step, place, hasRun: false, hasSkipped: false, patterns: new Set() };
    this.#steps.push(counted);
    const { condition } = step;
    const run: Step['run'] = (event, state) => {
      counted.hasRun = true;
      const outcome = step.run(event, state);
      if (place.detail !== undefined && outcome === undefined) counted.patterns.add(place.detail.taken());
      return outcome;
    };
    if (condition === undefined) return { ...step, run };
    const asked: Step['condition'] = (event, state) => {
      const holds = condition(event, state);
      if (!holds) counted.hasSkipped = true;
      return holds;
    };
    return { ...step, condition: asked, run };
  }

  /** Of the files in `paths`, in their order. */
  of(paths: readonly string[]): PipelineCoverage[] {
    const stepsOf = Map.groupBy(this.#steps, ({ place }) => fileOf(place.where));
    const simpleOf = Map.groupBy(this.#simple, ({ where }) => fileOf(where));
    return paths.flatMap(path => {
      const [steps = [], simple = []] = [stepsOf.get(path), simpleOf.get(path)];
      return steps.length + simple.length === 0 ? [] : [coverageOf(path, steps, simple)];
    });
  }
}

/** A share in percent, rounded down: 100 is everything. */
export const percentOf = (reached: number, total: number): number =>
  total === 0 ? 100 : Math.floor((reached / total) * 100);

function coverageOf(path: string, steps: readonly Counted[], simple: readonly Simple[]): PipelineCoverage {
  const missed: Missed[] = [];
  let total = simple.length;
  for (const { isReached, where, kind, what } of simple) if (!isReached) missed.push({ where, kind, what });
  const count = (isReached: boolean, { place, step }: Counted, kind: CoverageKind, what: string): void => {
    total++;
    const tag = step.tag === undefined ? '' : ` (${step.tag})`;
    if (!isReached) missed.push({ where: place.where, kind, what: `${step.type}${tag} ${what}` });
  };
  for (const one of steps) {
    const { place, hasRun, hasSkipped, patterns } = one;
    const isHandler = place.role === 'handler';
    const never = isHandler ? 'of on_failure never ran' : 'never ran';
    count(
      hasRun,
      one,
      isHandler ? 'handler' : 'processor',
      place.condition === undefined ? never : `${never}: its if was never true`,
    );
    if (place.condition !== undefined)
      count(hasSkipped, one, 'condition', 'was never left out: its if was never false');
    for (const [i, pattern] of (place.detail?.choices ?? []).entries())
      count(patterns.has(i), one, 'pattern', `pattern ${i + 1} never matched: ${pattern}`);
  }
  // A list of processors is prepared before what stands around it.
  missed.sort((a, b) => lineOf(a.where) - lineOf(b.where));
  const pipeline = steps[0]?.place.pipeline ?? simple[0]!.pipeline;
  return { pipeline, path, total, reached: total - missed.length, missed };
}

const fileOf = (where: string): string => where.replace(/:\d+$/, '');
const lineOf = (where: string): number => Number(/:(\d+)$/.exec(where)?.[1] ?? 0);
