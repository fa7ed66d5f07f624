import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Bench } from './support.ts';

const MB = 1024 * 1024;

describe.concurrent('what a folder may hold beside good files', () => {
  test('pipes, devices, loops, folders, odd names: the good file is read, and so are regular files', async ({
    onTestFinished,
  }) => {
    const bench = new Bench(onTestFinished, { glob: '**/*.log' });
    execFileSync('mkfifo', [bench.path('pipe.log')]);
    symlinkSync('/dev/zero', bench.path('zero.log'));
    symlinkSync('b.log', bench.path('a.log'));
    symlinkSync('a.log', bench.path('b.log'));
    symlinkSync('/nowhere', bench.path('dead.log'));
    mkdirSync(bench.path('folder.log'));
    symlinkSync('..', bench.path('folder.log/up'));
    writeFileSync(Buffer.concat([Buffer.from(bench.path('')), Buffer.from([0xff]), Buffer.from('.log')]), 'unnamed\n');
    writeFileSync(bench.path('new\nline.log'), 'newline\n');
    writeFileSync(bench.path('z.log'), 'good\n');
    await bench.start();
    await bench.untilLines(2);
    appendFileSync(bench.path('z.log'), 'more\n');
    await bench.untilLines(3);
    expect(bench.taker.lines.toSorted()).toEqual(['good', 'more', 'newline']);
  });

  test('a pipe in the place of a file that was read, over a restart', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    writeFileSync(bench.path('app.log'), 'one\n');
    writeFileSync(bench.path('app-good.log'), 'two\n');
    await bench.start();
    await bench.untilLines(2);
    await bench.stop();
    rmSync(bench.path('app.log'));
    execFileSync('mkfifo', [bench.path('app.log')]);
    await bench.start();
    appendFileSync(bench.path('app-good.log'), 'three\n');
    await bench.untilLines(3);
  });

  test('a hole, and a line without an end, hold up no other file', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished, { glob: '*.log', max_line_bytes: 1024 });
    writeFileSync(bench.path('hole.log'), '');
    truncateSync(bench.path('hole.log'), 80 * MB);
    appendFileSync(bench.path('hole.log'), 'behind the hole\n');
    writeFileSync(bench.path('long.log'), 'x'.repeat(600_000));
    truncateSync(bench.path('long.log'), 80 * MB);
    appendFileSync(bench.path('long.log'), '\nbehind the line\n');
    await bench.start();
    await bench.untilLines(3);
    expect(bench.taker.lines.toSorted()).toEqual(['behind the hole', 'behind the line', 'x'.repeat(1024)]);
    const cut = bench.taker.frames
      .flatMap(({ records }) => records)
      .find(({ message }) => message === 'x'.repeat(1024));
    expect(cut!['truncated_bytes']).toBe(80 * MB - 1024);
  });

  test.for<[string, string, string, string]>([
    ['app.log', '', 'app-ssl.log', 'one line of another file that is no copy\n'],
    ['app.log', 'started\n', 'app-2.log', 'started\n'],
    ['app.log', 'started\n', 'app2.log', 'started\nanother line of that file, which begins alike\n'],
  ])('%j with %j is not the original of %j with %j', async ([name, text, other, otherText], { onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    writeFileSync(bench.path(name), text);
    writeFileSync(bench.path(other), otherText);
    await bench.start();
    const lines = `${text}${otherText}`.split('\n').slice(0, -1);
    await bench.untilLines(lines.length);
    expect(bench.taker.lines.toSorted()).toEqual(lines.toSorted());
  });
});

describe.concurrent('positions that are damaged', () => {
  test('what is no line of ours is left out and kept beside, the other files go on where they were', async ({
    onTestFinished,
  }) => {
    const bench = new Bench(onTestFinished);
    writeFileSync(bench.path('app.log'), 'one\n');
    await bench.start();
    await bench.untilLines(1);
    await bench.stop();
    const positions = bench.path('positions/positions.log');
    const good = readFileSync(positions, 'utf8');
    const bad = ['null', '7', '[]', '{"key":"k","offset":3}', '{"key":7,"over":1}', '{"a":', '\0\0\0'];
    bad.push(JSON.stringify({ ...JSON.parse(good.split('\n').at(-2)!), key: 'other', pending: -1 }));
    const damaged = `${bad.join('\n')}\n${good}${bad.join('\n')}\n{"torn`;
    writeFileSync(positions, damaged);
    await bench.start();
    appendFileSync(bench.path('app.log'), 'two\n');
    await bench.untilLines(2);
    expect(bench.taker.lines).toEqual(['one', 'two']);
    expect(readFileSync(`${positions}.damaged`, 'utf8')).toBe(damaged);
  });
});
