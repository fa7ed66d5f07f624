import { removeDeadSocket } from '../base/net/unix-socket.ts';
import type { Consumer, Lifecycle } from '../core/contracts.ts';
import { ForwardInput } from './forward/forward-input.ts';
import type { ForwardInputOptions } from './forward/options.ts';
import type { TcpJsonInputOptions } from './tcp-json/options.ts';
import { TcpJsonInput } from './tcp-json/tcp-json-input.ts';

/** Settings of the inputs that have sockets of their own; `false` where one is switched off. */
export interface SocketInputOptions {
  forward: ForwardInputOptions | false;
  tcp_json: TcpJsonInputOptions | false;
}

/**
 * Removes the unix sockets that a killed process left behind, before several workers ask for the same path: each of them
 * would take the others for another program.
 */
export async function removeDeadSockets({ forward, tcp_json }: SocketInputOptions): Promise<void> {
  for (const input of [forward, tcp_json]) {
    const path = input === false ? undefined : input.unix_socket;
    if (path !== undefined) await removeDeadSocket(path);
  }
}

/** Ports that are listened on; undefined where the input is switched off. */
export interface InputPorts {
  forward: number | undefined;
  tcp_json: number | undefined;
}

/** The inputs with sockets of their own; workers share them. HTTP belongs to the web server. */
export class SocketInputs implements Lifecycle {
  readonly #forward: ForwardInput | undefined;
  readonly #tcpJson: TcpJsonInput | undefined;
  #started: Lifecycle[] = [];

  constructor({ forward, tcp_json }: SocketInputOptions, consumer: Consumer) {
    this.#tcpJson = tcp_json === false ? undefined : new TcpJsonInput(tcp_json, consumer);
    this.#forward = forward === false ? undefined : new ForwardInput(forward, consumer);
  }

  get ports(): InputPorts {
    return { forward: this.#forward?.port, tcp_json: this.#tcpJson?.port };
  }

  async start(): Promise<void> {
    // One after another: workers that share port 0 must ask for it in the same order.
    for (const input of [this.#tcpJson, this.#forward]) {
      if (input === undefined) continue;
      this.#started.push(input);
      await input.start();
    }
  }

  async stop(signal: AbortSignal): Promise<void> {
    for (const input of this.#started.splice(0).reverse()) await input.stop(signal);
  }
}
