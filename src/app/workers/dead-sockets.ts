import { rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Settings } from '../settings.ts';

/**
 * Removes the unix sockets that a killed process left behind, before several workers ask for the same path: each of them
 * would take the others for another program.
 */
export async function removeDeadSockets({ forward, tcp_json }: Settings['inputs']): Promise<void> {
  for (const input of [forward, tcp_json]) {
    const path = input === false ? undefined : input.unix_socket;
    if (path === undefined) continue;
    const found = await stat(path).catch(() => undefined);
    if (found?.isSocket() === true && !(await answers(path))) await rm(path, { force: true });
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', error => resolve((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED'));
  });
}
