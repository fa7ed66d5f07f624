import { LongshoreError, messageOf } from '../core/errors.ts';
import { loadPipelines, type PipelineFile, type PipelineOptions, type PipelineSet } from '../parse/pipelines.ts';
import { type Detail, Recorder } from '../parse/simulate/recorder.ts';

/** How much is told of runs: `looks`: also what each pattern of a grok sees. */
export type Told = Detail | 'looks';

export interface LoadedSet {
  readonly pipelines: PipelineSet;
  readonly recorder: Recorder;
}

/** The mistakes of pipelines that a request brings. */
export class PipelineMistakes extends LongshoreError {
  readonly mistakes: readonly LongshoreError[];

  constructor(error: AggregateError) {
    const mistakes = error.errors.slice(0, MAX_MISTAKES) as LongshoreError[];
    super('LS_TRIAL_REQUEST', `the pipelines have mistakes:\n${mistakes.map(messageOf).join('\n')}`, { cause: error });
    this.mistakes = mistakes;
  }
}

const MAX_MISTAKES = 20;
const MAX_KEPT = 3;

/** Sets of pipelines for trials; the last ones are kept, for whoever types asks again and again. */
export class LoadedSets {
  readonly #options: PipelineOptions;
  readonly #clock: () => number;
  readonly #kept = new Map<string, LoadedSet>();
  /** Of the clock; after that nothing more is run. */
  deadline = Number.POSITIVE_INFINITY;

  constructor(options: PipelineOptions, clock: () => number) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Throws PipelineMistakes. */
  load(files: readonly PipelineFile[], told: Told): LoadedSet {
    const key = JSON.stringify([told, files]);
    const set = this.#kept.get(key) ?? this.#make(files, told);
    this.#kept.delete(key);
    this.#kept.set(key, set);
    for (const oldest of this.#kept.keys()) if (this.#kept.size > MAX_KEPT) this.#kept.delete(oldest);
    return set;
  }

  #make(files: readonly PipelineFile[], told: Told): LoadedSet {
    const recorder = new Recorder({
      detail: told === 'looks' ? 'steps' : told,
      looks: told === 'looks',
      clock: this.#clock,
      deadline: () => this.deadline,
    });
    try {
      return { pipelines: loadPipelines(files, { ...this.#options, observer: recorder }), recorder };
    } catch (error) {
      throw error instanceof AggregateError ? new PipelineMistakes(error) : error;
    }
  }
}
