import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { withDefaults } from '../../../src/base/options.ts';
import { BeatsInput } from '../../../src/inputs/beats/beats-input.ts';
import { beatsInputSchema } from '../../../src/inputs/beats/options.ts';
import { connected, FakeConsumer } from '../tcp-json/support.ts';

/*
 * What Filebeat 7.17.28 has sent, byte for byte, and was answered: five lines of a `filestream` input with `pipeline: nginx` and
 * `fields.service`, two events of a `log` input with `multiline`, and one of a `container` input.
 */

const recorded = (side: string): Buffer =>
  readFileSync(new URL(`./recorded/filebeat-7.17.28.${side}.bin`, import.meta.url));

test('Filebeat as it is: events, their ids and pipelines, the acknowledgements it went on with', async () => {
  const consumer = new FakeConsumer();
  const taking = Object.assign(consumer, { takesMessages: true });
  const input = new BeatsInput(withDefaults(beatsInputSchema, { address: '127.0.0.1:0' }), taking);
  await input.start();
  onTestFinished(() => input.stop(AbortSignal.abort()));
  const socket = await connected(input.port);
  const heard: Buffer[] = [];
  socket.on('data', read => heard.push(read));
  socket.write(recorded('client'));
  await vi.waitFor(() => expect(Buffer.concat(heard)).toEqual(recorded('server')));
  socket.destroy();
  expect(consumer.taken.map(({ pipeline, chunkIds, records }) => [pipeline, chunkIds?.length, records.length])).toEqual(
    [
      ['nginx', 5, 5],
      [undefined, 2, 2],
      [undefined, 1, 1],
    ],
  );
  const records = consumer.taken.flatMap(frame => frame.records);
  expect(new Set(consumer.taken.flatMap(({ chunkIds }) => chunkIds)).size).toBe(8);
  const lines = Array.from({ length: 5 }, (_, i) => `line ${i + 1} 안녕`);
  expect(records.map(({ message }) => message)).toEqual([
    ...lines,
    'Traceback\n  at x\n  at y',
    'hello container',
    'next',
  ]);
  expect(records[0]).toMatchObject({
    service: 'shop',
    host: { name: 'vm' },
    log: { file: { path: '/srv/shop/a.log' } },
  });
  expect(records[6]).toMatchObject({ container_id: 'ab'.repeat(32), stream: 'stderr' });
  expect(consumer.taken[1]!.times[1]).toBe(Date.parse('2026-11-30T12:00:00.123Z'));
});
