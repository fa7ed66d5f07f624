import { Pages } from '../buffer/spool/pages.ts';
import type { EventMeta, Fields, LogEvent } from '../core/event.ts';
import { Documents } from '../ingest/documents.ts';
import type { DocumentBytes } from '../ingest/draft.ts';
import { Draft } from '../ingest/draft.ts';
import { LiveListeners } from '../ingest/live-listeners.ts';
import { LogMetrics } from '../ingest/log-metrics/log-metrics.ts';
import type { IngestSettings } from '../ingest/settings.ts';
import { ContainerNames } from '../ledger/counts.ts';
import { Joiner } from '../parse/join/joiner.ts';
import type { PipelineSet } from '../parse/pipelines.ts';
import { type Change, changesBetween, frozenCopy } from '../parse/simulate/changes.ts';
import type { Recorder } from '../parse/simulate/recorder.ts';
import type { RunTrace } from '../parse/simulate/run-trace.ts';
import { levelOfText } from '../schema/level-text.ts';

/** What became of one record, or of several that were joined. */
export interface Tried {
  /** The numbers of the records, as they were given. */
  readonly lines: readonly number[];
  /** As it would be stored; undefined: dropped by a rule. */
  readonly event: LogEvent | undefined;
  /** Undefined: it never came to the pipelines. */
  readonly trace: RunTrace | undefined;
  /** What the schema changed after the pipelines. */
  readonly conformed: readonly Change[];
}

export interface TrialRecord {
  readonly record: Fields;
  /** Told again in `lines`. */
  readonly number: number;
  readonly tag: string;
  /** The sender's time, epoch milliseconds; NaN: none. */
  readonly time: number;
  readonly receivedAt: number;
}

export interface TrialOptions {
  readonly settings: Pick<IngestSettings, 'event' | 'join'>;
  readonly pipelines: PipelineSet;
  /** The observer that `pipelines` were loaded with. */
  readonly recorder: Recorder;
  /** Whether what the schema changes is told. */
  readonly isDetailed: boolean;
}

/** Records go the way that they go in the service, to the point where they would be written; nothing is. */
export class Trial {
  readonly #recorder: Recorder;
  readonly #joiner: Joiner;
  readonly #documents: Documents;
  readonly #isDetailed: boolean;
  #results: Tried[] = [];
  #last: { trace: RunTrace; parsed: Fields | undefined } | undefined;

  constructor({ settings, pipelines, recorder, isDetailed }: TrialOptions) {
    this.#recorder = recorder;
    this.#isDetailed = isDetailed;
    this.#joiner = new Joiner(settings.join, levelOfText);
    this.#documents = new Documents(
      {
        settings: { form: 'embedded', event: settings.event },
        spool: { pages: new Pages(), containers: new ContainerNames() },
        joiner: this.#joiner,
        live: new LiveListeners(),
        logMetrics: new LogMetrics({ metrics: [], per_service: false, max_series: 1 }),
        firstSeq: 0,
      },
      {
        pipelines: {
          multilineFor: (fields, meta) => pipelines.multilineFor(fields, meta),
          run: (fields, meta, id) => this.#run(pipelines, fields, meta, id),
          get documentId() {
            return pipelines.documentId;
          },
        },
        rules: [],
      },
    );
  }

  /** What is complete by this record. */
  take({ record, number, tag, time, receivedAt }: TrialRecord): Tried[] {
    const draft = new Caught(
      number,
      tried => this.#results.push(tried),
      event => this.#told(event),
    );
    this.#documents.begin();
    this.#documents.add(
      { source: 'trial', sender: '', tag, receivedAt, records: [record], times: [time], bytes: 0 },
      draft,
    );
    return this.#taken();
  }

  /** What has waited long enough at `now`, epoch milliseconds; Infinity: everything. */
  expire(now: number): Tried[] {
    const draft = new Caught(
      undefined,
      tried => this.#results.push(tried),
      event => this.#told(event),
    );
    this.#documents.begin();
    this.#documents.finish(this.#joiner.expire(now), draft, '');
    return this.#taken();
  }

  /** When `expire` should be called next, epoch milliseconds; undefined: nothing waits. */
  nextDeadline(): number | undefined {
    return this.#joiner.nextDeadline();
  }

  #taken(): Tried[] {
    const results = this.#results;
    this.#results = [];
    return results;
  }

  #run(pipelines: PipelineSet, fields: Fields, meta: EventMeta, id?: string): Fields | undefined {
    this.#recorder.begin(fields);
    const out = pipelines.run(fields, meta, id);
    const trace = this.#recorder.end(fields, out);
    this.#last = { trace, parsed: this.#isDetailed && out !== undefined ? (frozenCopy(out) as Fields) : undefined };
    return out;
  }

  #told(event: LogEvent | undefined): Pick<Tried, 'trace' | 'conformed'> {
    const { trace, parsed } = this.#last ?? {};
    this.#last = undefined;
    const isComparable = event !== undefined && parsed !== undefined;
    return { trace, conformed: isComparable ? changesBetween(parsed, event.fields) : [] };
  }
}

/** A draft that keeps events instead of their bytes. */
class Caught extends Draft {
  readonly #number: number | undefined;
  readonly #tell: (tried: Tried) => void;
  readonly #told: (event: LogEvent | undefined) => Pick<Tried, 'trace' | 'conformed'>;
  /** Of the records that the next event is made of. */
  #lines: number[] = [];

  constructor(
    number: number | undefined,
    tell: (tried: Tried) => void,
    told: (event: LogEvent | undefined) => Pick<Tried, 'trace' | 'conformed'>,
  ) {
    super();
    this.idBase = (number ?? 0).toString(36);
    this.#number = number;
    this.#tell = tell;
    this.#told = told;
  }

  override write(_pages: Pages, _document: DocumentBytes, event: LogEvent): void {
    this.#done(event);
  }

  override drop(): void {
    this.#done(undefined);
  }

  override release(id: string): void {
    super.release(id);
    const line = Number.parseInt(id, 36);
    if (!this.#lines.includes(line)) this.#lines.push(line);
  }

  #done(event: LogEvent | undefined): void {
    const lines = this.#lines.length > 0 || this.#number === undefined ? this.#lines : [this.#number];
    this.#lines = [];
    this.#tell({ lines, event, ...this.#told(event) });
  }
}
