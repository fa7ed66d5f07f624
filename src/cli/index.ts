import { version } from '../app/version.ts';
import { didYouMean } from '../base/text/did-you-mean.ts';
import { messageOf } from '../core/errors.ts';
import type { Command } from './command.ts';
import { explain } from './explain.ts';
import { printable } from './format.ts';
import { expectAbandon } from './output.ts';

/** Loaded when they are asked for: a search does not wait for what the service is made of. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  run: async () => (await import('./run.ts')).runCommand,
  check: async () => (await import('./check.ts')).checkCommand,
  test: async () => (await import('./test.ts')).testCommand,
  parse: async () => (await import('./parse.ts')).parseCommand,
  diff: async () => (await import('./diff.ts')).diffCommand,
  rules: async () => (await import('./rules.ts')).rulesCommand,
  backtest: async () => (await import('./backtest.ts')).backtestCommand,
  send: async () => (await import('./send.ts')).sendCommand,
  'send-test': async () => (await import('./send-test.ts')).sendTestCommand,
  grok: async () => (await import('./grok.ts')).grokCommand,
  search: async () => (await import('./search.ts')).searchCommand,
  stats: async () => (await import('./stats.ts')).statsCommand,
  tail: async () => (await import('./tail.ts')).tailCommand,
  dlq: async () => (await import('./dlq.ts')).dlqCommand,
  routes: async () => (await import('./routes.ts')).routesCommand,
  silence: async () => (await import('./silence.ts')).silenceCommand,
  notifications: async () => (await import('./notifications.ts')).notificationsCommand,
  deploy: async () => (await import('./deploy.ts')).deployCommand,
  dora: async () => (await import('./dora.ts')).doraCommand,
  ledger: async () => (await import('./ledger.ts')).ledgerCommand,
  demo: async () => (await import('./demo.ts')).demoCommand,
  backup: async () => (await import('./backup.ts')).backupCommand,
  restore: async () => (await import('./restore.ts')).restoreCommand,
  import: async () => (await import('./import.ts')).importCommand,
  migrate: async () => (await import('./migrate.ts')).migrateCommand,
  completion: async () => (await import('./completion.ts')).completionCommand,
  schema: async () => (await import('./schema.ts')).schemaCommand,
  docs: async () => (await import('./docs/docs.ts')).docsCommand,
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
    io.stdout.write(await usage());
    return 0;
  }
  if (!Object.hasOwn(COMMANDS, wanted)) {
    const hint = didYouMean(wanted, Object.keys(COMMANDS), "'");
    const said = `there is no command '${printable(wanted)}'.${hint === undefined ? '' : ` ${hint}`}`;
    io.stderr.write(`longshore: ${said}\n\n${await usage()}`);
    return 2;
  }
  const command = await COMMANDS[wanted]!();
  const options = rest.slice(0, rest.includes('--') ? rest.indexOf('--') : rest.length);
  if (asksForHelp || options.includes('--help') || options.includes('-h')) {
    io.stdout.write(`longshore ${command.name}: ${command.summary}\n\n${command.usage}\n`);
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

export const allCommands = (): Promise<Command[]> => Promise.all(Object.values(COMMANDS).map(load => load()));

async function usage(): Promise<string> {
  const commands = await allCommands();
  const lines = commands.map(command => `  ${command.name.padEnd(9)} ${command.summary}`);
  return `Usage: longshore <command> [options]\n\n${lines.join('\n')}\n\n'longshore <command> --help' tells more.\n`;
}
