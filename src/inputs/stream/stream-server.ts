import { ByteBudget } from '../../base/flow/byte-budget.ts';
import { allowList, type HostAndPort, isLoopback, parseAddress } from '../../base/net/address.ts';
import type { ServerTls } from '../../base/net/tls-files.ts';
import type { Consumer } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import { LogThrottle } from '../log-throttle.ts';
import { StreamConnection, type StreamContext } from './connection.ts';
import { Doors, type DoorsDeps } from './doors.ts';
import type { InputMetrics } from './metrics.ts';
import type { Batch, StreamProtocol } from './protocol.ts';

const LOG_INTERVAL_MS = 60_000;

/** What all inputs with an address have to say about who may send. */
export interface Access {
  readonly address: HostAndPort;
  /** By `plainAddress`. */
  readonly allows: (peer: string) => boolean;
}

/**
 * Judges `address` and `allow` of `inputs.<name>` without touching the network. `setting`: the name of `address` there.
 * @throws LongshoreError for what is no address or network, and for an address that anybody could reach
 */
export function readAccess(
  name: string,
  options: {
    readonly address: string;
    readonly allow?: readonly string[] | undefined;
    readonly tls?: ServerTls | undefined;
  },
  example: string,
  setting = 'address',
): Access {
  const where = `inputs.${name}`;
  const address = parseAddress(
    options.address,
    { where: `${where}.${setting}`, code: 'LS_INPUTS_ADDRESS_INVALID' },
    example,
  );
  const allows = allowList(options.allow, { where: `${where}.allow`, code: 'LS_INPUTS_NETWORK_INVALID' });
  checkClientCert(where, options.tls);
  const hasCerts = options.tls?.require_client_cert === true;
  if (!isLoopback(address.host) && options.allow === undefined && !hasCerts) {
    throw new LongshoreError('LS_INPUTS_ALLOW_REQUIRED', `${options.address} can be reached from other machines.`, {
      where: `${where}.${setting}`,
      fix: `List the networks that may send in '${where}.allow', for example ['10.0.0.0/8', '172.16.0.0/12'].`,
    });
  }
  return { address, allows };
}

function checkClientCert(where: string, tls: ServerTls | undefined): void {
  if (tls?.require_client_cert !== true || tls.ca_file !== undefined) return;
  throw new LongshoreError('LS_INPUTS_NO_CA', 'Client certificates are required, but no authority is named.', {
    where: `${where}.tls.require_client_cert`,
    fix: `Set '${where}.tls.ca_file'.`,
  });
}

/** How a door with TLS differs from the others. */
export interface TlsDoor {
  readonly tls: ServerTls;
  readonly allows: Access['allows'];
}

export interface StreamServerDeps<B extends Batch>
  extends Omit<DoorsDeps, 'connect' | 'metrics' | 'logThrottle' | 'tlsOptions' | 'serverOptions'> {
  readonly metrics: InputMetrics;
  readonly protocol: StreamProtocol<B>;
  readonly consumer: Consumer;
  readonly access: Access;
  readonly maxUnackedBytes: number;
  readonly windowBytes: number;
  readonly idleTimeoutMs: number;
}

/**
 * Connections that bring messages and hear no acknowledgement: what was read is kept in memory until the consumer has
 * taken it, and reading pauses while that is too much.
 */
export class StreamServer<B extends Batch> {
  readonly #access: Access;
  readonly #doors: Doors;

  constructor(deps: StreamServerDeps<B>) {
    const { protocol, consumer, metrics, log, windowBytes, idleTimeoutMs } = deps;
    const logThrottle = new LogThrottle(LOG_INTERVAL_MS);
    const context: StreamContext<B> = {
      ...{ protocol, consumer, metrics, log, windowBytes, idleTimeoutMs, logThrottle },
      unacked: new ByteBudget(deps.maxUnackedBytes),
      held: new ByteBudget(deps.maxUnackedBytes),
    };
    this.#access = deps.access;
    this.#doors = new Doors({
      ...deps,
      logThrottle,
      // With 1.3 the server sends tickets that these peers never read: when one closes, its system resets the connection for
      // that, and its last messages are lost. Node cannot leave the tickets out.
      tlsOptions: { maxVersion: 'TLSv1.2' },
      connect: (socket, peer, gone) => new StreamConnection(socket, peer, context, gone),
    });
  }

  /** Resolves with the port. `setting`: the part of `inputs.<name>` that says where. */
  listenTcp(address: HostAndPort, setting: string, door?: TlsDoor): Promise<number> {
    return this.#doors.listenTcp(address, setting, door?.allows ?? this.#access.allows, door?.tls);
  }

  listenUnix(path: string, setting: string): Promise<void> {
    return this.#doors.listenUnix(path, setting);
  }

  /** Nobody is let in any more, as after a start that failed. */
  close(): void {
    this.#doors.close();
  }

  stop(signal: AbortSignal): Promise<void> {
    return this.#doors.stop(signal);
  }
}
