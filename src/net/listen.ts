import type { Server } from 'node:net';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { removeDeadSocket } from './unix-socket.ts';

/** The setting that says where to listen, and the codes of the errors that name it. */
export interface ListenSetting {
  readonly where: string;
  readonly inUse: string;
  readonly failed: string;
}

/**
 * Listens on a port, or on a unix socket, whose file it takes over when a dead process left it behind. Resolves with the
 * port, 0 for a unix socket.
 * @throws LongshoreError that names the setting
 */
export async function listen(
  server: Server,
  target: { readonly host: string; readonly port: number } | { readonly path: string },
  setting: ListenSetting,
): Promise<number> {
  if ('path' in target) await removeDeadSocket(target.path);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  // Without a host Node takes all interfaces, also where there is no IPv6.
  server.listen('host' in target && target.host === '' ? { port: target.port } : target, resolve);
  try {
    await promise;
  } catch (cause) {
    throw listenError(cause, 'path' in target ? target.path : `${target.host}:${target.port}`, setting);
  } finally {
    server.off('error', reject);
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** What to say when `name` cannot be listened on. `fix`: what to do when another program has it. */
export function listenError(cause: unknown, name: string, setting: ListenSetting, fix?: string): LongshoreError {
  const { where } = setting;
  if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    return new LongshoreError(setting.inUse, `${name} is in use by another process.`, {
      where,
      fix: fix ?? `Stop the other process, or set another ${where}.`,
      cause,
    });
  }
  return new LongshoreError(setting.failed, `Cannot listen on ${name}: ${messageOf(cause)}.`, { where, cause });
}
