import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { inProcess } from './in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'longshore-diff-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const SHOP = (processors: string) => `match: { tag: shop }\nprocessors:\n${processors}`;
const OLD = SHOP("  - grok: { field: message, patterns: ['^%{WORD:verb} %{INT:n}$'] }\n");
const NEW = SHOP(`  - drop: { if: "ctx.message == 'ping 1'" }
  - grok: { field: message, patterns: ['^%{WORD:verb} %{INT:n:int}(?: %{WORD:unit})?$'] }
  - set: { field: many, value: true, if: ctx.n > 10 }
`);
const old = file('old/shop.yaml', OLD);
const now = file('new/shop.yaml', NEW);
const NOTHING = ['--set', 'pipelines=[]'];

describe('longshore diff', () => {
  test('tells what a change does to lines, by kind, with an example', async () => {
    const lines = file('lines.log', 'sell 3\nsell 20\nping 1\nsell 4 kg\n');
    const { code, out } = await inProcess(['diff', old, now, '--lines', lines, '--tag', 'shop', ...NOTHING]);
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      '4 events, 4 differ',
      '',
      '     2  n changed',
      '        - "3"',
      '        + 3',
      '        line 1: sell 3',
      '',
      '     1  many added',
      '        + true',
      '        line 2: sell 20',
      '',
      '     1  dropped (shop)',
      expect.stringContaining('"message":"ping 1"'),
      '        line 3: ping 1',
      '',
      '     1  fails no more (shop)',
      '        - "shop: grok: no pattern matches the text"',
      '        line 4: sell 4 kg',
      '',
      '     1  tags removed',
      '        - ["_grokparsefailure"]',
      '        line 4: sell 4 kg',
      '',
      '     1  verb added',
      '        + "sell"',
      '        line 4: sell 4 kg',
      '',
      '     1  n added',
      '        + 4',
      '        line 4: sell 4 kg',
      '',
      '     1  unit added',
      '        + "kg"',
      '        line 4: sell 4 kg',
      '',
    ]);
  });

  test('nothing that differs is exit code 0', async () => {
    const lines = file('lines.log', 'sell 3\n');
    const { code, out } = await inProcess(['diff', old, old, '--lines', lines, '--tag', 'shop', ...NOTHING]);
    expect({ code, out }).toEqual({ code: 0, out: '1 event, 0 differ\n' });
  });

  test('folders are whole sets; without the first, the configuration is compared with; joins are told', async () => {
    const lines = file('joined.log', 'a\n b\nc\n');
    const joining = file('joining/all.yaml', 'match: { tag: t }\nmultiline: indented\nprocessors: []\n');
    const args = ['--lines', lines, '--tag', 't', '--json'];
    const { out } = await inProcess(['diff', dirname(joining), ...args, ...NOTHING]);
    expect(JSON.parse(out)).toMatchObject({
      events: 3,
      differing: 3,
      groups: [
        { kind: 'joined otherwise', count: 2 },
        { kind: 'taken', what: 'no pipeline -> all', count: 2 },
        { kind: 'changed', what: 'message' },
      ],
    });
  });

  const stored = [
    {
      _id: 'a',
      _index: 'i',
      seq: 1_795_000_000_000_000,
      '@timestamp': '2026-11-20T13:00:00.000Z',
      level: 'INFO',
      message: 'sell 3',
      tag: 'shop',
      verb: 'sell',
      n: '3',
    },
    {
      _id: 'b',
      _index: 'i',
      seq: 1_795_000_000_000_001,
      '@timestamp': '2026-11-20T13:00:01.000Z',
      level: 'INFO',
      message: 'no route',
      tag: 'shop',
      status: 502,
    },
  ];

  test('takes the newest events of the running service, a page after the other', async () => {
    const asked: URLSearchParams[] = [];
    const server = createServer((request, response) => {
      const { searchParams } = new URL(request.url!, 'http://x');
      asked.push(searchParams);
      const isSecond = searchParams.has('cursor');
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          total: { value: 2, relation: 'eq' },
          hits: [stored[isSecond ? 1 : 0]],
          ...(isSecond ? {} : { cursor: 'c' }),
        }),
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const args = ['--url', url, '--last', '5', '--query', 'tag:shop', '--since', 'now-1h', '--json'];
    const { code, out } = await inProcess(['diff', old, now, ...args, ...NOTHING]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      events: 2,
      differing: 1,
      unlike: 1,
      groups: [{ kind: 'changed', what: 'n', example: { line: 'sell 3', before: '3', after: 3 } }],
    });
    expect(Object.fromEntries(asked[0]!)).toEqual({ query: 'tag:shop', from: 'now-1h', size: '5' });
    expect(Object.fromEntries(asked[1]!)).toMatchObject({ cursor: 'c', size: '4' });
  });

  test('--events takes events as search --json prints them, and as senders send them', async () => {
    const events = file(
      'events.ndjson',
      `${stored.map(event => JSON.stringify(event)).join('\n')}\n{"message":"sell 9","tag":"shop"}\n`,
    );
    const { out } = await inProcess(['diff', old, now, '--events', events, '--json', ...NOTHING]);
    expect(JSON.parse(out)).toMatchObject({ events: 3, differing: 2, unlike: 1, groups: [{ what: 'n', count: 2 }] });
  });

  test.each([
    ['nothing to compare', ['diff'], 2, /name what to compare/],
    ['a file that is not there', ['diff', 'nowhere.yaml'], 1, /ENOENT/],
    ['a folder without pipelines', ['diff', 'docs'], 1, /no pipeline in this folder/],
    ['a pipeline with a mistake', ['diff', file('bad.yaml', 'processors: [{ gork: {} }]')], 1, /Did you mean `grok`/],
    ['no event', ['diff', old, now, '--lines', '-', ...NOTHING], 1, /there was no event/],
  ] as const)('%s', async (_, args, code, message) => {
    const outcome = await inProcess(args);
    expect(outcome.code).toBe(code);
    expect(outcome.err).toMatch(message);
    expect(outcome.err).not.toMatch(/\n {4}at /);
  });
});
