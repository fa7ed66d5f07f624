import { describe, expect, test } from 'vitest';
import { brokenJob, decodeJob, encodeJob, type JobData } from '../../../src/buffer/redis/codec.ts';
import type { Chunk } from '../../../src/core/contracts.ts';

const body = Buffer.from('{"_id":"a","message":"로그 \\u0000"}\n'.repeat(50));
const chunk: Chunk = {
  id: '0000000000000007.w0.20261120',
  day: '2026.11.20',
  path: '/nowhere',
  events: 50,
  bytes: body.length,
  minTime: 1,
  maxTime: 2,
};

describe('a chunk as a job', () => {
  test('comes back byte for byte, with everything that is known of it', async () => {
    const job = await encodeJob(chunk, body, 1);
    const { body: back, ...rest } = await decodeJob(job.id, JSON.parse(JSON.stringify(job.data)), 1_000_000);
    expect(back.equals(body)).toBe(true);
    expect(rest).toEqual({ id: job.id, day: '2026.11.20', events: 50, minTime: 1, maxTime: 2, ledger: '' });
    expect(job.size).toBeLessThan(body.length / 5);
  });

  test('brings along what the ledger counts of it', async () => {
    const job = await encodeJob(chunk, body, 1, '["node","web",50]');
    expect((await decodeJob(job.id, job.data, 1_000_000)).ledger).toBe('["node","web",50]');
  });

  test('has an id that BullMQ takes, from the chunk id and the content', async () => {
    const [one, again, other] = await Promise.all([
      encodeJob(chunk, body, 1),
      encodeJob(chunk, body, 1),
      encodeJob(chunk, Buffer.from('{}\n'), 1),
    ]);
    expect(one.id).toMatch(/^0000000000000007-w0-20261120-[0-9a-f]{16}$/);
    expect(again.id).toBe(one.id);
    expect(other.id).not.toBe(one.id);
  });

  const spoilt: [string, (data: JobData) => unknown, string][] = [
    ['no data', () => null, 'LS_REDIS_JOB_BROKEN'],
    ['a string', () => 'x', 'LS_REDIS_JOB_BROKEN'],
    ['another day', data => ({ ...data, day: '../../etc' }), 'LS_REDIS_JOB_BROKEN'],
    ['a negative count', data => ({ ...data, events: -1 }), 'LS_REDIS_JOB_BROKEN'],
    ['no times', ({ min: _, ...data }) => data, 'LS_REDIS_JOB_BROKEN'],
    ['a cut payload', data => ({ ...data, z: data.z.slice(0, 40) }), 'LS_REDIS_JOB_BROKEN'],
    ['a changed payload', data => ({ ...data, z: `${data.z.slice(0, -8)}AAAAAAA=` }), 'LS_REDIS_JOB_BROKEN'],
    ['less than it says', data => ({ ...data, bytes: data.bytes + 1 }), 'LS_REDIS_JOB_BROKEN'],
    ['more than it says', data => ({ ...data, bytes: 10 }), 'LS_REDIS_JOB_BROKEN'],
    ['more than is allowed', data => ({ ...data, bytes: 2_000_000 }), 'LS_REDIS_JOB_BROKEN'],
    ['a newer version', data => ({ ...data, v: 2 }), 'LS_REDIS_JOB_NEWER'],
  ];
  test.for(spoilt)('%s', async ([, spoil, code]) => {
    const { id, data } = await encodeJob(chunk, body, 1);
    const retryable = code === 'LS_REDIS_JOB_NEWER';
    await expect(decodeJob(id, spoil(data), 1_000_000)).rejects.toMatchObject({ code, retryable });
  });

  test('what cannot be decoded keeps what there is', async () => {
    const { id, data } = await encodeJob(chunk, body, 1);
    expect(brokenJob(id, { ...data, z: '!' })).toMatchObject({ id, day: '2026.11.20', events: 50 });
    expect(brokenJob(id, undefined)).toMatchObject({ day: '', events: 0 });
    expect(brokenJob(id, { day: '/../', events: 'many' })).toMatchObject({ day: '', events: 0 });
  });
});
