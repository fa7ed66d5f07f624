import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { Longshore } from '../support/longshore.ts';

// As Docker sends them with `fluentd-request-ack`: one line a frame, the next when that is acknowledged.
let longshore: Longshore;
beforeAll(async () => {
  longshore = await Longshore.start({ rules: {}, pipelines: 'all' });
});
afterAll(() => longshore.remove());

const TRACEBACK = [
  '2026-11-29 17:00:01,001 ERROR mailer.tasks: could not send the receipt',
  'Traceback (most recent call last):',
  '  File "/app/mailer/tasks.py", line 41, in send_receipt',
  '    smtp.send(message)',
  'ConnectionRefusedError: [Errno 111] Connection refused',
];

test('five tracebacks of an unknown image are five ERROR events, and no line waits for its ack', async () => {
  const sender = await ForwardSender.connect(longshore.ready.forward);
  let sent = 0;
  for (let i = 0; i < 5; i++)
    for (const line of TRACEBACK) {
      sender.message(
        'docker.company/mailer:1.8',
        dockerRecord(line, { container_id: 'five'.repeat(16) }),
        `t${sent++}`,
      );
      await vi.waitFor(() => expect(sender.acks.length).toBe(sent), { interval: 2, timeout: 5000 });
    }
  sender.close();
  await vi.waitFor(async () => expect((await longshore.search('exception_class:*')).total).toBe(5), {
    timeout: 10_000,
  });
  const found = await longshore.searchAll('');
  expect(found.map(hit => [hit['message'], hit['level'], hit['exception_class']])).toEqual(
    Array.from({ length: 5 }, () => [TRACEBACK.join('\n'), 'ERROR', 'ConnectionRefusedError']),
  );
});

test('a trace that a kill cut off is an event after the start, without a further line', async () => {
  const sender = await ForwardSender.connect(longshore.ready.forward);
  for (const [i, line] of TRACEBACK.slice(0, 3).entries()) {
    sender.message('docker.company/killed:1', dockerRecord(line, { container_id: 'cut'.repeat(16) }), `cut${i}`);
    await vi.waitFor(() => expect(sender.acks.length).toBe(i + 1), { interval: 2, timeout: 5000 });
  }
  await longshore.kill();
  sender.close();
  longshore = await longshore.again();
  const cut = TRACEBACK.slice(0, 3).join('\n');
  await vi.waitFor(
    async () => expect((await longshore.searchAll('mailer')).map(hit => hit['message'])).toContain(cut),
    { timeout: 10_000, interval: 100 },
  );
});
