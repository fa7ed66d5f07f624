import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { orAborted } from '../../base/flow/abort.ts';
import { Connections } from '../../base/net/connections.ts';
import { type ServerTls, serverTlsOptions } from '../../base/net/tls-files.ts';
import type { Consumer, Lifecycle } from '../../core/contracts.ts';
import type { Access } from '../stream/stream-server.ts';
import { accessOf } from './access.ts';
import { Door } from './door.ts';
import { otlpGrpcServer } from './grpc-server.ts';
import { otlpHttpServer } from './http-server.ts';
import { OtlpIntake } from './intake.ts';
import { log, metrics } from './metrics.ts';
import type { OtlpInputOptions } from './options.ts';

const TLS_HANDSHAKE_MS = 10_000;

/** OpenTelemetry's logs at ports of their own: gRPC and HTTP. An answer says that the events are durable. */
export class OtlpInput implements Lifecycle {
  readonly #options: OtlpInputOptions;
  readonly #intake: OtlpIntake;
  readonly #grpcAccess: Access;
  readonly #httpAccess: Access;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  /** Answers under way. */
  readonly #answers = new Set<Promise<void>>();
  #doors: Door[] = [];
  #port: number;
  #httpPort: number;

  /** Checks the settings without touching the network. Throws LongshoreErrors. */
  constructor(options: OtlpInputOptions, consumer: Consumer) {
    this.#options = options;
    this.#grpcAccess = accessOf(options, 'address');
    this.#httpAccess = accessOf(options, 'http_address');
    this.#intake = new OtlpIntake(options, consumer);
    this.#port = this.#grpcAccess.address.port;
    this.#httpPort = this.#httpAccess.address.port;
  }

  /** The port of gRPC; of use when the address said port 0. */
  get port(): number {
    return this.#port;
  }

  get httpPort(): number {
    return this.#httpPort;
  }

  async start(): Promise<void> {
    const { address, http_address, protocols } = this.#options;
    const tls = this.#tlsOptions();
    const connections = new Connections(this.#options, reason => metrics.errors.inc({ reason }));
    const track = (answer: Promise<void>): void => {
      const settled = answer
        .catch((err: unknown) => log.error({ err }, 'an answer could not be given'))
        .finally(() => this.#answers.delete(settled));
      this.#answers.add(settled);
    };
    try {
      if (protocols.includes('grpc')) {
        const server = otlpGrpcServer(this.#intake, this.#options, tls, track, this.#sessions);
        connections.watchStreams(server);
        this.#port = await this.#open(new Door(server, this.#grpcAccess, connections, this.#sockets), 'address');
      }
      if (protocols.includes('http')) {
        const server = otlpHttpServer(this.#intake, this.#options, tls, track);
        connections.watch(server);
        this.#httpPort = await this.#open(
          new Door(server, this.#httpAccess, connections, this.#sockets),
          'http_address',
        );
      }
    } catch (error) {
      for (const door of this.#doors) door.close();
      throw error;
    }
    log.info({ address, port: this.port, http_address, http_port: this.#httpPort, protocols }, 'listening');
  }

  async stop(signal: AbortSignal): Promise<void> {
    for (const door of this.#doors.splice(0)) door.close();
    // Tells gRPC's clients to send no more this way.
    for (const session of this.#sessions) session.close();
    await orAborted(Promise.allSettled([...this.#answers]), signal);
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroySoon();
    if (signal.aborted) for (const socket of this.#sockets) socket.destroy();
  }

  async #open(door: Door, setting: string): Promise<number> {
    this.#doors.push(door);
    return door.open(setting);
  }

  #tlsOptions() {
    const { tls } = this.#options as { readonly tls?: ServerTls };
    if (tls === undefined) return undefined;
    const files = serverTlsOptions(tls, { where: 'inputs.otlp.tls', code: 'LS_INPUTS_TLS_FILE' });
    return { ...files, handshakeTimeout: TLS_HANDSHAKE_MS };
  }
}
