import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { chmodSync } from 'node:fs';
import { createServer, type Server, type ServerOpts, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { HostAndPort } from '../../base/net/address.ts';
import { type ListenSetting, listen, listenError } from '../../base/net/listen.ts';
import { serverTlsOptions } from '../../base/net/tls-files.ts';
import type { ForwardSettings } from './options.ts';

/** A server for `inputs.forward.address`, not listening yet. `onPeer` gets sockets that are ready to be read. */
export function createForwardServer(settings: ForwardSettings, onPeer: (socket: Socket) => void): Server {
  const options: ServerOpts = {
    // A peer may end its side and still read the acknowledgements.
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: settings.keep_alive_ms,
  };
  if (settings.tls === undefined) return createServer(options, onPeer);
  const server = createTlsServer({
    ...options,
    ...serverTlsOptions(settings.tls, { where: 'inputs.forward.tls', code: 'LS_FORWARD_TLS_FILE' }),
    handshakeTimeout: settings.handshake_timeout_ms,
  });
  server.on('secureConnection', onPeer);
  return server;
}

/** Resolves with the port. */
export function listenTcp(server: Server, at: HostAndPort): Promise<number> {
  return listen(server, at, settingOf('inputs.forward.address'));
}

/** Takes over a socket file that a dead process left behind. */
export async function listenUnix(server: Server, path: string, mode: string): Promise<void> {
  await listen(server, { path }, settingOf('inputs.forward.unix_socket'));
  chmodSync(path, Number.parseInt(mode, 8));
}

/**
 * Answers heartbeats (any datagram) with a zero byte, as Fluentd does, on the address where `server` listens. `onHeartbeat`
 * says whether this peer gets an answer.
 */
export async function listenHeartbeat(server: Server, onHeartbeat: (address: string) => boolean): Promise<UdpSocket> {
  const bound = server.address();
  if (typeof bound !== 'object' || bound === null) throw new Error('not listening on TCP');
  const udp = createSocket(bound.family === 'IPv6' ? 'udp6' : 'udp4');
  udp.on('message', (_, peer) => {
    if (onHeartbeat(peer.address)) udp.send(HEARTBEAT, peer.port, peer.address, () => {});
  });
  await new Promise<void>((resolve, reject) => {
    udp.once('error', cause => {
      udp.close();
      const fix =
        'Stop the process that has it, set another inputs.forward.address, or inputs.forward.heartbeat_udp: false.';
      reject(listenError(cause, `UDP ${bound.address}:${bound.port}`, settingOf('inputs.forward.heartbeat_udp'), fix));
    });
    udp.bind(bound.port, bound.address, () => {
      udp.removeAllListeners('error');
      // A heartbeat less is no reason to do anything.
      udp.on('error', () => {});
      resolve();
    });
  });
  return udp;
}

const HEARTBEAT = Buffer.of(0);

function settingOf(where: string): ListenSetting {
  return { where, inUse: 'LS_FORWARD_PORT_IN_USE', failed: 'LS_FORWARD_LISTEN' };
}
