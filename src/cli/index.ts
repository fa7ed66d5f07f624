import { LongshoreError, messageOf, nearest } from '../core/errors.ts';
import { checkCommand } from './check.ts';
import type { Command } from './command.ts';
import { demoCommand } from './demo.ts';
import { grokCommand } from './grok.ts';
import { runCommand } from './run.ts';
import { searchCommand } from './search.ts';
import { tailCommand } from './tail.ts';
import { testCommand } from './test.ts';

const COMMANDS: readonly Command[] = [
  runCommand,
  checkCommand,
  testCommand,
  grokCommand,
  searchCommand,
  tailCommand,
  demoCommand,
];

/** Runs the command that the arguments name; returns the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function dispatch(args: readonly string[], io: NodeJS.Process): Promise<number> {
  const [name = 'help', ...rest] = args;
  if (name === 'help' || name === '--help' || name === '-h') {
    io.stdout.write(usage());
    return 0;
  }
  const command = COMMANDS.find(candidate => candidate.name === name);
  if (command === undefined) {
    const near = nearest(
      name,
      COMMANDS.map(candidate => candidate.name),
    );
    io.stderr.write(
      `longshore: there is no command '${name}'.${near === undefined ? '' : ` Did you mean '${near}'?`}\n\n${usage()}`,
    );
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    io.stdout.write(`longshore ${command.name}: ${command.summary}\n\n${command.usage}\n`);
    return 0;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    io.stderr.write(`${explain(error)}\n`);
    return (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
  }
}

function explain(error: unknown): string {
  if (error instanceof AggregateError)
    return [`longshore: ${error.message}:`, ...error.errors.map(e => `  ${messageOf(e)}`)].join('\n');
  if (error instanceof LongshoreError) return `longshore: ${error.message}`;
  if ((error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')) return `longshore: ${messageOf(error)}`;
  return `longshore: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

function usage(): string {
  const lines = COMMANDS.map(command => `  ${command.name.padEnd(8)} ${command.summary}`);
  return `Usage: longshore <command> [options]\n\n${lines.join('\n')}\n\n'longshore <command> --help' tells more.\n`;
}
