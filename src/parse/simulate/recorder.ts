import { messageOf } from '../../core/errors.ts';
import { type EventMeta, type Fields, newFields } from '../../core/event.ts';
import type { Step } from '../block.ts';
import type { Mask } from '../mask.ts';
import type { ChoicePlace, MaskPlace, PipelineObserver, PipelinePlace, PipelineRun, StepPlace } from '../observer.ts';
import { DROP, GO_ON, passesOn, type RunState } from '../run-state.ts';
import type { PipelineChoice } from '../selection.ts';
import { changesBetween, frozenCopy } from './changes.ts';
import type { Asked, PipelineTrace, RunTrace, StepTrace } from './run-trace.ts';

/** How much is written down: only who took the event, or each step as well, or with each step what the event was after it. */
export type Detail = 'pipelines' | 'steps' | 'documents';

export interface RecorderOptions {
  readonly detail: Detail;
  /** Milliseconds of a clock that only goes forward. */
  readonly clock: () => number;
  /** Of `clock`; a run that is not done by then does nothing any more. Default: never. */
  readonly deadline?: (() => number) | undefined;
  /** Whether it looks at what the patterns of each grok see; that takes longer than the run itself. Default: no. */
  readonly looks?: boolean | undefined;
}

const MAX_STEPS = 2000;

/** Writes down how events go through the pipelines that were loaded with it as their observer. One event at a time. */
export class Recorder implements PipelineObserver {
  readonly #detail: Detail;
  readonly #clock: () => number;
  readonly #deadline: () => number;
  /** Of the event's last selection. An event of several lines may be chosen for at its first line. */
  #asked = new WeakMap<Fields, Asked[]>();
  #pipelines: PipelineTrace[] = [];
  /** Where the next step is written. */
  #steps: StepTrace[] = [];
  #count = 0;
  /** Its condition was asked, and it may run now. */
  #pending: StepTrace | undefined;
  #before: Fields = newFields();
  #isLate = false;
  readonly #looks: boolean;
  /** What is looked at when the run is over: it is not to take part in the times. */
  #later: (() => void)[] = [];
  /** What the document has beside its fields: before the run, and after it. */
  metadata: Fields = newFields();

  constructor({ detail, clock, deadline = () => Number.POSITIVE_INFINITY, looks = false }: RecorderOptions) {
    this.#detail = detail;
    this.#clock = clock;
    this.#deadline = deadline;
    this.#looks = looks;
  }

  /** Before the run of an event. */
  begin(event: Fields): void {
    this.#pipelines = [];
    this.#steps = [];
    this.#count = 0;
    this.#pending = undefined;
    this.#isLate = false;
    this.#later = [];
    this.metadata = newFields();
    if (this.#detail !== 'pipelines') this.#before = frozenCopy(event) as Fields;
  }

  /** After it. `out`: what the run gave back. */
  end(event: Fields, out: Fields | undefined): RunTrace {
    const last = this.#pipelines.at(-1);
    const taker = this.#pipelines.findLast(({ isPassed }) => !isPassed)?.pipeline;
    for (const look of this.#later) if (this.#clock() < this.#deadline()) look();
    const isAutomatic = out !== undefined && (last === undefined || last.isPassed || last.isUnwrapped);
    const changes = isAutomatic && this.#detail !== 'pipelines' ? this.#changes(event) : [];
    return {
      asked: this.#asked.get(event) ?? [],
      pipelines: this.#pipelines,
      pipeline: taker,
      automatic: changes,
      isLate: this.#isLate,
      isCut: this.#count > MAX_STEPS,
    };
  }

  choice(choice: PipelineChoice, { pipeline, where }: ChoicePlace): PipelineChoice {
    if (this.#detail === 'pipelines') return choice;
    const holds = (event: Fields, meta: EventMeta, state: RunState): boolean => {
      const isTaken = choice.parts.every(part => part.holds(event, meta, state));
      let asked = this.#asked.get(event);
      // Each is asked once in a selection: this is another one.
      if (asked === undefined || asked.some(one => one.where === where && one.pipeline === pipeline)) {
        asked = [];
        this.#asked.set(event, asked);
      }
      const misfit = isTaken ? undefined : choice.parts.find(part => !part.holds(event, meta, state));
      asked.push({
        pipeline,
        where,
        isTaken,
        ...(misfit === undefined
          ? {}
          : { why: { name: misfit.name, wanted: misfit.wanted, value: frozenCopy(misfit.value(event, meta)) } }),
      });
      return isTaken;
    };
    // Every one is asked, also those that an image or the first characters would have spared the question.
    return { ...choice, image: undefined, prefixes: [[]], holds };
  }

  pipeline(run: PipelineRun, { name, path, passesUnmatched }: PipelinePlace): PipelineRun {
    return (event, state) => {
      if (state.depth > 0) return run(event, state);
      const steps: StepTrace[] = [];
      this.#steps = steps;
      const start = this.#clock();
      Object.assign(state.metadata, this.metadata);
      const failure = run(event, state);
      this.metadata = { ...state.metadata };
      const isPassed = state.next !== DROP && passesOn(passesUnmatched, failure, state);
      this.#pipelines.push({
        pipeline: name,
        path,
        steps,
        isPassed,
        isUnwrapped: state.isUnwrapped,
        isDropped: state.next === DROP,
        failure: failure === undefined ? undefined : { ...failure },
        took_us: this.#microseconds(start),
      });
      return failure;
    };
  }

  step(step: Step, place: StepPlace): Step {
    if (this.#detail === 'pipelines') return step;
    const condition = step.condition;
    const run: Step['run'] = (event, state) => {
      const trace = this.#pending ?? this.#open(step, place);
      this.#pending = undefined;
      if (this.#clock() > this.#deadline()) {
        this.#isLate = true;
        // Nothing stops a run but this: a failure might be handled.
        state.next = DROP;
        trace.status = 'late';
        return undefined;
      }
      const look = this.#looks ? place.detail?.look?.(event, state) : undefined;
      const outer = this.#steps;
      this.#steps = trace.steps;
      const start = this.#clock();
      let failure: string | undefined;
      try {
        const outcome = step.run(event, state);
        failure = typeof outcome === 'object' ? outcome.message : outcome;
        return outcome;
      } catch (error) {
        failure = messageOf(error);
        throw error;
      } finally {
        trace.took_us = this.#microseconds(start);
        this.#steps = outer;
        this.#close(trace, event, state, failure, step.ignoreFailure);
        const taken = failure === undefined ? (place.detail?.taken() ?? -1) : -1;
        if (look !== undefined)
          this.#later.push(() => {
            const seen = look(this.#clock);
            if (seen !== undefined) trace.grok = seen;
          });
        if (taken >= 0) trace.pattern = { index: taken, text: place.detail!.choices[taken]! };
      }
    };
    if (condition === undefined) return { ...step, run };
    const asked: Step['condition'] = (event, state) => {
      const trace = this.#open(step, place);
      const start = this.#clock();
      try {
        const holds = condition(event, state);
        trace.condition = { text: place.condition!, holds };
        if (holds) this.#pending = trace;
        else trace.status = 'skipped';
        if (this.#detail === 'documents' && !holds) trace.document = this.#before;
        return holds;
      } catch (error) {
        trace.condition = { text: place.condition!, holds: undefined };
        this.#close(trace, event, state, messageOf(error), step.ignoreFailure);
        throw error;
      } finally {
        trace.took_us = this.#microseconds(start);
      }
    };
    return { ...step, condition: asked, run };
  }

  mask(mask: Mask, { pipeline, where }: MaskPlace): Mask {
    if (this.#detail === 'pipelines') return mask;
    const apply = (event: Fields): void => {
      const trace = newStep('mask', undefined, pipeline, where, 'processor', undefined);
      const start = this.#clock();
      mask.apply(event);
      trace.took_us = this.#microseconds(start);
      trace.changes = this.#changes(event);
      if (trace.changes.length > 0) this.#steps.push(trace);
    };
    return { apply, text: text => mask.text(text) };
  }

  #open({ type, tag }: Step, { pipeline, where, role, description }: StepPlace): StepTrace {
    const trace = newStep(type, tag, pipeline, where, role, description);
    if (this.#count++ < MAX_STEPS) this.#steps.push(trace);
    return trace;
  }

  #close(trace: StepTrace, event: Fields, state: RunState, failure: string | undefined, isIgnored: boolean): void {
    trace.changes = this.#changes(event, state);
    if (this.#detail === 'documents') {
      trace.document = this.#before;
      trace.ingest = frozenCopy(state.ingest) as Fields;
      trace.metadata = { ...state.metadata };
    }
    if (failure !== undefined) trace.failure = failure;
    trace.status =
      failure !== undefined
        ? isIgnored
          ? 'failure_ignored'
          : 'failure'
        : state.next === DROP
          ? 'dropped'
          : state.next === GO_ON
            ? 'success'
            : 'ended';
  }

  /** Since the last time it was asked. */
  #changes(event: Fields, state?: RunState): StepTrace['changes'] {
    const now = frozenCopy(event) as Fields;
    // The item of a `foreach` stands beside the event.
    const item = state?.ingest['_value'];
    if (item !== undefined) now[ITEM] = frozenCopy(item);
    const changes = changesBetween(this.#before, now).filter(
      ({ field }) => !field.startsWith(ITEM) || item !== undefined,
    );
    this.#before = now;
    return changes;
  }

  #microseconds(start: number): number {
    return Math.round((this.#clock() - start) * 1000);
  }
}

const ITEM = '_ingest._value';

function newStep(
  type: string,
  tag: string | undefined,
  pipeline: string,
  where: string,
  role: StepTrace['role'],
  description: string | undefined,
): StepTrace {
  return {
    type,
    ...(tag === undefined ? {} : { tag }),
    ...(description === undefined ? {} : { description }),
    pipeline,
    where,
    role,
    status: 'success',
    changes: [],
    took_us: 0,
    steps: [],
  };
}
