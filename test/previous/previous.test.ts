import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LOG_MAGIC } from '../../src/buffer/spool/record.ts';
import { Database } from '../../src/store/embedded/process/duckdb.ts';
import { copyToSegment, readSegments } from '../../src/store/embedded/process/sql.ts';
import { Gateway, pairs, takesAll } from '../store/elasticsearch/gateway.ts';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { Longshore } from '../support/longshore.ts';

/*
 * `files/<version>-<store>.tar.gz` is a data_dir as that version left it when it was killed (made by `record.ts`): sealed
 * segments of two days, chunks, a log that was not rolled, a journal with accepted ids and a piece of a line, alert hits
 * that no state had yet, dead letters.
 */
interface Expected {
  messages: string[];
  held: { tag: string; first: string; rest: string[] };
  frames: { tag: string; chunk: string; message: string }[];
}

const recordings = globSync('test/previous/files/*.tar.gz').sort();
const KEEP = { 'store.retention.max_age_days': '36500', 'event.clamp_past_days': '30' };
const RULE = `
name: Pending
type: frequency
index: docker-logs-*
filter: [{ term: { level: ERROR } }]
num_events: 1000
timeframe: { days: 1000 }
alert: debug
`;

let dataDir: string;
let gateway: Gateway;
const running: Longshore[] = [];
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'longshore-previous-'));
  gateway = await Gateway.start(takesAll);
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill();
  await gateway.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function unpack(recording: string): Expected {
  execFileSync('tar', ['-xzf', recording, '-C', dataDir]);
  return JSON.parse(readFileSync(recording.replace(/tar\.gz$/, 'json'), 'utf8')) as Expected;
}

async function start(set: Record<string, string> = {}): Promise<Longshore> {
  const longshore = await Longshore.start({ dataDir, rules: { 'a.yaml': RULE }, set: { ...KEEP, ...set } });
  running.push(longshore);
  return longshore;
}

const elasticsearch = () => ({ 'store.type': 'elasticsearch', 'store.nodes': `["${gateway.url}"]` });

/** Message -> how often it was created in the made-up Elasticsearch, in bulk bodies that are in order. */
function created(): Map<string, number> {
  const messages = new Map<string, number>();
  const ids = new Set<string>();
  for (const { body } of gateway.bulks) {
    for (const pair of pairs(body)) {
      const [action, document] = pair.split('\n') as [string, string];
      const { _id } = (JSON.parse(action) as { create: { _id: string } }).create;
      const { message, seq, '@timestamp': time } = JSON.parse(document) as Record<string, unknown>;
      expect([typeof _id, typeof seq, typeof time]).toEqual(['string', 'number', 'string']);
      if (!ids.has(_id)) messages.set(String(message), (messages.get(String(message)) ?? 0) + 1);
      ids.add(_id);
    }
  }
  return messages;
}

async function sendAgain(longshore: Longshore, { frames, held }: Expected): Promise<void> {
  const sender = await ForwardSender.connect(longshore.ready.forward);
  for (const { tag, chunk } of frames) sender.forward(tag, [dockerRecord('this is not what it was')], chunk);
  held.rest.forEach((text, i) => {
    const partial = {
      partial_message: 'true',
      partial_id: 'held',
      partial_ordinal: String(i + 2),
      partial_last: String(i + 1 === held.rest.length),
    };
    sender.message(held.tag, dockerRecord(text, partial), `rest-${i}`);
  });
  await sender.acknowledged(frames.length + held.rest.length);
  sender.close();
}

const sorted = (texts: Iterable<string>): string[] => [...texts].sort();

describe.each(recordings.filter(name => name.includes('-embedded')))('%s', recording => {
  test('is read by this version: every event once, frames known, joins resumed, hits counted', async () => {
    const expected = unpack(recording);
    const segments = () => globSync(join(dataDir, 'data', 'store', 'segments', '*', '*.parquet'));
    const before = segments();
    const longshore = await start();
    await longshore.untilReady();
    expect(sorted((await longshore.searchAll('recorded')).map(hit => String(hit['message'])))).toEqual(
      sorted(expected.messages),
    );
    // Its segments are written anew meanwhile, and hold the same.
    await vi.waitFor(() => expect(segments().filter(path => before.includes(path))).toEqual([]), { timeout: 20_000 });
    expect((await longshore.searchAll('recorded')).length).toBe(expected.messages.length);
    await sendAgain(longshore, expected);
    const whole = [expected.held.first, ...expected.held.rest].join('');
    await vi.waitFor(async () => expect((await longshore.search('"recorded-held"')).hits[0]?.['message']).toBe(whole));
    expect((await longshore.search('')).total).toBe(expected.messages.length + 1);
    const { total } = await longshore.search('level:ERROR');
    const rules = (await (await fetch(`${longshore.url}/api/rules`)).json()) as { rules: { hits: number }[] };
    expect(rules.rules[0]).toMatchObject({ name: 'Pending', hits: total });
    await longshore.stop();
    expect(JSON.parse(readFileSync(join(dataDir, 'data', 'format.json'), 'utf8'))).toEqual({ format: 3 });
    // What could not be stored is among the dead letters.
    const letters = globSync(join(dataDir, 'data', '{dead-letters,store/dead-letters}', '**'), { withFileTypes: true });
    const texts = letters
      .filter(file => file.isFile())
      .map(file => readFileSync(join(file.parentPath, file.name), 'latin1'));
    expect(texts.join('')).toContain('recorded-broken');
  });

  test('with Elasticsearch configured instead, what the spool held goes there, and the rest is told of', async () => {
    const expected = unpack(recording);
    const longshore = await start({ ...elasticsearch(), 'search.timeout_ms': '1000' });
    await sendAgain(longshore, expected);
    const pending = expected.messages.filter(message => !isSealed(message));
    const whole = [expected.held.first, ...expected.held.rest].join('');
    await vi.waitFor(() => expect(sorted(created().keys())).toEqual(sorted([...pending, whole])), 10_000);
    expect([...created().values()].every(count => count === 1)).toBe(true);
    expect(longshore.log.some(line => line.includes('longshore migrate'))).toBe(true);
  });

  /** The last two sendings were never sealed. */
  const isSealed = (message: string): boolean => Number(/^recorded-(\d+) /.exec(message)![1]) < 16;
});

describe.each(recordings.filter(name => name.includes('-elasticsearch')))('%s', recording => {
  /** Refused when it was recorded. */
  const isDeadLetter = (message: string): boolean => /^recorded-[45] /.test(message);

  test('is read by this version: every event is created once', async () => {
    const expected = unpack(recording);
    const longshore = await start(elasticsearch());
    await sendAgain(longshore, expected);
    const whole = [expected.held.first, ...expected.held.rest].join('');
    await vi.waitFor(
      () =>
        expect(sorted([...created().keys()].filter(message => !isDeadLetter(message)))).toEqual(
          sorted([...expected.messages.filter(message => !isDeadLetter(message)), whole]),
        ),
      10_000,
    );
    expect([...created().values()].every(count => count === 1)).toBe(true);
  });

  test('with the embedded store instead, what the spool held is found there', async () => {
    const expected = unpack(recording);
    const longshore = await start();
    await longshore.untilReady();
    await sendAgain(longshore, expected);
    const whole = [expected.held.first, ...expected.held.rest].join('');
    await vi.waitFor(async () => expect((await longshore.search('"recorded-held"')).total).toBe(1));
    const found = (await longshore.searchAll('recorded')).map(hit => String(hit['message']));
    expect(sorted(found)).toEqual(sorted([...expected.messages, whole]));
  });
});

describe('files of a later version are refused and left alone', () => {
  const embedded = recordings.find(name => name.includes('-embedded'))!;
  const everything = (): Map<string, string> => {
    const root = join(dataDir, 'data');
    const names = (readdirSync(root, { recursive: true, withFileTypes: true }) as unknown as import('node:fs').Dirent[])
      .filter(file => file.isFile())
      .map(file => join(file.parentPath, file.name));
    return new Map(names.sort().map(name => [name, readFileSync(name, 'base64')]));
  };

  test('the whole folder', async () => {
    unpack(embedded);
    writeFileSync(join(dataDir, 'data', 'format.json'), '{"format":99}\n');
    const before = everything();
    await expect(start()).rejects.toThrow('(LS_DATA_DIR_NEWER)');
    expect([...everything()]).toEqual([...before]);
  });

  test('a log of the spool', async () => {
    const dir = join(dataDir, 'data', 'spool', 'w0');
    mkdirSync(dir, { recursive: true });
    const path = join(dir, '1795201570534000.log');
    const bytes = Buffer.concat([LOG_MAGIC.subarray(0, 7), Buffer.from([9]), Buffer.from('what only it can read')]);
    writeFileSync(path, bytes);
    for (const set of [{}, elasticsearch()]) await expect(start(set)).rejects.toThrow('(LS_SPOOL_NEWER)');
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test('a segment', async () => {
    unpack(embedded);
    const [segment] = globSync(join(dataDir, 'data', 'store', 'segments', '*', '*.parquet')) as [string];
    const database = await Database.open({ memoryLimitBytes: 1e8, threads: 1, spillFolder: dataDir });
    const session = await database.connect();
    const later = `${segment}.later`;
    const metadata = JSON.stringify({ version: 4, chunks: [], segments: [], more: true });
    await session.run(copyToSegment(readSegments([segment]), 'as_is', later, 'longshore', metadata));
    session.close();
    const bytes = readFileSync(later);
    rmSync(later);
    writeFileSync(segment, bytes);
    await expect(start()).rejects.toThrow('LS_STORE_NEWER');
    expect(readFileSync(segment).equals(bytes)).toBe(true);
  });
});
