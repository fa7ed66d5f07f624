import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { inProcess as longshore } from './in-process.ts';

test.each([
  [{ USER: 'kim' }, [], 'kim'],
  [{ USER: '', USERNAME: '' }, [], userInfo().username],
  [{ USER: 'kim' }, ['--author', 'lee'], 'lee'],
])('a silence has the name of whoever made it: %j %j', async (env, more, author) => {
  const asked: Record<string, unknown>[] = [];
  const web = createServer(async (request, response) => {
    asked.push(JSON.parse(Buffer.concat(await request.toArray()).toString()));
    const silence = {
      id: 's1',
      state: 'active',
      matchers: [],
      text: '{a="b"}',
      starts_at: '',
      ends_at: '',
      comment: '',
      created_by: '',
    };
    response.end(JSON.stringify(silence));
  }).listen(0, '127.0.0.1');
  await once(web, 'listening');
  onTestFinished(() => void web.close());
  const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  const { code, err } = await longshore(['silence', 'add', 'a=b', '--for', '1h', '--url', url, ...more], { env });
  expect([code, err, asked[0]!['created_by']]).toEqual([0, '', author]);
});
