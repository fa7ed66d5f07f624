/*
 * Records what this build leaves on the disk when it is killed, for the test that later builds read it:
 *
 *     node test/previous/record.ts test/previous/files
 *
 * Run once for each version whose files have another form, in a checkout of that version.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Gateway } from '../store/elasticsearch/gateway.ts';
import { dockerRecord, ForwardSender, type Record_ } from '../support/forward-sender.ts';
import { Longshore } from '../support/longshore.ts';

const target = resolve(process.argv[2] ?? 'test/previous/files');
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const DAY_MS = 86_400_000;
const RULE = `
name: Pending
type: frequency
index: docker-logs-*
filter: [{ term: { level: ERROR } }]
num_events: 1000
timeframe: { days: 1000 }
alert: debug
`;

/** What has to be found again: messages of events, and frames that are known when they are sent again. */
interface Expected {
  messages: string[];
  /** Will be an event when its two other pieces come. */
  held: { tag: string; first: string; rest: string[] };
  frames: { tag: string; chunk: string; message: string }[];
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const end = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never seen: ${what}`);
    await new Promise(done => setTimeout(done, 20));
  }
}

function files(dir: string): string[] {
  return (readdirSync(dir, { recursive: true }) as string[]).filter(name => !name.endsWith('.sock'));
}

function deadLetters(dataDir: string): string {
  const folder = join(dataDir, 'data', 'dead-letters');
  return files(folder)
    .map(name => readFileSync(join(folder, name), 'latin1'))
    .join('');
}

class Recording {
  readonly expected: Expected = { messages: [], held: { tag: 'app', first: '', rest: [] }, frames: [] };
  #number = 0;

  /** Frames of twelve events, the first of which are older than the last by a day. */
  async send(port: number, frames: number, more: Record_ = {}): Promise<void> {
    const client = await ForwardSender.connect(port);
    for (let frame = 0; frame < frames; frame++) {
      for (const age of [1, 0]) {
        const chunk = `recorded-${this.#number++}`;
        const messages = Array.from({ length: 6 }, (_, i) => `${chunk} line ${i} says 안녕 "quoted" \\ back`);
        this.expected.messages.push(...messages);
        this.expected.frames.push({ tag: 'app', chunk, message: messages[0]! });
        const records = messages.map((log, i) => dockerRecord(log, { request: { id: i, ok: true }, ...more }));
        client.forward('app', records, chunk, Date.now() - age * DAY_MS);
      }
    }
    await client.acknowledged(frames * 2);
    client.close();
  }

  /** The first of three pieces of a long line: it waits in the spool. */
  async hold(port: number): Promise<void> {
    const client = await ForwardSender.connect(port);
    const pieces = ['recorded-held begins ', 'goes on ', 'and ends'];
    this.expected.held = { tag: 'app', first: pieces[0]!, rest: pieces.slice(1) };
    const partial = { partial_message: 'true', partial_id: 'held', partial_ordinal: '1', partial_last: 'false' };
    client.message('app', dockerRecord(pieces[0]!, partial), 'recorded-held-1');
    await client.acknowledged(1);
    client.close();
  }

  save(name: string, dataDir: string): void {
    mkdirSync(target, { recursive: true });
    const folder = join(target, `${version}-${name}`);
    rmSync(join(dataDir, 'data', 'lock.sock'), { force: true });
    execFileSync('tar', ['--sort=name', '--owner=0', '--group=0', '-czf', `${folder}.tar.gz`, '-C', dataDir, 'data']);
    writeFileSync(`${folder}.json`, `${JSON.stringify(this.expected, undefined, 1)}\n`);
    console.error(name, files(join(dataDir, 'data')).join('\n'));
  }
}

const QUICK = { 'buffer.chunk_max_age_ms': '30', 'alerts.state_write_interval_ms': '3600000' };
const SLOW = { 'buffer.chunk_max_age_ms': '3600000', 'alerts.state_write_interval_ms': '3600000' };

async function embedded(): Promise<void> {
  const recording = new Recording();
  const dataDir = mkdtempSync(join(tmpdir(), 'longshore-record-'));
  const store = join(dataDir, 'data', 'store');
  const seal = { 'store.seal_max_age_ms': '10' };
  const first = await Longshore.start({ dataDir, rules: { 'a.yaml': RULE }, set: { ...QUICK, ...seal } });
  await recording.send(first.ready.forward, 4);
  await until(
    'segments of two days',
    () =>
      new Set(
        files(store)
          .filter(name => name.endsWith('.parquet'))
          .map(name => name.split('/')[1]),
      ).size === 2,
  );
  await until('no chunk', () => files(join(dataDir, 'data', 'chunks')).length === 0);
  await first.stop();
  const second = await Longshore.start({ dataDir, rules: { 'a.yaml': RULE }, set: QUICK });
  await recording.send(second.ready.forward, 2, { level: 'error' });
  await until('a chunk', () => files(join(dataDir, 'data', 'chunks')).length > 0);
  await second.kill();
  const third = await Longshore.start({ dataDir, rules: { 'a.yaml': RULE }, set: SLOW });
  await recording.send(third.ready.forward, 2, { level: 'error' });
  await recording.hold(third.ready.forward);
  await third.kill();
  // As the store leaves what it cannot store.
  const chunk = readdirSync(join(dataDir, 'data', 'chunks')).find(name => name.endsWith('.ndjson'))!;
  appendFileSync(join(dataDir, 'data', 'chunks', chunk), '{"_id":"recorded-broken","seq":\n');
  const fourth = await Longshore.start({ dataDir, rules: { 'a.yaml': RULE }, set: { ...SLOW, ...seal } });
  await until('a dead letter', () => deadLetters(dataDir).includes('recorded-broken'));
  await fourth.kill();
  const fifth = await Longshore.start({ dataDir, rules: { 'a.yaml': RULE }, set: QUICK });
  await recording.send(fifth.ready.forward, 1);
  await until('a chunk', () => files(join(dataDir, 'data', 'chunks')).length > 0);
  await fifth.kill();
  const last = await Longshore.start({ dataDir, rules: { 'a.yaml': RULE }, set: SLOW });
  await recording.send(last.ready.forward, 1, { level: 'error' });
  await last.kill();
  recording.save('embedded', dataDir);
}

async function elasticsearch(): Promise<void> {
  const recording = new Recording();
  const dataDir = mkdtempSync(join(tmpdir(), 'longshore-record-'));
  const server = await Gateway.start(asked => {
    if (!asked.path.includes('_bulk'))
      return {
        status: 200,
        body: { version: { number: '9.2.0', build_flavor: 'default' }, tagline: 'You Know, for Search' },
      };
    const documents = asked.body
      .toString()
      .trim()
      .split('\n')
      .filter((_, i) => i % 2 === 1);
    const items = documents.map(document => {
      if (!document.includes('poison')) return { create: { status: 503, error: { type: 'busy', reason: 'busy' } } };
      return { create: { status: 400, error: { type: 'document_parsing_exception', reason: 'recorded as poison' } } };
    });
    return { status: 200, body: { errors: true, items } };
  });
  const set = { 'store.type': 'elasticsearch', 'store.nodes': `["${server.url}"]`, stop_deadline_ms: '500' };
  const first = await Longshore.start({ dataDir, rules: {}, set: { ...QUICK, ...set } });
  await recording.send(first.ready.forward, 2);
  await recording.send(first.ready.forward, 1, { 'a.b.poison': 1 });
  await until('dead letters', () => deadLetters(dataDir).split('recorded as poison').length > 12);
  await first.kill();
  const second = await Longshore.start({ dataDir, rules: {}, set: { ...SLOW, ...set } });
  await recording.send(second.ready.forward, 1);
  await recording.hold(second.ready.forward);
  await second.kill();
  await server.close();
  recording.save('elasticsearch', dataDir);
}

await embedded();
await elasticsearch();
