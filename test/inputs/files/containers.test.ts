import { describe, expect, test } from 'vitest';
import { Records } from '../../../src/inputs/files/records.ts';
import { Joiner } from '../../../src/parse/join/joiner.ts';

/* Lines of containers whose pieces come one after the other, and what is joined of them. */

const ID = 'ab01'.repeat(16);
const docker = (log: string, stream = 'stdout'): string =>
  JSON.stringify({ log, stream, time: '2026-11-20T13:55:36.5Z' });

function join(path: string, lines: readonly string[]): string[] {
  const records = new Records({ path, format: 'auto', fields: {}, hostname: 'h' });
  const joiner = new Joiner({});
  const sender = `file:${path}`;
  return lines.flatMap((text, i) => {
    const { record, time } = records.of({ text, cutBytes: 0 });
    const meta = { tag: 'files', time, receivedAt: 0 };
    if (record['partial_message'] === undefined && !joiner.wantsWhole(record, sender, 'files'))
      return String(record['log']);
    const { complete } = joiner.dockerPiece(record, meta, String(i), sender);
    return complete.map(({ record: { log } }) =>
      log instanceof Uint8Array ? Buffer.from(log).toString() : String(log),
    );
  });
}

describe('pieces of long lines', () => {
  const long = 'x'.repeat(16_384);

  test("Docker's, with another stream between them", () => {
    const lines = [docker(long), docker('err\n', 'stderr'), docker(long), docker('end\n'), docker('next\n')];
    expect(join(`/var/lib/docker/containers/${ID}/${ID}-json.log`, lines)).toEqual([
      'err\n',
      `${long}${long}end\n`,
      'next\n',
    ]);
  });

  test.each([
    ['with an id', `/var/log/containers/web_shop_nginx-${ID}.log`],
    ['without an id', '/var/log/pods/shop_web_0a1b/nginx/0.log'],
  ])("CRI's, in a path %s", (_, path) => {
    const cri = (rest: string): string => `2026-11-20T13:55:36.123456789Z ${rest}`;
    const lines = ['stdout P one ', 'stderr F err', 'stdout P two ', 'stdout F three', 'stdout F next'].map(cri);
    expect(join(path, lines)).toEqual(['err', 'one two three', 'next']);
  });
});
