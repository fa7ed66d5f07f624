import type { Fields } from '../core/event.ts';
import type { Step } from './block.ts';
import type { GrokLook } from './grok/look.ts';
import type { Mask } from './mask.ts';
import type { Failure, RunState } from './run-state.ts';
import type { PipelineChoice } from './selection.ts';

/**
 * Looks over the parts of pipelines while they are loaded, and may put others in their place that do the same and tell of
 * it: a trace, a coverage. Without one nothing is put in, so what is not looked at costs nothing; with one the same runner
 * runs the same parts.
 */
export interface PipelineObserver {
  step?(step: Step, place: StepPlace): Step;
  choice?(choice: PipelineChoice, place: ChoicePlace): PipelineChoice;
  pipeline?(run: PipelineRun, place: PipelinePlace): PipelineRun;
  mask?(mask: Mask, place: MaskPlace): Mask;
}

/** The processors of a pipeline with its handlers and masks. Answers the failure that nobody handled. */
export type PipelineRun = (event: Fields, state: RunState) => Failure | undefined;

export interface StepPlace {
  readonly pipeline: string;
  /** `file:line`. */
  readonly where: string;
  /** `handler`: of an `on_failure`; `inner`: of a `foreach`. */
  readonly role: 'processor' | 'handler' | 'inner';
  /** Its `if`. */
  readonly condition: string | undefined;
  readonly description: string | undefined;
  /** What the processor tells of itself. */
  readonly detail: StepDetail | undefined;
}

/** A processor that tries one of several things. */
export interface StepDetail {
  /** What it tries, as it is written: patterns. */
  readonly choices: readonly string[];
  /** The place of the one that it took last; -1: none. */
  taken(): number;
  /** Before it runs: what its patterns see in the text that the event has then. The function may be called at any time after; `clock` in milliseconds. */
  look?(event: Fields, state: RunState): ((clock: () => number) => GrokLook | undefined) | undefined;
}

export interface ChoicePlace {
  readonly pipeline: string;
  readonly where: string;
}

export interface PipelinePlace {
  readonly name: string;
  readonly path: string;
  readonly passesUnmatched: boolean;
}

export interface MaskPlace {
  readonly pipeline: string;
  readonly where: string;
}
