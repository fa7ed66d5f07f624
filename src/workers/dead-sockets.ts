import type { Settings } from '../app/settings.ts';
import { removeDeadSocket } from '../base/net/unix-socket.ts';

/**
 * Removes the unix sockets that a killed process left behind, before several workers ask for the same path: each of them
 * would take the others for another program.
 */
export async function removeDeadSockets({ forward, tcp_json }: Settings['inputs']): Promise<void> {
  for (const input of [forward, tcp_json]) {
    const path = input === false ? undefined : input.unix_socket;
    if (path !== undefined) await removeDeadSocket(path);
  }
}
