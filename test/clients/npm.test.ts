import { test } from 'vitest';
import { everythingOnce } from './client-program.ts';

const ack = { requireAckResponse: true };

test('npm fluent-logger: all of its modes, over a restart, everything once', async () => {
  const program = { command: process.execPath, args: ['test/clients/npm/send.ts'] };
  await everythingOnce(program, {
    // Without acknowledgements it never reads from the connection, and so does not notice its end.
    messages: { options: {}, survivesRestart: false },
    'messages with ack': { options: ack, survivesRestart: true },
    'messages in milliseconds with ack': { options: { ...ack, milliseconds: true }, survivesRestart: true },
    packed: { options: { eventMode: 'PackedForward' }, survivesRestart: false },
    'packed with ack': { options: { eventMode: 'PackedForward', ...ack }, survivesRestart: true },
    'packed and compressed with ack': {
      options: { eventMode: 'CompressedPackedForward', ...ack },
      survivesRestart: true,
    },
  });
}, 300_000);
