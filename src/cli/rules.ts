import { parseArgs } from 'node:util';
import { loadSettings } from '../app/settings.ts';
import { didYouMean } from '../base/text/did-you-mean.ts';
import type { RuleView } from '../core/api/alerts.ts';
import { LongshoreError } from '../core/errors.ts';
import { readUserFiles } from '../definitions/user-files.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, type ClientValues, clientFor } from './client.ts';
import type { Command } from './command.ts';
import { jsonLine, painter } from './format.ts';
import { print } from './output.ts';
import { rulesTable, ruleText } from './rules-text.ts';
import { asResult, report, testRuleFiles } from './test.ts';

interface Values extends ClientValues {
  json?: boolean;
}

interface Call {
  readonly values: Values;
  readonly names: readonly string[];
  readonly io: NodeJS.Process;
}

const ACTIONS: Record<string, (call: Call) => Promise<number>> = { list, show, test };

export const rulesCommand: Command = {
  name: 'rules',
  usage: `longshore rules [list]              all rules of the running longshore: state, hits, matches, alerts, mistakes
longshore rules show NAME ...       all that is known of these
longshore rules test [FILE ...]     the tests inside of these files, or of all rules of the configuration

      --json             one line of JSON each
${CLIENT_USAGE}`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...CLIENT_OPTIONS, json: { type: 'boolean' } },
      allowPositionals: true,
    });
    const [name = 'list', ...names] = positionals;
    if (!Object.hasOwn(ACTIONS, name)) throw unknown(name);
    return ACTIONS[name]!({ values, names, io });
  },
};

async function list({ values, io }: Call): Promise<number> {
  const rules = await rulesOf(values, io);
  if (values.json === true) for (const rule of rules) await print(io.stdout, `${jsonLine(rule)}\n`);
  else await print(io.stdout, rulesTable(rules, painter(io)));
  return 0;
}

async function show({ values, names, io }: Call): Promise<number> {
  if (names.length === 0)
    throw new LongshoreError('LS_CLI_RULES', 'show needs the name of a rule.', {
      fix: "'longshore rules' lists them.",
    });
  const rules = await rulesOf(values, io);
  // Names have blanks: without quotes they are one name.
  const wanted = rules.some(({ name }) => name === names.join(' ')) ? [names.join(' ')] : names;
  for (const name of wanted) {
    const rule = rules.find(one => one.name === name);
    if (rule === undefined) {
      const fix =
        didYouMean(
          name,
          rules.map(one => one.name),
          "'",
        ) ?? "'longshore rules' lists them.";
      throw new LongshoreError('LS_CLI_RULES', `there is no rule '${name.slice(0, 100)}'.`, { fix });
    }
    await print(io.stdout, values.json === true ? `${jsonLine(rule)}\n` : ruleText(rule, painter(io)));
  }
  return 0;
}

async function rulesOf(values: Values, io: NodeJS.Process): Promise<RuleView[]> {
  const response = await clientFor(values, io.env).get('/api/rules', {});
  return ((await response.json()) as { rules: RuleView[] }).rules;
}

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
