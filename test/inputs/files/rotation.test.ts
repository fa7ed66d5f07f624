import { appendFileSync, copyFileSync, existsSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { seeded } from '../../support/chance.ts';
import { Bench } from './support.ts';

/*
 * Lines, halves of lines, rotations of both kinds and kills in an order that chance gives, on a file of which three rotations are kept: a
 * deleted one's inode is that of the next copy, as a file system likes it.
 */

const LINES = 1500;

describe.concurrent('each line once', () => {
  test.for([
    [1, 'app.log*'],
    [2, 'app.log'],
  ] as const)('run %i with the glob %s', async ([seed, glob], { onTestFinished }) => {
    const random = seeded(seed);
    const bench = new Bench(onTestFinished, { glob, rotate_wait_ms: 1000 });
    const log = bench.path('app.log');
    writeFileSync(log, '');
    await bench.start();
    let written = 0;
    let rest = '';
    let rotated = 0;
    for (let step = 0; written < LINES; step++) {
      for (let i = random() * 30; i > 0; i--) rest += `line ${written++} of ${seed}${'.'.repeat(random() * 80)}\n`;
      const cut = random() < 0.3 ? Math.floor(random() * rest.length) : rest.length;
      appendFileSync(log, rest.slice(0, cut));
      rest = rest.slice(cut);
      if (step % 25 === 24) {
        appendFileSync(log, rest);
        rest = '';
        // So much that nothing is deleted that was not read.
        await bench.untilLines(rotated);
        rotated = written;
        rotate(log, random() < 0.5);
      }
      if (step % 40 === 20) await bench.kill();
      await bench.untilLines(Math.floor(written * random() * 0.9));
    }
    appendFileSync(log, rest);
    await bench.untilLines(written);
    const numbers = bench.taker.lines.map(line => Number(line.split(' ')[1])).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: written }, (_, i) => i));
  });
});

function rotate(log: string, isCopied: boolean): void {
  for (const [from, to] of [
    ['.2', '.3'],
    ['.1', '.2'],
  ] as const)
    if (existsSync(log + from)) renameSync(log + from, log + to);
  if (isCopied) {
    copyFileSync(log, `${log}.1`);
    truncateSync(log, 0);
  } else {
    renameSync(log, `${log}.1`);
    writeFileSync(log, '');
  }
}
