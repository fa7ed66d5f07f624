import type { StoredEvent } from '../core/contracts.ts';
import { LongshoreError } from '../core/errors.ts';
import type { Fields } from '../core/event.ts';
import type { IngestSettings } from '../ingest/settings.ts';
import type { PipelineFile, TestResult } from '../parse/pipelines.ts';
import { frozenCopy } from '../parse/simulate/changes.ts';
import { exactJson } from '../parse/simulate/exact-json.ts';
import { createAdmit } from '../schema/admit.ts';
import { createConform } from '../schema/conform.ts';
import { levelOfText } from '../schema/level-text.ts';
import { answerOf, type TriedAnswer } from './answer.ts';
import { Comparison } from './compare.ts';
import type { LoadedSet, LoadedSets } from './loaded.ts';
import { type ParseRequest, readParseRequest } from './request.ts';
import { isUnlike, recordOfStored } from './stored.ts';
import { Trial, type TrialRecord, type Tried } from './trial.ts';

export interface ParseRun {
  /** JSON, as it came. */
  readonly body: string;
  /** Events of the store whose lines are tried; undefined: those of the body. */
  readonly stored: readonly StoredEvent[] | undefined;
  readonly settings: Pick<IngestSettings, 'event' | 'join'>;
  /** The pipelines that run. */
  readonly files: readonly PipelineFile[];
  readonly sets: LoadedSets;
  /** Of events that name none. */
  readonly tag: string;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly clock: () => number;
  /** Milliseconds that runs may take, when the pipelines are loaded. */
  readonly timeMs: number;
}

/** The answer of `POST /api/parse`. Throws LS_TRIAL_REQUEST (PipelineMistakes), LS_TRIAL_FAILED. */
export function parseRecords(run: ParseRun): string {
  const { stored, settings, files, sets } = run;
  const request = readParseRequest(run.body, stored !== undefined);
  const { own, edited, only, isExplained, hasParts } = request;
  const chosen = [...withEdited(request.files ?? files, edited), ...(own === undefined ? [] : [own])];
  const set = sets.load(chosen, hasParts ? 'looks' : 'steps');
  const trial = new Trial({ settings, ...onlyOf(set, only), isDetailed: request.explains });
  const before = request.isCompared ? new Before(settings, ofRunning(sets.load(files, 'pipelines'), only)) : undefined;
  sets.deadline = run.clock() + run.timeMs;
  const results: TriedAnswer[] = [];
  const add = (tried: readonly Tried[]): void => {
    for (const one of tried) results.push(answerOf(one, { isExplained: one.lines.some(isExplained), hasParts }));
    if (run.clock() > sets.deadline)
      throw new LongshoreError('LS_TRIAL_FAILED', 'the time of the request was over.', {
        fix: 'Send fewer lines, or simpler pipelines.',
      });
  };
  warm(request, run, set);
  for (const { record, event } of recordsOf(request, run)) {
    before?.take(record, event);
    const tried = trial.take({ ...record, record: frozenCopy(record.record) as Fields });
    // What is stored was joined when it came in.
    if (event !== undefined) tried.push(...trial.expire(Number.POSITIVE_INFINITY));
    before?.compare(tried);
    add(tried);
  }
  const rest = trial.expire(Number.POSITIVE_INFINITY);
  add(rest);
  return exactJson({
    results,
    ...(stored === undefined ? {} : { stored: stored.map(storedLine) }),
    ...(before === undefined ? {} : { compared: before.end(rest) }),
    ...(request.hasTests ? { tests: testsOf(set, settings, edited!.path) } : {}),
  });
}

/** Expressions are made when the first text comes: the times of the line that is explained are to be those of every other one. */
function warm(request: ParseRequest, run: ParseRun, set: LoadedSet): void {
  if (!request.explains) return;
  for (const { record } of recordsOf(request, run)) {
    if (!request.isExplained(record.number)) continue;
    const trial = new Trial({ settings: run.settings, ...onlyOf(set, request.only), isDetailed: false });
    trial.take({ ...record, record: frozenCopy(record.record) as Fields });
    trial.expire(Number.POSITIVE_INFINITY);
    return;
  }
}

interface GivenRecord {
  readonly record: TrialRecord;
  /** As it is stored. */
  readonly event: StoredEvent | undefined;
}

function* recordsOf(request: ParseRequest, { stored, tag, now }: ParseRun): Generator<GivenRecord> {
  if (stored !== undefined) {
    for (const [i, event] of stored.entries())
      yield { record: recordOfStored(event as unknown as Fields, i + 1), event };
    return;
  }
  const receivedAt = request.now ?? now;
  for (const [i, record] of request.records.entries())
    yield {
      record: { record, number: i + 1, tag: request.tag ?? tag, time: Number.NaN, receivedAt },
      event: undefined,
    };
}

function withEdited(files: readonly PipelineFile[], edited: PipelineFile | undefined): readonly PipelineFile[] {
  return edited === undefined ? files : [...files.filter(({ path }) => path !== edited.path), edited];
}

/** Throws LS_TRIAL_REQUEST. */
function onlyOf({ pipelines, recorder }: LoadedSet, only: string | undefined): LoadedSet {
  const chosen = only === undefined ? pipelines : pipelines.only(only);
  if (chosen !== undefined) return { pipelines: chosen, recorder };
  throw new LongshoreError('LS_TRIAL_REQUEST', `there is no pipeline ${JSON.stringify(only)}.`, {
    fix: `There are ${pipelines.names.join(', ')}.`,
  });
}

/** A new pipeline is not there yet: then all are asked. */
const ofRunning = ({ pipelines, recorder }: LoadedSet, only: string | undefined): LoadedSet => ({
  pipelines: (only === undefined ? undefined : pipelines.only(only)) ?? pipelines,
  recorder,
});

/** What a stored event is told as. */
function storedLine(event: StoredEvent, i: number): object {
  const { record } = recordOfStored(event as unknown as Fields, i + 1);
  const { _id, '@timestamp': at, container_name } = event as unknown as Fields;
  return { id: _id, at, container: container_name, line: record['message'] };
}

/** The pipelines that run, at work on the same records. */
class Before {
  readonly #trial: Trial;
  readonly #comparison = new Comparison(MAX_CHANGED);
  #tried: Tried[] = [];
  #unlike = 0;

  constructor(settings: ParseRun['settings'], set: LoadedSet) {
    this.#trial = new Trial({ settings, ...set, isDetailed: false });
  }

  take(record: TrialRecord, event: StoredEvent | undefined): void {
    this.#comparison.record(record);
    this.#tried = this.#trial.take({ ...record, record: frozenCopy(record.record) as Fields });
    if (event === undefined) return;
    this.#tried.push(...this.#trial.expire(Number.POSITIVE_INFINITY));
    if (this.#tried.every(one => isUnlike(event as unknown as Fields, one.event?.fields))) this.#unlike++;
  }

  compare(after: readonly Tried[]): void {
    this.#comparison.add(this.#tried, after);
  }

  end(after: readonly Tried[]): object {
    const comparison = this.#comparison;
    comparison.add(this.#trial.expire(Number.POSITIVE_INFINITY), after);
    comparison.end();
    const { events, differing, groups, changed } = comparison;
    return { events, differing, unlike: this.#unlike, groups, changed };
  }
}

const MAX_CHANGED = 200;

function testsOf({ pipelines }: LoadedSet, { event }: ParseRun['settings'], path: string): TestResult[] {
  const conform = createConform(event);
  return pipelines.test(
    { admit: createAdmit(event), levelOf: levelOfText, conform: (fields, meta) => conform(fields, meta).fields },
    new Set([path]),
  );
}
