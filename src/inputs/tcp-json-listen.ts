import { rm, stat } from 'node:fs/promises';
import { BlockList, connect, isIP, type Server } from 'node:net';
import { LongshoreError, messageOf } from '../core/errors.ts';

/** Splits `host:port`, `[::1]:port` or `:port` (all interfaces). Throws `LS_INPUTS_ADDRESS_INVALID`. */
export function parseAddress(address: string, setting: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new LongshoreError('LS_INPUTS_ADDRESS_INVALID', `'${address}' is not an address.`, {
      where: setting,
      fix: 'Write host:port, for example 127.0.0.1:5000, or :5000 for all interfaces.',
    });
  }
  const host = match[1] ?? match[2] ?? '';
  return { host: host === '' ? '::' : host, port };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** `1.2.3.4` for `::ffff:1.2.3.4`, `unix` for a unix socket. */
export function peerAddress(remote: string | undefined): string {
  if (remote === undefined || remote === '') return 'unix';
  return remote.startsWith('::ffff:') && remote.includes('.') ? remote.slice(7) : remote;
}

/** Compiles a list of networks into a test of peer addresses; loopback and unix sockets always pass. */
export function allowList(networks: readonly string[] | undefined, setting: string): (peer: string) => boolean {
  if (networks === undefined) return () => true;
  const list = new BlockList();
  for (const [index, network] of networks.entries()) addNetwork(list, network, `${setting}[${index}]`);
  return peer => {
    if (peer === 'unix' || isLoopback(peer)) return true;
    const family = isIP(peer);
    return family !== 0 && list.check(peer, family === 6 ? 'ipv6' : 'ipv4');
  };
}

function addNetwork(list: BlockList, network: string, where: string): void {
  const [address = '', prefix, ...more] = network.split('/');
  const family = isIP(address);
  const bits = prefix === undefined ? (family === 6 ? 128 : 32) : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (family === 0 || more.length > 0 || bits < 0 || bits > (family === 6 ? 128 : 32)) {
    throw new LongshoreError('LS_INPUTS_NETWORK_INVALID', `'${network}' is not a network.`, {
      where,
      fix: 'Write an address or a network like 10.0.0.0/8 or fd00::/8.',
    });
  }
  list.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4');
}

/** Listens, or throws an error that names the setting. `target` is a port with a host, or the path of a unix socket. */
export async function listen(
  server: Server,
  target: { host: string; port: number } | { path: string },
  setting: string,
): Promise<void> {
  if ('path' in target) await removeDeadSocket(target.path);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(target, resolve);
  try {
    await promise;
  } catch (cause) {
    const name = 'path' in target ? target.path : `${target.host}:${target.port}`;
    if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new LongshoreError('LS_INPUTS_ADDRESS_IN_USE', `${name} is in use by another process.`, {
        where: setting,
        fix: 'Stop the other process or choose another address.',
        cause,
      });
    }
    throw new LongshoreError('LS_INPUTS_LISTEN_FAILED', `Cannot listen on ${name}: ${messageOf(cause)}.`, {
      where: setting,
      cause,
    });
  } finally {
    server.off('error', reject);
  }
}

/** A killed process leaves its socket file behind, and nobody can listen there until it is gone. */
async function removeDeadSocket(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !found.isSocket()) return;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = connect(path, () => resolve(true));
  probe.on('error', () => resolve(false));
  const alive = await promise;
  probe.destroy();
  if (!alive) await rm(path, { force: true });
}
