import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withDefaults } from '../../../src/base/options.ts';
import { registry } from '../../../src/core/metrics.ts';
import { NodePods } from '../../../src/inputs/kubernetes/node-pods.ts';
import { kubernetesSchema } from '../../../src/inputs/kubernetes/options.ts';
import { ApiServer, type Asked, isList, isWatch, podObject } from './api-server.ts';

/* List and watch, against an API that does what real ones do, and what broken and hostile ones do. */

let api: ApiServer;
let folder: string;
let pods: NodePods | undefined;
beforeEach(async () => {
  api = await ApiServer.start();
  folder = mkdtempSync(join(tmpdir(), 'longshore-kubernetes-'));
  writeFileSync(join(folder, 'token'), 'first\n');
});
afterEach(async () => {
  await pods?.stop(AbortSignal.timeout(5000));
  pods = undefined;
  await api.close();
  rmSync(folder, { recursive: true });
});

async function start(more: object = {}): Promise<NodePods> {
  const options = withDefaults(kubernetesSchema, {
    ...{ node_name: 'node-1', api_url: api.url, token_file: join(folder, 'token'), ...more },
  });
  pods = new NodePods(options, { baseMs: 5, capMs: 20 });
  await pods.start();
  return pods;
}

const labelOf = (pod: string, container: object = {}): unknown => {
  const found = pods!.find({ namespace: 'shop', pod, uid: undefined, id: undefined, container: 'web', ...container });
  return (found?.kubernetes()['labels'] as Record<string, unknown> | undefined)?.['app'];
};
const until = (condition: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(condition(), JSON.stringify(api.asked.map(({ url }) => url.search))).toBe(true), {
    timeout: 5000,
    interval: 5,
  });
const errors = async (reason: string): Promise<number> => {
  const metric = await registry.getSingleMetric('longshore_kubernetes_api_errors_total')!.get();
  return metric.values.find(({ labels }) => labels['reason'] === reason)?.value ?? 0;
};
const once = (isOne: (asked: Asked) => boolean, answer: (response: ServerResponse) => void): void => {
  let isDone = false;
  api.instead = (asked, response) => {
    if (isDone || !isOne(asked)) return false;
    isDone = true;
    answer(response);
    return true;
  };
};

describe('pods of the node', () => {
  test('are listed, and followed as they change', async () => {
    api.pods = [podObject('a')];
    await start();
    await until(() => api.watching === 1);
    expect(labelOf('a')).toBe('a');
    const [list, watch] = api.asked;
    expect(list!.url.searchParams.get('fieldSelector')).toBe('spec.nodeName=node-1');
    expect(Object.fromEntries(watch!.url.searchParams)).toMatchObject({
      ...{ watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '10', fieldSelector: 'spec.nodeName=node-1' },
    });
    api.tell({ type: 'ADDED', object: podObject('b', { version: 11 }) });
    api.tell({ type: 'MODIFIED', object: podObject('a', { version: 12, labels: { app: 'changed' } }) });
    await until(() => labelOf('b') === 'b' && labelOf('a') === 'changed');
    // Its last lines may not be read yet.
    api.tell({ type: 'DELETED', object: podObject('b', { version: 13 }) });
    api.tell({ type: 'ADDED', object: podObject('c', { version: 14 }) });
    await until(() => labelOf('c') === 'c');
    expect(labelOf('b')).toBe('b');
  });

  test('the next pod of the same name does not get the lines of the one before', async () => {
    const status = (id: string) => ({ containerStatuses: [{ name: 'web', containerID: `containerd://${id}` }] });
    api.pods = [podObject('db-0', { uid: 'u1', labels: { app: 'old' }, status: status('aa') })];
    await start();
    await until(() => api.watching === 1);
    api.tell({ type: 'DELETED', object: podObject('db-0', { uid: 'u1', version: 11 }) });
    api.tell({
      type: 'ADDED',
      object: podObject('db-0', { uid: 'u2', version: 12, labels: { app: 'new' }, status: status('bb') }),
    });
    await until(() => labelOf('db-0') === 'new');
    expect(
      [{ id: 'aa' }, { id: 'bb' }, { id: 'cc' }, { uid: 'u1' }, { uid: 'u2' }, { uid: 'u3' }].map(of =>
        labelOf('db-0', of),
      ),
    ).toEqual(['old', 'new', 'new', 'old', 'new', undefined]);
  });

  test('a watch goes on where the last one ended, or its last bookmark was', async () => {
    await start();
    await until(() => api.watching === 1);
    api.tell({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '77' } } });
    api.endWatches();
    await until(() => api.watching === 1);
    expect(api.asked.at(-1)!.url.searchParams.get('resourceVersion')).toBe('77');
    expect(api.count(isList)).toBe(1);
    api.endWatches('destroy');
    await until(() => api.watching === 1 && api.count(isWatch) === 3);
    expect(api.count(isList)).toBe(1);
  });

  test.each([
    ['an object', () => api.tell({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })],
    [
      'a status',
      () => {
        once(isWatch, response => response.writeHead(410).end('{}'));
        api.endWatches();
      },
    ],
  ])('410 as %s: they are listed anew', async (_, expire) => {
    api.pods = [podObject('a')];
    await start();
    await until(() => api.watching === 1);
    api.pods = [podObject('b')];
    api.version = 90;
    expire();
    await until(() => labelOf('b') === 'b' && api.watching === 1);
    expect(api.asked.at(-1)!.url.searchParams.get('resourceVersion')).toBe('90');
  });

  test('a list that is too long in one piece comes in pages', async () => {
    api.pods = Array.from({ length: 120 }, (_, i) => podObject(`p${i}`));
    once(isList, response => endless(response));
    await start();
    await until(() => labelOf('p119') === 'p119');
    expect(api.asked.filter(isList).map(({ url }) => url.searchParams.get('limit'))).toEqual([null, '50', '50', '50']);
  });

  test('the token is that of the file at the time', async () => {
    api.instead = ({ token }, response) => {
      if (token === 'second') return false;
      response.writeHead(401).end('{}');
      return true;
    };
    await start();
    await until(() => api.asked.length > 1);
    writeFileSync(join(folder, 'token'), 'second\n');
    await until(() => api.watching === 1);
  });

  test('labels of namespaces, when they are wanted', async () => {
    api.pods = [podObject('a')];
    api.namespaces = [{ metadata: { name: 'shop', labels: { team: 'till' }, resourceVersion: '3' } }];
    const found = await start({ namespace_labels: true });
    await until(() => api.watching === 2);
    const { kubernetes } = found.find({
      namespace: 'shop',
      pod: 'a',
      uid: undefined,
      id: undefined,
      container: 'web',
    })!;
    expect(kubernetes()).toMatchObject({ namespace_labels: { team: 'till' } });
  });
});

/** 1 GB, unless somebody ends it. */
function endless(response: ServerResponse): void {
  const piece = `{"metadata":{"name":"${'x'.repeat(1_000_000)}"}},`;
  let sent = 0;
  response.write('{"metadata":{"resourceVersion":"1"},"items":[');
  const go = (): void => {
    while (!response.destroyed && sent++ < 1000) if (!response.write(piece)) return void response.once('drain', go);
  };
  go();
}

describe('an API that is broken, or means harm', () => {
  const answers: [
    name: string,
    reason: string,
    isOne: (asked: Asked) => boolean,
    answer: (response: ServerResponse) => void,
  ][] = [
    ['no JSON', 'invalid', isList, response => response.end('<html>')],
    ['something else', 'invalid', isList, response => response.end('[]')],
    ['no version', 'invalid', isList, response => response.end('{"metadata":{},"items":[]}')],
    [
      'half an answer',
      'unreachable',
      isList,
      response => {
        response.writeHead(200, { 'content-length': '1000' }).write('{"items":[');
        setImmediate(() => response.destroy());
      },
    ],
    ['a refusal', 'refused', isList, response => response.writeHead(403).end('{}')],
    ['a failure', 'failed', isList, response => response.writeHead(500).end('{}')],
    ['a move', 'failed', isList, response => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['garbage in a watch', 'invalid', isWatch, response => response.write('\u0000\u00ff{]\n')],
    ['a change without a version', 'invalid', isWatch, response => response.write('{"type":"ADDED","object":{}}\n')],
    [
      'a change of no kind',
      'invalid',
      isWatch,
      response => response.write('{"type":"X","object":{"metadata":{"resourceVersion":"4"}}}\n'),
    ],
    ['a failure in a watch', 'failed', isWatch, response => response.write('{"type":"ERROR","object":"no"}\n')],
    ['a line without an end', 'too_large', isWatch, response => endless(response)],
  ];
  test.each(answers)('%s: it is counted, and asked again', async (_, reason, isOne, answer) => {
    const before = await errors(reason);
    once(isOne, answer);
    api.pods = [podObject('a')];
    await start();
    await until(() => api.watching === 1 && labelOf('a') === 'a');
    expect(await errors(reason)).toBe(before + 1);
  });

  test('pods that are none cost the others nothing', async () => {
    api.pods = [
      ...([
        null,
        7,
        [],
        {},
        { metadata: null },
        { metadata: { name: 'x' } },
        { metadata: { name: 1, namespace: 2 } },
      ] as object[]),
      podObject('a', {
        labels: JSON.parse('{"app":"a","__proto__":"p","n":1,"o":{}}'),
        spec: { containers: [null, 1, { name: {} }] },
      }),
    ];
    const found = await start();
    await until(() => api.watching === 1);
    const { kubernetes } = found.find({
      namespace: 'shop',
      pod: 'a',
      uid: undefined,
      id: undefined,
      container: 'web',
    })!;
    expect(Object.keys(kubernetes()['labels'] as object)).toEqual(['app', '__proto__']);
  });

  test('no API at all, and no token', async () => {
    const before = await errors('credentials');
    await start({ token_file: join(folder, 'none') });
    await vi.waitFor(async () => expect(await errors('credentials')).toBeGreaterThan(before));
    expect(labelOf('a')).toBeUndefined();
  });
});
