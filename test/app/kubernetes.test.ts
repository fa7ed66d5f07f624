import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ApiServer, isWatch, podObject } from '../inputs/kubernetes/api-server.ts';
import { Longshore } from '../support/longshore.ts';

/*
 * The service on a node: what containerd and CRI-O leave in /var/log/pods, as the kubelet links, rotates and removes it, beside an API
 * that tells of the pods. One service, killed once in the middle.
 */

type Found = Record<string, unknown>;

let api: ApiServer;
let root: string;
let longshore: Longshore;
const tls = 'test/inputs/forward/tls';

/** One container of a pod: its file, and the link that the kubelet makes. */
class Container {
  readonly file: string;
  readonly link: string;
  /** `z`: as containerd writes times; `offset`: as CRI-O does. */
  readonly zone: 'z' | 'offset';
  constructor(
    pod: string,
    id: string,
    { restart = 0, zone = 'z' as 'z' | 'offset', container = 'web', uid = `uid-${pod}` } = {},
  ) {
    this.file = join(root, `pods/shop_${pod}_${uid}/${container}/${restart}.log`);
    this.link = join(root, `containers/${pod}_shop_${container}-${id.repeat(64).slice(0, 64)}.log`);
    this.zone = zone;
    mkdirSync(dirname(this.file), { recursive: true });
    mkdirSync(dirname(this.link), { recursive: true });
    writeFileSync(this.file, '');
    symlinkSync(this.file, this.link);
  }

  write(...lines: string[]): void {
    appendFileSync(this.file, lines.map(line => this.line(line)).join(''));
  }

  /** `F text`, `P begin of a text`; stdout unless it says otherwise. */
  line(text: string): string {
    const now = Date.now();
    const nanos = '123456';
    const time =
      this.zone === 'z'
        ? new Date(now).toISOString().replace('Z', `${nanos}Z`)
        : new Date(now + 9 * 3_600_000).toISOString().replace('Z', `${nanos}+09:00`);
    return `${time} ${/^std/.test(text) ? text : `stdout ${text}`}\n`;
  }

  /** As the kubelet does it: renamed, made anew, and what is older compressed. */
  rotate(): void {
    const old = `${this.file}.20261130-162000`;
    renameSync(this.file, old);
    writeFileSync(this.file, '');
  }
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'longshore-node-'));
  writeFileSync(join(root, 'token'), 'a-token\n');
  api = await ApiServer.start({ key: readFileSync(`${tls}/server-key.pem`), cert: readFileSync(`${tls}/server.pem`) });
  api.instead = ({ token }, response) => {
    if (token === 'a-token') return false;
    response.writeHead(401).end('{}');
    return true;
  };
  const annotated = (annotations: object) => ({ annotations });
  api.pods = [
    podObject('web-1', { labels: { 'app.kubernetes.io/name': 'shop-web', tier: 'front' } }),
    podObject('quiet-1', annotated({ 'longshore.io/exclude': 'true' })),
    podObject('own-1', annotated({ 'longshore.io/pipeline': 'mine' })),
  ];
  longshore = await Longshore.start({
    set: {
      'inputs.files': JSON.stringify([{ paths: [join(root, 'containers/*.log')], tag: 'kube.*' }]),
      'inputs.kubernetes': JSON.stringify({
        ...{
          node_name: 'node-1',
          api_url: api.url,
          token_file: join(root, 'token'),
          ca_file: `${tls}/ca.pem`,
          wait_ms: 500,
        },
      }),
    },
    pipelines: {
      'mine.yaml':
        "match: { tag: nobody }\nprocessors: [{ dissect: { field: message, pattern: '%{verb} %{path}' } }]\n",
    },
  });
}, 60_000);
afterAll(async () => {
  await longshore?.remove();
  await api?.close();
  rmSync(root, { recursive: true, force: true });
});

const found = async (query: string, count: number): Promise<Found[]> => {
  let hits: Found[] = [];
  await vi.waitFor(
    async () => {
      hits = (await longshore.search(query, { order: 'asc' })).hits as unknown as Found[];
      expect(
        hits.map(({ message }) => message),
        query,
      ).toHaveLength(count);
    },
    { timeout: 15_000, interval: 50 },
  );
  return hits;
};
const messages = (hits: Found[]): unknown[] => hits.map(({ message }) => message);

describe('a node', () => {
  test("lines have their pod's labels, image, node and owner", async () => {
    new Container('web-1', 'a').write('F hello', 'stderr F ERROR no stock');
    const [out, err] = await found('kubernetes.pod_name:web-1', 2);
    expect(out!).toMatchObject({
      ...{ message: 'hello', stream: 'stdout', service: 'shop-web', hostname: 'node-1', container_name: 'web' },
      ...{ container_id: 'a'.repeat(64), image: 'registry.example/web:1' },
      kubernetes: {
        namespace_name: 'shop',
        namespace: 'shop',
        pod_id: 'uid-web-1',
        host: 'node-1',
        labels: { tier: 'front' },
      },
    });
    expect(err!).toMatchObject({ level: 'ERROR', stream: 'stderr' });
  });

  test('a pod that the API tells of later, one that it never tells of, one that wants none of its lines, one that names its pipeline', async () => {
    new Container('quiet-1', 'b').write('F nobody reads this');
    new Container('own-1', 'c').write('F GET /basket');
    new Container('lost-1', 'd').write('F who am I');
    const [own] = await found('kubernetes.pod_name:own-1', 1);
    expect(own!).toMatchObject({ verb: 'GET', path: '/basket' });
    const [lost] = await found('kubernetes.pod_name:lost-1', 1);
    expect(lost!).toMatchObject({
      service: 'web',
      kubernetes: { namespace_name: 'shop', container_name: 'web' },
    });
    api.tell({
      type: 'ADDED',
      object: podObject('late-1', { version: 20, annotations: { 'longshore.io/pipeline': 'mnie' } }),
    });
    const late = new Container('late-1', 'e', { zone: 'offset' });
    late.write('P one ', 'P two ', 'F three');
    const [joined] = await found('kubernetes.labels.app:late-1', 1);
    expect(joined!['message']).toBe('one two three');
    const told = longshore.log.filter(line => line.includes('a pod names a pipeline that is not there'));
    expect(told.map(line => JSON.parse(line) as object)).toMatchObject([
      { pipeline: 'mnie', fix: "Did you mean 'mine'?" },
    ]);
    expect(Math.abs(Date.now() - Date.parse(String(joined!['@timestamp'])))).toBeLessThan(600_000);
    await found('kubernetes.pod_name:quiet-1', 0);
    const metrics = await (await fetch(`${longshore.url}/metrics`)).text();
    expect(metrics).toMatch(/^longshore_kubernetes_excluded_lines_total 1$/m);
    expect(metrics).toMatch(/^longshore_kubernetes_unknown_lines_total 1$/m);
  });

  test('rotated by the kubelet, compressed, killed with -9 in between, and started again by its pod', async () => {
    const many = new Container('web-1', 'f', { container: 'worker' });
    many.write('F n0', 'P n1 be', 'F gins');
    await found('kubernetes.container_name:worker', 2);
    const first = `${many.file}.20261130-162000`;
    many.write('F n2');
    many.rotate();
    many.write('F n3', 'P n4 half ');
    await longshore.kill();
    many.write('F and half');
    // What was rotated a while ago is compressed, and the links of containers that are gone are removed.
    api.endWatches('destroy');
    longshore = await longshore.again();
    await found('kubernetes.container_name:worker', 5);
    writeFileSync(`${first}.gz`, gzipSync(readFileSync(first)));
    unlinkSync(first);
    const next = new Container('web-1', '0', { container: 'worker', restart: 1 });
    next.write('F n5');
    unlinkSync(many.link);
    const all = await found('kubernetes.container_name:worker', 6);
    expect(messages(all)).toEqual(['n0', 'n1 begins', 'n2', 'n3', 'n4 half and half', 'n5']);
    expect(all.map(({ kubernetes }) => (kubernetes as { labels?: object }).labels)).toEqual(
      Array.from({ length: 6 }, () => expect.objectContaining({ tier: 'front' })),
    );
  });

  test('the API is away: lines go on with what is known, and are told about once', async () => {
    api.instead = (_, response) => {
      response.destroy();
      return true;
    };
    api.endWatches('destroy');
    new Container('web-1', '1', { container: 'side' }).write('F known');
    new Container('new-1', '2').write('F not known');
    const [known] = await found('kubernetes.container_name:side', 1);
    expect(known!).toMatchObject({ service: 'shop-web' });
    await found('kubernetes.pod_name:new-1', 1);
    await vi.waitFor(() =>
      expect(longshore.log.filter(line => line.includes('does not tell of pods'))).toHaveLength(1),
    );
    api.instead = () => false;
    await vi.waitFor(() => expect(api.watching).toBe(1), { timeout: 15_000 });
    expect(api.asked.filter(isWatch).at(-1)!.token).toBe('a-token');
  });
});
