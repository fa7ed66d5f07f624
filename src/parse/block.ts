import { TooSlow } from '../base/regexp/bounded-regexp.ts';
import { isoTime } from '../base/time/iso.ts';
import { messageOf } from '../core/errors.ts';
import type { Fields } from '../core/event.ts';
import { ScriptFailure } from './painless/failure.ts';
import type { ConditionPlan, StepPlan } from './plan.ts';
import { type Condition, type Failure, GO_ON, type Run, type RunOutcome, type RunState } from './run-state.ts';

/** A processor as it stands in a pipeline. */
export interface Step {
  readonly type: string;
  readonly tag: string | undefined;
  readonly pipeline: string;
  readonly eventTag: string;
  readonly condition: Condition | undefined;
  readonly run: Run;
  readonly ignoreFailure: boolean;
  readonly onFailure: Block | undefined;
  readonly plan?: StepPlan | undefined;
  readonly conditionPlan?: ConditionPlan;
}

export type Block = readonly Step[];

/** Processors that leave a text alone that does not have the form they were made for. */
const READERS: ReadonlySet<string> = new Set(['grok', 'dissect', 'json']);

/** Runs the steps in order. Answers the first failure that nobody handled; stops when the state says so. */
export function runBlock(steps: Block, event: Fields, state: RunState): Failure | undefined {
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    const outcome = runStep(step, event, state);
    if (outcome !== undefined) {
      const failure = handle(step, outcome, event, state);
      if (failure !== undefined) return failure;
    }
    if (state.next !== GO_ON) return undefined;
  }
  return undefined;
}

/** Makes the failure readable as `_ingest.on_failure_*` while its handlers run. */
export function runHandlers(handlers: Block, failure: Failure, event: Fields, state: RunState): Failure | undefined {
  const { ingest } = state;
  ingest['on_failure_message'] = failure.message;
  ingest['on_failure_processor_type'] = failure.processor;
  ingest['on_failure_processor_tag'] = failure.tag;
  ingest['on_failure_pipeline'] = failure.pipeline;
  ingest['pipeline'] = handlers[0]?.pipeline ?? failure.pipeline;
  ingest['timestamp'] = isoTime(Math.floor(state.meta.receivedAt));
  const next = runBlock(handlers, event, state);
  delete ingest['on_failure_message'];
  delete ingest['on_failure_processor_type'];
  delete ingest['on_failure_processor_tag'];
  delete ingest['on_failure_pipeline'];
  delete ingest['pipeline'];
  return next;
}

function runStep(step: Step, event: Fields, state: RunState): RunOutcome {
  let part = 'condition';
  try {
    if (step.condition !== undefined && !step.condition(event, state)) return undefined;
    part = step.type;
    return step.run(event, state);
  } catch (error) {
    if (error instanceof TooSlow) {
      state.failureTag = `_${part}timeout`;
      return part === 'condition' ? `its condition: ${error.message}` : error.message;
    }
    if (error instanceof ScriptFailure) return error.reason;
    return messageOf(error);
  }
}

function handle(step: Step, outcome: string | Failure, event: Fields, state: RunState): Failure | undefined {
  const eventTag = state.failureTag ?? step.eventTag;
  state.failureTag = undefined;
  if (step.ignoreFailure) return undefined;
  const failure: Failure =
    typeof outcome === 'string'
      ? {
          message: outcome,
          processor: step.type,
          tag: step.tag,
          pipeline: step.pipeline,
          eventTag,
          isMismatch: READERS.has(step.type) && eventTag === step.eventTag,
        }
      : outcome;
  return step.onFailure === undefined ? failure : runHandlers(step.onFailure, failure, event, state);
}
