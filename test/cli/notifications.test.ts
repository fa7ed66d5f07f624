import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { inProcess as longshore } from './in-process.ts';

const DEAD = {
  ...{ id: 'n1', alert: 'a', rule: 'burst\u001b[31m', alerter: 'slack', state: 'dead', attempts: 2 },
  ...{ created: '2026-11-20T12:00:00.000Z', at: '2026-11-20T12:00:01.000Z', last_error: 'HTTP 404: no' },
  tries: [{ at: '2026-11-20T12:00:01.000Z', error: 'HTTP 404: no' }],
};
/** The routes decide whether it is sent again. */
const ROUTED = { ...DEAD, id: 'r1', state: 'dropped', routed: true };

async function server(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const web = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.resume();
    const isKnown = request.method === 'GET' || request.url === '/api/notifications/n1/retry';
    const answer =
      request.method === 'GET'
        ? { notifications: request.url?.includes('dropped') ? [ROUTED] : [DEAD] }
        : { retried: true };
    const refusal = { error: { code: 'LS_ALERTS_NOTIFICATION_NOT_FOUND', message: 'There is none.' } };
    response.writeHead(isKnown ? 200 : 404).end(JSON.stringify(isKnown ? answer : refusal));
  }).listen(0, '127.0.0.1');
  await once(web, 'listening');
  onTestFinished(() => {
    web.closeAllConnections();
    web.close();
  });
  return { url: `http://127.0.0.1:${(web.address() as AddressInfo).port}`, asked };
}

test('lists what nobody took, with each try, and nothing of it steers the terminal', async () => {
  const { url, asked } = await server();
  const { code, out } = await longshore(['notifications', 'list', '--state', 'dead', '--url', url]);
  expect([code, asked]).toEqual([0, ['GET /api/notifications?state=dead&limit=20']]);
  expect(out).toMatch(
    /^dead {6}2026-11-20T12:00:01.000Z {2}burst.* {2}slack {2}n1 {2}2 tries\n {4}2026-.* {2}HTTP 404: no\n$/,
  );
  expect(out).not.toContain('\u001b');
});

test('sends again by id, or all', async () => {
  const { url, asked } = await server();
  expect((await longshore(['notifications', 'retry', 'n1', '--url', url])).out).toBe('1 notification is sent again.\n');
  expect((await longshore(['notifications', 'retry', '--all', '--json', '--url', url])).out).toBe('{"retried":1}\n');
  expect(asked.filter(one => one.startsWith('POST'))).toEqual(new Array(2).fill('POST /api/notifications/n1/retry'));
  const gone = await longshore(['notifications', 'retry', 'n2', '--url', url]);
  expect([gone.code, gone.err]).toEqual([1, expect.stringMatching(/There is none.*LS_ALERTS_NOTIFICATION_NOT_FOUND/s)]);
  expect((await longshore(['notifications', 'retry', '--url', url])).err).toMatch(/retry needs an ID, or --all/);
  expect((await longshore(['notifications', 'rety', '--url', url])).err).toMatch(/Did you mean 'retry'\?/);
});
