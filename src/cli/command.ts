/** One command: its file in this folder exports one of these. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  /** Returns the exit code. */
  run(args: readonly string[], io: NodeJS.Process): Promise<number>;
}

/** Options that every command which reads the configuration takes. */
export const CONFIG_OPTIONS = {
  config: { type: 'string', short: 'c' },
  set: { type: 'string', multiple: true },
} as const;

export const CONFIG_USAGE = `  -c, --config FILE      default config/longshore.yaml
      --set PATH=VALUE   a setting that wins over the file; may be repeated`;
