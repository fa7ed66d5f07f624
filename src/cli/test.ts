import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadSettings, type Settings } from '../app/settings.ts';
import { eventOf } from '../app/slices.ts';
import { type RuleTestResult, testRules } from '../backtest/rule-tests/index.ts';
import { readYaml } from '../base/yaml/read.ts';
import type { LongshoreError } from '../core/errors.ts';
import { configureLog } from '../core/log.ts';
import { pipelineOptionsOf } from '../definitions/pipeline-options.ts';
import { readUserFiles, type UserFile } from '../definitions/user-files.ts';
import { PIPELINE_YAML } from '../parse/loader/read-pipeline.ts';
import { loadPipelines, type PipelineOptions, type PipelineSet } from '../parse/pipelines.ts';
import { createAdmit } from '../schema/admit.ts';
import { createConform } from '../schema/conform.ts';
import { levelOfText } from '../schema/level-text.ts';
import { CONFIG_OPTIONS, CONFIG_USAGE, type Command } from './command.ts';
import { painter, printable } from './format.ts';

export const testCommand: Command = {
  name: 'test',
  summary: 'run the tests inside pipelines and rules',
  usage: `longshore test [FILE ...]

${CONFIG_USAGE}
  FILE                   run only the tests of these; the pipelines of the configuration can be called`,

  async run(args, io) {
    const { values, positionals } = parseArgs({ args: [...args], options: CONFIG_OPTIONS, allowPositionals: true });
    const { settings } = loadSettings({ ...values, env: io.env });
    const isAll = positionals.length === 0;
    const given = isAll ? readUserFiles(settings.pipelines) : readUserFiles(positionals);
    const rules = isAll ? readUserFiles(settings.rules) : given.filter(isRule);
    const pipelines = given.filter(file => !rules.includes(file));
    if (given.length + rules.length === 0) {
      io.stderr.write(`longshore test: no file matches ${positionals.join(' ') || settings.pipelines}\n`);
      return 1;
    }
    const results: Result[] = [
      ...(pipelines.length === 0 ? [] : testPipelines(pipelines, settings)),
      ...(rules.length === 0 ? [] : await testRuleFiles(rules, settings, io.env)).map(asResult),
    ];
    if (results.length === 0) io.stderr.write(`longshore test: no ${nounOf(pipelines, rules)} has tests\n`);
    return report(results, io);
  },
};

/** What a test came to. */
export interface Result {
  /** The name of the pipeline or rule. */
  readonly of: string;
  readonly name: string;
  readonly where: string;
  readonly passed: boolean;
  readonly differences: readonly string[];
}

/** Prints results; gives the exit code. */
export function report(results: readonly Result[], io: NodeJS.Process): number {
  const paint = painter(io);
  for (const { passed, where, of, name, differences } of results) {
    const verdict = passed ? paint(32, 'ok  ') : paint(31, 'FAIL');
    io.stdout.write(`${verdict}  ${where} ${printable(of)}: ${printable(name)}\n`);
    for (const difference of differences) io.stdout.write(`        ${printable(difference)}\n`);
  }
  const failed = results.filter(result => !result.passed).length;
  io.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
  return failed > 0 || results.length === 0 ? 1 : 0;
}

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

function testPipelines(files: readonly UserFile[], settings: Settings): Result[] {
  const paths = new Set(files.map(({ path }) => path));
  const pipelines = load(withOthers(files, settings.pipelines), paths, pipelineOptionsOf(settings));
  const conform = createConform(eventOf(settings));
  return pipelines
    .test(
      {
        admit: createAdmit(settings.event),
        levelOf: levelOfText,
        conform: (fields, meta) => conform(fields, meta).fields,
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
