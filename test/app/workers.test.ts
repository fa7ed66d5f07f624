import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { encodeMsgpack, eventTime } from '../../src/base/msgpack/write.ts';
import { seeded } from '../support/chance.ts';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { reusablePort } from '../support/free-port.ts';
import { Longshore, type LongshoreOptions } from '../support/longshore.ts';
import { StubbornSender, verifyOnce } from '../support/stubborn-sender.ts';
import { startWebhook } from '../support/webhook.ts';

/*
 * Several processes behind one pair of sockets. To its senders, its searchers and its rules it is one longshore, whoever
 * of them a connection comes to, and whoever of them dies.
 */

const running = new Set<Longshore>();
const folders: string[] = [];
const senders: ForwardSender[] = [];

afterEach(async () => {
  for (const sender of senders.splice(0)) sender.close();
  for (const one of running) await one.kill();
  running.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'longshore-workers-'));
  folders.push(path);
  return path;
}

async function start(options: LongshoreOptions = {}, workers = 3): Promise<Longshore> {
  // While all workers are dead nobody listens, and a port that was only asked for is another one then.
  const ports = { 'inputs.forward.address': `127.0.0.1:${await reusablePort()}` };
  const longshore = await Longshore.start({
    rules: {},
    dataDir: folder(),
    ...options,
    set: { ...ports, workers: String(workers), ...options.set },
  });
  running.add(longshore);
  return longshore;
}

/** Processes of the workers, in no order. */
function workersOf(longshore: Longshore): number[] {
  const pid = longshore.process.pid!;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  return children.filter(child => commandOf(child).endsWith('/bin/longshore.js run'));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
  } catch {
    return '';
  }
}

/** So many connections that each worker has some. */
async function connections(longshore: Longshore, count = 6): Promise<ForwardSender[]> {
  const made: ForwardSender[] = [];
  for (let i = 0; i < count; i++) made.push(await ForwardSender.connect(longshore.ready.forward));
  senders.push(...made);
  return made;
}

describe('over several connections', () => {
  const traces = {
    'traces.yaml': `match: { image: traced }
multiline: { pattern: '^at ', what: previous, flush_interval_ms: 1000 }
processors: []
`,
  };

  /** One for all tests: they can tell their lines from those of the others. */
  let longshore: Longshore;
  let webhook: Awaited<ReturnType<typeof startWebhook>>;
  beforeAll(async () => {
    webhook = await startWebhook();
    const rule = `name: burst
type: frequency
index: docker-logs-*
filter: [{ query: { query_string: { query: 'message:cherry' } } }]
num_events: 30
timeframe: { minutes: 5 }
alert: slack
slack_webhook_url: ${webhook.url}
`;
    longshore = await start({ pipelines: traces, rules: { 'burst.yaml': rule } });
    running.delete(longshore);
    folders.splice(0);
  });
  afterAll(async () => {
    await longshore?.remove();
    await webhook.close();
  });

  test('each acknowledged event is found at once, and once', async () => {
    const all = await connections(longshore);
    await Promise.all(
      all.map(async (sender, c) => {
        for (let i = 0; i < 20; i++) {
          sender.forward('app', [dockerRecord(`INFO many c${c}n${i}`)], `many-${c}-${i}`);
          await sender.acknowledged(i + 1);
          expect((await longshore.search(`"c${c}n${i}"`)).total).toBe(1);
        }
      }),
    );
    const hits = await longshore.searchAll('many');
    expect(new Set(hits.map(hit => hit['message'])).size).toBe(120);
    expect(hits).toHaveLength(120);
  });

  test('a frame that is sent again, to whichever worker, is acknowledged and stored once', async () => {
    const all = await connections(longshore, 9);
    for (let round = 0; round < 10; round++) {
      for (const sender of all) sender.forward('app', [dockerRecord(`INFO again r${round}`)], `again-${round}`);
      if (round % 3 === 0) await Promise.all(all.map(sender => sender.acknowledged(round + 1)));
    }
    await Promise.all(all.map(sender => sender.acknowledged(10)));
    const later = await connections(longshore, 6);
    for (const sender of later) sender.forward('app', [dockerRecord('INFO again r3')], 'again-3');
    await Promise.all(later.map(sender => sender.acknowledged(1)));
    const texts = (await longshore.searchAll('again')).map(hit => String(hit['message'])).sort();
    expect(texts).toEqual(Array.from({ length: 10 }, (_, round) => `INFO again r${round}`));
  });

  test('the pieces of long lines come together', async () => {
    const all = await connections(longshore);
    const lines = Array.from({ length: 12 }, (_, n) => `line-${n}-of-twelve ${'가나다'.repeat(40)}`);
    let turn = 0;
    for (const part of [1, 0, 2]) {
      for (const [n, line] of lines.entries()) {
        const bytes = Buffer.from(line);
        const cuts = [0, 61, 122, bytes.length];
        const piece = {
          container_id: `${n}`.repeat(12),
          partial_message: 'true',
          partial_id: `long-${n}`,
          partial_ordinal: String(part + 1),
          partial_last: String(part === 2),
        };
        const sender = all[turn++ % all.length]!;
        const log = bytes.subarray(cuts[part], cuts[part + 1]);
        sender.forward('app', [{ ...dockerRecord('', piece), log }], `long-${n}-${part}`);
      }
    }
    await Promise.all(all.map(sender => sender.acknowledged(6)));
    const found = (await longshore.searchAll('twelve')).map(hit => String(hit['message'])).sort();
    expect(found).toEqual([...lines].sort());
  });

  test('the lines of a stack trace come together', async () => {
    const [a, b] = [await connections(longshore, 4), await connections(longshore, 4)];
    const containers = Array.from({ length: 8 }, (_, n) => `trace${n}`.padEnd(20, '0'));
    for (const [n, text] of ['failed', 'at one', 'at two', 'at three'].entries()) {
      await Promise.all(
        containers.map(async (container_id, c) => {
          const sender = (n % 2 === 0 ? a : b)[c % 4]!;
          const before = sender.acks.length;
          const log = n === 0 ? `${container_id} ${text}` : text;
          sender.message('traced', dockerRecord(log, { container_id, image: 'traced' }), `trace-${c}-${n}`);
          await vi.waitFor(() => expect(sender.acks.length).toBeGreaterThan(before));
        }),
      );
      await vi.waitFor(() => expect(acksOf([...a, ...b])).toBe((n + 1) * containers.length));
    }
    await vi.waitFor(async () => expect((await longshore.search('tag:traced failed')).total).toBe(8));
    const found = (await longshore.searchAll('tag:traced')).map(hit => String(hit['message'])).sort();
    expect(found).toEqual(containers.map(id => `${id} failed\nat one\nat two\nat three`).sort());
  });

  test('so do those that no pipeline asks for', async () => {
    const [a, b] = [await connections(longshore, 4), await connections(longshore, 4)];
    const containers = Array.from({ length: 4 }, (_, n) => `bare${n}`.padEnd(20, '0'));
    const lines = ['\tat a.B.c(B.java:1)', 'Caused by: java.io.IOException: closed', '\t... 3 more'];
    for (let n = 0; n < 4; n++) {
      await Promise.all(
        containers.map(async (container_id, c) => {
          const log = n === 0 ? `com.example.Failure: ${container_id}` : lines[n - 1]!;
          (n % 2 === 0 ? a : b)[c]!.message('bare', dockerRecord(log, { container_id }), `bare-${c}-${n}`);
        }),
      );
      await vi.waitFor(() => expect(acksOf([...a, ...b])).toBe((n + 1) * containers.length));
    }
    await vi.waitFor(async () => expect((await longshore.search('tag:bare')).total).toBe(4));
    const found = (await longshore.searchAll('tag:bare')).map(hit => String(hit['message'])).sort();
    expect(found).toEqual(containers.map(id => [`com.example.Failure: ${id}`, ...lines].join('\n')));
  });

  test('a live tail has the events of all workers, and metrics are those of all', async () => {
    const all = await connections(longshore);
    const counted = async () => {
      const metrics = await (await fetch(`${longshore.url}/metrics`)).text();
      return [/^longshore_intake_frames_total\{input="forward"\} (\d+)$/m, /^longshore_spool_frames_total (\d+)$/m].map(
        pattern => Number(pattern.exec(metrics)?.[1]),
      );
    };
    const before = await counted();
    const tail = await fetch(`${longshore.url}/api/tail?query=watched`);
    const reader = tail.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const reading = (async () => {
      while (new Set(text.match(/watched \d+/g)).size < all.length) text += (await reader.read()).value ?? '';
    })();
    for (const [c, sender] of all.entries()) sender.message('app', dockerRecord(`INFO watched ${c}`), `w-${c}`);
    await Promise.all(all.map(sender => sender.acknowledged(1)));
    await reading;
    await reader.cancel();
    expect(text.match(/"message":"[^"]*watched \d+"/g)).toHaveLength(all.length);
    expect(await counted()).toEqual(before.map(count => count + 6));
  });

  test('an alert that needs the hits of all workers fires once', async () => {
    const all = await connections(longshore);
    for (const [c, sender] of all.entries())
      for (let i = 0; i < 5; i++) sender.message('app', dockerRecord(`a cherry ${c} ${i}`), `cherry-${c}-${i}`);
    await Promise.all(all.map(sender => sender.acknowledged(5)));
    await vi.waitFor(() => expect(webhook.received).toHaveLength(1), { timeout: 5000 });
    const status = (await (await fetch(`${longshore.url}/api/rules`)).json()) as { rules: { hits: number }[] };
    expect(status.rules[0]?.hits).toBe(30);
    // A worker that dies tells of its hits again: they are counted already.
    process.kill(workersOf(longshore)[0]!, 'SIGKILL');
    await vi.waitFor(() => expect(longshore.log.some(line => line.includes('the worker is back'))).toBe(true), {
      timeout: 10_000,
    });
    await longshore.untilReady();
    const again = (await (await fetch(`${longshore.url}/api/rules`)).json()) as { rules: { hits: number }[] };
    expect(again.rules[0]?.hits).toBe(30);
    expect(webhook.received).toHaveLength(1);
  });
});

const acksOf = (senders: readonly ForwardSender[]): number =>
  senders.reduce((sum, sender) => sum + sender.acks.length, 0);

describe('reload', () => {
  const pipeline = (color: string) => `match: { image: shop }
processors:
  - set: { field: color, value: ${color} }
`;

  test('all workers take the new pipelines, or none does', async () => {
    const longshore = await start({ pipelines: { 'shop.yaml': pipeline('red') } });
    const file = join(longshore.pipelinesDir, 'shop.yaml');
    let round = 0;
    const colors = async () => {
      round++;
      const all = await connections(longshore);
      for (const [c, sender] of all.entries())
        sender.message('app', dockerRecord(`INFO painted${round}`, { image: 'shop' }), `paint-${round}-${c}`);
      await Promise.all(all.map(sender => sender.acknowledged(1)));
      return [...new Set((await longshore.searchAll(`painted${round}`)).map(hit => hit['color']))];
    };
    const reload = async () => (await fetch(`${longshore.url}/-/reload`, { method: 'POST' })).status;
    expect(await colors()).toEqual(['red']);
    writeFileSync(file, pipeline('green'));
    expect(await reload()).toBe(200);
    expect(await colors()).toEqual(['green']);
    writeFileSync(file, 'match: { image: shop }\nprocessors:\n  - nonsense: {}\n');
    expect(await reload()).toBe(422);
    expect(await colors()).toEqual(['green']);
    // One that starts again begins with what the others have.
    const before = workersOf(longshore);
    for (const [i, worker] of before.entries()) {
      process.kill(worker, 'SIGKILL');
      const isBack = () => expect(workersOf(longshore).filter(pid => !before.includes(pid))).toHaveLength(i + 1);
      await vi.waitFor(isBack, { timeout: 10_000 });
      await longshore.untilReady();
    }
    expect(await colors()).toEqual(['green']);
    // Nor does a reload miss one that is just starting.
    const [victim] = workersOf(longshore);
    process.kill(victim!, 'SIGKILL');
    let reloads = 0;
    const isBack = () => workersOf(longshore).length === before.length && !workersOf(longshore).includes(victim!);
    const change = async () => {
      writeFileSync(file, pipeline(`shade${++reloads}`));
      expect(await reload()).toBe(200);
    };
    await change();
    while (!(isBack() && (await fetch(`${longshore.url}/readyz`)).ok)) await change();
    expect(await colors()).toEqual([`shade${reloads}`]);
  });
});

/** Chunks that roll and seal often, so that a kill hits something. */
const BUSY = {
  'buffer.chunk_max_events': '20',
  'buffer.chunk_max_age_ms': '50',
  'store.seal_rows': '100',
  'store.seal_max_age_ms': '3000',
  stop_deadline_ms: '5000',
};

describe('kill -9', () => {
  /** As long as nobody listens, nothing is sent. */
  async function deliver(longshore: Longshore, all: StubbornSender[]): Promise<void> {
    await Promise.all(all.map(sender => sender.deliver(longshore.ready.forward).catch(onlyRefused)));
  }

  function onlyRefused(error: NodeJS.ErrnoException): void {
    if (error.code !== 'ECONNREFUSED') throw error;
  }

  async function finish(longshore: Longshore, all: StubbornSender[]): Promise<void> {
    for (const sender of all) {
      await vi.waitFor(
        async () => {
          await deliver(longshore, [sender]);
          expect(sender.unacknowledged.size).toBe(0);
        },
        { timeout: 30_000, interval: 100 },
      );
      expect(sender.unacknowledged.size).toBe(0);
    }
    const expected = new Map(all.flatMap(sender => [...sender.expected]));
    await longshore.untilReady();
    verifyOnce(await longshore.searchAll(''), expected);
    // What the store has twice, a page shows once.
    expect((await longshore.search('', { size: '0' })).total).toBe(expected.size);
  }

  test('of one worker after the other', { timeout: 300_000 }, async () => {
    const random = seeded(31);
    const all = ['a', 'b', 'c'].map(name => new StubbornSender(name, random));
    const longshore = await start({ set: BUSY });
    for (let round = 0; round < 6; round++) {
      for (const sender of all) for (let i = 0; i < 30; i++) sender.produce();
      const killed = new Promise<void>(resolve =>
        setTimeout(() => {
          const pids = workersOf(longshore);
          const pid = pids[Math.floor(random() * pids.length)];
          if (pid !== undefined) process.kill(pid, 'SIGKILL');
          resolve();
        }, random() * 150),
      );
      await Promise.all([deliver(longshore, all), killed]);
    }
    await finish(longshore, all);
    expect(await longshore.stop()).toBe(0);
    const again = await longshore.again();
    running.add(again);
    await finish(again, all);
  });

  test('of the primary: its workers end, and nothing is lost', { timeout: 300_000 }, async () => {
    const random = seeded(33);
    const all = ['p', 'q'].map(name => new StubbornSender(name, random));
    let longshore = await start({ set: BUSY });
    for (let round = 0; round < 2; round++) {
      for (const sender of all) for (let i = 0; i < 40; i++) sender.produce();
      const workers = workersOf(longshore);
      const killed = new Promise<void>(resolve =>
        setTimeout(() => void longshore.kill().then(resolve), 20 + random() * 250),
      );
      await Promise.all([deliver(longshore, all), killed]);
      running.delete(longshore);
      longshore = await longshore.again();
      running.add(longshore);
      await vi.waitFor(() => expect(workers.filter(pid => commandOf(pid) !== '')).toEqual([]), { timeout: 10_000 });
    }
    await finish(longshore, all);
  });

  // Other steps of a spool are those of one process: kill.test.ts.
  for (const point of ['workers.after_delivery:2', 'spool.after_fsync:30']) {
    test(`of a worker right ${point.replace(/[._]/g, ' ').replace(/:(\d+)/, ', time $1')}`, {
      timeout: 300_000,
    }, async () => {
      const all = ['f', 'g'].map(name => new StubbornSender(name, seeded(7)));
      const longshore = await start({ set: BUSY, env: { LONGSHORE_FAULT: point } });
      for (const sender of all) for (let i = 0; i < 100; i++) sender.produce();
      await deliver(longshore, all);
      await finish(longshore, all);
      expect(longshore.log.some(line => line.includes('a worker ended unexpectedly'))).toBe(true);
    });
  }
});

describe('another number of workers over the same data', () => {
  test('what waits, what is known and what is in flight goes on with the others', { timeout: 300_000 }, async () => {
    const dataDir = folder();
    const bytes = Buffer.from(`a line in two halves ${'한글'.repeat(20)}`);
    const half = (container: string, part: number) => ({
      ...dockerRecord('', {
        container_id: container,
        partial_message: 'true',
        partial_id: `half-${container}`,
        partial_ordinal: String(part + 1),
        partial_last: String(part === 1),
      }),
      log: part === 0 ? bytes.subarray(0, 40) : bytes.subarray(40),
    });
    const containers = Array.from({ length: 6 }, (_, n) => `half${n}`.padEnd(12, '0'));
    // The stages: three workers, one process, two workers; the halves of each container come in different ones.
    const first = await start({ dataDir }, 3);
    let all = await connections(first);
    for (const [c, container] of containers.entries()) {
      all[c]!.forward('app', [half(container, 0)], `half-${c}-0`);
      all[c]!.forward('app', [dockerRecord(`INFO whole ${c}`)], `whole-${c}`);
    }
    await Promise.all(all.map(sender => sender.acknowledged(2)));
    await first.kill();
    running.delete(first);

    const second = await start({ dataDir }, 1);
    all = await connections(second);
    for (const [c, container] of containers.entries()) {
      all[c]!.forward('app', [dockerRecord(`INFO whole ${c}`)], `whole-${c}`);
      all[c]!.forward('app', [half(container, 0)], `half-${c}-0`);
      if (c < 3) all[c]!.forward('app', [half(container, 1)], `half-${c}-1`);
    }
    await Promise.all(all.map((sender, c) => sender.acknowledged(c < 3 ? 3 : 2)));
    await second.untilReady();
    expect((await second.search('whole')).total).toBe(6);
    expect((await second.search('halves')).total).toBe(3);
    expect(await second.stop()).toBe(0);
    running.delete(second);

    const third = await start({ dataDir }, 2);
    all = await connections(third);
    for (const [c, container] of containers.entries()) {
      all[c]!.forward('app', [dockerRecord(`INFO whole ${c}`)], `whole-${c}`);
      all[c]!.forward('app', [half(container, 1)], `half-${c}-1`);
    }
    await Promise.all(all.map(sender => sender.acknowledged(2)));
    await third.untilReady();
    expect((await third.search('whole')).total).toBe(6);
    const lines = (await third.searchAll('halves')).map(hit => hit['message']);
    expect(lines).toEqual(Array.from({ length: 6 }, () => bytes.toString()));
  });
});

test('a port in use is named, and nothing stays behind; unix sockets are shared, and no obstacle after kill -9', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const dataDir = folder();
  const path = join(dataDir, 'forward.sock');
  const set = { 'inputs.forward.unix_socket': path, 'inputs.tcp_json.unix_socket': join(dataDir, 'lines.sock') };
  await expect(start({ dataDir, set: { ...set, 'inputs.forward.address': `127.0.0.1:${port}` } }, 2)).rejects.toThrow(
    new RegExp(`^longshore: inputs\\.forward\\.address: 127\\.0\\.0\\.1:${port} is in use.*IN_USE`, 'm'),
  );
  other.close();
  await once(other, 'close');
  const first = await start({ dataDir, set: { ...set, 'inputs.forward.address': `127.0.0.1:${port}` } }, 2);
  await first.kill();
  running.delete(first);
  const second = await start({ dataDir, set }, 2);
  for (let i = 0; i < 4; i++) {
    const socket = createConnection(path);
    socket.write(
      encodeMsgpack(['app', eventTime(Date.now()), dockerRecord(`INFO through unix ${i}`), { chunk: `u${i}` }]),
    );
    await once(socket, 'data');
    socket.destroy();
  }
  expect((await second.search('unix')).total).toBe(4);
  expect(await second.stop()).toBe(0);
});

describe('SIGTERM', () => {
  test('all drain and end in time, also when the signal goes to every process', async () => {
    const longshore = await start();
    const all = await connections(longshore);
    const workers = workersOf(longshore);
    expect(workers).toHaveLength(3);
    for (const [c, sender] of all.entries())
      for (let i = 0; i < 50; i++) sender.message('app', dockerRecord(`INFO drained ${c}x${i}`), `drain-${c}-${i}`);
    await Promise.all(all.map(sender => sender.acknowledged(50)));
    for (const pid of workers) process.kill(pid, 'SIGTERM');
    const started = Date.now();
    expect(await longshore.stop()).toBe(0);
    expect(Date.now() - started).toBeLessThan(8000);
    expect(workers.filter(pid => commandOf(pid) !== '')).toEqual([]);
    running.delete(longshore);
    const again = await longshore.again();
    running.add(again);
    await again.untilReady();
    expect((await again.searchAll('drained')).length).toBe(300);
  });
});
