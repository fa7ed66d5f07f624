import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisQueue } from '../../../src/buffer/redis/redis-queue.ts';
import { RedisWorker } from '../../../src/buffer/redis/redis-worker.ts';
import { Offers } from '../../../src/buffer/spool/offers.ts';
import type { Chunk } from '../../../src/core/contracts.ts';
import { RedisServer } from '../../support/redis.ts';
import { redisOptions } from './options.ts';

/*
 * What the way through Redis costs: node test/buffer/redis/measure.ts [chunks] [events a chunk] [appendfsync]
 * Both ends run in this process, one after the other; the store takes everything at once.
 */
const chunkCount = Number(process.argv[2] ?? 200);
const eventsPerChunk = Number(process.argv[3] ?? 1000);
const appendfsync = process.argv[4] ?? 'everysec';
const events = chunkCount * eventsPerChunk;

function accessLine(i: number): string {
  const noise = (Math.imul(i, 2654435761) >>> 0).toString(36);
  return JSON.stringify({
    _id: `${noise}${(Math.imul(i, 40503) >>> 0).toString(36)}`,
    seq: 1_763_600_000_000_000 + i,
    '@timestamp': new Date(1_763_600_000_000 + i * 7).toISOString(),
    level: i % 50 === 0 ? 'ERROR' : 'INFO',
    service: `web-${i % 7}`,
    container_id: (i % 13).toString(16).repeat(64).slice(0, 64),
    message: `203.0.113.${i % 255} - - [20/Nov/2026:13:55:36 +0000] "GET /api/items/${(i * 7919) % 100_000}?q=${noise} HTTP/1.1" ${i % 50 === 0 ? 500 : 200} ${(i * 31) % 9999} "https://shop.example/" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"`,
    container_name: `web-${i % 13}`,
    stream: 'stdout',
    tag: 'docker.web',
    fields: { verb: 'GET', response: 200, bytes: (i * 31) % 9999, request: `/api/items/${(i * 7919) % 100_000}` },
  });
}

const dir = mkdtempSync(join(tmpdir(), 'longshore-measure-'));
const server = await RedisServer.start(['--appendonly', 'yes', '--appendfsync', appendfsync]);
try {
  const chunks: Chunk[] = [];
  for (let c = 0; c < chunkCount; c++) {
    const lines = Array.from({ length: eventsPerChunk }, (_, e) => accessLine(c * eventsPerChunk + e));
    const body = Buffer.from(`${lines.join('\n')}\n`);
    const id = `${String(c).padStart(16, '0')}.w0.20261120`;
    const path = join(dir, id);
    writeFileSync(path, body);
    chunks.push({ id, day: '2026.11.20', path, events: eventsPerChunk, bytes: body.length, minTime: 0, maxTime: 1 });
  }
  const used = async () => Number(/used_memory:(\d+)/.exec(await server.client.info('memory'))![1]);
  const redisCpu = async () => {
    const info = await server.client.info('cpu');
    return Number(/used_cpu_sys:([\d.]+)/.exec(info)![1]) + Number(/used_cpu_user:([\d.]+)/.exec(info)![1]);
  };
  const options = redisOptions(server.url, { lock_duration_ms: 30_000, stalled_interval_ms: 15_000 });
  const queue = new RedisQueue(options);
  await queue.start();
  while (!queue.isConnected) await new Promise(resolve => setTimeout(resolve, 10));
  const memoryBefore = await used();

  const row = async (name: string, work: () => Promise<void>): Promise<void> => {
    const [cpu, remote, started] = [process.cpuUsage(), await redisCpu(), performance.now()];
    await work();
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (performance.now() - started) / 1000;
    const redis = (((await redisCpu()) - remote) * 1e6) / events;
    const own = (user + system) / events;
    const rate = Math.round(events / seconds);
    process.stdout.write(
      `${name.padEnd(8)} ${own.toFixed(2)} µs CPU an event, Redis itself ${redis.toFixed(2)} µs, ${rate} events/s\n`,
    );
  };
  await row('in', async () => {
    const offers = new Offers(0, new AbortController().signal);
    offers.start(chunk => queue.accept(chunk), options.max_unconfirmed_chunks);
    for (const chunk of chunks) offers.add(chunk, undefined);
    await offers.settled;
  });
  const bytes = chunks[0]!.bytes / eventsPerChunk;
  const memory = ((await used()) - memoryBefore) / events;
  process.stdout.write(`memory   ${memory.toFixed(0)} bytes of Redis an event of ${bytes.toFixed(0)} bytes\n`);
  await row('out', async () => {
    let left = chunkCount;
    const all = Promise.withResolvers<void>();
    const worker = new RedisWorker(options, {
      async write() {
        if (--left === 0) all.resolve();
      },
      deadLetters: { append: async () => {} },
    });
    await worker.start();
    await all.promise;
    await worker.stop(AbortSignal.timeout(5000));
  });
  await queue.stop(AbortSignal.timeout(1000));
} finally {
  await server.remove();
  rmSync(dir, { recursive: true, force: true });
}
