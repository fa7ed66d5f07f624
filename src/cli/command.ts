import { LongshoreError } from '../core/errors.ts';

/** One command: its file in this folder exports one of these; what it is for stands in the list of them (`index.ts`). */
export interface Command {
  readonly name: string;
  readonly usage: string;
  /** Returns the exit code. */
  run(args: readonly string[], io: NodeJS.Process): Promise<number>;
}

/** With what the list of commands says of it. */
export interface ListedCommand extends Command {
  readonly summary: string;
}

/** Options that every command which reads the configuration takes. */
export const CONFIG_OPTIONS = {
  config: { type: 'string', short: 'c' },
  set: { type: 'string', multiple: true },
} as const;

export const CONFIG_USAGE = `  -c, --config FILE      default config/longshore.yaml
      --set PATH=VALUE   a setting that wins over the file; may be repeated`;

/** The value of an option that counts something; `fallback` when it was not given. */
export function wholeNumber(option: string, given: string | undefined, fallback: number): number {
  if (given === undefined) return fallback;
  if (/^\d+$/.test(given)) return Number(given);
  throw new LongshoreError('LS_CLI_NUMBER', `${option} '${given}' is not a whole number.`, {
    fix: `Write for example ${option} ${fallback}.`,
  });
}
