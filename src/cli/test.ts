import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadSettings } from '../app/settings.ts';
import { eventOf } from '../app/slices.ts';
import { readYaml } from '../base/yaml/read.ts';
import type { LongshoreError } from '../core/errors.ts';
import { readUserFiles, type UserFile } from '../definitions/user-files.ts';
import { PIPELINE_YAML } from '../parse/loader/read-pipeline.ts';
import { loadPipelines, type PipelineSet } from '../parse/pipelines.ts';
import { createAdmit } from '../schema/admit.ts';
import { createConform } from '../schema/conform.ts';
import { levelOfText } from '../schema/level-text.ts';
import { CONFIG_OPTIONS, CONFIG_USAGE, type Command } from './command.ts';
import { painter, printable } from './format.ts';

export const testCommand: Command = {
  name: 'test',
  summary: 'run the tests inside pipelines',
  usage: `longshore test [FILE ...]

${CONFIG_USAGE}
  FILE                   run only the tests of these; the pipelines of the configuration can be called`,

  async run(args, io) {
    const { values, positionals } = parseArgs({ args: [...args], options: CONFIG_OPTIONS, allowPositionals: true });
    const { settings } = loadSettings({ ...values, env: io.env });
    const chosen = readUserFiles(positionals.length > 0 ? positionals : settings.pipelines);
    if (chosen.length === 0) {
      io.stderr.write(`longshore test: no file matches ${positionals.join(' ') || settings.pipelines}\n`);
      return 1;
    }
    const paths = new Set(chosen.map(({ path }) => path));
    const pipelines = load(withOthers(chosen, settings.pipelines), paths, settings.timezone);
    const conform = createConform(eventOf(settings));
    const results = pipelines.test(
      {
        admit: createAdmit(settings.event),
        levelOf: levelOfText,
        conform: (fields, meta) => conform(fields, meta).fields,
      },
      paths,
    );
    const paint = painter(io);
    for (const { passed, where, pipeline, name, differences } of results) {
      const verdict = passed ? paint(32, 'ok  ') : paint(31, 'FAIL');
      io.stdout.write(`${verdict}  ${where} ${pipeline}: ${printable(name)}\n`);
      for (const difference of differences) io.stdout.write(`        ${printable(difference)}\n`);
    }
    if (results.length === 0) io.stderr.write('longshore test: no pipeline has tests\n');
    const failed = results.filter(result => !result.passed).length;
    io.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
    return failed > 0 || results.length === 0 ? 1 : 0;
  },
};

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
function load(files: readonly UserFile[], chosen: ReadonlySet<string>, timezone: string): PipelineSet {
  try {
    return loadPipelines(files, { timezone });
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    const broken = new Set(error.errors.map(({ where = '' }: LongshoreError) => where.replace(/:\d+$/, '')));
    const rest = files.filter(({ path }) => chosen.has(path) || !broken.has(path));
    if (rest.length < files.length) return load(rest, chosen, timezone);
    // Mistakes are listed one by one, so the sum of them needs only a heading.
    throw new AggregateError(error.errors, 'pipelines have mistakes');
  }
}
