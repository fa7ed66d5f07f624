import type { Fields } from '../core/event.ts';
import { counter } from '../core/metrics.ts';
import { mark } from './failure-mark.ts';
import type { Pipeline } from './loader/read-pipeline.ts';
import { DROP, passesOn, type RunState } from './run-state.ts';

const drops = counter('longshore_pipeline_dropped_total', 'Events that a pipeline dropped by rule', ['pipeline']);

/** Answer of a pipeline that has read nothing in the event and leaves it to others. */
export const PASSED_ON = Symbol('passed on');

/** Undefined: it drops the event. */
export function runPipeline(pipeline: Pipeline, event: Fields, state: RunState): Fields | undefined | typeof PASSED_ON {
  const failure = pipeline.run(event, state);
  if (state.next === DROP) {
    drops.inc({ pipeline: pipeline.name });
    return undefined;
  }
  if (passesOn(pipeline.passesUnmatched, failure, state)) return PASSED_ON;
  if (failure !== undefined) mark(event, failure);
  return event;
}
