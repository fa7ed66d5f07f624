import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Outcome {
  /** Exit code; 127 when there is no such program, 124 when the time was up. */
  code: number;
  out: string;
  err: string;
}

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  timeout_ms?: number;
}

/** Runs a program to its end; never throws, the outcome tells. */
export async function command(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Outcome> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeout_ms ?? 60_000);
  const { out, err } = collect(child);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code: code ?? 124, out: out.text.trim(), err: err.text.trim() };
  } catch (error) {
    return { code: 127, out: '', err: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Like `command`, but a failure is thrown, with what the program said. */
export async function mustRun(program: string, args: readonly string[], options?: CommandOptions): Promise<string> {
  const { code, out, err } = await command(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${err || out}`);
  return out;
}

function collect(child: ChildProcess) {
  const out = { text: '' };
  const err = { text: '' };
  for (const [stream, kept] of [
    [child.stdout, out],
    [child.stderr, err],
  ] as const) {
    stream!.setEncoding('utf8');
    stream!.on('data', (part: string) => {
      kept.text += part;
    });
  }
  return { out, err };
}
