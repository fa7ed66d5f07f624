import { LongshoreError, messageOf } from '../core/errors.ts';
import type { IngestSettings } from '../ingest/settings.ts';
import { loadPipelines, type PipelineFile, type PipelineOptions, type PipelineSet } from '../parse/pipelines.ts';
import { exactJson } from '../parse/simulate/exact-json.ts';
import { Recorder } from '../parse/simulate/recorder.ts';
import { answerOf, type TriedAnswer } from './answer.ts';
import { readParseRequest } from './request.ts';
import { Trial, type Tried } from './trial.ts';

export interface ParseRun {
  /** JSON, as it came. */
  readonly body: string;
  readonly settings: Pick<IngestSettings, 'event' | 'join'>;
  /** The pipelines that run. */
  readonly files: readonly PipelineFile[];
  /** How pipelines are loaded. */
  readonly options: PipelineOptions;
  /** Of events that name none. */
  readonly tag: string;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly clock: () => number;
  /** Of `clock`: after that nothing more is run. */
  readonly deadline: number;
}

/** The answer of `POST /api/parse`. Throws LS_TRIAL_REQUEST, LS_TRIAL_FAILED and mistakes of pipelines. */
export function parseRecords({ body, settings, files, options, tag, now, clock, deadline }: ParseRun): string {
  const request = readParseRequest(body);
  const { isExplained, own, only } = request;
  const recorder = new Recorder({
    detail: 'steps',
    clock,
    deadline: () => deadline,
  });
  const chosen = [...(request.files ?? files), ...(own === undefined ? [] : [own])];
  const all = load(chosen, { ...options, observer: recorder });
  const pipelines = only === undefined ? all : all.only(only);
  if (pipelines === undefined)
    throw new LongshoreError('LS_TRIAL_REQUEST', `there is no pipeline ${JSON.stringify(only)}.`, {
      fix: `There are ${all.names.join(', ')}.`,
    });
  const trial = new Trial({ settings, pipelines, recorder, isDetailed: isExplained });
  const results: TriedAnswer[] = [];
  const add = (tried: readonly Tried[]): void => {
    for (const one of tried) results.push(answerOf(one, isExplained));
    if (clock() > deadline)
      throw new LongshoreError('LS_TRIAL_FAILED', 'the time of the request was over.', {
        fix: 'Send fewer lines, or simpler pipelines.',
      });
  };
  const receivedAt = request.now ?? now;
  for (const [i, record] of request.records.entries())
    add(trial.take({ record, number: i + 1, tag: request.tag ?? tag, time: Number.NaN, receivedAt }));
  add(trial.expire(Number.POSITIVE_INFINITY));
  return exactJson({ results });
}

function load(files: readonly PipelineFile[], options: PipelineOptions): PipelineSet {
  try {
    return loadPipelines(files, options);
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    const mistakes = error.errors.slice(0, MAX_MISTAKES).map(messageOf).join('\n');
    throw new LongshoreError('LS_TRIAL_REQUEST', `the pipelines have mistakes:\n${mistakes}`, { cause: error });
  }
}

const MAX_MISTAKES = 20;
