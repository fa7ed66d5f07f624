import type { ServerHttp2Session } from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import { plainAddress } from '../../base/net/address.ts';
import type { Connections } from '../../base/net/connections.ts';
import { listen } from '../../base/net/listen.ts';
import { messageOf } from '../../core/errors.ts';
import { LogThrottle } from '../log-throttle.ts';
import type { Access } from '../stream/stream-server.ts';
import { log, metrics } from './metrics.ts';

const LOG_INTERVAL_MS = 60_000;

const ADVICE = 'gRPC belongs to inputs.otlp.address, HTTP to inputs.otlp.http_address';
const BAD_REQUEST =
  'HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n' +
  'This is the port of longshore for OTLP over HTTP (inputs.otlp.http_address); gRPC is spoken at inputs.otlp.address.\n';

/** Node's codes for what cannot be read; a connection that just ends is none. */
function isOtherProtocol(error: Error): boolean {
  return /^(?:HPE_|ERR_HTTP2_ERROR)/.test((error as NodeJS.ErrnoException).code ?? '');
}

/**
 * Lets connections in by address and number, before a byte of them is read, and hands them to a server that does not listen
 * itself: one for HTTP or HTTP/2, with TLS or without.
 */
export class Door {
  readonly #server: Server;
  readonly #access: Access;
  /** Those of both addresses together. */
  readonly #connections: Connections;
  readonly #sockets: Set<Socket>;
  readonly #inner: Server;
  readonly #logThrottle = new LogThrottle(LOG_INTERVAL_MS);

  /** `sockets`: holds the open ones. */
  constructor(inner: Server, access: Access, connections: Connections, sockets: Set<Socket>) {
    this.#inner = inner;
    this.#access = access;
    this.#connections = connections;
    this.#sockets = sockets;
    this.#server = createServer({ keepAlive: true, keepAliveInitialDelay: 60_000 }, socket => this.#enter(socket));
    // Bytes that are neither: of gRPC at the port of HTTP, the other way round, or no HTTP at all.
    inner.on('clientError', (error: Error, socket: Socket) => {
      if (isOtherProtocol(error)) this.#refuse(plainAddress(socket.remoteAddress), 'other_protocol', error);
      if (socket.writable) socket.end(BAD_REQUEST);
      else socket.destroy();
    });
    inner.on('sessionError', (error: Error, session: ServerHttp2Session) => {
      if (isOtherProtocol(error)) this.#refuse(plainAddress(session.socket?.remoteAddress), 'other_protocol', error);
    });
    inner.on('tlsClientError', (error: Error, socket: Socket) => {
      this.#refuse(plainAddress(socket.remoteAddress), 'tls_failed', error);
      socket.destroy();
    });
  }

  /** Resolves with the port. `setting`: the part of `inputs.otlp` that says where. */
  async open(setting: string): Promise<number> {
    const where = `inputs.otlp.${setting}`;
    const codes = { inUse: 'LS_INPUTS_ADDRESS_IN_USE', failed: 'LS_INPUTS_LISTEN_FAILED' } as const;
    const port = await listen(this.#server, this.#access.address, { where, ...codes });
    this.#server.on('error', error => log.warn({ error: messageOf(error) }, 'server error'));
    return port;
  }

  /** Nobody is let in any more. */
  close(): void {
    this.#server.close();
    this.#inner.close();
  }

  #enter(socket: Socket): void {
    const peer = plainAddress(socket.remoteAddress);
    socket.on('error', () => {});
    const isAllowed = this.#access.allows(peer);
    if (!isAllowed) this.#refuse(peer, 'not_allowed');
    if (!isAllowed || !this.#connections.enter(socket, peer)) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    metrics.connections.inc();
    socket.once('close', () => {
      this.#sockets.delete(socket);
      metrics.connections.dec();
    });
    this.#inner.emit('connection', socket);
  }

  #refuse(peer: string, reason: string, error?: Error): void {
    metrics.errors.inc({ reason });
    if (!this.#logThrottle.allows(reason)) return;
    const advice = reason === 'other_protocol' ? { advice: ADVICE } : {};
    log.warn(
      { peer, reason, ...(error === undefined ? {} : { error: messageOf(error) }), ...advice },
      'connection refused',
    );
  }
}
