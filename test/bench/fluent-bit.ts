import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reusablePort } from '../support/free-port.ts';
import { ended } from './load.ts';
import { PEER_PARSERS, peerConfig } from './peer-config.ts';
import type { Program, Running } from './program.ts';

/** Fluent Bit, as a binary. */
export function fluentBit(binary: string): Program {
  return {
    name: 'Fluent Bit',
    async start({ kind }, { sink }): Promise<Running> {
      if (sink === undefined) throw new Error('Fluent Bit is measured with the bulk sink only');
      const dir = mkdtempSync(join(tmpdir(), 'longshore-bench-peer-'));
      const port = await reusablePort();
      writeFileSync(join(dir, 'parsers.conf'), PEER_PARSERS);
      writeFileSync(join(dir, 'peer.conf'), peerConfig(kind, dir, port, new URL(sink.url)));
      const child = spawn(binary, ['--quiet', '--config', join(dir, 'peer.conf')], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      await untilListening(child, port);
      return {
        port,
        http: undefined,
        accepting: [child.pid!],
        stores: [],
        async end() {
          await ended(child);
          rmSync(dir, { recursive: true, force: true });
        },
      };
    },
  };
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  for (let i = 0; i < 300 && child.exitCode === null; i++) {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
    await sleep(100);
  }
  await ended(child);
  throw new Error('Fluent Bit did not start');
}
