import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Routing } from '../alerts/manager/alertmanager.ts';
import { expandEnvironment } from '../alerts/rules/sources.ts';
import { loadSettings } from '../app/settings.ts';
import { Backtest } from '../backtest/backtest.ts';
import { compileRules } from '../backtest/compile.ts';
import { EventFile } from '../backtest/event-file.ts';
import { publicVariables } from '../backtest/secrets.ts';
import { DAY_MS } from '../base/time/duration.ts';
import type { BacktestAnswer, BacktestParams, RuleText } from '../core/api/backtest.ts';
import { LongshoreError } from '../core/errors.ts';
import { configureLog } from '../core/log.ts';
import { loadRouting, readRoutingTexts } from '../definitions/routing-content.ts';
import { readUserFiles, type UserFile } from '../definitions/user-files.ts';
import { compilePredicate } from '../store/query/predicate.ts';
import { parseTime } from '../store/query/times.ts';
import { answerText } from './backtest-text.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, type ClientValues, clientFor } from './client.ts';
import { type Command, wholeNumber } from './command.ts';
import { jsonLine, painter } from './format.ts';
import { print } from './output.ts';

interface Values extends ClientValues {
  days?: string;
  from?: string;
  to?: string;
  events?: string;
  diff?: boolean;
  messages?: boolean;
  size?: string;
  json?: boolean;
}

export const backtestCommand: Command = {
  name: 'backtest',
  usage: `longshore backtest [RULE.yaml ...]           when they would have fired, on past events
longshore backtest --diff OLD.yaml NEW.yaml  what only one of them finds, and what both

RULE is a file, a folder of them or a pattern; without one all rules that run, or with --events those of the configuration.

      --days N           the last N days (default 7)
      --from TIME        ISO time or now-1h, in place of --days
      --to TIME          default now
      --events FILE      events of a file instead of those stored, one JSON object a line; - for standard input
      --messages         what each alerter would send, beside title and text
  -n, --size N           alerts listed of each rule (default 20)
      --json             the whole answer as one line of JSON
${CLIENT_USAGE}

Nothing is sent. The engine is the one of the service, with a clock that the events drive. A running longshore is asked
for its events (that needs a token with the scope admin); with --events nothing needs to run.`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...CLIENT_OPTIONS,
        days: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        events: { type: 'string' },
        diff: { type: 'boolean' },
        messages: { type: 'boolean' },
        size: { type: 'string', short: 'n' },
        json: { type: 'boolean' },
      },
      allowPositionals: true,
    });
    const size = wholeNumber('--size', values.size, 20);
    const answer = await (values.events === undefined ? stored : ofFile)(values, positionals, io);
    if (values.json === true) await print(io.stdout, `${jsonLine(answer)}\n`);
    else await print(io.stdout, answerText(answer, size, painter(io)));
    return answer.mistakes.length > 0 ? 1 : 0;
  },
};

/** On the events of the running service. */
async function stored(values: Values, given: readonly string[], io: NodeJS.Process): Promise<BacktestAnswer> {
  const { days, from, to, messages } = values;
  const files = given.length === 0 && values.diff !== true ? undefined : filesOf(values, given, []);
  const all = files === undefined ? [] : [...files.rules, ...(files.old ?? [])];
  const { imports } = compileRules(all, { env: io.env, alerterDefaults: {} });
  const sent = (rules: readonly RuleText[] | undefined) => rules?.map(file => withVariables(file, io.env));
  const lastDays = wholeNumber('--days', days, 7);
  const params: BacktestParams = {
    rules: sent(files?.rules),
    old: sent(files?.old),
    imports: sent(imports),
    from: from ?? (to === undefined ? `now-${lastDays}d` : parseTime(to, Date.now(), true) - lastDays * DAY_MS),
    to,
    messages,
  };
  const response = await clientFor(values, io.env).post('/api/backtest', params);
  return (await response.json()) as BacktestAnswer;
}

/** The variables of this machine in a text for another; its secrets stay here. */
function withVariables({ path, text }: RuleText, env: NodeJS.ProcessEnv): RuleText {
  const known = publicVariables([text], env);
  const own = Object.entries(known).filter(([name, value]) => env[name] === value);
  return { path, text: expandEnvironment(text, Object.fromEntries(own)) };
}

async function ofFile(values: Values, given: readonly string[], io: NodeJS.Process): Promise<BacktestAnswer> {
  const { settings } = loadSettings({ ...values, env: io.env });
  // The engine says in its log what is said here as the answer.
  configureLog('silent');
  const { rules, old } = filesOf(values, given, settings.rules);
  const options = { env: io.env, alerterDefaults: settings.alerters, ruleDefaults: settings.rule_defaults };
  const compile = (files: readonly UserFile[]) => compileRules(files, options);
  const { from, to } = spanOf(values, Date.now());
  if (from !== undefined && to !== undefined && from > to)
    throw new LongshoreError('LS_CLI_BACKTEST', '--from is later than --to.', { fix: 'Swap them.' });
  const backtest = new Backtest(compile(rules), old && compile(old), {
    messages: values.messages === true,
    routing: routingOf(settings.alertmanager),
    settings: settings.alerts,
    from,
    to,
  });
  const file = new EventFile(values.events!, io.stdin);
  const isWanted = compilePredicate(backtest.query, Date.now);
  for await (const events of file.read({ isWanted, from: backtest.readFrom, to })) {
    await backtest.begin(file.first);
    await backtest.take(events);
  }
  return backtest.finish(file.hints, file.last);
}

/** The routes of the configuration, where they can be read: `check` says what is wrong with them. */
function routingOf(path: string | undefined): Routing | undefined {
  const content = loadRouting(readRoutingTexts(path, []), undefined);
  return content === undefined || content.mistakes.length > 0 ? undefined : content;
}

/** Throws LS_CLI_BACKTEST when there are none. */
function filesOf(
  values: Values,
  given: readonly string[],
  configured: string | readonly string[],
): { rules: UserFile[]; old: UserFile[] | undefined } {
  if (values.diff === true) {
    if (given.length !== 2)
      throw new LongshoreError('LS_CLI_BACKTEST', '--diff compares two files or folders.', {
        fix: 'Write longshore backtest --diff OLD.yaml NEW.yaml.',
      });
    const [old, rules] = given.map(one => read([one]));
    return { rules: rules!, old };
  }
  return { rules: read(given.length > 0 ? given : [configured].flat()), old: undefined };
}

function read(given: readonly string[]): UserFile[] {
  const patterns = given.map(one =>
    statSync(one, { throwIfNoEntry: false })?.isDirectory() === true ? join(one, '*.{yaml,yml}') : one,
  );
  const files = readUserFiles(patterns);
  if (files.length > 0) return files;
  throw new LongshoreError('LS_CLI_BACKTEST', `no file matches ${given.join(' ')}.`, { fix: 'Name a rule file.' });
}

/** Of a file everything counts unless it is said. Epoch milliseconds. */
function spanOf({ days, from, to }: Values, now: number): { from: number | undefined; to: number | undefined } {
  const end = to === undefined ? undefined : parseTime(to, now, true);
  if (from !== undefined) return { from: parseTime(from, now), to: end };
  if (days === undefined) return { from: undefined, to: end };
  return { from: (end ?? now) - wholeNumber('--days', days, 7) * DAY_MS, to: end };
}
