import { rm, stat } from 'node:fs/promises';
import { BlockList, connect, isIP, type Server } from 'node:net';
import { LongshoreError, messageOf } from '../core/errors.ts';

/** Splits `host:port`, `[::1]:port` or `:port` (all interfaces). */
export function parseAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new LongshoreError('LS_WEB_ADDRESS_INVALID', `'${address}' is not an address.`, {
      where: 'http.address',
      fix: 'Write host:port, for example 127.0.0.1:9880, or :9880 for all interfaces.',
    });
  }
  const host = match[1] ?? match[2] ?? '';
  return { host: host === '' ? '::' : host, port };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** `1.2.3.4` for `::ffff:1.2.3.4`; the empty text for a unix socket. */
export function plainAddress(remote: string | undefined): string {
  if (remote === undefined) return '';
  return remote.startsWith('::ffff:') && remote.includes('.') ? remote.slice(7) : remote;
}

/** Compiles `http.allow`; loopback and unix sockets always pass. */
export function allowList(networks: readonly string[] | undefined): (remote: string | undefined) => boolean {
  if (networks === undefined) return () => true;
  const list = new BlockList();
  for (const [index, network] of networks.entries()) addNetwork(list, network, `http.allow[${index}]`);
  return remote => {
    const peer = plainAddress(remote);
    if (peer === '' || isLoopback(peer)) return true;
    const family = isIP(peer);
    return family !== 0 && list.check(peer, family === 6 ? 'ipv6' : 'ipv4');
  };
}

function addNetwork(list: BlockList, network: string, where: string): void {
  const [address = '', prefix, ...more] = network.split('/');
  const family = isIP(address);
  const most = family === 6 ? 128 : 32;
  const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (family === 0 || more.length > 0 || bits < 0 || bits > most) {
    throw new LongshoreError('LS_WEB_NETWORK_INVALID', `'${network}' is not a network.`, {
      where,
      fix: 'Write an address or a network like 10.0.0.0/8 or fd00::/8.',
    });
  }
  list.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4');
}

/** Listens, or throws an error that names the setting. */
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
    const inUse = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const what = inUse ? `${name} is in use by another process.` : `Cannot listen on ${name}: ${messageOf(cause)}.`;
    throw new LongshoreError(inUse ? 'LS_WEB_ADDRESS_IN_USE' : 'LS_WEB_LISTEN_FAILED', what, {
      where: setting,
      fix: inUse ? 'Stop the other process or choose another address.' : undefined,
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
