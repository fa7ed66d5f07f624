import { parseArgs } from 'node:util';
import { loadSettings } from '../app/settings.ts';
import { conformer } from '../app/user/user-content.ts';
import { readUserFiles } from '../app/user/user-files.ts';
import { loadPipelines } from '../parse/pipelines.ts';
import { admit } from '../schema/admit.ts';
import { CONFIG_OPTIONS, CONFIG_USAGE, type Command } from './command.ts';
import { painter, printable } from './format.ts';

export const testCommand: Command = {
  name: 'test',
  summary: 'run the tests inside pipelines',
  usage: `longshore test [FILE ...]

${CONFIG_USAGE}
  FILE                   pipelines to load instead of those of the configuration`,

  async run(args, io) {
    const { values, positionals } = parseArgs({ args: [...args], options: CONFIG_OPTIONS, allowPositionals: true });
    const { settings } = loadSettings({ ...values, env: io.env });
    const files = readUserFiles(positionals.length > 0 ? positionals : settings.pipelines);
    if (files.length === 0) {
      io.stderr.write(`longshore test: no file matches ${positionals.join(' ') || settings.pipelines}\n`);
      return 1;
    }
    const pipelines = load(files, settings.timezone);
    const results = pipelines.test({ admit, conform: conformer(settings) });
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

/** Mistakes are listed one by one, so the sum of them needs only a heading. */
function load(files: Parameters<typeof loadPipelines>[0], timezone: string): ReturnType<typeof loadPipelines> {
  try {
    return loadPipelines(files, { timezone });
  } catch (error) {
    throw error instanceof AggregateError ? new AggregateError(error.errors, 'pipelines have mistakes') : error;
  }
}
