import { version } from '../app/version.ts';
import { didYouMean } from '../base/text/did-you-mean.ts';
import { messageOf } from '../core/errors.ts';
import type { Command, ListedCommand } from './command.ts';
import { explain } from './explain.ts';
import { printable } from './format.ts';
import { expectAbandon } from './output.ts';

interface Entry {
  readonly summary: string;
  /** When it is asked for: a search does not wait for what the service is made of, nor does the list of commands. */
  load(): Promise<Command>;
}

const COMMANDS: Record<string, Entry> = {
  run: {
    summary: 'take logs in, keep them, alert; until SIGTERM or SIGINT',
    load: async () => (await import('./run.ts')).runCommand,
  },
  check: {
    summary: 'look for mistakes in configuration, pipelines and rules without starting anything',
    load: async () => (await import('./check.ts')).checkCommand,
  },
  test: {
    summary: 'run the tests inside pipelines and rules',
    load: async () => (await import('./test.ts')).testCommand,
  },
  parse: {
    summary: 'what pipelines make of lines: tail -n 20 app.log | longshore parse --image nginx',
    load: async () => (await import('./parse.ts')).parseCommand,
  },
  diff: {
    summary: 'what a change of pipelines does to events: longshore diff OLD NEW',
    load: async () => (await import('./diff.ts')).diffCommand,
  },
  rules: {
    summary: 'alert rules: what they do now, and the tests inside of them',
    load: async () => (await import('./rules.ts')).rulesCommand,
  },
  backtest: {
    summary: 'when alert rules would have fired: longshore backtest RULE.yaml --days 7',
    load: async () => (await import('./backtest.ts')).backtestCommand,
  },
  send: {
    summary: 'sends the lines of files, or of standard input, to a running longshore: longshore send app.log',
    load: async () => (await import('./send.ts')).sendCommand,
  },
  'send-test': {
    summary: 'one test alert through an alerter, a receiver, or those of a rule: longshore send-test slack',
    load: async () => (await import('./send-test.ts')).sendTestCommand,
  },
  grok: {
    summary: 'try grok patterns on lines from standard input, or have some suggested',
    load: async () => (await import('./grok.ts')).grokCommand,
  },
  search: {
    summary: 'find events: longshore search level:ERROR AND service:web-*',
    load: async () => (await import('./search.ts')).searchCommand,
  },
  stats: {
    summary: 'count events: longshore stats top 10 request by count where level:ERROR',
    load: async () => (await import('./stats.ts')).statsCommand,
  },
  tail: {
    summary: 'follow events as they come in: longshore tail service:api',
    load: async () => (await import('./tail.ts')).tailCommand,
  },
  dlq: {
    summary: 'dead letters, which the store never took: list, show, preview, replay, discard',
    load: async () => (await import('./dlq.ts')).dlqCommand,
  },
  routes: {
    summary: 'where an alert goes: longshore routes test severity=page team=shop',
    load: async () => (await import('./routes.ts')).routesCommand,
  },
  silence: {
    summary: 'keeps alerts quiet for a while: add, list, expire',
    load: async () => (await import('./silence.ts')).silenceCommand,
  },
  notifications: {
    summary: 'what alerters sent, and what nobody took: list, retry',
    load: async () => (await import('./notifications.ts')).notificationsCommand,
  },
  deploy: {
    summary: 'marks a deployment, for the figures of DORA: longshore deploy mark --service shop --version 1.4.2',
    load: async () => (await import('./deploy.ts')).deployCommand,
  },
  dora: {
    summary: 'how often services are deployed, how fast, how often that fails, how soon it is mended: longshore dora',
    load: async () => (await import('./dora.ts')).doraCommand,
  },
  ledger: {
    summary: 'what was received, and what became of it: longshore ledger',
    load: async () => (await import('./ledger.ts')).ledgerCommand,
  },
  demo: {
    summary: 'send the logs of five invented containers, with a burst of errors, to the running longshore',
    load: async () => (await import('./demo.ts')).demoCommand,
  },
  backup: {
    summary: 'copy data_dir, also while the service runs',
    load: async () => (await import('./backup.ts')).backupCommand,
  },
  restore: {
    summary: 'make data_dir of a backup',
    load: async () => (await import('./restore.ts')).restoreCommand,
  },
  import: {
    summary: 'take over old logs, or the configuration of ElastAlert, Logstash, Fluentd or Elasticsearch',
    load: async () => (await import('./import.ts')).importCommand,
  },
  migrate: {
    summary: 'move the days of the embedded store to Elasticsearch',
    load: async () => (await import('./migrate.ts')).migrateCommand,
  },
  completion: {
    summary: 'completion of commands and options for a shell: longshore completion bash',
    load: async () => (await import('./completion.ts')).completionCommand,
  },
  schema: {
    summary: 'print the JSON schema of pipeline files, for editors',
    load: async () => (await import('./schema.ts')).schemaCommand,
  },
  docs: {
    summary: 'write the reference pages of the manual, in Markdown',
    load: async () => (await import('./docs/docs.ts')).docsCommand,
  },
};

export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

/** Runs the command that the arguments name; returns the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function dispatch(args: readonly string[], io: NodeJS.Process): Promise<number> {
  const [name = 'help', ...rest] = args;
  for (const stream of [io.stdout, io.stderr]) expectAbandon(stream);
  if (name === '--version' || name === '-v') {
    io.stdout.write(`longshore ${version()}\n`);
    return 0;
  }
  const asksForHelp = name === 'help' || name === '--help' || name === '-h';
  const wanted = asksForHelp ? rest[0] : name;
  if (wanted === undefined) {
    io.stdout.write(usage());
    return 0;
  }
  if (!Object.hasOwn(COMMANDS, wanted)) {
    const hint = didYouMean(wanted, Object.keys(COMMANDS), "'");
    const said = `there is no command '${printable(wanted)}'.${hint === undefined ? '' : ` ${hint}`}`;
    io.stderr.write(`longshore: ${said}\n\n${usage()}`);
    return 2;
  }
  const { summary, load } = COMMANDS[wanted]!;
  const command = await load();
  const options = rest.slice(0, rest.includes('--') ? rest.indexOf('--') : rest.length);
  if (asksForHelp || options.includes('--help') || options.includes('-h')) {
    io.stdout.write(`longshore ${command.name}: ${summary}\n\n${command.usage}\n`);
    return 0;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    const isUsage = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
    io.stderr.write(
      `${(isUsage ? usageMistake(messageOf(error), rest, command.usage) : undefined) ?? explain(error)}\n`,
    );
    if (isUsage) io.stderr.write(`'longshore ${command.name} --help' shows what it takes.\n`);
    return isUsage ? 2 : 1;
  }
}

/** What Node says of an option and its value, in words that show how to write it. */
function usageMistake(message: string, args: readonly string[], takes: string): string | undefined {
  const unknown = /^Unknown option '(--[^'=]+)/.exec(message)?.[1];
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, takes.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? [], "'");
    return `longshore: there is no option '${printable(unknown)}'.${hint === undefined ? '' : ` ${hint}`}`;
  }
  const [, option] = /^Option '(?:-\w, )?(-[^' ]+)[^']*' argument/.exec(message) ?? [];
  if (option === undefined) return undefined;
  const short = /^Option '(-\w), /.exec(message)?.[1];
  const at = args.findIndex((arg, i) => (arg === option || arg === short) && args[i + 1]?.startsWith('-') === true);
  if (!message.includes('ambiguous') || at < 0) return `longshore: ${option} needs a value.`;
  const given = printable(args[at + 1]!);
  const joined = `${option}${option.startsWith('--') ? '=' : ''}${given}`;
  return `longshore: ${option} was given '${given}', which begins with a dash. Write ${joined} when that is meant.`;
}

export const allCommands = (): Promise<ListedCommand[]> =>
  Promise.all(Object.values(COMMANDS).map(async ({ summary, load }) => ({ ...(await load()), summary })));

function usage(): string {
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(9)} ${summary}`);
  return `Usage: longshore <command> [options]\n\n${lines.join('\n')}\n\n'longshore <command> --help' tells more.\n`;
}
