import { didYouMean } from '../../base/text/did-you-mean.ts';
import type { Located } from '../../base/yaml/located.ts';
import { readYaml, type YamlDialect } from '../../base/yaml/read.ts';
import type { ErrorCode } from '../../core/codes.ts';
import { LongshoreError } from '../../core/errors.ts';
import { type Block, runBlock, runHandlers, type Step } from '../block.ts';
import { type Mask, readMasks } from '../mask.ts';
import { type MultilineRule, readMultiline } from '../multiline.ts';
import type { PipelineObserver, PipelineRun, StepDetail, StepPlace } from '../observer.ts';
import { onlyExpression } from '../painless/condition.ts';
import { type PipelineTest, readTests } from '../pipeline-tests.ts';
import type { ConditionPlan, StepPlan } from '../plan.ts';
import type { BuildContext, Doubt, GeoDatabases, GrokSettings, ProcessorKind } from '../processor.ts';
import { PROCESSORS } from '../processors/index.ts';
import { DROP, END_PIPELINE, GO_ON } from '../run-state.ts';
import { type PipelineChoice, readMatch } from '../selection.ts';
import { OptionReader } from './option-reader.ts';
import { readCondition, type ScriptText } from './read-script.ts';

/** A pipeline as it stands in its file, ready to run. */
export interface Pipeline {
  readonly name: string;
  /** The file's path. */
  readonly path: string;
  readonly choices: readonly PipelineChoice[];
  readonly multiline: MultilineRule | undefined;
  /** An event in which none of its processors reads anything goes to the next pipeline, not into a failure. */
  readonly passesUnmatched: boolean;
  readonly tests: readonly PipelineTest[];
  /** The processors, then (whatever happened) the masks. Answers the failure that nobody handled. */
  readonly run: PipelineRun;
  /** Its processors where nothing but they makes the run: no handlers, no masks, nobody who looks on. */
  readonly steps: Block | undefined;
}

/** What reading a file needs from the set that it will belong to. */
export interface Surroundings {
  readonly timezone: string;
  readonly grok: GrokSettings;
  readonly geo: GeoDatabases | undefined;
  readonly observer?: PipelineObserver | undefined;
  file(name: string, path: string): string | undefined;
  find(name: string): Pipeline | undefined;
  calls(from: string, name: string, where: string, optional: boolean): void;
  doubt(doubt: Doubt): void;
}

export const PIPELINE_YAML: YamlDialect = { code: 'LS_PIPELINE_SYNTAX', hasTypedNumbers: true };

const KINDS = new Map(PROCESSORS.map(kind => [kind.name, kind]));

/** Reads one file. Mistakes go to `problems`; undefined when nothing of it can be used. */
export function readPipeline(
  file: { path: string; text: string },
  surroundings: Surroundings,
  problems: LongshoreError[],
): Pipeline | undefined {
  // Nothing but remarks: switched off.
  if (!/^\s*[^\s#]/m.test(file.text)) return undefined;
  const source = readYaml(file.path, file.text, PIPELINE_YAML, problems);
  if (source === undefined) return undefined;
  if (source.entries === undefined) {
    const fix = 'Write `processors:` and below it a list.';
    const what = source.kind === 'nothing' ? 'the file is empty.' : `a pipeline is a mapping, not a ${source.kind}.`;
    problems.push(new LongshoreError('LS_PIPELINE_SHAPE', what, { where: source.where, fix }));
    return undefined;
  }
  const wrapped = [...source.entries.values()].find(({ entries }) => entries?.has('processors'));
  if (wrapped !== undefined && !source.entries.has('processors')) {
    const fix =
      'That is how Elasticsearch answers GET _ingest/pipeline: keep only what stands below the name, or ask longshore import ingest.';
    const what = 'the pipeline stands below a name.';
    problems.push(new LongshoreError('LS_PIPELINE_SHAPE', what, { where: wrapped.keyWhere, fix }));
    return undefined;
  }
  const name = pipelineName(file.path);
  const options = new OptionReader('a pipeline', source, problems);
  for (const ignored of [
    'description',
    'version',
    '_meta',
    'deprecated',
    'created_date_millis',
    'modified_date_millis',
    // A path finds nested objects and literal keys alike, whatever it says.
    'field_access_pattern',
  ])
    options.has(ignored);
  // What its anchors are for, as in files of compose.
  for (const key of source.entries.keys()) if (key.startsWith('x-')) options.has(key);
  const reader = new BlockReader(name, file.path, surroundings, problems);
  const processors = options.located('processors');
  if (processors === undefined && !options.has('multiline') && !options.has('mask'))
    options.problem(
      'LS_PIPELINE_MISSING_OPTION',
      'a pipeline needs `processors`.',
      'Add a list of processors; it may be empty.',
    );
  const steps = processors === undefined ? [] : reader.block(processors);
  const onFailure = options.located('on_failure');
  const handlers = onFailure === undefined ? undefined : reader.handlers(onFailure);
  const match = options.located('match');
  const multiline = options.located('multiline');
  const mask = options.located('mask');
  const tests = options.located('tests');
  const passesUnmatched = options.boolean('pass_unmatched', false);
  options.finish();
  const { observer } = surroundings;
  const masks = (mask === undefined ? [] : readMasks(name, mask, problems)).map((one, i) =>
    looked(observer?.mask?.(one, { pipeline: name, where: mask?.items?.[i]?.where ?? file.path }), one),
  );
  const choices = match === undefined ? [] : readMatch(name, match, problems);
  const run = runner(steps, handlers, masks);
  return {
    name,
    path: file.path,
    choices: choices.map((one, i) =>
      looked(observer?.choice?.(one, { pipeline: name, where: match?.items?.[i]?.where ?? match!.keyWhere }), one),
    ),
    multiline: multiline === undefined ? undefined : readMultiline(name, multiline, problems),
    passesUnmatched,
    tests: tests === undefined ? [] : readTests(tests, problems),
    run: looked(observer?.pipeline?.(run, { name, path: file.path, passesUnmatched }), run),
    steps: handlers === undefined && masks.length === 0 && observer === undefined ? steps : undefined,
  };
}

function conditionPlan({ source, params }: ScriptText): ConditionPlan {
  return params === undefined ? (onlyExpression(source) ?? 'unknown') : 'unknown';
}

const looked = <T>(replaced: T | undefined, own: T): T => replaced ?? own;

/** `pipelines/nginx.yaml` is called `nginx`. */
export function pipelineName(path: string): string {
  return path.replace(/^.*[/\\]/, '').replace(/\.(?:ya?ml|json)$/i, '');
}

function runner(steps: Block, handlers: Block | undefined, masks: readonly Mask[]): PipelineRun {
  return (event, state) => {
    let failure = runBlock(steps, event, state);
    if (failure !== undefined && handlers !== undefined) failure = runHandlers(handlers, failure, event, state);
    if (state.next === END_PIPELINE) state.next = GO_ON;
    if (state.next === DROP || masks.length === 0) return failure;
    for (const mask of masks) mask.apply(event);
    if (failure === undefined) return undefined;
    return { ...failure, message: masks.reduce((text, mask) => mask.text(text), failure.message) };
  };
}

class BlockReader {
  readonly #pipeline: string;
  readonly #problems: LongshoreError[];
  readonly #context: BuildContext;
  readonly #observer: PipelineObserver | undefined;
  /** What the processor that is being prepared tells of itself. */
  #detail: StepDetail | undefined;
  #plan: StepPlan | undefined;

  constructor(pipeline: string, path: string, surroundings: Surroundings, problems: LongshoreError[]) {
    this.#pipeline = pipeline;
    this.#problems = problems;
    this.#observer = surroundings.observer;
    this.#context = {
      timezone: surroundings.timezone,
      grok: surroundings.grok,
      geo: surroundings.geo,
      file: name => surroundings.file(name, path),
      block: source => this.#steps(source, 'inner'),
      pipeline: name => surroundings.find(name)?.run,
      calls: (name, where, optional) => surroundings.calls(pipeline, name, where, optional),
      doubt: doubt => surroundings.doubt(doubt),
      tell: detail => {
        this.#detail = detail;
      },
      plan: plan => {
        this.#plan = plan;
      },
    };
  }

  block(source: Located, role: StepPlace['role'] = 'processor'): Block {
    if (source.items !== undefined) return source.items.flatMap(item => this.#steps(item, role));
    if (source.kind === 'nothing') return [];
    this.#problem(
      'LS_PIPELINE_SHAPE',
      `processors must be a list, not a ${source.kind}.`,
      source.where,
      'Begin each with `- `.',
    );
    return [];
  }

  /** Of one entry; one that names several processors runs them in order. */
  #steps(source: Located, role: StepPlace['role']): Block {
    const entries = [...(source.entries ?? [])];
    const [only, second] = entries;
    if (only === undefined) {
      this.#problem(
        'LS_PIPELINE_SHAPE',
        `a processor is a mapping of its name to its options, not a ${source.kind}.`,
        source.where,
      );
      return [];
    }
    if (second !== undefined && !entries.every(([name]) => KINDS.has(name))) {
      const fix = `Indent \`${second[0]}\` below \`${only[0]}\`, or begin it with \`- \`.`;
      this.#problem(
        'LS_PIPELINE_SHAPE',
        `one entry holds \`${only[0]}\` and \`${second[0]}\`.`,
        second[1].keyWhere,
        fix,
      );
      return [];
    }
    if (second !== undefined) {
      const what = `one entry holds ${entries.map(([name]) => `\`${name}\``).join(' and ')}; they run one after the other.`;
      this.#context.doubt({ where: second[1].keyWhere, what });
    }
    return entries.map(([type, body]) => this.#step(type, body, role)).filter(step => step !== undefined);
  }

  /** `on_failure`: an empty list would hide failures. */
  handlers(source: Located): Block {
    if (source.items?.length === 0 || source.kind === 'nothing')
      this.#problem(
        'LS_PIPELINE_SHAPE',
        '`on_failure` is empty.',
        source.where,
        'Name the processors that handle the failure, or set ignore_failure: true.',
      );
    return this.block(source, 'handler');
  }

  #step(type: string, body: Located, role: StepPlace['role']): Step | undefined {
    const kind = KINDS.get(type);
    if (kind === undefined) {
      this.#unknown(type, body.keyWhere);
      return undefined;
    }
    return this.#read(kind, body, role);
  }

  #read(kind: ProcessorKind, body: Located, role: StepPlace['role']): Step {
    const options = new OptionReader(`processor ${kind.name}`, body, this.#problems);
    options.has('description');
    const onFailure = options.located('on_failure');
    const test = readCondition(options);
    // Inside of this one others may be prepared.
    const outer = this.#detail;
    this.#detail = undefined;
    const parts = {
      type: kind.name,
      tag: options.string('tag', undefined),
      pipeline: this.#pipeline,
      eventTag: kind.eventTag ?? `_${kind.name}failure`,
      condition: test?.condition,
      ignoreFailure: options.boolean('ignore_failure', false),
      onFailure: onFailure === undefined ? undefined : this.handlers(onFailure),
      run: kind.build(options, this.#context),
    };
    const step: Step = {
      ...parts,
      plan: this.#plan,
      conditionPlan: test === undefined ? undefined : conditionPlan(test),
    };
    this.#plan = undefined;
    options.finish();
    const detail = this.#detail;
    this.#detail = outer;
    if (this.#observer?.step === undefined) return step;
    const { pipeline } = step;
    const description = options.string('description', undefined);
    return this.#observer.step(step, {
      pipeline,
      where: body.keyWhere,
      role,
      condition: test?.source,
      description,
      detail,
    });
  }

  #unknown(type: string, where: string): void {
    const fix = didYouMean(type, KINDS.keys(), '`') ?? `There are ${[...KINDS.keys()].join(', ')}.`;
    this.#problem('LS_PIPELINE_UNKNOWN_PROCESSOR', `there is no processor \`${type}\`.`, where, fix);
  }

  #problem(code: ErrorCode, what: string, where: string, fix?: string): void {
    this.#problems.push(new LongshoreError(code, what, { where, fix }));
  }
}
