import type { ServerResponse } from 'node:http';
import { describe, expect, test, vi } from 'vitest';
import { at, frame } from './fake-engine.ts';
import { Bench, idOf } from './support.ts';

vi.setConfig({ testTimeout: 20_000 });

const GOOD = idOf('900d');
const BAD = idOf('bad');
const good = (n: number) => ({ time: at(n * 1000), text: `good ${n}\n` });

const says = (text: string) => (_: unknown, response: ServerResponse) => response.end(text);

/** What an engine may answer to a question instead of what it should; afterwards it is a good one again. */
const ANSWERS: readonly [
  name: string,
  path: string,
  answer: (request: unknown, response: ServerResponse) => unknown,
][] = [
  ['no JSON for its version', '/version', says('<html>')],
  ['a version of something else', '/version', says('{"version":1}')],
  ['null for its version', '/version', says('null')],
  ['nothing at all', '/version', () => {}],
  ['a refusal without a word', '/containers/json', (_, response) => response.writeHead(500).end()],
  ['half a list', '/containers/json', (_, response) => response.writeHead(200, { 'content-length': 100 }).end('[{')],
  ['a list that never ends', '/containers/json', (_, response) => response.write('[')],
  [
    'a header that is too long',
    '/events',
    (_, response) => response.socket!.end(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`),
  ],
  ['no HTTP', '/events', (_, response) => response.socket!.end('220 mail.example.org ESMTP\r\n')],
  ['events that end at once', '/events', says('')],
  ['no name', '/info', (_, response) => response.writeHead(403).end('no')],
  ['a container that is none', `/containers/${GOOD}/json`, says('[]')],
  ['no log for now', `/containers/${GOOD}/logs`, (_, response) => response.writeHead(500).end('{"message":"busy"}')],
  ['garbage in a log', `/containers/${GOOD}/logs`, says('this is no frame')],
  [
    'an error in a log',
    `/containers/${GOOD}/logs`,
    (_, response) => response.end(Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 0, 0, 2]), Buffer.from('no')])),
  ],
  [
    'a frame that never ends',
    `/containers/${GOOD}/logs`,
    (_, response) => {
      response.write(Buffer.from([1, 0, 0, 0, 255, 255, 255, 255]));
      for (let i = 0; i < 20; i++) response.write(Buffer.alloc(65_536));
      setTimeout(() => response.destroy(), 50);
    },
  ],
  [
    'a log that is cut off in a frame',
    `/containers/${GOOD}/logs`,
    (_, response) => {
      response.write(frame(`${at(1000)} good 1\n`).subarray(0, 20), () => response.destroy());
    },
  ],
];

describe.concurrent('an engine that answers with', () => {
  test.for(ANSWERS)('%s', async ([, path, answer], { onTestFinished }) => {
    const bench = new Bench(onTestFinished);
    await bench.engine.start();
    bench.engine.run({ id: GOOD, lines: [good(1), good(2)] });
    let asked = 0;
    bench.engine.instead.set(path, (request, response) => {
      asked++;
      if (asked >= 2) bench.engine.instead.delete(path);
      return answer(request, response);
    });
    await bench.start();
    await bench.untilLines(2);
    expect(asked).toBeGreaterThan(0);
    bench.engine.log(GOOD, good(3));
    await bench.untilLines(3);
    expect(bench.taker.lines).toEqual(['good 1', 'good 2', 'good 3']);
  });
});

test('lists, events and statistics that make no sense are passed over, beside a good container', async ({
  onTestFinished,
}) => {
  const bench = new Bench(onTestFinished, { statistics_interval_ms: 1000 });
  await bench.engine.start();
  bench.engine.run({ id: GOOD, lines: [good(1)] });
  bench.engine.run({
    id: BAD,
    stats: { read: 'now', cpu_stats: 'none', networks: [1], blkio_stats: { io_service_bytes_recursive: [null] } },
  });
  const listed = [null, 7, {}, { Id: '../../etc' }, { Id: GOOD, Names: 'x', Labels: [1], State: 'running' }];
  bench.engine.instead.set('/containers/json', (_, response) =>
    response.end(JSON.stringify([...listed, { Id: BAD, Names: ['/bad'], State: 'running' }])),
  );
  const events = [
    'null',
    '{',
    '[]',
    '{"Type":"container","Action":"die","Actor":{"ID":"../x"},"timeNano":1}',
    `{"Type":"container","Action":"die","Actor":{"ID":"${BAD}","Attributes":[]},"timeNano":"x"}`,
    `{"Type":"container","Action":7,"Actor":{"ID":"${BAD}"},"timeNano":1796055510123456789}`,
    `{"Type":"container","Action":"exec_die","Actor":{"ID":"${BAD}"},"timeNano":1796055510123456789}`,
    `{"Type":"container","Action":"oom","x":"${'x'.repeat(1_100_000)}","Actor":{"ID":"${BAD}"},"timeNano":1796055510123456789}`,
    `{"Type":"container","Action":"oom","Actor":{"ID":"${BAD}","Attributes":{"name":"bad","x":1}},"timeNano":1796055510123456789}`,
  ];
  bench.engine.instead.set('/events', (_, response) => response.write(`${events.join('\n')}\n`));
  await bench.start();
  await bench.untilLines(1);
  await bench.until(() => bench.engine.asked.filter(path => path.includes(`${BAD}/stats`)).length >= 2);
  expect(bench.taker.of('docker.event')).toMatchObject([
    { message: 'container bad is out of memory', level: 'ERROR', container_id: BAD },
  ]);
  expect(bench.taker.of('docker.statistics')).toEqual([]);
});

test('while nobody takes lines, no more is read than a batch and the buffers on the way', async ({
  onTestFinished,
}) => {
  const bench = new Bench(onTestFinished);
  await bench.engine.start();
  bench.engine.run({ id: GOOD, lines: [good(1)] });
  let goOn = (): void => {};
  const blocked = new Promise<void>(resolve => {
    goOn = resolve;
  });
  await bench.start();
  await bench.untilLines(1);
  let offered = 0;
  bench.taker.before = async () => {
    offered++;
    await blocked;
  };
  const text = 'x'.repeat(1000);
  const many = Array.from({ length: 20_000 }, (_, i) => ({ time: at(1_000_000 + i), text: `${i} ${text}\n` }));
  bench.engine.log(GOOD, ...many);
  await bench.until(() => offered === 1);
  expect(bench.engine.waitingBytes(GOOD)).toBeGreaterThan(15_000_000);
  expect(offered).toBe(1);
  goOn();
  await bench.untilLines(1 + many.length);
  expect(bench.taker.lines.slice(1).map(line => Number.parseInt(line, 10))).toEqual(many.map((_, i) => i));
  expect(Math.max(...bench.taker.frames.map(({ bytes }) => bytes))).toBeLessThan(400_000);
});

test('a refused line is left out alone', async ({ onTestFinished }) => {
  const bench = new Bench(onTestFinished);
  await bench.engine.start();
  bench.taker.before = ({ records }) => {
    if (records.some(({ log }) => log === 'good 5')) throw new Error('no');
  };
  bench.engine.run({ id: GOOD, lines: Array.from({ length: 9 }, (_, i) => good(i)) });
  await bench.start();
  await bench.untilLines(8);
  expect(bench.taker.lines).toEqual([0, 1, 2, 3, 4, 6, 7, 8].map(i => `good ${i}`));
});
