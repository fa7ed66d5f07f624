import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { IdleMemory, type Look } from '../../../src/base/process/idle-memory.ts';

const MB = 1024 * 1024;

test.each([
  { name: 'gives memory back when it has nothing to do', total: 90, used: 56, cpu: 0.1, collects: true },
  { name: 'works: nothing is held up', total: 90, used: 56, cpu: 0.5, collects: false },
  { name: 'has little to give', total: 60, used: 50, cpu: 0.1, collects: false },
])('a process that $name', ({ total, used, cpu, collects }) => {
  let look: Look = { heapTotal: 0, heapUsed: 0, cpuSeconds: 3, seconds: 5 };
  let collected = 0;
  const memory = new IdleMemory(
    () => look,
    () => collected++,
  );
  look = { heapTotal: total * MB, heapUsed: used * MB, cpuSeconds: 3 + cpu, seconds: 15 };
  memory.check();
  expect(collected > 0).toBe(collects);
});

test('what a collection takes is no work: the next look finds the process idle', () => {
  let cpuSeconds = 0;
  let seconds = 0;
  let collected = 0;
  const memory = new IdleMemory(
    () => ({ heapTotal: 90 * MB, heapUsed: 40 * MB, cpuSeconds, seconds }),
    () => {
      collected++;
      cpuSeconds += 0.3;
    },
  );
  for (let i = 0; i < 3; i++) {
    seconds += 10;
    memory.check();
  }
  expect(collected).toBe(3);
});

test('memory that nobody holds goes back to the system', () => {
  const program = `
    const { IdleMemory } = await import('./src/base/process/idle-memory.ts');
    let seconds = 0;
    const memory = new IdleMemory(() => ({ heapTotal: 1e9, heapUsed: 0, cpuSeconds: 0, seconds: seconds++ }));
    let garbage = Array.from({ length: 2e6 }, (_, i) => ({ i }));
    const before = process.memoryUsage().heapTotal;
    garbage = undefined;
    memory.check();
    console.log(before > process.memoryUsage().heapTotal * 3);
  `;
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })).toBe('true\n');
});
