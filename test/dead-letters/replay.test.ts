import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SpoolEntry } from '../../src/buffer/spool/spool.ts';
import type { NewDeadLetter } from '../../src/core/contracts.ts';
import { LongshoreError } from '../../src/core/errors.ts';
import { DeadLetterQueue } from '../../src/dead-letters/queue.ts';
import { Replayer } from '../../src/dead-letters/replay/replayer.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';
import { createConform } from '../../src/schema/conform.ts';
import { conformAgain } from '../../src/schema/conform-again.ts';
import { serialise } from '../../src/schema/serialise.ts';
import { parseQuery } from '../../src/store/query/parse.ts';
import { compilePredicate } from '../../src/store/query/predicate.ts';
import { letter, NOW } from './letter.ts';

const PIPELINE = {
  path: 'app.yaml',
  text: `
match: { tag: app }
processors:
  - drop: { if: "ctx.message == 'useless'" }
  - grok: { field: message, patterns: ['order %{INT:order:int}'] }
`,
};
const pipelines = loadPipelines([PIPELINE]);
const conform = createConform();

let dir: string;
let letters: DeadLetterQueue;
let entries: SpoolEntry[];
let accepted: Set<string>;
let stored: Set<string>;
let refusal: LongshoreError | undefined;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'longshore-replay-'));
  letters = new DeadLetterQueue(dir, {}, () => NOW);
  await letters.start();
  [entries, accepted, stored, refusal] = [[], new Set(), new Set(), undefined];
});
afterEach(async () => {
  await letters.stop();
  rmSync(dir, { recursive: true, force: true });
});

function replayer(append?: (entry: SpoolEntry) => Promise<void>): Replayer {
  return new Replayer({
    queue: letters,
    form: 'embedded',
    conform: (fields, meta) => conformAgain(conform, fields, meta),
    serialise,
    pipelines: () => pipelines,
    readPipelines: files => loadPipelines(files ?? [PIPELINE]),
    filesDiffer: () => true,
    predicate: query => compilePredicate(parseQuery(query), Date.now),
    find: async ids => new Set(ids.filter(id => stored.has(id))),
    spool: {
      get refusal() {
        return refusal;
      },
      isAccepted: key => accepted.has(key.hex!),
      append:
        append ??
        (async entry => {
          entries.push(entry);
          accepted.add(entry.key!.hex!);
        }),
    },
  });
}

async function recovered(): Promise<Replayer> {
  const one = replayer();
  await one.recover(new AbortController().signal);
  return one;
}

const event = (id: string, message = `order ${id}`, more: Partial<NewDeadLetter> = {}): NewDeadLetter =>
  letter(id, {
    document: Buffer.from(
      JSON.stringify({
        _id: id,
        seq: NOW * 1000 + 5,
        '@timestamp': new Date(NOW - 1000).toISOString(),
        level: 'INFO',
        message,
        tag: 'app',
        container_name: 'web',
        fields: { tags: ['_grokparsefailure', 'own'], pipeline_error: 'app: grok', schema_errors: ['a note'] },
      }),
    ),
    ...more,
  });

const sent = (): Record<string, unknown>[] =>
  entries.flatMap(({ parts }) =>
    parts.flatMap(({ bytes }) => bytes.toString().trimEnd().split('\n')).map(line => JSON.parse(line)),
  );
const ids = () => letters.choose({}, 'asc', 1000).map(({ id }) => id);
const statuses = () => ids().map(id => letters.status(id));

describe('what is sent', () => {
  test('goes through the pipelines once more, with its own _id, seq and time, and without the old complaint', async () => {
    await letters.append([event('a', 'order 42')]);
    const one = await recovered();
    expect(await one.replay({ ids: ids() })).toMatchObject({
      replayed: 1,
      dropped: 0,
      skipped: [],
      files_differ: true,
    });
    expect(sent()).toEqual([
      {
        _id: 'a',
        seq: NOW * 1000 + 5,
        '@timestamp': new Date(NOW - 1000).toISOString(),
        level: 'INFO',
        service: 'web',
        container_name: 'web',
        message: 'order 42',
        tag: 'app',
        fields: { tags: ['own'], order: 42, schema_errors: ['a note'] },
      },
    ]);
    expect(entries[0]).toMatchObject({ hits: [], pieces: [], releases: [], seq: NOW * 1000 + 5 });
    expect(entries[0]!.parts[0]!.containers!.flat()).toEqual(['web', 1]);
  });

  test('what a pipeline drops counts as replayed and as dropped', async () => {
    await letters.append([event('a', 'useless'), event('b')]);
    expect(await (await recovered()).replay({ ids: ids() })).toMatchObject({ replayed: 2, dropped: 1 });
    expect(sent().map(each => each['_id'])).toEqual(['b']);
    expect(entries[0]!.drops!.flat()).toEqual(['web', 1]);
    expect(statuses()).toEqual(['replayed', 'replayed']);
  });

  test('as it is: the same bytes; in the other form the same fields; what is no document is not sent', async () => {
    const es = { '@timestamp': new Date(NOW).toISOString(), seq: 3, message: 'm', verb: 'GET' };
    await letters.append([
      event('a'),
      letter('b', { form: 'elasticsearch', document: Buffer.from(JSON.stringify(es)) }),
      letter('c', { document: Buffer.from('{"half') }),
      letter('', { kind: 'raw', events: 7 }),
    ]);
    const answer = await (await recovered()).replay({ ids: ids() }, true);
    expect(answer.replayed).toBe(2);
    expect(answer.skipped.map(({ why }) => why)).toEqual([
      expect.stringContaining('no document'),
      expect.stringContaining('whole chunk'),
    ]);
    const lines = entries[0]!.parts[0]!.bytes.toString().split('\n');
    expect(lines[0]).toBe(Buffer.from(event('a').document).toString());
    expect(JSON.parse(lines[1]!)).toEqual({
      _id: 'b',
      seq: 3,
      '@timestamp': es['@timestamp'],
      message: 'm',
      fields: { verb: 'GET' },
    });
    expect(statuses()).toEqual(['replayed', 'replayed', 'open', 'open']);
  });

  test('bytes that are no document are kept as the message when they go through the pipelines', async () => {
    await letters.append([letter('', { line: 4, document: Buffer.from('{"half') })]);
    await (await recovered()).replay({ ids: ids() });
    expect(sent()).toEqual([expect.objectContaining({ _id: `letter-${ids()[0]}`, message: '{"half' })]);
  });

  test('many, in batches; a limit and the cursor go on where it ended, and never to what came later', async () => {
    await letters.append(Array.from({ length: 900 }, (_, i) => event(`e${i}`, i % 3 === 0 ? 'order 3' : 'order 1')));
    const one = await recovered();
    const first = await one.replay({ query: 'message:"order 3"', limit: 250 });
    expect([first.replayed, entries.length]).toEqual([250, 2]);
    await letters.append([event('late', 'order 3')]);
    const { cursor } = first;
    expect(await one.replay({ query: 'message:"order 3"', cursor })).toMatchObject({ replayed: 50 });
    expect(new Set(sent().map(each => each['_id'])).size).toBe(300);
    expect(statuses().filter(status => status === 'open')).toHaveLength(601);
  });

  test('a spool that takes nothing: nothing has begun', async () => {
    await letters.append([event('a')]);
    refusal = new LongshoreError('LS_SPOOL_FULL', 'full', { retryable: true });
    await expect((await recovered()).replay({ ids: ids() })).rejects.toMatchObject({ code: 'LS_SPOOL_FULL' });
    expect(statuses()).toEqual(['open']);
  });
});

describe('what was interrupted', () => {
  /** The process ends while the spool has the entry in its hands; whether it took it is what the test says. */
  async function interrupted(names: string[], asIs = false): Promise<string> {
    await letters.append(names.map(name => event(name)));
    const { promise, resolve } = Promise.withResolvers<string>();
    const one = replayer(entry => {
      resolve(entry.key!.hex!);
      return new Promise(() => {});
    });
    await one.recover(new AbortController().signal);
    void one.replay({ ids: ids() }, asIs);
    const batch = await promise;
    letters = new DeadLetterQueue(dir, {}, () => NOW);
    await letters.start();
    expect(new Set(statuses())).toEqual(new Set(['replaying']));
    return batch;
  }

  test('and had reached the spool is not sent again', async () => {
    accepted.add(await interrupted(['a', 'b']));
    await recovered();
    expect([entries, statuses()]).toEqual([[], ['replayed', 'replayed']]);
  });

  test('and had not is sent again, as it was asked for', async () => {
    await interrupted(['a', 'b'], true);
    await recovered();
    expect(sent().map(each => [each['_id'], (each['fields'] as Record<string, unknown>)['order']])).toEqual([
      ['a', undefined],
      ['b', undefined],
    ]);
    expect(statuses()).toEqual(['replayed', 'replayed']);
  });

  test('so long ago that the spool has forgotten it: by _id in tail and store', async () => {
    await interrupted(['a', 'b', 'c']);
    stored = new Set(['a', 'c']);
    await recovered();
    expect(sent().map(each => each['_id'])).toEqual(['b']);
    expect(statuses()).toEqual(['replayed', 'replayed', 'replayed']);
    expect(letters.counts().get('web')).toMatchObject({ letters: 3, replayed: 3 });
  });

  test('and came back already is not sent again', async () => {
    await interrupted(['a']);
    await letters.append([event('a', 'order 1', { chunk: 'later' })]);
    await recovered();
    expect([entries, statuses()]).toEqual([[], ['replayed', 'open']]);
  });

  test('is looked after first', async () => {
    await letters.append([event('a')]);
    await expect(replayer().replay({ ids: ids() })).rejects.toMatchObject({ code: 'LS_LETTERS_BUSY', retryable: true });
  });
});
