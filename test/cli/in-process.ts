import { Readable, Writable } from 'node:stream';
import { dispatch } from '../../src/cli/index.ts';
import type { Outcome } from './support.ts';

/** A command without a process of its own: quicker, for commands that end by themselves and listen to no signal. */
export async function inProcess(args: readonly string[], { stdin = '' }: { stdin?: string } = {}): Promise<Outcome> {
  const outcome = { out: '', err: '' };
  const collecting = (name: 'out' | 'err'): Writable =>
    new Writable({
      write(chunk, _, done) {
        outcome[name] += String(chunk);
        done();
      },
    });
  const io = {
    env: {},
    stdin: Readable.from([Buffer.from(stdin)], { objectMode: false }),
    stdout: collecting('out'),
    stderr: collecting('err'),
  };
  const code = await dispatch(args, io as never);
  return { code, ...outcome };
}
