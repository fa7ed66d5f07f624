import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { chmodSync, lstatSync, readFileSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type ServerOpts, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import type { ForwardSettings, ForwardTlsOptions } from './options.ts';

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
  const { require_client_cert } = settings.tls;
  const server = createTlsServer({
    ...options,
    cert: pem(settings.tls, 'cert_file'),
    key: pem(settings.tls, 'key_file'),
    ...(settings.tls.ca_file === undefined ? {} : { ca: pem(settings.tls, 'ca_file') }),
    requestCert: require_client_cert === true,
    rejectUnauthorized: require_client_cert === true,
    handshakeTimeout: settings.handshake_timeout_ms,
  });
  server.on('secureConnection', onPeer);
  return server;
}

function pem(tls: ForwardTlsOptions, name: 'cert_file' | 'key_file' | 'ca_file'): Buffer {
  try {
    return readFileSync(tls[name]!);
  } catch (cause) {
    throw new LongshoreError('LS_FORWARD_TLS_FILE', `${tls[name]} cannot be read: ${messageOf(cause)}.`, {
      where: `inputs.forward.tls.${name}`,
      cause,
    });
  }
}

/** Resolves with the port. */
export async function listenTcp(server: Server, host: string, port: number): Promise<number> {
  const at = host === '' ? { port } : { port, host };
  await listening(server, () => server.listen(at), 'inputs.forward.address', `${host}:${port}`);
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** Takes over a socket file that a dead process left behind. */
export async function listenUnix(server: Server, path: string, mode: string): Promise<void> {
  const where = 'inputs.forward.unix_socket';
  const listen = () => listening(server, () => server.listen(path), where, path);
  try {
    await listen();
  } catch (error) {
    const isInUse = error instanceof LongshoreError && error.code === 'LS_FORWARD_PORT_IN_USE';
    if (!isInUse || !lstatSync(path).isSocket() || (await answers(path))) throw error;
    unlinkSync(path);
    await listen();
  }
  chmodSync(path, Number.parseInt(mode, 8));
}

/** Answers heartbeats (any datagram) with a zero byte, as Fluentd does, on the address where `server` listens. */
export async function listenHeartbeat(server: Server, onHeartbeat: () => void): Promise<UdpSocket> {
  const bound = server.address();
  if (typeof bound !== 'object' || bound === null) throw new Error('not listening on TCP');
  const udp = createSocket(bound.family === 'IPv6' ? 'udp6' : 'udp4');
  udp.on('message', (_, peer) => {
    onHeartbeat();
    udp.send(HEARTBEAT, peer.port, peer.address, () => {});
  });
  await new Promise<void>((resolve, reject) => {
    udp.once('error', cause => {
      udp.close();
      reject(listenError(cause, 'inputs.forward.heartbeat_udp', `UDP ${bound.address}:${bound.port}`));
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

function listening(server: Server, listen: () => void, where: string, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error) => {
      server.removeListener('listening', onListening);
      reject(listenError(cause, where, name));
    };
    const onListening = () => {
      server.removeListener('error', onError);
      resolve();
    };
    server.once('error', onError);
    server.once('listening', onListening);
    listen();
  });
}

function listenError(cause: NodeJS.ErrnoException, where: string, name: string): LongshoreError {
  if (cause.code === 'EADDRINUSE') {
    const fix =
      where === 'inputs.forward.heartbeat_udp'
        ? 'Stop the program that has it, choose another inputs.forward.address, or set inputs.forward.heartbeat_udp: false.'
        : `Stop the program that has it, or set another ${where}.`;
    return new LongshoreError('LS_FORWARD_PORT_IN_USE', `${name} is in use.`, { where, fix, cause });
  }
  return new LongshoreError('LS_FORWARD_LISTEN', `Cannot listen on ${name}: ${cause.message}.`, { where, cause });
}

/** Whether somebody listens on the unix socket. */
function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', error => resolve((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED'));
  });
}
