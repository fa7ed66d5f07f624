import { Readable, Writable } from 'node:stream';
import { dispatch } from '../../src/cli/index.ts';
import type { Outcome, RunOptions } from './support.ts';

interface Options extends Pick<RunOptions, 'stdin' | 'env' | 'cwd'> {
  /** Hears what goes to either stream, in its order. */
  readonly hears?: (text: string) => void;
}

/**
 * A command without a process of its own: quicker, for commands that end by themselves and listen to no signal. With
 * `cwd`, one at a time: it is that of the whole process meanwhile.
 */
export async function inProcess(
  args: readonly string[],
  { stdin = '', env = {}, cwd, hears }: Options = {},
): Promise<Outcome> {
  const outcome = { out: '', err: '' };
  const collecting = (name: 'out' | 'err'): Writable =>
    new Writable({
      write(chunk, _, done) {
        outcome[name] += String(chunk);
        hears?.(String(chunk));
        done();
      },
    });
  const io = {
    env,
    stdin: Readable.from([Buffer.from(stdin)], { objectMode: false }),
    stdout: collecting('out'),
    stderr: collecting('err'),
    umask: (mask: number) => process.umask(mask),
  };
  const [folder, mask] = [process.cwd(), process.umask()];
  if (cwd !== undefined) process.chdir(cwd);
  try {
    const code = await dispatch(args, io as never);
    return { code, ...outcome };
  } finally {
    process.chdir(folder);
    process.umask(mask);
  }
}
