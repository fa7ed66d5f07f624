import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished, test } from 'vitest';
import { command } from '../support/command.ts';
import { reusablePort } from '../support/free-port.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';
import { arrived, ClientProgram, expectEvents, type Program } from './client-program.ts';
import { pipPackages } from './pip.ts';

const folder = mkdtempSync(join(tmpdir(), 'longshore-beats-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function goLumber(): Promise<true | string> {
  const build = ['build', '-o', join(folder, 'send'), './beats'];
  const { code, err } = await command('go', build, { cwd: 'test/clients/go', timeout_ms: 120_000 });
  if (code === 127) return 'there is no go';
  return code === 0 || `go build: ${err.split('\n').at(-1)}`;
}

const pylogbeat = await pipPackages(['pylogbeat==2.1.0']);
const hasGo = requireOrSkip('go-lumber', await goLumber());
const hasPython = requireOrSkip('pylogbeat of PyPI', pylogbeat.isThere);

const lumber: Program = { command: join(folder, 'send'), args: [] };
const python: Program = {
  command: 'python3',
  args: ['test/clients/python/beats.py'],
  env: { PYTHONPATH: pylogbeat.path },
};

const COUNT = 1200;
const clients: Record<string, [Program, object]> = {
  ...(hasGo && {
    'one window after the other': [lumber, { window: 20, compress: 3 }],
    'not compressed': [lumber, { window: 150, compress: 0 }],
    'several windows under way': [lumber, { window: 50, compress: 3, inflight: 4 }],
  }),
  ...(hasPython && { pylogbeat: [python, { window: 20 }] }),
};

test.runIf(hasGo || hasPython)(
  'clients of Beats, while longshore is killed twice: everything once',
  { timeout: 120_000 },
  async () => {
    const port = await reusablePort();
    let longshore = await Longshore.start({ set: { 'inputs.beats': `{address: '127.0.0.1:${port}'}` } });
    onTestFinished(() => longshore.remove());
    const running = Object.entries(clients).map(
      ([name, [program, options]]) =>
        new ClientProgram(program, name, { port, count: COUNT, pause: false, ...options }),
    );
    for (const part of [0.2, 0.6]) {
      await Promise.race(running.map(({ tag }) => arrived(() => longshore, tag, COUNT * part)));
      await longshore.kill();
      longshore = await longshore.again();
    }
    for (const client of running) {
      await client.says('done');
      await expectEvents(longshore, client.tag, COUNT);
    }
  },
);
