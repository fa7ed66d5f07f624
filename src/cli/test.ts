import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_CONFIG_FILE, loadSettings, type Settings } from '../app/settings.ts';
import { eventOf } from '../app/slices.ts';
import { type RuleTestResult, testRules } from '../backtest/rule-tests/index.ts';
import { readYaml } from '../base/yaml/read.ts';
import type { LongshoreError } from '../core/errors.ts';
import { configureLog } from '../core/log.ts';
import { pipelineOptionsOf } from '../definitions/pipeline-options.ts';
import { readUserFiles, type UserFile } from '../definitions/user-files.ts';
import { PIPELINE_YAML } from '../parse/loader/read-pipeline.ts';
import type { PipelineObserver } from '../parse/observer.ts';
import { loadPipelines, type PipelineOptions, type PipelineSet } from '../parse/pipelines.ts';
import { Coverage } from '../parse/simulate/coverage.ts';
import { createAdmit } from '../schema/admit.ts';
import { createConform } from '../schema/conform.ts';
import { levelOfText } from '../schema/level-text.ts';
import { CONFIG_OPTIONS, CONFIG_USAGE, type Command, wholeNumber } from './command.ts';
import { explain } from './explain.ts';
import { painter, printable } from './format.ts';
import {
  coverageText,
  failedOf,
  jsonReport,
  junitReport,
  type Outcome,
  type Result,
  resultText,
  totalsOf,
} from './test/results.ts';
import { whenFilesChange } from './test/watch.ts';

export const testCommand: Command = {
  name: 'test',
  usage: `longshore test [FILE ...]

${CONFIG_USAGE}
  FILE                   run only the tests of these; the pipelines of the configuration can be called
      --filter TEXT      only tests with this in their name or the name of their pipeline, in any case
      --watch            again whenever a file changes, until Ctrl-C
      --coverage         which processors, handlers of failures, grok patterns, masks and branches of match and if no test of a pipeline reached
      --min-coverage N   exit code 1 when less than N percent of them were reached
      --junit FILE       write the results into this file as well, as build servers read them
      --json             one document of JSON instead of lines

Exit code 1 if a test fails, or if there is none.`,

  async run(args, io) {
    const { values, positionals } = parseArgs({ args: [...args], options: TEST_OPTIONS, allowPositionals: true });
    const minCoverage = wholeNumber('--min-coverage', values['min-coverage'], 0);
    const request: TestRequest = { ...values, files: positionals, minCoverage };
    if (values.watch !== true) return (await testOnce(request, io)).code;
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) io.once(signal, () => stop.abort());
    io.stdout.on('error', () => stop.abort());
    let seen: string | undefined;
    let globs: readonly string[] = [];
    const again = async (): Promise<void> => {
      const before = seen;
      const outcome = await testOnce(request, io, before).catch((error: unknown) => {
        io.stderr.write(`${explain(error)}\n`);
        return { seen: undefined, globs: undefined, isUnchanged: false };
      });
      seen = outcome.seen;
      globs = outcome.globs ?? globs;
      if (!outcome.isUnchanged) io.stderr.write('Waiting for a file to change; Ctrl-C ends.\n');
    };
    globs = watched(request, io.env);
    await whenFilesChange(() => globs, again, stop.signal);
    return 0;
  },
};

const TEST_OPTIONS = {
  ...CONFIG_OPTIONS,
  filter: { type: 'string' },
  watch: { type: 'boolean' },
  coverage: { type: 'boolean' },
  'min-coverage': { type: 'string' },
  junit: { type: 'string' },
  json: { type: 'boolean' },
} as const;

interface TestRequest {
  readonly config?: string | undefined;
  readonly set?: string[] | undefined;
  readonly filter?: string | undefined;
  readonly coverage?: boolean | undefined;
  readonly minCoverage: number;
  readonly junit?: string | undefined;
  readonly json?: boolean | undefined;
  readonly files: readonly string[];
}

interface Run {
  readonly code: number;
  /** All texts that the run depends on. */
  readonly seen: string;
  /** The files that may change. */
  readonly globs: readonly string[];
  /** They are as they were: nothing was run. */
  readonly isUnchanged: boolean;
}

function watched({ files, ...request }: TestRequest, env: NodeJS.ProcessEnv): readonly string[] {
  const file = request.config ?? DEFAULT_CONFIG_FILE;
  try {
    const { settings } = loadSettings({ ...request, env });
    return [file, ...files, ...[settings.pipelines].flat(), ...[settings.rules].flat()];
  } catch {
    return [file, ...files];
  }
}

/** `before`: what the run before has seen; where nothing else is there now, nothing is run. */
async function testOnce(request: TestRequest, io: NodeJS.Process, before?: string): Promise<Run> {
  const { files, filter } = request;
  const { settings } = loadSettings({ ...request, env: io.env });
  const isAll = files.length === 0;
  const given = isAll ? readUserFiles(settings.pipelines) : readUserFiles(files);
  const rules = isAll ? readUserFiles(settings.rules) : given.filter(isRule);
  const pipelines = given.filter(file => !rules.includes(file));
  const seen = JSON.stringify([settings, given, rules, readUserFiles(settings.pipelines)]);
  const run = { seen, globs: watched(request, io.env) };
  if (seen === before) return { ...run, code: 0, isUnchanged: true };
  if (given.length + rules.length === 0) {
    io.stderr.write(`longshore test: no file matches ${files.join(' ') || settings.pipelines}\n`);
    return { ...run, code: 1, isUnchanged: false };
  }
  const coverage = request.coverage === true || request.minCoverage > 0 ? new Coverage() : undefined;
  const wants = wantedBy(filter);
  const results: Result[] = pipelines.length === 0 ? [] : testPipelines(pipelines, settings, wants, coverage);
  if (rules.length > 0) {
    const ofRules = (await testRuleFiles(rules, settings, io.env)).map(asResult);
    results.push(...ofRules.filter(({ of, name }) => wants(of, name)));
  }
  if (results.length === 0) {
    const none = filter === undefined ? `no ${nounOf(pipelines, rules)} has tests` : `no test is called '${filter}'`;
    io.stderr.write(`longshore test: ${printable(none)}\n`);
  }
  const outcome: Outcome = { results, coverage: coverage?.of(pipelines.map(({ path }) => path)) };
  if (request.junit !== undefined) writeFileSync(request.junit, junitReport(results));
  if (request.json === true) io.stdout.write(jsonReport(outcome));
  const code = request.json === true ? codeOf(results) : report(results, io);
  if (outcome.coverage === undefined) return { ...run, code, isUnchanged: false };
  if (request.json !== true) io.stdout.write(coverageText(outcome.coverage, painter(io)));
  const { percent } = totalsOf(outcome.coverage);
  const isBelow = percent < request.minCoverage;
  if (isBelow) io.stderr.write(`longshore test: ${percent} % were reached, less than ${request.minCoverage} %\n`);
  return { ...run, code: isBelow ? 1 : code, isUnchanged: false };
}

function wantedBy(filter: string | undefined): (of: string, name: string) => boolean {
  if (filter === undefined) return () => true;
  const text = filter.toLowerCase();
  return (of, name) => `${of}: ${name}`.toLowerCase().includes(text);
}

/** Prints results; gives the exit code. */
export function report(results: readonly Result[], io: NodeJS.Process): number {
  const paint = painter(io);
  for (const result of results) io.stdout.write(resultText(result, paint));
  const failed = failedOf(results);
  io.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
  return codeOf(results);
}

const codeOf = (results: readonly Result[]): number => (failedOf(results) > 0 || results.length === 0 ? 1 : 0);

export const asResult = ({ rule, ...rest }: RuleTestResult): Result => ({ of: rule, ...rest });

/** The tests of these rule files; they may import others. */
export function testRuleFiles(
  files: readonly UserFile[],
  settings: Settings,
  env: NodeJS.ProcessEnv,
): Promise<RuleTestResult[]> {
  // What the engine would say in its log is no news here.
  configureLog('silent');
  const chosen = new Set(files.map(({ path }) => path));
  return testRules(
    files,
    chosen,
    { env, alerterDefaults: settings.alerters, ruleDefaults: settings.rule_defaults },
    settings.alerts,
  );
}

function testPipelines(
  files: readonly UserFile[],
  settings: Settings,
  wants: (pipeline: string, test: string) => boolean,
  observer: PipelineObserver | undefined,
): Result[] {
  const paths = new Set(files.map(({ path }) => path));
  const pipelines = load(withOthers(files, settings.pipelines), paths, { ...pipelineOptionsOf(settings), observer });
  const conform = createConform(eventOf(settings));
  return pipelines
    .test(
      {
        admit: createAdmit(settings.event),
        levelOf: levelOfText,
        conform: (fields, meta) => conform(fields, meta).fields,
        wants,
      },
      paths,
    )
    .map(({ pipeline, ...rest }) => ({ of: pipeline, ...rest }));
}

function nounOf(pipelines: readonly UserFile[], rules: readonly UserFile[]): string {
  if (rules.length === 0) return 'pipeline';
  return pipelines.length === 0 ? 'rule' : 'pipeline and no rule';
}

/** A file of neither kind is judged as a pipeline. */
function isRule({ path, text }: UserFile): boolean {
  const entries = readYaml(path, text, PIPELINE_YAML, [])?.entries;
  if (entries?.has('processors') === true) return false;
  return ['type', 'filter', 'alert', 'import', 'index'].some(option => entries?.has(option) === true);
}

/**
 * A pipeline may call others, and is chosen among others: those of the configuration, else its neighbours in its own
 * folder, are there as well. A chosen file stands for one of the same name.
 */
function withOthers(chosen: readonly UserFile[], configured: string | readonly string[]): UserFile[] {
  const files = new Map(chosen.map(file => [basename(file.path), file]));
  const neighbours = [...new Set(chosen.map(({ path }) => join(dirname(path), '*.{yaml,yml}')))];
  for (const file of [...readUserFiles(configured), ...readUserFiles(neighbours).filter(isPipeline)])
    if (!files.has(basename(file.path))) files.set(basename(file.path), file);
  return [...files.values()];
}

/** A folder may hold other YAML beside a pipeline. */
const isPipeline = ({ path, text }: UserFile): boolean =>
  readYaml(path, text, PIPELINE_YAML, [])?.entries?.has('processors') === true;

/** A mistake in one of the chosen files ends the run; another file with a mistake is not there. */
function load(files: readonly UserFile[], chosen: ReadonlySet<string>, options: PipelineOptions): PipelineSet {
  try {
    return loadPipelines(files, options);
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    const broken = new Set(error.errors.map(({ where = '' }: LongshoreError) => where.replace(/:\d+$/, '')));
    const rest = files.filter(({ path }) => chosen.has(path) || !broken.has(path));
    if (rest.length < files.length) return load(rest, chosen, options);
    // Mistakes are listed one by one, so the sum of them needs only a heading.
    throw new AggregateError(error.errors, 'pipelines have mistakes');
  }
}
