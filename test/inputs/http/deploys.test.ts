import { describe, expect, test } from 'vitest';
import { deployRecord } from '../../../src/inputs/http/deploys.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');

test('a mark becomes an event', () => {
  const mark = {
    ...{ service: 'shop', version: '1.4.2', environment: 'production', commit: 'abc' },
    ...{ commit_time: '2026-11-20T10:00:00+01:00', time: '2026-11-20T11:00:00' },
  };
  expect(deployRecord(mark, NOW)).toEqual({
    '@timestamp': '2026-11-20T11:00:00.000Z',
    level: 'INFO',
    service: 'shop',
    message: 'deployed shop 1.4.2',
    event: { kind: 'deploy', outcome: 'success' },
    deploy: { version: '1.4.2', environment: 'production', commit: 'abc', commit_time: '2026-11-20T09:00:00.000Z' },
  });
  expect(deployRecord({ service: 'shop', failed: true }, NOW)).toMatchObject({
    '@timestamp': '2026-11-20T12:00:00.000Z',
    level: 'WARN',
    message: 'failed to deploy shop',
    event: { outcome: 'failure' },
  });
  expect(deployRecord({ service: 'shop', rollback: true }, NOW)).toMatchObject({
    message: 'rolled back shop',
    deploy: { rollback: true },
  });
});

describe('what is no mark is refused, with the reason', () => {
  const cases: readonly [body: unknown, says: string][] = [
    [undefined, 'is one JSON object'],
    [[{ service: 'a' }], 'is one JSON object'],
    [{}, 'is one of a service'],
    [{ service: '' }, 'service must be a text'],
    [{ service: 'x'.repeat(1001) }, 'service must be a text'],
    [{ service: 'a', verson: '1' }, 'has no verson'],
    [{ service: 'a', version: 3 }, 'version must be a text'],
    [{ service: 'a', failed: 'yes' }, 'failed must be true or false'],
    [{ service: 'a', time: 'yesterday' }, 'time is no time: "yesterday"'],
    [{ service: 'a', time: '2026-13-20T12:00:00Z' }, 'time is no time'],
    [{ service: 'a', commit_time: '2026-11-20T12:00:01Z' }, 'commit_time is later than the deployment'],
    [JSON.parse('{"service":"a","__proto__":{}}'), 'has no __proto__'],
  ];
  test.for(cases)('%j', ([body, says]) => {
    expect(() => deployRecord(body, NOW)).toThrow(says);
  });
});
