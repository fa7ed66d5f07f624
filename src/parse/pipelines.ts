import { createHash } from 'node:crypto';
import { lineBudgets } from '../base/regexp/line-budgets.ts';
import { didYouMean } from '../base/text/did-you-mean.ts';
import { zoneOf } from '../base/time/zone.ts';
import { LongshoreError } from '../core/errors.ts';
import type { EventMeta, Fields } from '../core/event.ts';
import { applyDefault } from './automatic/automatic.ts';
import { type Candidate, Candidates, NONE } from './candidates.ts';
import { type Pipeline, readPipeline, type Surroundings } from './loader/read-pipeline.ts';
import type { MultilineRule } from './multiline.ts';
import type { PipelineObserver } from './observer.ts';
import { originOf } from './origin.ts';
import { runTest, type TestResult } from './pipeline-tests.ts';
import { plainNumbers } from './plain-numbers.ts';
import { namedByPod, UnknownNames } from './pod-pipeline.ts';
import type { Doubt, GeoDatabases, GrokSettings } from './processor.ts';
import { PASSED_ON, runPipeline } from './run-pipeline.ts';
import { RunState } from './run-state.ts';
import type { PipelineChoice } from './selection.ts';
import type { LevelOfText } from './trace/trace.ts';

export type { MultilineRule, Pipeline, TestResult };

export interface PipelineFile {
  /** As it is to be named in messages; the file's name without its ending is the pipeline's name. */
  readonly path: string;
  readonly text: string;
}

export interface PipelineOptions {
  /** For dates without a zone. Default UTC. */
  readonly timezone?: string | undefined;
  readonly grok?: GrokSettings | undefined;
  /** For `geoip`. Default: none. */
  readonly geo?: GeoDatabases | undefined;
  /** For `regex_file` of `user_agent`: the text of a file beside the pipeline at `path`. Throws when there is none. Default: there are no files. */
  readonly readFile?: ((name: string, path: string) => string) | undefined;
  /** Looks over what is loaded; nothing of that shows in the set's version. */
  readonly observer?: PipelineObserver | undefined;
}

export interface TestOptions {
  /** What the schema does before the pipelines. */
  readonly admit?: ((record: Fields, meta: EventMeta) => Fields) | undefined;
  /** The level that a line of text shows by its form, for the headers of stack traces. */
  readonly levelOf?: LevelOfText | undefined;
  /** What the schema does after them, so that tests expect the stored document. */
  readonly conform?: ((fields: Fields, meta: EventMeta) => Fields) | undefined;
  /**
   * Epoch milliseconds at which tests receive their events. Default 2026-11-20T14:00:00Z; a test may say otherwise in `now`. A date that a pipeline
   * finds is never far from it: such an event comes in when its date says, so that old examples are not clamped.
   */
  readonly now?: number | undefined;
  /** Whether a test is run. Default: each is. */
  readonly wants?: ((pipeline: string, test: string) => boolean) | undefined;
}

/**
 * Reads pipelines, in file-name order. Throws an AggregateError of LongshoreErrors, one for each mistake in any file:
 * `pipelines/nginx.yaml:7: there is no processor `gork`. Did you mean `grok`? (LS_PIPELINE_UNKNOWN_PROCESSOR)`.
 */
export function loadPipelines(files: readonly PipelineFile[], options: PipelineOptions = {}): PipelineSet {
  const problems: LongshoreError[] = [];
  const timezone = options.timezone ?? 'UTC';
  zoneOf(timezone);
  const byName = new Map<string, Pipeline>();
  const calls: { name: string; where: string; optional: boolean }[] = [];
  const doubts: Doubt[] = [];
  const besides: string[] = [];
  const surroundings: Surroundings = {
    timezone,
    grok: options.grok ?? {},
    geo: options.geo,
    observer: options.observer,
    file: (name, path) => {
      const text = options.readFile?.(name, path);
      if (text !== undefined) besides.push(name, text);
      return text;
    },
    find: name => byName.get(name),
    calls: (_, name, where, optional) => calls.push({ name, where, optional }),
    doubt: doubt => doubts.push(doubt),
  };
  const sorted = [...files].sort(
    (a, b) => compareText(baseName(a.path), baseName(b.path)) || compareText(a.path, b.path),
  );
  for (const file of sorted) {
    const pipeline = readPipeline(file, surroundings, problems);
    if (pipeline === undefined) continue;
    const same = byName.get(pipeline.name);
    if (same !== undefined)
      problems.push(
        new LongshoreError(
          'LS_PIPELINE_SAME_NAME',
          `the pipeline \`${pipeline.name}\` is there twice, also in ${same.path}.`,
          {
            where: file.path,
            fix: 'Rename one of the files.',
          },
        ),
      );
    byName.set(pipeline.name, pipeline);
  }
  for (const { name, where, optional } of calls) {
    if (optional || byName.has(name)) continue;
    const fix = didYouMean(name, byName.keys(), '`') ?? 'Add its file, or set ignore_missing_pipeline.';
    problems.push(
      new LongshoreError('LS_PIPELINE_UNKNOWN_PIPELINE', `there is no pipeline \`${name}\`.`, { where, fix }),
    );
  }
  if (problems.length > 0) throw new AggregateError(problems, problems.map(problem => problem.message).join('\n'));
  const hash = createHash('sha256');
  for (const file of sorted) hash.update(`${file.path}\0${file.text}\0`);
  hash.update(JSON.stringify([timezone, options.grok ?? null]));
  for (const part of besides) hash.update(`${part}\0`);
  return new PipelineSet([...byName.values()], hash.digest('hex').slice(0, 12), doubts);
}

const TEST_NOW = Date.UTC(2026, 10, 20, 14);

const NOTHING: readonly Pipeline[] = [];

/** Loaded pipelines. A run is synchronous; one set serves one thread. */
export class PipelineSet {
  readonly names: readonly string[];
  /** Of the files and options it was loaded from: 12 hexadecimal digits. */
  readonly version: string;
  /** What is likely not meant as it is written, in the order of the files. */
  readonly doubts: readonly Doubt[];
  readonly #pipelines: readonly Pipeline[];
  readonly #candidates: Candidates<Way>;
  /** Of each name, among the pipelines; none where one pipeline takes every event. */
  readonly #places: ReadonlyMap<string, number>;
  /** Those that pods have given and no pipeline has. */
  readonly unknownNames = new UnknownNames();
  readonly #hasMultiline: boolean;
  readonly #state = new RunState();
  /** What `multilineFor` has chosen for the event that it saw last, so that `run` need not choose again. */
  #chosenFor: Fields | undefined;
  /** Its place among the candidates; -1: none of them. */
  #chosen = NONE;
  /** The pipelines that have passed it on already, with this message, and where the next one stands. */
  #passed = NOTHING;
  #next = NONE;
  #passedMessage: unknown;

  constructor(pipelines: readonly Pipeline[], version: string, doubts: readonly Doubt[], isOnly = false) {
    this.doubts = doubts;
    this.#pipelines = pipelines;
    this.names = pipelines.map(pipeline => pipeline.name);
    this.version = version;
    this.#candidates = new Candidates(
      pipelines.flatMap(pipeline => pipeline.choices.map(choice => ({ choice, pipeline }))),
    );
    this.#places = new Map(isOnly ? [] : pipelines.map(({ name }, i) => [name, i]));
    this.#hasMultiline = pipelines.some(pipeline => pipeline.multiline !== undefined);
  }

  /**
   * Runs the pipeline that the event belongs to, or the automatic default. Changes `fields` in place and gives it back;
   * undefined when a rule dropped the event. Fields that a rule removed hold undefined. Never throws: a failure that no `on_failure` handles keeps the event,
   * adds to `tags` and says why in `pipeline_error`. `id`: of the document, for pipelines that read `_id`.
   */
  run(fields: Fields, meta: EventMeta, id = ''): Fields | undefined {
    return this.#plain(this.runTyped(fields, meta, id));
  }

  /** The same, but numbers keep the types of pipelines (base/number/double.ts), if `leftTypedNumbers` says then that there are any. */
  runTyped(fields: Fields, meta: EventMeta, id = ''): Fields | undefined {
    this.#state.begin(meta, id);
    lineBudgets.beginLine(originOf(fields, meta));
    let chosen: number;
    let passed = NOTHING;
    if (this.#chosenFor === fields) {
      const isPassed = this.#passed.length > 0 && this.#passedMessage === fields['message'];
      chosen = isPassed ? this.#next : this.#chosen;
      if (isPassed) passed = this.#passed;
    } else chosen = this.#find(fields, meta);
    this.#chosenFor = undefined;
    this.#passed = NOTHING;
    return this.#runFrom(chosen, this.at(chosen), fields, meta, passed);
  }

  #plain(out: Fields | undefined): Fields | undefined {
    if (out !== undefined && this.#state.hasTypedNumbers) plainNumbers(out);
    return out;
  }

  get leftTypedNumbers(): boolean {
    return this.#state.hasTypedNumbers;
  }

  /** The same by the pipeline of this name, whatever event it is; as `run` does where there is none. */
  runNamed(name: string, fields: Fields, meta: EventMeta, id = ''): Fields | undefined {
    const pipeline = this.#pipelines.find(one => one.name === name);
    if (pipeline === undefined) return this.run(fields, meta, id);
    this.#state.begin(meta, id);
    lineBudgets.beginLine(originOf(fields, meta));
    this.#chosenFor = undefined;
    return this.#plain(this.#runFrom(NONE, pipeline, fields, meta));
  }

  /**
   * Runs the pipeline (undefined: the default), and while one passes the event on, the next candidate after `place` that takes
   * it; of all of them when one has taken a prefix away.
   */
  #runFrom(
    place: number,
    first: Pipeline | undefined,
    fields: Fields,
    meta: EventMeta,
    passed = NOTHING,
  ): Fields | undefined {
    let pipeline = first;
    let at = place;
    let tried = passed;
    let unwrapped: readonly Pipeline[] = NOTHING;
    while (pipeline !== undefined) {
      const out = runPipeline(pipeline, fields, this.#state);
      const { isUnwrapped, hasTypedNumbers } = this.#state;
      if (out !== PASSED_ON && !(isUnwrapped && out !== undefined)) return out;
      if (hasTypedNumbers) plainNumbers(fields);
      this.#state.begin(meta, this.#state.id);
      // What had nothing to read in the whole line may read the rest of it.
      if (isUnwrapped) unwrapped = [...unwrapped, pipeline];
      const before = isUnwrapped ? unwrapped : [...tried, pipeline];
      tried = before;
      at = this.#find(fields, meta, isUnwrapped ? 0 : at + 1, one => !before.includes(one.pipeline));
      pipeline = this.at(at);
    }
    applyDefault(fields);
    return fields;
  }

  /** The same pipelines, of which this one takes every event; undefined: there is none of this name. The two may not be used by turns within a run. */
  only(name: string): PipelineSet | undefined {
    const pipeline = this.#pipelines.find(one => one.name === name);
    if (pipeline === undefined) return undefined;
    const all = this.#pipelines.map(one => ({ ...one, choices: one === pipeline ? [EVERY_EVENT] : [] }));
    return new PipelineSet(all, this.version, this.doubts, true);
  }

  /** What the document of the last run is called: what a pipeline has set as `_id`, else the id that was given. */
  get documentId(): string {
    const { metadata, id } = this.#state;
    const own = metadata['_id'];
    const text = typeof own === 'string' || typeof own === 'number' ? String(own) : '';
    return text === '' || Buffer.byteLength(text) > MAX_ID_BYTES ? id : text.toWellFormed();
  }

  /** How the lines of the event's stream are joined, as its pipeline asks for; undefined when it asks for nothing. */
  multilineFor(fields: Fields, meta: EventMeta): MultilineRule | undefined {
    if (!this.#hasMultiline) return undefined;
    if (this.#chosenFor !== fields) {
      this.#state.begin(meta);
      lineBudgets.beginLine(originOf(fields, meta));
      this.#chosen = this.#find(fields, meta);
      this.#chosenFor = fields;
      this.#passed = NOTHING;
    }
    return this.at(this.#chosen)?.multiline;
  }

  /**
   * The place of the pipeline that the event belongs to, for `at`: `run` and `multilineFor` need not look for it again when
   * `chose` has told them.
   */
  choose(fields: Fields, meta: EventMeta): number {
    this.#state.begin(meta);
    lineBudgets.beginLine(originOf(fields, meta));
    return this.#find(fields, meta);
  }

  /** The next one, when `passed` have passed the event on as it came; the last of them stands at `place`. */
  chooseNext(fields: Fields, meta: EventMeta, place: number, passed: readonly Pipeline[]): number {
    this.#state.begin(meta);
    return this.#find(fields, meta, place + 1, one => !passed.includes(one.pipeline));
  }

  at(place: number): Pipeline | undefined {
    return place < NONE ? this.#pipelines[NONE - 1 - place] : this.#candidates.get(place)?.pipeline;
  }

  /** What `choose` and, if `passed` are any, `chooseNext` have said of the event. */
  chose(fields: Fields, place: number, passed: readonly Pipeline[], next: number): void {
    this.#chosenFor = fields;
    this.#chosen = place;
    this.#passed = passed;
    this.#next = next;
    this.#passedMessage = fields['message'];
  }

  named(name: string): Pipeline | undefined {
    return this.#pipelines.find(pipeline => pipeline.name === name);
  }

  /** Pipelines that get no event, because another one is asked before and takes all that their `match` names. Conditions (`if`) are left out of it. */
  shadowed(): { name: string; path: string; by: string }[] {
    const meta: EventMeta = { tag: '', time: 0, receivedAt: 0 };
    lineBudgets.beginLine(undefined);
    this.#state.begin(meta);
    const isPlain = ({ choice }: Way): boolean => choice.samples.length > 0;
    const takerOf = (sample: Fields): Pipeline | undefined =>
      this.#candidates.get(this.#find(sample, meta, 0, isPlain))?.pipeline;
    return this.#pipelines.flatMap(pipeline => {
      const { name, path } = pipeline;
      if (pipeline.choices.length === 0 || pipeline.choices.some(choice => choice.samples.length === 0)) return [];
      const takers = pipeline.choices.flatMap(choice => choice.samples).map(takerOf);
      const by = takers[0];
      if (by === undefined || takers.some(taker => taker === undefined || taker === pipeline)) return [];
      return [{ name, path, by: by.name }];
    });
  }

  /** Runs the examples of all pipelines, or of those in `paths`, each as it would run live. */
  test(options: TestOptions = {}, paths?: ReadonlySet<string>): TestResult[] {
    lineBudgets.beginLine(undefined);
    const chosen = this.#pipelines.filter(({ path }) => paths === undefined || paths.has(path));
    return chosen.flatMap(pipeline =>
      pipeline.tests.flatMap(test => {
        if (options.wants?.(pipeline.name, test.name) === false) return [];
        const now = test.now ?? options.now ?? TEST_NOW;
        const meta: EventMeta = { tag: String(test.inputs[0]?.['tag'] ?? ''), time: now, receivedAt: now };
        const run = (input: Fields): Fields | undefined => {
          const named = Object.keys(input);
          const event = options.admit?.(input, meta) ?? input;
          const out = this.#runTested(pipeline, named, event, meta);
          // Numbers of the test's own input have types, too.
          if (out !== undefined) plainNumbers(out);
          if (out === undefined || options.conform === undefined) return out;
          const found = out['@timestamp'];
          const received = test.now === undefined && typeof found === 'number' ? found : now;
          return options.conform(out, { ...meta, time: received, receivedAt: received });
        };
        return runTest(test, pipeline.name, { multiline: pipeline.multiline, levelOf: options.levelOf, meta, run });
      }),
    );
  }

  /** A test that names what `match` asks for must be taken by its pipeline; a bare line is given to it. */
  #runTested(pipeline: Pipeline, named: readonly string[], event: Fields, meta: EventMeta): Fields | undefined {
    this.#state.begin(meta);
    lineBudgets.beginLine(undefined);
    const asked = [...new Set(pipeline.choices.flatMap(choice => choice.asks))];
    if (!asked.some(name => namesAny(named, FIELDS_ASKED[name] ?? [name])))
      return this.#runFrom(NONE, pipeline, event, meta);
    const place = this.#find(event, meta);
    const selected = this.at(place);
    if (selected === pipeline) return this.#runFrom(place, pipeline, event, meta);
    const taker =
      selected === undefined ? 'no pipeline matches this input' : `the pipeline ${selected.name} takes this input`;
    event['pipeline_error'] =
      `${taker}, not ${pipeline.name}. Give in \`input\` what its \`match\` asks for (${asked.join(', ')}), or leave all of that out to test the processors alone`;
    return event;
  }

  /** The place of the first candidate from `from` on that is open and takes the event; before all of them, the one that its pod names. */
  #find(fields: Fields, meta: EventMeta, from = 0, isOpen?: (way: Way) => boolean): number {
    if (isOpen === undefined && fields['kubernetes'] !== undefined) {
      const name = namedByPod(fields['kubernetes']);
      const named = this.#placeOfName(name);
      if (named !== NONE) return named;
      if (name !== undefined) this.unknownNames.add(name);
    }
    return this.#candidates.find(fields, meta, this.#state, Math.max(0, from), isOpen);
  }

  /** Below `NONE`: of a pipeline by its name. `NONE`: there is none. */
  #placeOfName(name: string | undefined): number {
    const index = name === undefined ? undefined : this.#places.get(name);
    return index === undefined ? NONE : NONE - 1 - index;
  }
}

/** Elasticsearch's own limit. */
const MAX_ID_BYTES = 512;

/** The names under which a record has what `match` asks for. */
const FIELDS_ASKED: Record<string, readonly string[]> = {
  container: ['container', 'container_name'],
  stream: ['stream', 'source'],
  service: ['service', 'labels'],
};

const namesAny = (named: readonly string[], fields: readonly string[]): boolean =>
  fields.some(field => named.some(name => name === field || name.startsWith(`${field}.`)));

const EVERY_EVENT: PipelineChoice = {
  ...{ fallback: false, asks: [], samples: [], parts: [] },
  ...{ image: undefined, prefixes: [[]], holds: () => true },
};

/** One way into a pipeline. */
interface Way extends Candidate {
  readonly pipeline: Pipeline;
}

const baseName = (path: string): string => path.replace(/^.*[/\\]/, '');
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
