import { readLines } from '../../src/inputs/files/lines.ts';
import { type Format, Records } from '../../src/inputs/files/records.ts';
import { kubernetesOf, podOf } from '../../src/inputs/kubernetes/pod.ts';

const ID = '4f1c0b7c9b1d'.repeat(6).slice(0, 64);
const BATCH_BYTES = 512 * 1024;

/** What files have for lines. `from`: the time of the first one, epoch milliseconds. */
export interface FileKind {
  readonly path: string;
  readonly format: Format;
  readonly write: (line: string, time: number) => string;
}

const nanos = (time: number): string => new Date(time).toISOString().replace('Z', '123456Z');
export const FILES: Readonly<Record<string, FileKind>> = {
  'files, text': { path: '/srv/shop/app.log', format: 'text', write: line => line },
  "files, Docker's json-file": {
    ...{ path: `/var/lib/docker/containers/${ID}/${ID}-json.log`, format: 'docker' },
    write: (line, time) => JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: nanos(time) }),
  },
  'files, CRI': {
    ...{ path: `/var/log/containers/web-1_shop_nginx-${ID}.log`, format: 'cri' },
    write: (line, time) => `${nanos(time)} stdout F ${line}`,
  },
};
const POD = podOf(
  {
    metadata: {
      ...{ name: 'web-1', namespace: 'shop', uid: '0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f' },
      labels: {
        'app.kubernetes.io/name': 'web',
        'app.kubernetes.io/part-of': 'shop',
        tier: 'front',
        'pod-template-hash': '5d7f',
      },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-5d7f', controller: true }],
    },
    spec: { containers: [{ name: 'nginx', image: 'registry.example.com/nginx:1.27' }] },
  },
  { annotations: [], obeyAnnotations: true },
)!;

/** Reads the lines as the input does, a batch at a time; the number of records. */
export function fileCase(texts: readonly string[], kind: FileKind, from: number, hasPod = false): () => number {
  const batches: Buffer[] = [];
  let lines: string[] = [];
  let bytes = 0;
  for (const [i, text] of texts.entries()) {
    const line = `${kind.write(text, from + i * 3)}\n`;
    lines.push(line);
    bytes += line.length;
    if (bytes < BATCH_BYTES && i < texts.length - 1) continue;
    batches.push(Buffer.from(lines.join('')));
    lines = [];
    bytes = 0;
  }
  const records = new Records({ path: kind.path, format: kind.format, fields: {}, hostname: 'node-1' });
  const place = { container: 'nginx', id: ID, node: 'node-1' };
  if (hasPod) records.pod = { isExcluded: false, kubernetes: () => kubernetesOf(POD, place, undefined) };
  return () => {
    let count = 0;
    for (const batch of batches) {
      const read = readLines({ bytes: batch, cutBytes: 0, encoding: 'utf-8', maxLineBytes: 1_000_000 });
      count += read.lines.map(line => records.of(line)).length;
    }
    return count;
  };
}
