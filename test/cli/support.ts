import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

export interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

export interface RunOptions {
  /** Put on standard input; without it that is empty. */
  stdin?: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** The program that reads bin/longshore.js, with its own arguments; this Node by default. */
  node?: string[];
}

/** Starts the real entry point; `variables` that are undefined are taken out of the environment. */
export function start(args: readonly string[], options: RunOptions = {}): ChildProcess {
  const [program = process.execPath, ...before] = options.node ?? [];
  const inherited = {
    ...process.env,
    SLACK_WEBHOOK_URL: undefined,
    LONGSHORE_URL: undefined,
    LONGSHORE_TOKEN: undefined,
  };
  return spawn(program, [...before, resolve('bin/longshore.js'), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: options.cwd,
    env: { ...inherited, ...options.env },
  });
}

/** The same to its end. */
export async function longshore(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = start(args, options);
  const outcome = collect(child);
  child.stdin!.on('error', () => {});
  child.stdin!.end(options.stdin ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...outcome };
}

/** What a process writes, growing while it runs. */
export function collect(child: ChildProcess): { out: string; err: string } {
  const collected = { out: '', err: '' };
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    collected.out += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    collected.err += text;
  });
  return collected;
}
