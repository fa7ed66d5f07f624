import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import type { Fields } from '../../../src/core/event.ts';
import { missed, unreadable } from '../../../src/inputs/docker/metrics.ts';
import { seeded } from '../../support/chance.ts';
import { at, type FakeLine, frame } from './fake-engine.ts';
import { Bench, idOf } from './support.ts';

vi.setConfig({ testTimeout: 20_000 });

const A = idOf('aaaa');
const B = idOf('bbbb');

const actionsOf = ({ taker }: Bench): unknown[] =>
  taker.of('docker.event').map(({ event }) => (event as Fields)['action']);

const line = (n: number, text = `line ${n}`): FakeLine => ({ time: at(n * 1000), text: `${text}\n` });
const lines = (from: number, to: number): FakeLine[] => Array.from({ length: to - from }, (_, i) => line(from + i));
const texts = (from: number, to: number): string[] => lines(from, to).map(({ text }) => text.trim());

test('lines have what the engine knows of their container', async ({ onTestFinished }) => {
  const bench = new Bench(onTestFinished, { fields: { environment: 'test' } });
  await bench.engine.start();
  const labels = { 'com.docker.compose.service': 'web', 'com.docker.compose.project': 'shop', other: 'x' };
  bench.engine.run({ id: A, name: 'shop-web-1', image: 'nginx:1.27', labels, lines: [line(1)] });
  await bench.start();
  await bench.untilLines(1);
  bench.engine.log(A, { time: at(5_123_456_789), text: 'bad\n', stream: 'stderr' });
  await bench.untilLines(2);
  expect(bench.taker.frames.at(-1)).toMatchObject({
    source: 'docker',
    tag: 'docker.shop-web-1',
    times: [1796054405123.4568],
  });
  expect(bench.taker.records.at(-1)).toEqual({
    ...{ log: 'bad', source: 'stderr', container_id: A, container_name: 'shop-web-1', image: 'nginx:1.27' },
    ...{ hostname: 'ship', environment: 'test' },
    'com.docker.compose.service': 'web',
    'com.docker.compose.project': 'shop',
  });
});

test('pieces of a long line are marked as Docker marks them, in frames and on a terminal', async ({
  onTestFinished,
}) => {
  const bench = new Bench(onTestFinished, { events: false });
  await bench.engine.start();
  const piece = 'é'.repeat(8192);
  const pieces = [piece, piece, 'end\n'].map(text => ({ time: at(7), text }));
  bench.engine.run({ id: A, lines: [...pieces, line(8)] });
  bench.engine.run({ id: B, tty: true, lines: [...pieces, { time: at(8), text: 'next\r\n' }] });
  await bench.start();
  await bench.untilLines(8);
  for (const [id, next] of [
    [A, 'line 8'],
    [B, 'next\r'],
  ]) {
    const records = bench.taker.records.filter(record => record['container_id'] === id);
    expect(records.map(({ partial_ordinal, partial_last }) => [partial_ordinal, partial_last])).toEqual([
      ['1', 'false'],
      ['2', 'false'],
      ['3', 'true'],
      [undefined, undefined],
    ]);
    expect(new Set(records.slice(0, 3).map(({ partial_id }) => partial_id)).size).toBe(1);
    expect(Buffer.from(records[1]!['log'] as Uint8Array).toString()).toBe(piece);
    expect(records[3]!['log']).toBe(next);
  }
});

test('what sends here itself, or keeps nothing, is not read, and what came and went is counted', async ({
  onTestFinished,
}) => {
  const bench = new Bench(onTestFinished, {}, [24224]);
  const { engine } = bench;
  await engine.start();
  engine.run({ id: A, lines: lines(0, 2) });
  engine.run({ id: B, driver: 'fluentd', driverOptions: { 'fluentd-address': '127.0.0.1:24224' }, lines: lines(5, 9) });
  engine.run({ id: idOf('cccc'), driver: 'none' });
  engine.run({
    id: idOf('dddd'),
    driver: 'gelf',
    driverOptions: { 'gelf-address': 'udp://other:24224' },
    lines: [line(3)],
  });
  await bench.start();
  await bench.untilLines(3);
  expect(bench.taker.lines.sort()).toEqual(texts(0, 2).concat(texts(3, 4)));
  const counted = async () =>
    Object.fromEntries((await unreadable.get()).values.map(({ labels, value }) => [labels.reason, value]));
  await vi.waitFor(async () => expect(await counted()).toEqual({ driver: 1, sent: 1 }));
  expect(engine.asked.filter(path => path.includes(`${B}/logs`))).toEqual([]);
  const before = (await missed.get()).values[0]!.value;
  const brief = idOf('eeee');
  engine.instead.set(`/containers/${brief}`, (_, response) => response.writeHead(404).end('{"message":"gone"}'));
  engine.run({ id: brief });
  engine.destroy(brief);
  await vi.waitFor(async () => expect((await missed.get()).values[0]!.value).toBe(before + 1));
});

test('events of the engine once, over kill -9 and a restart of the engine', async ({ onTestFinished }) => {
  const bench = new Bench(onTestFinished, { logs: false });
  const { engine } = bench;
  await engine.start();
  await bench.start();
  await bench.until(() => engine.asked.some(path => path.startsWith('/containers/json')));
  const told = () => bench.taker.of('docker.event').map(({ docker }) => (docker as Fields)['event'] as Fields);
  engine.run({ id: A, name: 'web' });
  engine.die(A, 2);
  await bench.until(() => told().length === 2);
  await bench.kill();
  engine.event(A, 'start');
  await bench.until(() => told().length === 3);
  await engine.stop();
  engine.event(A, 'oom');
  engine.event(A, 'health_status: unhealthy');
  await engine.start();
  await bench.until(() => told().length >= 5);
  engine.event(A, 'pause');
  await bench.until(() => told().some(({ action }) => action === 'pause'));
  expect(told().map(({ status }) => status)).toEqual([
    'start',
    'die',
    'start',
    'oom',
    'health_status: unhealthy',
    'pause',
  ]);
  expect(told()[1]).toMatchObject({ exit_code: 2 });
});

test('an engine behind TLS, which asks who we are', async ({ onTestFinished }) => {
  const tls = (name: string): string => `test/inputs/forward/tls/${name}.pem`;
  const pem = (name: string): Buffer => readFileSync(tls(name));
  const bench = new Bench(onTestFinished);
  const { engine } = bench;
  const keys = {
    cert: pem('server'),
    key: pem('server-key'),
    ca: pem('ca'),
    requestCert: true,
    rejectUnauthorized: true,
  };
  const socket = await engine.startTls(keys);
  engine.run({ id: A, lines: lines(0, 3) });
  await bench.start({
    socket,
    tls: { ca_file: tls('ca'), cert_file: tls('client'), key_file: tls('client-key'), verify: true },
  });
  await bench.untilLines(3);
});

describe.concurrent('each line once', () => {
  test('over the end and the restart of its container', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    await bench.engine.start();
    bench.engine.run({ id: A, lines: lines(0, 5) });
    await bench.start();
    await bench.untilLines(5);
    bench.engine.log(A, ...lines(5, 8));
    bench.engine.die(A, 1);
    await bench.untilLines(8);
    await bench.until(() => actionsOf(bench).includes('die'));
    const container = bench.engine.containers.get(A)!;
    Object.assign(container, { isRunning: true, startedAt: at(60e9) });
    container.lines.push(...lines(8, 10));
    bench.engine.event(A, 'start');
    await bench.untilLines(10);
    bench.engine.log(A, ...lines(10, 12));
    await bench.untilLines(12);
    expect(bench.taker.lines).toEqual(texts(0, 12));
  });

  test('over a restart of the engine, and of one whose name changed meanwhile', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    await bench.engine.start();
    bench.engine.run({ id: A, name: 'old', lines: lines(0, 5) });
    await bench.start();
    await bench.untilLines(5);
    await bench.engine.stop();
    const container = bench.engine.containers.get(A)!;
    container.lines.push(...lines(5, 9));
    container.name = 'new';
    await bench.engine.start();
    await bench.untilLines(9);
    expect(bench.taker.lines).toEqual(texts(0, 9));
    expect(bench.taker.frames.at(-1)!.tag).toBe('docker.new');
    container.name = 'newer';
    bench.engine.event(A, 'rename', { oldName: '/new' });
    await bench.until(() => actionsOf(bench).includes('rename'));
    bench.engine.log(A, ...lines(9, 10));
    await bench.untilLines(10);
    expect(bench.taker.records.at(-1)!['container_name']).toBe('newer');
  });

  test('of a container that is removed, and its state is kept for a day', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    await bench.engine.start();
    bench.engine.run({ id: A, lines: lines(0, 5) });
    await bench.start();
    await bench.untilLines(5);
    bench.engine.log(A, ...lines(5, 9));
    bench.engine.die(A, 0);
    bench.engine.destroy(A);
    await bench.untilLines(9);
    await bench.kill();
    bench.engine.run({ id: A, lines: lines(0, 11) });
    await bench.untilLines(11);
    expect(bench.taker.lines).toEqual(texts(0, 11));
  });

  test('where an engine gives lines again that it has rotated', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    bench.engine.version = { Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12' };
    await bench.engine.start();
    bench.engine.run({ id: A, driverOptions: { 'max-size': '100k' }, lines: lines(0, 50) });
    await bench.start();
    await bench.untilLines(50);
    for (const again of [...lines(40, 50), ...lines(50, 60), line(59)])
      bench.engine.raw(A, frame(`${again.time} ${again.text}`));
    await bench.untilLines(60);
    bench.engine.raw(A, frame(`${at(90_000)} end\n`));
    await bench.untilLines(61);
    expect(bench.taker.lines).toEqual([...texts(0, 60), 'end']);
  });

  test('of an old engine that compresses what it rotates: its log is looked at, not followed', async ({
    onTestFinished,
  }) => {
    const bench = new Bench(onTestFinished);
    bench.engine.version = { Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12' };
    await bench.engine.start();
    bench.engine.run({ id: A, driver: 'local', lines: lines(0, 5) });
    await bench.start();
    await bench.untilLines(5);
    const { asked } = bench.engine;
    await bench.until(() => asked.some(path => path.includes('tail=1')));
    bench.engine.log(A, ...lines(5, 9));
    await bench.untilLines(9);
    bench.engine.log(A, ...lines(9, 12));
    bench.engine.die(A);
    await bench.untilLines(12);
    expect(bench.taker.lines).toEqual(texts(0, 12));
    expect(asked.filter(path => path.includes('/logs') && path.includes('follow=1')).length).toBeLessThan(2);
  });

  test('where what was read is rotated away', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    await bench.engine.start();
    const container = bench.engine.run({ id: A, lines: lines(0, 50) });
    await bench.start();
    await bench.untilLines(50);
    await bench.stop();
    container.lines = lines(70, 80);
    await bench.start();
    await bench.untilLines(60);
    expect(bench.taker.lines).toEqual([...texts(0, 50), ...texts(70, 80)]);
  });

  test('where the log of a container that has ended holds nothing behind the place', async ({ onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    await bench.engine.start();
    const container = bench.engine.run({ id: A, lines: lines(0, 50) });
    await bench.start();
    await bench.untilLines(50);
    // Killed before it is known that all is durable: what comes again is what was handed on.
    bench.taker.before = () => new Promise(() => {});
    bench.engine.log(A, ...lines(50, 60));
    await bench.until(() => bench.engine.followers(A) === 1);
    bench.taker.before = () => {};
    container.isRunning = false;
    container.finishedAt = at(9e9);
    await bench.kill();
    await bench.untilLines(60);
    expect(bench.taker.lines).toEqual(texts(0, 60));
  });

  test.for([1, 2, 3, 4])('whatever is killed, seed %i', async (seed, { onTestFinished }) => {
    const random = seeded(seed);
    const bench = new Bench(onTestFinished);
    const { engine } = bench;
    engine.isOld = seed % 2 === 0;
    if (engine.isOld) engine.version = { Version: '20.10.24', ApiVersion: '1.41' };
    await engine.start();
    const container = engine.run({ id: A });
    await bench.start();
    let nanos = 0;
    let written = 0;
    const expected: string[] = [];
    const write = (): void => {
      const some: FakeLine[] = [];
      for (let i = Math.floor(random() * 30); i >= 0; i--) {
        nanos += Math.floor(random() * 4) * Math.floor(random() * 3e8);
        // Two write it: a line may be a little older than the one before.
        const time = at(Math.max(0, nanos - (random() < 0.2 ? Math.floor(random() * 5e6) : 0)));
        const text = random() < 0.3 ? 'same' : `line ${written++}`;
        const stream = random() < 0.3 ? 'stderr' : 'stdout';
        const before = container.lines.at(-1);
        // Neither stream has a time twice, but for equal ones in a row.
        some.push({ time: before?.time === time ? at(++nanos) : time, text: `${text}\n`, stream });
        expected.push(text);
      }
      engine.log(A, ...some);
    };
    let takes = 0;
    bench.taker.before = async () => {
      // Some are taken and not answered, some neither.
      if (++takes % 7 === 3) await new Promise(() => {});
    };
    for (let life = 0; life < 6; life++) {
      for (let i = 0; i < 3; i++) {
        write();
        await new Promise(resolve => setTimeout(resolve, random() * 60));
      }
      const restarts = random() < 0.3;
      if (restarts) {
        await engine.stop();
        write();
        await engine.start();
      }
      await bench.kill();
    }
    bench.taker.before = () => {};
    await bench.kill();
    engine.log(A, { time: at(3_000_000_000_000), text: 'end\n' });
    await bench.until(() => bench.taker.lines.at(-1) === 'end');
    expect(bench.taker.lines).toEqual([...expected, 'end']);
  });
});
