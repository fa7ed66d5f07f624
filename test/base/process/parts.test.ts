import { expect, test } from 'vitest';
import { Parts } from '../../../src/base/process/parts.ts';
import { logger } from '../../../src/core/log.ts';

const log = logger('test');

interface Letters {
  a: string;
  b: string;
  c: string;
  d: string;
}
type Name = keyof Letters;
type Step = 'make' | 'start' | 'stop';

/** Parts in the order in which they are added, with what they need; `broken`: a step that fails. */
function letters(added: Partial<Record<Name, readonly Name[]>>, broken?: `${Step} ${Name}`) {
  const told: string[] = [];
  const parts = new Parts<Letters>(log);
  for (const [name, needs] of Object.entries(added) as [Name, readonly Name[]][]) {
    parts.add(name, needs, needed => {
      const step = (what: Step, more = ''): void => {
        told.push(`${what} ${name}${more}`);
        if (`${what} ${name}` === broken) throw new Error(`${what} ${name} failed`);
      };
      step('make', needs.map(need => ` ${need}=${needed[need]}`).join(''));
      return { value: name.toUpperCase(), start: () => step('start'), stop: async () => step('stop') };
    });
  }
  return { parts, told };
}

test('what is needed starts before who needs it, and stops after it; others in the order in which they were added', async () => {
  const { parts, told } = letters({ c: ['d', 'a'], b: [], a: [], d: ['a'] });
  expect(parts.order.map(({ name }) => name).join(' ')).toBe('a d c b');
  await parts.start();
  await parts.stop(1000);
  expect(told).toEqual([
    ...['make a', 'start a', 'make d a=A', 'start d', 'make c d=D a=A', 'start c', 'make b', 'start b'],
    ...['stop b', 'stop c', 'stop d', 'stop a'],
  ]);
});

test('what a process does not have is undefined for those that need it', async () => {
  const { parts, told } = letters({ a: ['b'] });
  await parts.start();
  expect(told).toEqual(['make a b=undefined', 'start a']);
  expect([parts.get('a'), parts.get('b')]).toEqual(['A', undefined]);
});

test('parts that need each other are named', () => {
  const { parts } = letters({ a: ['b'], b: ['c'], c: ['a'] });
  expect(() => parts.order).toThrow('parts need each other: a -> b -> c -> a');
});

test.each([
  { broken: 'make b', stopped: ['stop a'] },
  { broken: 'start b', stopped: ['stop b', 'stop a'] },
] as const)('when $broken fails, what has started is stopped, and no more starts', async ({ broken, stopped }) => {
  const { parts, told } = letters({ a: [], b: ['a'], c: ['b'] }, broken);
  await expect(parts.start()).rejects.toThrow(`${broken} failed`);
  await parts.stop(1000);
  expect(told.filter(step => step.startsWith('stop'))).toEqual(stopped);
  expect(told).not.toContain('make c b=B');
});

test('a part that does not stop cleanly does not keep the others from it, and is stopped once', async () => {
  const { parts, told } = letters({ a: [], b: [] }, 'stop b');
  await parts.start();
  await parts.stop(1000);
  await parts.stop(1000);
  expect(told.filter(step => step.startsWith('stop'))).toEqual(['stop b', 'stop a']);
});

test('all that stop share one deadline', async () => {
  const left: number[] = [];
  const parts = new Parts<Letters>(log);
  const stop = async (signal: AbortSignal, msLeft: () => number) => {
    await new Promise(resolve => signal.addEventListener('abort', resolve));
    left.push(msLeft());
  };
  parts.add('a', [], () => ({
    value: 'A',
    stop: (signal, msLeft) => void left.push(msLeft(), Number(signal.aborted)),
  }));
  parts.add('b', ['a'], () => ({ value: 'B', stop }));
  await parts.start();
  await parts.stop(30);
  expect(left).toEqual([1, 1, 1]);
});
