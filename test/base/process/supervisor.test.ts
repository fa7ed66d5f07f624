import { fork } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Supervisor } from '../../../src/base/process/supervisor.ts';
import { LongshoreError, messageOf } from '../../../src/core/errors.ts';
import type { ChildCalls, How } from './child.ts';

const open: Supervisor<ChildCalls, Record<string, never>>[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop(AbortSignal.abort(), () => {});
});

/** `hows`: how the processes start, one after the other; the last one is for all that come then. */
function supervise(hows: How[], execPath = process.execPath) {
  const told: string[] = [];
  const pauses: number[] = [];
  let forks = 0;
  const supervisor = new Supervisor<ChildCalls, Record<string, never>>({
    fork: isFirst => {
      expect(isFirst).toBe(forks++ === 0);
      return fork(resolve('test/base/process/child.ts'), [], { execPath, execArgv: [], serialization: 'advanced' });
    },
    calls: {},
    errors: {
      gone: () => new LongshoreError('LS_WORKERS_GONE', 'it is gone.', { retryable: true }),
      unknown: error => new LongshoreError('LS_WORKERS_FAILED', messageOf(error)),
    },
    open: link => link.request('open', hows[Math.min(forks, hows.length) - 1]!),
    endedEarly: cause => new LongshoreError('LS_WORKERS_START', `it ended while it started (${cause}).`),
    onUp: () => told.push('up'),
    onEnd: (cause, pauseMs) => {
      told.push(`${cause}, ${pauseMs === undefined ? 'for good' : 'comes again'}`);
      if (pauseMs !== undefined) pauses.push(pauseMs);
    },
    onFailure: error => told.push((error as LongshoreError).code),
  });
  open.push(supervisor);
  const kill = () => process.kill(supervisor.pid!, 'SIGKILL');
  return { supervisor, told, pauses, kill, forks: () => forks };
}

const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 20_000, interval: 20 });

describe('a first process', () => {
  test.for([
    ['refuses', 'not', 'LS_STORE_NEWER', 'SIGKILL, for good'],
    ['ends', 'ending', 'LS_WORKERS_START', 'exit code 3, for good'],
  ] as const)(
    'that %s while it starts has ended when that is told, and is the only one',
    async ([, how, code, end]) => {
      const { supervisor, told, forks } = supervise([how]);
      await expect(supervisor.start()).rejects.toMatchObject({ code });
      expect(supervisor).toMatchObject({ pid: undefined, link: undefined, isUp: false });
      expect(told).toEqual([end]);
      expect(forks()).toBe(1);
    },
  );

  test('that cannot be made at all is told in the same way', async () => {
    const { supervisor } = supervise(['well'], '/nowhere/node');
    await expect(supervisor.start()).rejects.toMatchObject({ code: 'LS_WORKERS_START', what: /ENOENT/ });
  });
});

describe('a process that has served', () => {
  test('is started again when it ends; who waits for it hears that it is gone', async () => {
    const { supervisor, told, kill } = supervise(['well']);
    await supervisor.start();
    const waiting = supervisor.link!.request('wait');
    const { pid } = supervisor;
    kill();
    await expect(waiting).rejects.toMatchObject({ code: 'LS_WORKERS_GONE', retryable: true });
    expect(supervisor.isUp).toBe(false);
    await until(() => supervisor.isUp);
    expect(supervisor.pid).not.toBe(pid);
    expect(told).toEqual(['up', 'SIGKILL, comes again', 'up']);
  });

  test('is followed by others until one serves, after longer and longer pauses', async () => {
    const { supervisor, told, pauses, kill } = supervise(['well', 'ending', 'not', 'ending', 'well']);
    await supervisor.start();
    kill();
    await until(() => told.filter(one => one === 'up').length === 2);
    expect(told.filter(one => one.startsWith('LS'))).toEqual([
      'LS_WORKERS_START',
      'LS_STORE_NEWER',
      'LS_WORKERS_START',
    ]);
    expect(pauses).toHaveLength(4);
    expect(pauses[3]!).toBeGreaterThan(pauses[0]! * 3);
  });

  test('is not started again after it was retired', async () => {
    const { supervisor, told, kill } = supervise(['well']);
    await supervisor.start();
    supervisor.retire();
    expect(supervisor.isUp).toBe(true);
    kill();
    await until(() => told.length === 2);
    expect(told).toEqual(['up', 'SIGKILL, for good']);
  });
});

describe('a stop', () => {
  test.for([
    ['that is followed', 'well', 'exit code 0, for good'],
    ['that is refused', 'not', 'SIGKILL, for good'],
  ] as const)('%s ends the process', async ([, how, end]) => {
    const { supervisor, told } = supervise(['well']);
    await supervisor.start();
    await supervisor.stop(AbortSignal.timeout(20_000), link => link.request('stop', how));
    expect(told).toEqual(['up', end]);
    await supervisor.stop(AbortSignal.timeout(20_000), link => link.request('stop', how));
  });

  test('kills a process that has not ended when its time is over', async () => {
    const { supervisor, told } = supervise(['well']);
    await supervisor.start();
    await supervisor.stop(AbortSignal.timeout(50), link => link.request('stop', 'never'));
    expect(told).toEqual(['up', 'SIGKILL, for good']);
  });

  test('in the pause before the next process ends the waiting', async () => {
    const { supervisor, pauses, kill, forks } = supervise(['well']);
    await supervisor.start();
    kill();
    await until(() => pauses.length === 1);
    await supervisor.stop(AbortSignal.timeout(20_000), () => {});
    // Longer than the pause would have been.
    await new Promise(resolve => setTimeout(resolve, 2 * pauses[0]!));
    expect(forks()).toBe(1);
  });

  test('while the next process starts fails nothing', async () => {
    const { supervisor, told, kill, forks } = supervise(['well', 'never']);
    await supervisor.start();
    kill();
    await until(() => forks() === 2);
    await supervisor.stop(AbortSignal.timeout(20_000), link => link.request('stop', 'well'));
    expect(told).toEqual(['up', 'SIGKILL, comes again', 'exit code 0, for good']);
  });
});
