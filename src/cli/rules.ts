import { parseArgs } from 'node:util';
import { loadSettings } from '../app/settings.ts';
import { didYouMean } from '../base/text/did-you-mean.ts';
import { LongshoreError } from '../core/errors.ts';
import { readUserFiles } from '../definitions/user-files.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, type ClientValues } from './client.ts';
import type { Command } from './command.ts';
import { jsonLine } from './format.ts';
import { asResult, report, testRuleFiles } from './test.ts';

interface Values extends ClientValues {
  json?: boolean;
}

interface Call {
  readonly values: Values;
  readonly names: readonly string[];
  readonly io: NodeJS.Process;
}

const ACTIONS: Record<string, (call: Call) => Promise<number>> = { test };

export const rulesCommand: Command = {
  name: 'rules',
  summary: 'alert rules: run the tests inside of them',
  usage: `longshore rules test [FILE ...]     the tests of these files, or of all rules of the configuration

      --json             one line of JSON each
${CLIENT_USAGE}`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...CLIENT_OPTIONS, json: { type: 'boolean' } },
      allowPositionals: true,
    });
    const [name = 'test', ...names] = positionals;
    if (!Object.hasOwn(ACTIONS, name)) throw unknown(name);
    return ACTIONS[name]!({ values, names, io });
  },
};

async function test({ values, names, io }: Call): Promise<number> {
  const { settings } = loadSettings({ ...values, env: io.env });
  const files = readUserFiles(names.length > 0 ? names : settings.rules);
  if (files.length === 0) {
    io.stderr.write(`longshore rules: no file matches ${names.join(' ') || settings.rules}\n`);
    return 1;
  }
  const results = await testRuleFiles(files, settings, io.env);
  if (results.length === 0) io.stderr.write('longshore rules: no rule has tests\n');
  if (values.json !== true) return report(results.map(asResult), io);
  for (const result of results) io.stdout.write(`${jsonLine(result)}\n`);
  return results.length === 0 || results.some(({ passed }) => !passed) ? 1 : 0;
}

function unknown(name: string): LongshoreError {
  return new LongshoreError('LS_CLI_RULES', `there is no 'rules ${name.slice(0, 50)}'.`, {
    fix: didYouMean(name, Object.keys(ACTIONS), "'") ?? `Write one of ${Object.keys(ACTIONS).join(', ')}.`,
  });
}
