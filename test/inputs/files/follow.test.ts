import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { LongshoreError } from '../../../src/core/errors.ts';
import { Bench } from './support.ts';

const numbered = (from: number, to: number): string[] =>
  Array.from(
    { length: to - from },
    (_, i) => `2026-11-30T12:00:00Z line ${from + i} of a program that says what it does`,
  );
const text = (lines: readonly string[]): string => lines.map(line => `${line}\n`).join('');

describe.concurrent('files that are followed', () => {
  test('lines that are there, lines that come, a file that comes later', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    writeFileSync(bench.path('app.log'), text(numbered(0, 3)));
    await bench.start();
    await bench.untilLines(3);
    appendFileSync(bench.path('app.log'), text(numbered(3, 5)));
    await bench.untilLines(5);
    writeFileSync(bench.path('app-b.log'), text(numbered(5, 6)));
    await bench.untilLines(6);
    expect(bench.taker.lines).toEqual(numbered(0, 6));
    expect(bench.taker.frames[0]!.records[0]).toMatchObject({ log: { file: { path: bench.path('app.log') } } });
  });

  test('half a line waits for its end, and is taken when none comes', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished, { partial_line_timeout_ms: 700 });
    writeFileSync(bench.path('app.log'), 'whole\nha');
    await bench.start();
    await bench.untilLines(1);
    appendFileSync(bench.path('app.log'), 'lf\nnever ended');
    await bench.untilLines(3);
    expect(bench.taker.lines).toEqual(['whole', 'half', 'never ended']);
  });

  test('renamed: the old one is read to its end, the new one from its begin', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    writeFileSync(bench.path('app.log'), text(numbered(0, 3)));
    await bench.start();
    await bench.untilLines(3);
    appendFileSync(bench.path('app.log'), text(numbered(3, 5)));
    renameSync(bench.path('app.log'), bench.path('app.log.1'));
    writeFileSync(bench.path('app.log'), text(numbered(6, 8)));
    appendFileSync(bench.path('app.log.1'), text(numbered(5, 6)));
    await bench.untilLines(8);
    expect(bench.taker.lines.toSorted()).toEqual(numbered(0, 8));
  });

  test('renamed while nobody looked: its rest comes before the lines of the file in its place', async ({
    onTestFinished,
  }) => {
    const bench = new Bench(onTestFinished, { glob: 'app.log' });
    writeFileSync(bench.path('app.log'), text(numbered(0, 3)));
    await bench.start();
    await bench.untilLines(3);
    await bench.stop();
    appendFileSync(bench.path('app.log'), text(numbered(3, 5)));
    renameSync(bench.path('app.log'), bench.path('app.log.1'));
    writeFileSync(bench.path('app.log'), text(numbered(5, 7)));
    // Another frame that is on its way at the same time overtakes this one.
    bench.taker.before = async ({ records }) => {
      for (let i = 0; i < 50 && records[0]!['message'] === numbered(3, 4)[0]; i++) await nextTurn();
    };
    await bench.start();
    await bench.untilLines(7);
    expect(bench.taker.lines).toEqual(numbered(0, 7));
  });

  test.for([
    ['the name', 'app.log'],
    ['all its rotations', 'app.log*'],
  ])('renamed while nobody looked, where the glob matches %s', async ([, glob], { onTestFinished }) => {
    const bench = new Bench(onTestFinished, { glob: glob! });
    writeFileSync(bench.path('app.log'), text(numbered(0, 3)));
    await bench.start();
    await bench.untilLines(3);
    await bench.stop();
    appendFileSync(bench.path('app.log'), text(numbered(3, 5)));
    renameSync(bench.path('app.log'), bench.path('app.log.1'));
    writeFileSync(bench.path('app.log'), text(numbered(5, 7)));
    await bench.start();
    await bench.untilLines(7);
    expect(bench.taker.lines.toSorted()).toEqual(numbered(0, 7));
  });

  test('copied and emptied: what was not read of it is read from the copy', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    writeFileSync(bench.path('app.log'), text(numbered(0, 3)));
    await bench.start();
    await bench.untilLines(3);
    await bench.stop();
    appendFileSync(bench.path('app.log'), text(numbered(3, 5)));
    copyFileSync(bench.path('app.log'), bench.path('app.log.1'));
    truncateSync(bench.path('app.log'));
    appendFileSync(bench.path('app.log'), text(numbered(5, 9)));
    await bench.start();
    await bench.untilLines(9);
    expect(bench.taker.lines.toSorted()).toEqual(numbered(0, 9));
  });

  test('a copy that the globs match is not read again, before and after the file is emptied', async ({
    onTestFinished,
  }) => {
    const bench = new Bench(onTestFinished);
    writeFileSync(bench.path('app.log'), text(numbered(0, 3)));
    await bench.start();
    await bench.untilLines(3);
    copyFileSync(bench.path('app.log'), bench.path('app-20261130.log'));
    appendFileSync(bench.path('app.log'), text(numbered(3, 4)));
    await bench.untilLines(4);
    truncateSync(bench.path('app.log'));
    appendFileSync(bench.path('app.log'), text(numbered(4, 5)));
    await bench.untilLines(5);
    writeFileSync(bench.path('app-end.log'), 'the end\n');
    await bench.untilLines(6);
    expect(bench.taker.lines).toEqual([...numbered(0, 5), 'the end']);
  });

  test('a symbolic link is read where it leads', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    mkdirSync(bench.path('pods'));
    writeFileSync(bench.path('pods/0.log'), text(numbered(0, 2)));
    symlinkSync(bench.path('pods/0.log'), bench.path('app.log'));
    await bench.start();
    await bench.untilLines(2);
    renameSync(bench.path('pods/0.log'), bench.path('pods/0.log.20261130'));
    appendFileSync(bench.path('pods/0.log.20261130'), text(numbered(2, 3)));
    writeFileSync(bench.path('pods/0.log'), text(numbered(3, 4)));
    await bench.untilLines(4);
    expect(bench.taker.lines.toSorted()).toEqual(numbered(0, 4));
    expect(bench.taker.frames.at(-1)!.sender).toBe(`file:${bench.path('app.log')}`);
  });

  test('deleted, and made anew', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    writeFileSync(bench.path('app.log'), text(numbered(0, 2)));
    await bench.start();
    await bench.untilLines(2);
    rmSync(bench.path('app.log'));
    writeFileSync(bench.path('app.log'), text(numbered(2, 5)));
    await bench.untilLines(5);
    expect(bench.taker.lines).toEqual(numbered(0, 5));
  });

  test('lines that are refused for a while come when they are taken, once and in order', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    let refusals = 3;
    bench.taker.before = () => {
      if (refusals-- > 0) throw new LongshoreError('LS_SPOOL_FULL', 'the spool is full.', { retryable: true });
    };
    writeFileSync(bench.path('app.log'), text(numbered(0, 2)));
    await bench.start();
    await bench.until(() => refusals < 2);
    appendFileSync(bench.path('app.log'), text(numbered(2, 3)));
    await bench.untilLines(3);
    expect(bench.taker.lines).toEqual(numbered(0, 3));
  });

  test('what was stored when the process was killed is not stored again', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    const positions = bench.path('positions/positions.log');
    let killed = '';
    bench.taker.before = () => {
      killed = readFileSync(positions, 'utf8');
    };
    writeFileSync(bench.path('app.log'), text(numbered(0, 3)));
    await bench.start();
    await bench.untilLines(3);
    await bench.stop();
    // The batch is taken, and that it was is not on the disk.
    writeFileSync(positions, killed);
    appendFileSync(bench.path('app.log'), text(numbered(3, 5)));
    await bench.start();
    await bench.untilLines(5);
    expect(bench.taker.lines).toEqual(numbered(0, 5));
    expect(bench.taker.repeated).toBe(1);
  });

  test('at the end of what is there, but at the begin of what comes', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished, { start_at: 'end' });
    writeFileSync(bench.path('app.log'), text(numbered(0, 3)));
    await bench.start();
    appendFileSync(bench.path('app.log'), text(numbered(3, 4)));
    await bench.untilLines(1);
    await bench.stop();
    writeFileSync(bench.path('app-b.log'), text(numbered(4, 5)));
    await bench.start();
    await bench.untilLines(2);
    expect(bench.taker.lines).toEqual(numbered(3, 5));
  });

  test('compressed rotations and what is excluded are left alone', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished, { glob: 'app*', exclude: ['app-not*'] });
    writeFileSync(bench.path('app-1.log.gz'), 'no text\n');
    writeFileSync(bench.path('app-not.log'), 'not wanted\n');
    writeFileSync(bench.path('app.log'), text(numbered(0, 1)));
    await bench.start();
    await bench.untilLines(1);
    expect([...bench.input!.paths]).toEqual([bench.path('app.log')]);
  });

  test('a hole that an emptied file has before its first line is passed over', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    writeFileSync(bench.path('app.log'), '');
    truncateSync(bench.path('app.log'), 2_000_000);
    appendFileSync(bench.path('app.log'), text(numbered(0, 1)));
    await bench.start();
    await bench.untilLines(1);
    expect(bench.taker.lines).toEqual(numbered(0, 1));
  });

  test('a line that is longer than what is read at a time is cut, and the next one is whole', async ({
    onTestFinished,
  }) => {
    const bench = new Bench(onTestFinished, { max_line_bytes: 2000 });
    writeFileSync(bench.path('app.log'), `${'é'.repeat(1_000_000)}\nnext\n`);
    await bench.start();
    await bench.untilLines(2);
    expect(bench.taker.lines).toEqual(['é'.repeat(1000), 'next']);
    expect(bench.taker.frames[0]!.records[0]).toMatchObject({ truncated_bytes: 1_998_000 });
  });

  test('UTF-16 with a mark, written in odd pieces', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    const bytes = Buffer.from('\uFEFFerste\r\nzweite ਊ Zeile\n', 'utf16le');
    writeFileSync(bench.path('app.log'), bytes.subarray(0, 21));
    await bench.start();
    await bench.untilLines(1);
    appendFileSync(bench.path('app.log'), bytes.subarray(21));
    await bench.untilLines(2);
    expect(bench.taker.lines).toEqual(['erste', 'zweite ਊ Zeile']);
  });

  test('many files with few of them open', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    for (let i = 0; i < 600; i++) writeFileSync(bench.path(`app-${i}.log`), `file ${i}\n`);
    await bench.start();
    await bench.untilLines(600);
    expect(new Set(bench.taker.lines).size).toBe(600);
  });
});
