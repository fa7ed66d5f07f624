import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isoTime } from '../../src/base/time/iso.ts';
import { DeadLetterQueue } from '../../src/dead-letters/queue.ts';
import { inProcess as cli } from '../cli/in-process.ts';
import { Longshore } from '../support/longshore.ts';

/*
 * Dead letters of the real process with its embedded store: a chunk holds lines that do not fit, and what becomes of
 * them over kills, replays and edited pipelines.
 */

const QUICK = {
  'buffer.chunk_max_events': '20',
  'buffer.chunk_max_age_ms': '50',
  'store.seal_rows': '100',
  'store.seal_max_age_ms': '20',
  stop_deadline_ms: '3000',
};
const TIME = Math.floor(Date.now() / 1000) * 1000 - 60_000;
const DAY = isoTime(TIME).slice(0, 10).replaceAll('-', '.');

/** Takes `slow` for what it is. */
const MENDED = `
match: { tag: app }
processors:
  - set: { field: speed, value: slow }
  - remove: { field: response_time, ignore_missing: true }
`;
/** Leaves everything as it was. */
const IDLE = `
match: { tag: app }
processors:
  - set: { field: seen, value: once }
`;

interface Summary {
  id: string;
  type: string;
  status: string;
  event: string;
  forerunner?: string;
  came_back_as?: string[];
}

/** Whatever was asked for: the tests say what they expect in it. */
interface Answer {
  letters: Summary[];
  open: number;
  types: { type: string; open: number }[];
  previews: { before: Record<string, unknown>; after: Record<string, unknown> }[];
  document: string;
  error: { code: string };
}

let dataDir: string;
const running = new Set<Longshore>();
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'longshore-dead-'));
});
afterEach(async () => {
  for (const one of running) await one.kill();
  running.clear();
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(pipeline = IDLE, env: NodeJS.ProcessEnv = {}): Promise<Longshore> {
  const longshore = await Longshore.start({ dataDir, set: QUICK, env, rules: {}, pipelines: { 'app.yaml': pipeline } });
  running.add(longshore);
  await longshore.untilReady();
  return longshore;
}

async function gone(longshore: Longshore): Promise<void> {
  await vi.waitFor(() => expect(longshore.process.signalCode ?? longshore.process.exitCode).not.toBeNull(), 20_000);
  running.delete(longshore);
}

/** `good` lines that fit, and `bad` ones that the table of the store does not take, as the spool would leave them. */
function leaveChunk(good: number, bad: readonly string[], id = '0000000000000001'): void {
  const events = [
    ...Array.from({ length: good }, (_, i) => [`good-${i}`, 12] as const),
    ...bad.map(name => [name, 'slow'] as const),
  ];
  const lines = events.map(([name, time], i) =>
    JSON.stringify({
      _id: name,
      seq: TIME * 1000 + i,
      '@timestamp': isoTime(TIME + i),
      message: `the message of ${name}`,
      response_time: time,
      container_name: 'shop',
      tag: 'app',
    }),
  );
  const dir = join(dataDir, 'data', 'chunks');
  mkdirSync(dir, { recursive: true });
  const name = `${id}.hand.${DAY.replaceAll('.', '')}.${lines.length}.${TIME}.${TIME + lines.length - 1}.ndjson`;
  writeFileSync(join(dir, name), `${lines.join('\n')}\n`);
}

async function ask(longshore: Longshore, path: string, body?: object): Promise<{ status: number; body: Answer }> {
  const init =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(`${longshore.url}${path}`, init);
  return { status: response.status, body: (await response.json()) as Answer };
}

async function letters(longshore: Longshore, status = 'any'): Promise<Summary[]> {
  const { body } = await ask(longshore, `/api/dead-letters?status=${status}&size=1000`);
  return body.letters;
}

async function untilLetters(longshore: Longshore, count: number, status = 'open'): Promise<Summary[]> {
  await vi.waitFor(async () => expect(await letters(longshore, status)).toHaveLength(count), 30_000);
  return letters(longshore, status);
}

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `bad-${i}`);

async function stored(longshore: Longshore): Promise<string[]> {
  return (await longshore.searchAll('')).map(hit => hit._id).sort();
}

const all = (good: number, bad: readonly string[]): string[] =>
  [...Array.from({ length: good }, (_, i) => `good-${i}`), ...bad].sort();

describe('the embedded store', () => {
  test('what does not fit becomes a letter, and a mended rule brings it home with its _id and its seq', {
    timeout: 300_000,
  }, async () => {
    leaveChunk(3, names(2));
    const longshore = await start();
    const [second, first] = await untilLetters(longshore, 2);
    expect(first).toMatchObject({
      event: 'bad-0',
      type: 'column_type_mismatch',
      status: 'open',
      container: 'shop',
      source: 'embedded',
    });
    expect(readdirSync(join(dataDir, 'data', 'store', 'dead-letters'))).toEqual([]);
    // The letter is there before its row is gone: it is never nowhere.
    await vi.waitFor(async () => expect(await stored(longshore)).toEqual(all(3, [])), { timeout: 10_000 });

    const shown = (await ask(longshore, `/api/dead-letters/${first!.id}`)).body;
    expect(JSON.parse(shown.document)).toMatchObject({ _id: 'bad-0', response_time: 'slow' });

    // The files of pipelines are edited: a preview sees it before the service takes it over.
    const idle = (await ask(longshore, '/api/dead-letters/preview', { ids: [first!.id] })).body.previews[0];
    expect(idle).toMatchObject({ outcome: 'document', after: { seen: 'once', response_time_original: 'slow' } });
    const given = { ids: [first!.id], pipelines: [{ path: 'app.yaml', text: MENDED }] };
    const mended = (await ask(longshore, '/api/dead-letters/preview', given)).body.previews[0];
    expect(mended!.before.response_time).toBe('slow');
    expect(mended!.after).toMatchObject({ speed: 'slow', message: 'the message of bad-0' });
    expect(mended!.after).not.toHaveProperty('response_time_original');
    writeFileSync(join(longshore.pipelinesDir, 'app.yaml'), MENDED);
    const fresh = (await ask(longshore, '/api/dead-letters/preview', { ids: [first!.id] })).body.previews[0];
    expect(fresh!.after).toEqual(mended!.after);
    await vi.waitFor(() => expect(longshore.log.some(line => line.includes('"msg":"reloaded"'))).toBe(true), 10_000);

    expect((await ask(longshore, '/api/dead-letters/replay', { ids: [first!.id, second!.id] })).body).toEqual({
      replayed: 2,
      dropped: 0,
      skipped: [],
      files_differ: false,
    });
    const hits = await longshore.searchAll('speed:slow');
    expect(hits.map(({ _id, seq }) => [_id, seq])).toEqual([
      ['bad-0', TIME * 1000 + 3],
      ['bad-1', TIME * 1000 + 4],
    ]);
    expect(hits[0]!['@timestamp']).toBe(isoTime(TIME + 3));
    const twice = (await ask(longshore, '/api/dead-letters/replay', { ids: [first!.id, 'ffffffffffffffff'] })).body;
    expect(twice).toMatchObject({
      replayed: 0,
      skipped: [{ id: 'ffffffffffffffff' }, { id: first!.id, why: 'it is replayed already' }],
    });
    await longshore.stop();
    running.delete(longshore);
    const again = await start();
    expect(await stored(again)).toEqual(all(3, names(2)));
    expect((await letters(again)).map(({ status }) => status)).toEqual(['replayed', 'replayed']);
    expect(await letters(again, 'open')).toEqual([]);
  });

  test('as it is, it comes back as a new letter that names the one before', { timeout: 300_000 }, async () => {
    leaveChunk(1, names(1));
    const longshore = await start();
    const [first] = await untilLetters(longshore, 1);
    expect((await ask(longshore, '/api/dead-letters/replay', { all: true, as_is: true })).body).toMatchObject({
      replayed: 1,
    });
    const [second] = await untilLetters(longshore, 1);
    expect(second).toMatchObject({ event: 'bad-0', forerunner: first!.id });
    expect((await ask(longshore, `/api/dead-letters/${first!.id}`)).body).toMatchObject({
      status: 'replayed',
      came_back_as: [second!.id],
    });
    const { body } = await ask(longshore, '/api/dead-letters');
    expect(body.types).toEqual([{ type: 'column_type_mismatch', open: 1, letters: 2, replayed: 1, discarded: 0 }]);
    await ask(longshore, '/api/dead-letters/replay', { all: true });
    expect(await stored(longshore)).toEqual(all(1, names(1)));
  });

  const points = [
    ['replay.after_intent', true],
    ['replay.after_spool', false],
    ['replay.after_spool', true],
    ['replay.after_finish', false],
  ] as const;
  for (const [point, asIs] of points) {
    test(`killed right ${point.replace(/[._]/g, ' ')}${asIs ? ', as it is' : ''}: each letter is sent exactly once`, {
      timeout: 300_000,
    }, async () => {
      const bad = names(250);
      leaveChunk(5, bad);
      const faulty = await start(IDLE, { LONGSHORE_FAULT: `${point}:2` });
      await untilLetters(faulty, 250);
      await ask(faulty, '/api/dead-letters/replay', { all: true, as_is: asIs }).catch(() => {});
      await gone(faulty);
      const again = await start();
      await vi.waitFor(async () => expect(await letters(again, 'replaying')).toEqual([]), 30_000);
      await vi.waitFor(
        async () => expect((await ask(again, '/api/dead-letters/replay', { all: true })).status).toBe(200),
        30_000,
      );
      await vi.waitFor(async () => expect(await stored(again)).toEqual(all(5, bad)), {
        timeout: 20_000,
        interval: 200,
      });
      // What came back of those that went as they were: go on until nothing is left.
      for (let i = 0; i < 10 && (await letters(again, 'open')).length > 0; i++)
        await ask(again, '/api/dead-letters/replay', { all: true });
      expect(await stored(again)).toEqual(all(5, bad));
      const found = await letters(again);
      const firsts = found.filter(({ forerunner }) => forerunner === undefined);
      expect(firsts).toHaveLength(250);
      expect(new Set(found.map(({ status }) => status))).toEqual(new Set(['replayed']));
    });
  }

  for (const point of ['letters.before_write', 'letters.after_fsync', 'letters.after_new_file', 'after_dead_letters']) {
    test(`killed ${point.replace(/[._]/g, ' ')} while letters are written: each is there once`, {
      timeout: 300_000,
    }, async () => {
      leaveChunk(2, names(3));
      const faulty = await start(IDLE, { LONGSHORE_FAULT: point });
      if (point !== 'after_dead_letters') await gone(faulty);
      else await untilLetters(faulty, 3);
      await faulty.kill();
      running.delete(faulty);
      const again = await start();
      await untilLetters(again, 3);
      expect((await ask(again, '/api/dead-letters/replay', { all: true })).body).toMatchObject({ replayed: 3 });
      expect(await stored(again)).toEqual(all(2, names(3)));
      expect(await letters(again)).toHaveLength(3);
    });
  }
});

describe('in bulk, and on the command line', () => {
  test('by type, by query; what is chosen, and nothing else', { timeout: 300_000 }, async () => {
    leaveChunk(1, names(4));
    // What this data_dir kept when it had other stores.
    const document = JSON.stringify({ seq: 7, '@timestamp': isoTime(TIME), message: 'from Elasticsearch', tag: 'app' });
    const refusal = { day: DAY, at: TIME, form: 'elasticsearch' } as const;
    const job = ['r-1', 'r-2'].map(id => `{"create":{"_id":"${id}"}}\n${document}\n`).join('');
    const queue = new DeadLetterQueue(join(dataDir, 'data'));
    await queue.start();
    await queue.append([
      {
        ...refusal,
        ...{ kind: 'event', event: 'es-1', chunk: 'c', index: `docker-logs-${DAY}`, source: 'elasticsearch' },
        ...{ type: 'mapper_parsing_exception', reason: 'no', events: 1, document: Buffer.from(document) },
      },
      {
        ...refusal,
        ...{ kind: 'raw', event: '', chunk: 'j1', source: 'redis', events: 2, document: Buffer.from(job) },
        ...{ type: 'redis_job_stalled', reason: 'too many workers died with it' },
      },
      {
        ...refusal,
        ...{ kind: 'raw', event: '', chunk: 'j2', source: 'redis', events: 5, document: Buffer.from('{"v":1}') },
        ...{ type: 'redis_job_failed', reason: 'the job failed' },
      },
    ]);
    await queue.stop();
    // What the process of the store leaves.
    const dir = join(dataDir, 'data', 'store', 'dead-letters');
    mkdirSync(dir, { recursive: true });
    writeFileSync(
      join(dir, 'other.ndjson'),
      `${JSON.stringify({ type: 'invalid_json', reason: 'not valid JSON', chunk: 'other', line: 3, document: '{"half' })}\n` +
        `${JSON.stringify({ type: 'invalid_utf8', reason: 'not valid UTF-8', chunk: 'other', line: 4, document_base64: '/w==' })}\n`,
    );
    const longshore = await start();
    await untilLetters(longshore, 10);
    const { body } = await ask(longshore, '/api/dead-letters?size=0');
    expect(Object.fromEntries(body.types.map(each => [each.type, each.open]))).toEqual({
      column_type_mismatch: 4,
      redis_job_failed: 5,
      redis_job_stalled: 2,
      invalid_json: 1,
      invalid_utf8: 1,
      mapper_parsing_exception: 1,
    });
    expect(body.open).toBe(14);

    const replay = async (selection: object) => (await ask(longshore, '/api/dead-letters/replay', selection)).body;
    expect(await replay({ type: 'mapper_parsing_exception' })).toMatchObject({ replayed: 1 });
    expect(await replay({ type: 'redis_job_stalled' })).toMatchObject({ replayed: 2 });
    expect(await replay({ query: '_id:bad-1 OR _id:bad-2' })).toMatchObject({ replayed: 2 });
    expect(await stored(longshore)).toEqual(['bad-1', 'bad-2', 'es-1', 'good-0', 'r-1', 'r-2']);
    expect(await replay({ type: 'redis_job_failed' })).toMatchObject({
      replayed: 0,
      skipped: [{ why: expect.stringContaining('whole chunk') }],
    });
    expect(await replay({ type: 'invalid_json' })).toMatchObject({ replayed: 1 });
    expect((await longshore.search('message:half')).total).toBe(1);
    expect(await replay({ type: 'no_such_type' })).toMatchObject({ replayed: 0, skipped: [] });
    expect((await ask(longshore, '/api/dead-letters/discard', { type: 'redis_job_failed' })).body).toEqual({
      discarded: 1,
    });
    expect((await letters(longshore, 'open')).map(({ event, type }) => event || type).sort()).toEqual([
      'bad-0',
      'bad-3',
      'invalid_utf8',
    ]);
    expect(readdirSync(join(dataDir, 'data', 'dead-letters'))).toEqual(['letters-0000000001.ndjson']);
  });

  test('what a tired person types', { timeout: 300_000 }, async () => {
    leaveChunk(1, names(3));
    const longshore = await start();
    const [newest] = await untilLetters(longshore, 3);
    const dlq = (...args: string[]) => cli(['dlq', ...args, '--url', longshore.url]);
    const listed = await dlq();
    expect(listed.out).toMatch(
      /^3 dead letters wait\.\n\n {2}type +open +replayed +discarded\n {2}column_type_mismatch +3 +0 +0\n\n/,
    );
    expect(listed.out).toContain(`${newest!.id}  `);
    expect(listed.out).toContain('the message of bad-2');
    const shown = await dlq('show', newest!.id);
    expect(shown.out).toMatch(/reason +response_time is no number: "slow"\n/);
    expect(shown.out).toContain('"response_time":"slow"');
    const preview = await dlq('preview', newest!.id);
    expect(preview.out).toContain('+ seen');
    expect(preview.out).toContain('- response_time');
    const file = join(dataDir, 'app.yaml');
    writeFileSync(file, MENDED);
    expect((await dlq('preview', '--pipeline', file, '--limit', '1')).out).toContain('+ speed');
    expect((await dlq('replay')).err).toContain('LS_CLI_DLQ');
    expect((await dlq('reply')).err).toContain("Did you mean 'replay'");
    expect((await dlq('show', 'x')).err).toContain('LS_LETTERS_NOT_FOUND');
    expect((await dlq('discard', newest!.id)).out).toBe('1 dead letter discarded.\n');
    expect(await dlq('discard', newest!.id)).toMatchObject({
      code: 1,
      err: expect.stringContaining('no letter that waits'),
    });
    const replayed = await dlq('replay', '--type', 'column_type_mismatch', '--limit', '1');
    expect([replayed.code, replayed.out]).toEqual([0, expect.stringContaining('1 dead letter replayed.\n')]);
    expect((await dlq('replay', '--all')).out).toContain('1 dead letter replayed.\n');
    expect((await dlq()).out).toMatch(/^No dead letter waits\.\n/);
    expect((await dlq('--status', 'any', '--json')).out.trim().split('\n')).toHaveLength(3);
    expect(await stored(longshore)).toEqual(['bad-0', 'bad-1', 'good-0']);
    const broken = await ask(longshore, '/api/dead-letters/preview', {
      all: true,
      pipelines: [{ path: 'a.yaml', text: 'processors: [{ gork: {} }]' }],
    });
    expect([broken.status, broken.body.error.code]).toEqual([422, 'LS_LETTERS_PIPELINES']);
  });
});
