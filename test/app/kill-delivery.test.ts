import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { seeded } from '../support/chance.ts';
import { Longshore } from '../support/longshore.ts';

// The whole service, killed while it delivers to a receiver that is slow, limits the rate and drops connections.

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of cleanUp.splice(0).reverse()) await one();
});

interface Taken {
  readonly event: string;
  readonly key: string;
  /** Of the process that sent it: kills before it. */
  readonly life: number;
}

interface Receiver {
  readonly url: string;
  /** What it took, whether or not the sender heard of it. */
  readonly taken: Taken[];
  /** How often it refused, or hung up. */
  refused: number;
  /** Requests at a time, at most, of each life: more than one only beside a slow one. */
  readonly most: number[];
  /** Connections from now on are those of another process. */
  killed(): Promise<void>;
}

/** Takes a message or refuses it; one that is taken it may answer late. */
async function receiver(random: () => number): Promise<Receiver> {
  const taken: Taken[] = [];
  const most: number[] = [];
  const lives = new WeakMap<Socket, number>();
  const state = { taken, most, refused: 0, life: 0 };
  const answer = (response: ServerResponse, event: string, key: string, life: number): void => {
    const chance = random();
    if (chance < 0.12) response.destroy();
    else if (chance < 0.24) response.writeHead(429, { 'retry-after': '0.05' }).end('slow down');
    else if (chance < 0.3) response.writeHead(503).end('soon');
    else {
      taken.push({ event, key, life });
      if (chance < 0.5) setTimeout(() => response.end('ok'), 20 + random() * 150);
      else response.end('ok');
      return;
    }
    state.refused++;
  };
  const open: number[] = [];
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      response.end();
      return;
    }
    const life = lives.get(request.socket)!;
    open[life] = (open[life] ?? 0) + 1;
    most[life] = Math.max(most[life] ?? 0, open[life]);
    response.once('close', () => open[life]!--);
    const parts: Buffer[] = [];
    request.on('data', part => parts.push(part));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(parts).toString()) as { probe: string };
      answer(response, body.probe, String(request.headers['idempotency-key']), life);
    });
  });
  server.on('connection', (socket: Socket) => lives.set(socket, state.life));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const killed = async (): Promise<void> => {
    // Connections are accepted in their order: when this one is answered, all of the dead process are known.
    const [answer] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
    await once(answer.resume(), 'end');
    state.life++;
  };
  return Object.assign(state, { url, killed });
}

const rule = (url: string): string => `
name: each
type: any
index: docker-logs-*
filter: [{ query: { query_string: { query: 'level:ERROR' } } }]
realert: { minutes: 0 }
alert: post
http_post_url: ${url}
`;

async function post(url: string, name: string): Promise<boolean> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': name };
  const body = JSON.stringify({ level: 'ERROR', service: 'shop', message: 'boom', probe: name });
  return fetch(`${url}/api/logs`, { method: 'POST', headers, body }).then(
    answer => answer.ok,
    () => false,
  );
}

describe('kill -9 while alerts are delivered', () => {
  test.for([11, 12])(
    'each reaches its receiver, and a kill repeats one at most, with its key (seed %i)',
    {
      timeout: 400_000,
    },
    async seed => {
      const random = seeded(seed);
      const hook = await receiver(random);
      const settings = { 'alerts.retry_max_ms': '200', 'alerts.max_waiting_per_rule': '1000' };
      let running = await Longshore.start({ rules: { 'each.yaml': rule(hook.url) }, pipelines: {}, set: settings });
      cleanUp.push(() => running.remove());
      const ROUNDS = 3;
      const sent: string[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const names = Array.from({ length: 12 }, (_, n) => `${round}-${n}`);
        sent.push(...names);
        const posting = (async () => {
          const open: string[] = [];
          for (const name of names) if (!(await post(running.url, name))) open.push(name);
          return open;
        })();
        await sleep(30 + random() * 600);
        await running.kill();
        await hook.killed();
        const open = await posting;
        running = await running.again();
        for (const name of open) expect(await post(running.url, name)).toBe(true);
      }
      const events = (): Set<string> => new Set(hook.taken.map(({ event }) => event));
      await vi.waitFor(() => expect([...events()].sort()).toEqual(sent.toSorted()), { timeout: 60_000, interval: 50 });
      // Nothing comes after an orderly stop either.
      expect(await running.stop()).toBe(0);
      running = await running.again();
      await running.untilReady();
      await sleep(500);
      // What was taken again: the kill of the process that sent it before is to blame, however much later it comes again.
      const repeated = hook.taken.filter((one, i) => hook.taken.findLastIndex(({ event }) => event === one.event) > i);
      for (let life = 0; life <= ROUNDS; life++) {
        const names = repeated.filter(one => one.life === life).map(({ event }) => event);
        const allowed = life === ROUNDS ? 0 : Math.max(1, hook.most[life] ?? 1);
        const taken = hook.taken.map(one => `${one.event} in life ${one.life}`).join(', ');
        expect(names.length, `repeated of life ${life}: ${names}; taken: ${taken}`).toBeLessThanOrEqual(allowed);
        // Not by the process itself.
        expect(new Set(names).size, `twice in life ${life}: ${names}`).toBe(names.length);
      }
      const keys = new Map(hook.taken.map(({ event, key }) => [event, key]));
      for (const { event, key } of hook.taken) expect(key).toBe(keys.get(event));
      expect(new Set(keys.values()).size).toBe(sent.length);
      // It was a receiver of that kind.
      expect(hook.refused).toBeGreaterThan(5);
    },
  );
});
