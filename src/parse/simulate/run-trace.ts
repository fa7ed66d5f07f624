import type { Fields } from '../../core/event.ts';
import type { GrokLook } from '../grok/look.ts';
import type { Failure } from '../run-state.ts';
import type { Change } from './changes.ts';

/** How one event went through the pipelines. */
export interface RunTrace {
  /** The ways into pipelines that were asked, in order; none where the pipeline was named. */
  readonly asked: readonly Asked[];
  /** Those that ran, in order: all but the last passed the event on, or what they left of it. */
  readonly pipelines: readonly PipelineTrace[];
  /** The one that kept it; undefined: none of them. */
  readonly pipeline: string | undefined;
  /** What was done for an event that no pipeline took. */
  readonly automatic: readonly Change[];
  /** The time was over before it was done. */
  readonly isLate: boolean;
  /** There were more steps than are told. */
  readonly isCut: boolean;
}

export interface Asked {
  readonly pipeline: string;
  /** `file:line` of its `match`, or of the entry of it. */
  readonly where: string;
  readonly isTaken: boolean;
  /** The first part of `match` that does not hold. `value`: what the event has there. */
  readonly why?: { readonly name: string; readonly wanted: string; readonly value: unknown };
}

export interface PipelineTrace {
  readonly pipeline: string;
  readonly path: string;
  readonly steps: readonly StepTrace[];
  /** It read nothing and leaves the event to others (`pass_unmatched`). */
  readonly isPassed: boolean;
  /** It took a prefix away and leaves the rest to others (`automatic: { pipelines: true }`). */
  readonly isUnwrapped: boolean;
  readonly isDropped: boolean;
  /** What nobody handled. */
  readonly failure: Failure | undefined;
  readonly took_us: number;
}

export interface StepTrace {
  readonly type: string;
  readonly tag?: string;
  readonly description?: string;
  readonly pipeline: string;
  /** `file:line`. */
  readonly where: string;
  readonly role: 'processor' | 'handler' | 'inner';
  /** `holds` undefined: it could not be worked out. */
  condition?: { readonly text: string; readonly holds: boolean | undefined };
  /** `late`: the time was over, it did not run. */
  status: 'skipped' | 'success' | 'failure' | 'failure_ignored' | 'dropped' | 'ended' | 'late';
  failure?: string;
  /** The pattern of a list that matched. */
  pattern?: { readonly index: number; readonly text: string };
  /** What the patterns of a grok see in the text; only where that was asked for. */
  grok?: GrokLook;
  changes: readonly Change[];
  /** Microseconds, with the steps inside of it. */
  took_us: number;
  /** Those of a called pipeline, or of each item of a list. */
  readonly steps: StepTrace[];
  /** The event after it; only where that was asked for. */
  document?: Fields;
  /** What `_ingest` held then, beside the time. */
  ingest?: Fields;
  /** `_id`, `_index` and the like. */
  metadata?: Fields;
}
