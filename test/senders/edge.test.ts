import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { StoredEvent } from '../../src/core/contracts.ts';
import { Sender } from '../../src/senders/forward/sender.ts';
import { seeded } from '../support/chance.ts';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { reusablePort } from '../support/free-port.ts';
import { ACCESS_LOG, Longshore } from '../support/longshore.ts';
import { StubbornSender, verifyOnce } from '../support/stubborn-sender.ts';
import { chunkOf, quick } from './forward/support.ts';

/** Settings of a longshore that forwards to these ports. */
const forwarding = (ports: number[], more: object = {}) => ({
  store: JSON.stringify({
    type: 'forward',
    targets: ports.map(port => ({ address: `127.0.0.1:${port}`, ...more })),
    max_retry_interval_ms: 200,
    ack_timeout_ms: 2000,
  }),
});

describe('edge to centre', () => {
  let centre: Longshore;
  let edge: Longshore;
  let direct: Longshore;

  beforeAll(async () => {
    const pipelines = [...ACCESS_LOG, 'stack-trace'];
    [centre, direct] = await Promise.all([Longshore.start({ pipelines }), Longshore.start({ pipelines })]);
    edge = await Longshore.start({ pipelines, set: forwarding([centre.ready.forward]) });
    await edge.untilReady();
  });
  afterAll(() => Promise.all([edge.remove(), centre.remove(), direct.remove()]));

  test('the centre stores what it would have stored itself', async () => {
    const time = Date.now() - 5000;
    const records: [string, Record<string, unknown>][] = [
      [
        'docker.nginx',
        dockerRecord('203.0.113.9 - - [20/Nov/2026:13:55:36 +0000] "GET /a HTTP/1.1" 500 12 "-" "curl/8.5"'),
      ],
      ['app', dockerRecord('{"level":40,"msg":"pino says","time":1,"host":"h","nested":{"a":[1,"b",null]},"log":"x"}')],
      ['app', dockerRecord('level=warn msg="key value" took=12ms')],
      ['app', dockerRecord('{"message":"a=b c=d","timestamp":"2001-02-03T04:05:06Z","fields":{"x":1},"seq":7}')],
      ['app', dockerRecord('{"message":"odd","response_time":"soon","level":"loud","user":{"id":5},"labels":"none"}')],
      [
        'app',
        dockerRecord('plain ERROR text \u{1f30a} 한글', { 'com.docker.compose.service': 'shop', image: 'shop:1' }),
      ],
      ['app', { message: 'not of Docker', host: 'web-7', service: { name: 's', version: 2 }, duration_ms: 12.25 }],
      [
        'k8s',
        { log: 'pod says\n', kubernetes: { namespace_name: 'n', pod_name: 'p', container_name: 'c', host: 'node' } },
      ],
      ['app', Object.fromEntries(Array.from({ length: 700 }, (_, i) => [`many${i}`, i]))],
      ['app', dockerRecord('Exception in thread "main" java.lang.IllegalStateException: broken')],
      ['app', dockerRecord('\tat com.example.Shop.sell(Shop.java:42)')],
      ['app', dockerRecord('\tat com.example.Main.main(Main.java:7)')],
      ['app', dockerRecord('after the trace')],
    ];
    for (const target of [edge, direct]) {
      const sender = await ForwardSender.connect(target.ready.forward);
      for (const [i, [tag, record]] of records.entries()) {
        sender.forward(tag, [record], `same-${i}`, time + i);
        await sender.acknowledged(i + 1);
      }
      sender.close();
    }
    await vi.waitFor(async () => expect((await direct.search('*')).total).toBe(11), { timeout: 10_000 });
    await vi.waitFor(async () => expect((await centre.search('*')).total).toBe(11), { timeout: 10_000 });
    const found = (await centre.searchAll('*')).map(bare).sort(byMessage);
    expect(found).toEqual((await direct.searchAll('*')).map(bare).sort(byMessage));
    // These are what a second time through pipelines and schema would have spoilt.
    const notes = found.map(event => event['schema_errors']).filter(note => note !== undefined);
    expect(notes.length).toBeGreaterThan(1);
    expect(found.some(event => event['event_time_original'] !== undefined)).toBe(true);
    expect(found.some(event => event['fields_overflow'] !== undefined)).toBe(true);
    expect(found.find(event => event['message'] === 'a=b c=d')).not.toHaveProperty('a');
    expect(found.some(event => String(event['message']).includes('Main.java:7'))).toBe(true);
  });

  test('a search at the edge says where the events are', async () => {
    await expect(edge.search('nothing of this')).rejects.toThrow(
      `Search at 127.0.0.1:${centre.ready.forward}. (LS_SEARCH_NOT_HERE)`,
    );
  });

  test('the same chunk is stored once, also when the edge has got another name', async () => {
    for (const self_hostname of ['edge-before', 'edge-after']) {
      const targets = [{ address: `127.0.0.1:${centre.ready.forward}`, self_hostname }];
      const sender = new Sender({ ...quick, targets }, { name: 'test', node: 'node-2' });
      await sender.deliver(chunkOf('c', [{ '@timestamp': new Date().toISOString(), message: 'only-once-please' }]));
      await sender.stop(AbortSignal.timeout(500));
    }
    expect((await centre.search('"only-once-please"')).total).toBe(1);
  });
});

test('while the centre is away the edge takes in and is searched; then everything is at the centre', async () => {
  const port = await reusablePort();
  const edge = await Longshore.start({ set: forwarding([port]) });
  onTestFinished(() => edge.remove());
  const sender = await ForwardSender.connect(edge.ready.forward);
  for (let i = 0; i < 50; i++) sender.message('app', dockerRecord(`waiting ${i}`), `w-${i}`);
  await sender.acknowledged(50);
  sender.close();
  expect((await edge.search('waiting')).total).toBe(50);
  expect((await fetch(new URL('/readyz', edge.url))).status).toBe(503);
  const centre = await Longshore.start({ set: { 'inputs.forward.address': `127.0.0.1:${port}` } });
  onTestFinished(() => centre.remove());
  await edge.untilReady();
  await vi.waitFor(async () => expect((await centre.search('waiting')).total).toBe(50), { timeout: 10_000 });
  await vi.waitFor(() => expect(readdirSync(join(edge.dataDir, 'data', 'chunks'))).toEqual([]));
});

test('kill -9 of edge and centre in mid-stream: each acknowledged event is at the centre, once', async () => {
  const port = await reusablePort();
  const random = seeded(11);
  let centre = await Longshore.start({ set: { 'inputs.forward.address': `127.0.0.1:${port}` } });
  let edge = await Longshore.start({ set: forwarding([port]) });
  onTestFinished(async () => void (await Promise.all([edge.remove(), centre.remove()])));
  const sender = new StubbornSender('s', random);
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 60; i++) sender.produce();
    const delivering = sender.deliver(edge.ready.forward);
    if (round % 2 === 0) {
      // Whenever: before its fsync, between fsync and acknowledgement, or after.
      await new Promise(resolve => setTimeout(resolve, random() * 250));
      await edge.kill();
      await delivering;
      edge = await edge.again();
    } else {
      await new Promise(resolve => setTimeout(resolve, random() * 250));
      await centre.kill();
      await delivering;
      centre = await centre.again();
    }
  }
  for (let i = 0; i < 20 && sender.unacknowledged.size > 0; i++) await sender.deliver(edge.ready.forward);
  expect(sender.unacknowledged.size).toBe(0);
  await vi.waitFor(async () => expect((await centre.search('*')).total).toBe(sender.expected.size), {
    timeout: 15_000,
  });
  verifyOnce(await centre.searchAll('*'), sender.expected);
}, 300_000);

test.for([
  ['the edge, after the acknowledgement and before it forgets the chunk', 'edge', 'forward.before_unlink'],
  ['the centre, after its fsync and before the acknowledgement', 'centre', 'spool.after_fsync'],
] as const)('killed: %s; stored once', async ([, who, fault]) => {
  const port = await reusablePort();
  const env = { LONGSHORE_FAULT: fault };
  const set = { 'inputs.forward.address': `127.0.0.1:${port}` };
  const dirs = [mkdtempSync(join(tmpdir(), 'longshore-')), mkdtempSync(join(tmpdir(), 'longshore-'))] as const;
  let centre = await Longshore.start({ dataDir: dirs[0], set, ...(who === 'centre' ? { env } : {}) });
  let edge = await Longshore.start({ dataDir: dirs[1], set: forwarding([port]), ...(who === 'edge' ? { env } : {}) });
  onTestFinished(async () => {
    await Promise.all([edge.remove(), centre.remove()]);
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  });
  const sender = await ForwardSender.connect(edge.ready.forward);
  sender.forward('app', [dockerRecord('one'), dockerRecord('two')], 'frame-1');
  await sender.acknowledged(1);
  const victim = who === 'edge' ? edge : centre;
  await vi.waitFor(() => expect(victim.process.signalCode).toBe('SIGKILL'), { timeout: 10_000 });
  if (who === 'edge') edge = await Longshore.start({ dataDir: dirs[1], set: forwarding([port]) });
  else centre = await Longshore.start({ dataDir: dirs[0], set });
  await centre.untilReady();
  await vi.waitFor(() => expect(readdirSync(join(edge.dataDir, 'data', 'chunks'))).toEqual([]), { timeout: 10_000 });
  expect((await centre.searchAll('*')).map(hit => hit['message'])).toEqual(['one', 'two']);
});

/** But for what each arrival gives: ids, and the time of an event whose own cannot be. */
function bare(hit: StoredEvent): Record<string, unknown> {
  const { _id, seq, ...event } = hit;
  return event['event_time_original'] === undefined ? event : { ...event, '@timestamp': 'of arrival' };
}

const byMessage = (a: Record<string, unknown>, b: Record<string, unknown>): number =>
  JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
