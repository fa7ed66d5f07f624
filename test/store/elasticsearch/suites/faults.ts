import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Asked, forward, Gateway, pairs, send } from '../gateway.ts';
import { chunk, numbered, Place, until } from '../helpers.ts';
import type { Server } from '../server.ts';

/** What goes wrong between us and a real server: afterwards every event is there once, or is a dead letter. */
export function gatewaySuite(server: () => Server): void {
  describe('behind a gateway that misbehaves', () => {
    let gateway: Gateway;
    const pass = (asked: Asked) => forward(server().url, asked);
    beforeAll(async () => {
      gateway = await Gateway.start(pass);
    });
    afterAll(() => gateway.close());

    async function stored(place: Place): Promise<number> {
      gateway.handler = pass;
      return (await place.store.search({ query: { type: 'all' }, size: 0 })).total.value;
    }

    test('429 for a third of the items: those are sent again, and nothing else is', async () => {
      const place = await Place.start({ nodes: [gateway.url] });
      const refusals = new Map<string, number>();
      let sent = 0;
      gateway.handler = async asked => {
        if (!asked.path.includes('/_bulk')) return pass(asked);
        const all = pairs(asked.body);
        sent += all.length;
        const busy = all.map((pair, i) => {
          const times = refusals.get(pair) ?? 0;
          const refuse = times < 2 && (times > 0 || i % 3 === 0);
          if (refuse) refusals.set(pair, times + 1);
          return refuse;
        });
        const rest = Buffer.from(all.filter((_, i) => !busy[i]).join(''));
        const answer =
          rest.length === 0 ? { items: [] } : JSON.parse(String((await pass({ ...asked, body: rest })).body));
        const items = answer.items.values();
        const rejected = { type: 'es_rejected_execution_exception', reason: 'the queue is full' };
        return {
          status: 200,
          body: {
            errors: true,
            items: busy.map(refuse => (refuse ? { create: { status: 429, error: rejected } } : items.next().value)),
          },
        };
      };
      try {
        await Promise.all(
          [0, 1, 2].map(i =>
            place.store.write(chunk(numbered(300).map(each => ({ ...each, _id: `${i}-${each._id}` })))),
          ),
        );
        expect(await stored(place)).toBe(900);
        // A third of 900 was refused twice.
        expect(sent).toBe(900 + 300 + 300);
        expect(place.store.stats()).toMatchObject({ stored: 900, known: 0, refused: 0, resent: 600 });
      } finally {
        await place.stop();
      }
    });

    test('half an answer, no answer and too few items: sent again, stored once', async () => {
      const place = await Place.start({ nodes: [gateway.url] });
      let broken = 0;
      gateway.handler = async (asked, response) => {
        const answer = await pass(asked);
        if (!asked.path.includes('/_bulk') || broken >= 4) return answer;
        broken++;
        if (broken === 1) {
          const text = String(answer.body);
          response.writeHead(200, {
            'content-type': 'application/json',
            'content-length': text.length,
            'x-elastic-product': 'Elasticsearch',
          });
          response.write(text.slice(0, text.length / 2), () => response.destroy());
          return undefined;
        }
        if (broken === 2) {
          response.destroy();
          return undefined;
        }
        const body = JSON.parse(String(answer.body));
        if (broken === 3) return { status: 200, body: { errors: false, items: body.items.slice(0, 10) } };
        send(response, { status: 200, body: '{"took":1,"errors":' });
        return undefined;
      };
      try {
        await place.store.write(chunk(numbered(100)));
        expect(await stored(place)).toBe(100);
        expect(broken).toBe(4);
        expect(place.letters).toEqual([]);
      } finally {
        await place.stop();
      }
    });

    test('Elasticsearch goes away for seconds: events wait, and the store says so', async () => {
      const place = await Place.start({ nodes: [gateway.url] });
      gateway.handler = pass;
      try {
        await place.store.write(chunk(numbered(10)));
        expect(place.store.ready()).toBe(true);
        await gateway.close();
        const writing = place.store.write(chunk(numbered(30)));
        await until(() => !place.store.ready(), 'the store is not ready');
        expect(place.store.stats().alarm?.reason).toMatch(/reached|ECONNREFUSED/);
        await expect(place.store.search({ query: { type: 'all' }, size: 1 })).rejects.toThrow(
          'LS_STORE_ELASTICSEARCH_AWAY',
        );
        await gateway.open();
        await writing;
        expect(place.store.ready()).toBe(true);
        expect(await stored(place)).toBe(30);
      } finally {
        await gateway.open().catch(() => {});
        await place.stop();
      }
    });

    test('it is away at the start: the store starts, and events wait', async () => {
      await gateway.close();
      const place = Place.of({ nodes: [gateway.url] });
      try {
        await place.store.start();
        expect(place.store.ready()).toBe(false);
        const writing = place.store.write(chunk(numbered(5)));
        await gateway.open();
        await writing;
        expect(place.store.ready()).toBe(true);
        expect(await stored(place)).toBe(5);
      } finally {
        await place.stop();
      }
    });

    test('413 sends halves, and what is too large alone is a dead letter', async () => {
      const place = await Place.start({ nodes: [gateway.url] });
      gateway.handler = asked =>
        asked.path.includes('/_bulk') && asked.body.length > 2_000 ? { status: 413, body: '' } : pass(asked);
      try {
        await place.store.write(chunk([...numbered(50), { _id: 'huge', message: 'x'.repeat(5_000) }]));
        expect(place.letters).toMatchObject([{ event: 'huge', reason: 'no reason given (HTTP 413)' }]);
        expect(await stored(place)).toBe(50);
      } finally {
        await place.stop();
      }
    });

    test('401 and 403 wait and alarm until somebody mends it', async () => {
      const place = await Place.start({ nodes: [gateway.url] });
      let mended = false;
      let tries = 0;
      gateway.handler = asked => {
        if (!asked.path.includes('/_bulk') || mended) return pass(asked);
        const reason = { type: 'security_exception', reason: 'the API key has expired' };
        return { status: ++tries % 2 === 0 ? 403 : 401, body: { error: reason } };
      };
      try {
        const writing = place.store.write(chunk(numbered(10)));
        await until(() => tries >= 2, 'it is tried again');
        expect(place.store.stats().alarm?.reason).toContain('the API key has expired');
        mended = true;
        await writing;
        expect(place.store.ready()).toBe(true);
        expect(await stored(place)).toBe(10);
      } finally {
        await place.stop();
      }
    });

    test('a stop in the middle leaves the chunk to its owner, who can write it again', async () => {
      const place = await Place.start({ nodes: [gateway.url], max_retry_interval_ms: 60_000 });
      let asked = 0;
      gateway.handler = each => {
        if (!each.path.includes('/_bulk')) return pass(each);
        asked++;
        return { status: 503, body: '' };
      };
      const writing = expect(place.store.write(chunk(numbered(10)))).rejects.toMatchObject({
        code: 'LS_STORE_STOPPED',
        retryable: true,
      });
      await until(() => asked >= 1, 'it was tried');
      const started = performance.now();
      await place.stop();
      await writing;
      expect(performance.now() - started).toBeLessThan(1_500);
      await expect(place.store.write(chunk(numbered(1)))).rejects.toMatchObject({ code: 'LS_STORE_STOPPED' });
    });

    test('dead letters that cannot be kept are not lost: the chunk waits for them', async () => {
      const place = await Place.start({ nodes: [gateway.url] });
      gateway.handler = pass;
      let failures = 0;
      const push = place.letters.push.bind(place.letters);
      place.letters.push = (...letters) => {
        if (failures++ < 3) throw new Error('the disk is full');
        return push(...letters);
      };
      try {
        await place.store.write(chunk([{ _id: 'bad', '@timestamp': 'never' }, ...numbered(3)]));
        expect(place.letters.map(({ event }) => event)).toEqual(['bad']);
        expect(await stored(place)).toBe(3);
      } finally {
        await place.stop();
      }
    });
  });
}

/** What goes wrong in the server, in its own words. */
export function blockedSuite(server: () => Server): void {
  async function blocked(
    place: Place,
    breakIt: () => Promise<unknown>,
    mendIt: () => Promise<unknown>,
    reason: RegExp | undefined,
  ): Promise<void> {
    await breakIt();
    const writing = place.store.write(chunk(numbered(20)));
    await until(() => place.store.stats().resent >= 20, 'events are sent again');
    expect(place.store.stats()).toMatchObject({ refused: 0 });
    if (reason !== undefined) {
      await until(() => reason.test(place.store.stats().alarm?.reason ?? ''), `an alarm that says ${reason}`);
      expect(place.store.ready()).toBe(false);
    }
    await mendIt();
    await writing;
    expect(place.store.ready()).toBe(true);
    expect((await place.ids()).length).toBe(20);
    expect(place.letters).toEqual([]);
  }

  test.for([
    ['index.blocks.write', /write/i],
    ['index.blocks.read_only', /read-only/i],
  ] as const)('%s waits and alarms', async ([setting, reason]) => {
    const place = await Place.start({ nodes: [server().url] });
    const set = (value: boolean | null) => server().json('PUT', `/${place.index()}/_settings`, { [setting]: value });
    try {
      await server().json('PUT', `/${place.index()}`);
      await blocked(
        place,
        () => set(true),
        () => set(null),
        reason,
      );
    } finally {
      await place.stop();
    }
  });

  test('the block of a full disk waits and alarms', async () => {
    const place = await Place.start({ nodes: [server().url] });
    const setting = 'index.blocks.read_only_allow_delete';
    const set = (value: boolean | null) => server().json('PUT', `/${place.index()}/_settings`, { [setting]: value });
    // Elasticsearch takes this block away when it sees a disk with room.
    const watch = (value: boolean | null) =>
      server().json('PUT', '/_cluster/settings', {
        persistent: { 'cluster.routing.allocation.disk.threshold_enabled': value },
      });
    try {
      await server().json('PUT', `/${place.index()}`);
      await watch(false);
      await blocked(
        place,
        () => set(true),
        () => set(null),
        /read-only-allow-delete|flood/i,
      );
    } finally {
      await watch(null);
      await place.stop();
    }
  });

  test('a red index: events wait for their shard', async () => {
    const place = await Place.start({ nodes: [server().url], request_timeout_ms: 1_000 });
    const set = (body: object) => server().json('PUT', `/${place.index()}/_settings`, body);
    try {
      const nowhere = { settings: { 'index.routing.allocation.include._name': 'nowhere' } };
      await server().json('PUT', `/${place.index()}?wait_for_active_shards=0`, nowhere);
      await blocked(
        place,
        async () => {},
        () => set({ 'index.routing.allocation.include._name': null }),
        undefined,
      );
    } finally {
      await place.stop();
    }
  });

  test('indices are not made by themselves: waits and alarms', async () => {
    const place = await Place.start({ nodes: [server().url] });
    const set = (value: string | null) =>
      server().json('PUT', '/_cluster/settings', { persistent: { 'action.auto_create_index': value } });
    try {
      await blocked(
        place,
        () => set('false'),
        () => set(null),
        /no such index/,
      );
    } finally {
      await set(null);
      await place.stop();
    }
  });

  test('no room for more shards: waits and alarms', async () => {
    const place = await Place.start({ nodes: [server().url] });
    const set = (value: number | null) =>
      server().json('PUT', '/_cluster/settings', { persistent: { 'cluster.max_shards_per_node': value } });
    try {
      await blocked(
        place,
        () => set(1),
        () => set(null),
        /shards/,
      );
    } finally {
      await set(null);
      await place.stop();
    }
  });

  test('a server that hangs is given up, and what it did meanwhile counts', async () => {
    const place = await Place.start({ nodes: [server().url], request_timeout_ms: 700 });
    try {
      await place.store.write(chunk(numbered(5)));
      await server().pause();
      const writing = place.store.write(chunk(numbered(50)));
      await until(() => (place.store.stats().alarm?.reason ?? '') !== '', 'an alarm');
      await server().unpause();
      await writing;
      expect((await place.ids()).length).toBe(50);
    } finally {
      await server()
        .unpause()
        .catch(() => {});
      await place.stop();
    }
  });
}
