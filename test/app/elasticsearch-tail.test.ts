import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Searcher } from '../../src/store/search.ts';
import { chunk, numbered, Place } from '../store/elasticsearch/helpers.ts';
import { elasticsearchImage, Server } from '../store/elasticsearch/server.ts';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';

describe.runIf(requireOrSkip('Elasticsearch 9', await elasticsearchImage(9)))(
  'the open tail before Elasticsearch',
  () => {
    let server: Server;
    beforeAll(async () => {
      server = await Server.start(9);
    }, 300_000);
    afterAll(() => server?.remove());

    test('an event has the name of its index from the first moment, also on the live tail', async () => {
      const longshore = await Longshore.start({
        rules: {},
        set: {
          'store.type': 'elasticsearch',
          'store.nodes': `["${server.url}"]`,
          'store.index.prefix': 'team-logs-',
          'store.index.date_format': 'YYYY-MM-DD',
          'buffer.chunk_max_age_ms': '1500',
        },
      });
      try {
        await longshore.untilReady();
        const live = await fetch(new URL('/api/tail', longshore.url));
        const lines = live.body!.pipeThrough(new TextDecoderStream()).getReader();
        const sender = await ForwardSender.connect(longshore.ready.forward);
        sender.message('app', dockerRecord('where am I'), 'one', Date.parse('2026-11-20T12:00:00Z'));
        await sender.acknowledged(1);
        sender.close();
        expect((await longshore.search('"where am I"')).hits[0]).toMatchObject({ _index: 'team-logs-2026-11-20' });
        expect((await longshore.search('_index:team-logs-*')).total).toBe(1);
        let told = '';
        while (!told.includes('where am I')) told += (await lines.read()).value;
        expect(told).toContain('"_index":"team-logs-2026-11-20"');
        await lines.cancel();
        await vi.waitFor(
          async () => {
            const { status, body } = await server.json<{ count: number }>('GET', '/team-logs-2026-11-20/_count');
            expect({ status, count: body.count }).toEqual({ status: 200, count: 1 });
          },
          { timeout: 20_000, interval: 200 },
        );
        expect((await longshore.search('"where am I"')).hits[0]).toMatchObject({ _index: 'team-logs-2026-11-20' });
      } finally {
        await longshore.remove();
      }
    });

    test('what is in the tail and already stored counts once, ten thousand ids long', async () => {
      const place = await Place.start({ nodes: [server.url] });
      try {
        const events = numbered(10_000);
        await place.store.write(chunk(events.slice(0, 6_000)));
        const { hits } = await place.store.search({ query: { type: 'all' }, size: 1 });
        const tail = events.map(event => ({ ...hits[0]!, ...event }));
        const searcher = new Searcher(place.store, {
          search: async () => ({ chunks: ['chunk'], events: tail, isComplete: true }),
        });
        expect((await searcher.search({ size: 10 }, Date.now())).total).toEqual({ value: 10_000, relation: 'eq' });
        const { buckets } = await searcher.histogram({ from: '2026-11-20', to: '2026-11-20', by: 'level' });
        expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
      } finally {
        await place.stop();
      }
    });
  },
);
