import type { Step } from '../block.ts';
import type { PipelineObserver, StepPlace } from '../observer.ts';

/** What tests can reach in a pipeline. */
export type CoverageKind = 'processor' | 'handler' | 'condition' | 'pattern';

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

/**
 * Notes which processors and handlers run, which of their patterns match, and which conditions are false at least once, while
 * the pipelines that were loaded with it run.
 */
export class Coverage implements PipelineObserver {
  readonly #steps: Counted[] = [];

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
    const byPath = Map.groupBy(this.#steps, ({ place }) => place.where.replace(/:\d+$/, ''));
    return paths.flatMap(path => {
      const steps = byPath.get(path);
      return steps === undefined ? [] : [coverageOf(path, steps)];
    });
  }
}

/** A share in percent, rounded down: 100 is everything. */
export const percentOf = (reached: number, total: number): number =>
  total === 0 ? 100 : Math.floor((reached / total) * 100);

function coverageOf(path: string, steps: readonly Counted[]): PipelineCoverage {
  const missed: Missed[] = [];
  let total = 0;
  const count = (isReached: boolean, { place, step }: Counted, kind: CoverageKind, what: string): void => {
    total++;
    const tag = step.tag === undefined ? '' : ` (${step.tag})`;
    if (!isReached) missed.push({ where: place.where, kind, what: `${step.type}${tag} ${what}` });
  };
  // A list of processors is prepared before what stands around it.
  for (const one of [...steps].sort((a, b) => lineOf(a) - lineOf(b))) {
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
  return { pipeline: steps[0]!.place.pipeline, path, total, reached: total - missed.length, missed };
}

const lineOf = ({ place }: Counted): number => Number(/:(\d+)$/.exec(place.where)?.[1] ?? 0);
