import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Server, Socket } from 'node:net';

export interface ConnectionLimits {
  readonly max_connections: number;
  readonly max_connections_per_address: number;
}

/** Why a connection was closed: to make room, or for want of it. */
export type Closed = 'too_many_connections' | 'too_many_connections_of_address';

interface Connection {
  /** Address and port: with TLS a request has another socket than its connection. */
  readonly key: string;
  readonly socket: Socket;
  readonly peer: Peer;
  /** Requests that are whole and not answered. */
  busy: number;
}

/** A remote address. */
interface Peer {
  readonly address: string;
  open: number;
  /** Its connections that wait for a request or for the rest of one, the longest first. */
  readonly waiting: Set<Connection>;
}

/**
 * The connections of servers that speak HTTP, counted against limits. When there are as many as may be, the one that has waited longest for a request
 * makes room for a new one: who opens many and says nothing, or says it slowly, keeps out neither health checks nor senders, though
 * they come from the same address.
 */
export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #closed: (reason: Closed) => void;
  readonly #peers = new Map<string, Peer>();
  readonly #open = new Map<string, Connection>();

  /** `closed` is told of each connection that was closed to make room, or for want of it. */
  constructor(limits: ConnectionLimits, closed: (reason: Closed) => void) {
    this.#limits = limits;
    this.#closed = closed;
  }

  /** Follows the requests of a server. */
  watch(server: Server): void {
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#follow(request.socket, hasBody(request) ? request : undefined, response),
    );
  }

  /** Follows those of a server for HTTP/2. */
  watchStreams(server: Server): void {
    server.on('stream', (stream: ServerHttp2Stream) => {
      const socket = stream.session?.socket;
      if (socket !== undefined) this.#follow(socket, stream.endAfterHeaders ? undefined : stream, stream);
    });
  }

  /** `body`: ends when the request is whole; undefined where it is already. `answer`: closes when it is given. */
  #follow(socket: Socket, body: Ends | undefined, answer: Closes): void {
    const connection = this.#open.get(keyOf(socket));
    if (connection === undefined) return;
    let isWhole = false;
    const whole = (): void => {
      isWhole = true;
      connection.busy++;
      connection.peer.waiting.delete(connection);
    };
    if (body === undefined) whole();
    else body.once('end', whole);
    answer.once('close', () => {
      if (isWhole) connection.busy--;
      if (connection.busy > 0 || this.#open.get(connection.key) !== connection) return;
      connection.peer.waiting.delete(connection);
      connection.peer.waiting.add(connection);
    });
  }

  /** False: there is no room, for all are being answered. */
  enter(socket: Socket, address: string): boolean {
    const { max_connections: most, max_connections_per_address: mostOfAddress } = this.#limits;
    const peer = this.#peers.get(address) ?? { address, open: 0, waiting: new Set() };
    if (peer.open >= mostOfAddress) {
      this.#closed('too_many_connections_of_address');
      if (!this.#makeRoom(peer)) return false;
    }
    if (this.#open.size >= most) {
      this.#closed('too_many_connections');
      const peers = [...this.#peers.values()].sort((a, b) => b.open - a.open);
      if (!peers.some(one => this.#makeRoom(one))) return false;
    }
    const connection = { key: keyOf(socket), socket, peer, busy: 0 };
    this.#peers.set(address, peer);
    this.#open.set(connection.key, connection);
    peer.open++;
    peer.waiting.add(connection);
    socket.once('close', () => this.#leave(connection));
    return true;
  }

  /** Closes the connection of a peer that has waited longest. */
  #makeRoom({ waiting }: Peer): boolean {
    const [longest] = waiting;
    if (longest === undefined) return false;
    this.#leave(longest);
    longest.socket.destroy();
    return true;
  }

  #leave(connection: Connection): void {
    const { key, peer } = connection;
    if (this.#open.get(key) !== connection) return;
    this.#open.delete(key);
    peer.waiting.delete(connection);
    if (--peer.open === 0) this.#peers.delete(peer.address);
  }
}

interface Ends {
  once(event: 'end', listener: () => void): unknown;
}
interface Closes {
  once(event: 'close', listener: () => void): unknown;
}

const keyOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
