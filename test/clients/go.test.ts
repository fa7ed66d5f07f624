import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, onTestFinished, test } from 'vitest';
import { command } from '../support/command.ts';
import { reusablePort } from '../support/free-port.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';
import { arrived, ClientProgram, everythingOnce, expectEvents } from './client-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'longshore-go-'));
const program = { command: join(folder, 'send'), args: [] };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function goClient(): Promise<true | string> {
  const { code, err } = await command('go', ['build', '-o', program.command, '.'], {
    cwd: 'test/clients/go',
    timeout_ms: 120_000,
  });
  if (code === 127) return 'there is no go';
  return code === 0 || `go build: ${err.split('\n').at(-1)}`;
}

const ack = { ack: true };

describe.runIf(requireOrSkip('fluent-logger-golang', await goClient()))('Go fluent-logger-golang', () => {
  test('all of its modes, over a restart, everything once', async () => {
    await everythingOnce(program, {
      // Without acknowledgements the first event after the restart goes to the dead connection.
      messages: { options: {}, survivesRestart: false },
      'messages with fine times': { options: { sub_second: true }, survivesRestart: false },
      asynchronous: { options: { async: true }, survivesRestart: false },
      'with ack': { options: ack, survivesRestart: true },
      'with ack and fine times': { options: { ...ack, sub_second: true }, survivesRestart: true },
      'asynchronous with ack': { options: { ...ack, async: true }, survivesRestart: true },
    });
  }, 300_000);

  test('longshore is killed twice while two of them send: everything once', { timeout: 300_000 }, async () => {
    const port = await reusablePort();
    let longshore = await Longshore.start({ set: { 'inputs.forward.address': `127.0.0.1:${port}` } });
    onTestFinished(() => longshore.remove());
    const count = 2000;
    const clients = [ack, { ...ack, async: true }].map(
      (options, i) => new ClientProgram(program, `app.busy${i}`, { port, count, pause: false, ...options }),
    );
    for (const part of [0.1, 0.5]) {
      await Promise.all(clients.map(({ tag }) => arrived(() => longshore, tag, count * part)));
      await longshore.kill();
      longshore = await longshore.again();
    }
    for (const client of clients) {
      await client.says('done');
      await expectEvents(longshore, client.tag, count);
    }
  });
});
