import type { Server } from 'node:net';
import type { ErrorCode } from '../../core/codes.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { removeDeadSocket } from './unix-socket.ts';

/** The setting that says where to listen, and the codes of the errors that name it. */
export interface ListenSetting {
  readonly where: string;
  readonly inUse: ErrorCode;
  readonly failed: ErrorCode;
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
  try {
    await listenOnce(server, target).catch(async cause => {
      // Not before: what another worker of ours has bound and does not listen on yet looks like a dead one's, too.
      if (!('path' in target) || cause.code !== 'EADDRINUSE') throw cause;
      await removeDeadSocket(target.path);
      await listenOnce(server, target);
    });
  } catch (cause) {
    throw listenError(cause, 'path' in target ? target.path : `${target.host}:${target.port}`, setting);
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

type Target = Parameters<typeof listen>[1];

async function listenOnce(server: Server, target: Target): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  // Without a host Node takes all interfaces, also where there is no IPv6.
  server.listen('host' in target && target.host === '' ? { port: target.port } : target, resolve);
  await promise.finally(() => server.off('error', reject));
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
