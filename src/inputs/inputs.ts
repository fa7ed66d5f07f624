import { removeDeadSocket } from '../base/net/unix-socket.ts';
import type { Consumer, Lifecycle } from '../core/contracts.ts';
import { BeatsInput } from './beats/beats-input.ts';
import type { BeatsInputOptions } from './beats/options.ts';
import { ForwardInput } from './forward/forward-input.ts';
import type { ForwardInputOptions } from './forward/options.ts';
import { GelfInput } from './gelf/gelf-input.ts';
import type { GelfInputOptions } from './gelf/options.ts';
import type { OtlpInputOptions } from './otlp/options.ts';
import { OtlpInput } from './otlp/otlp-input.ts';
import type { SyslogInputOptions } from './syslog/options.ts';
import { SyslogInput } from './syslog/syslog-input.ts';
import type { TcpJsonInputOptions } from './tcp-json/options.ts';
import { TcpJsonInput } from './tcp-json/tcp-json-input.ts';

/** Settings of the inputs that have sockets of their own; `false` where one is switched off. */
export interface SocketInputOptions {
  forward: ForwardInputOptions | false;
  tcp_json: TcpJsonInputOptions | false;
  syslog: SyslogInputOptions | false;
  gelf: GelfInputOptions | false;
  otlp: OtlpInputOptions | false;
  beats: BeatsInputOptions | false;
}
type Name = keyof SocketInputOptions;
type Options<N extends Name> = Exclude<SocketInputOptions[N], false>;

/** An input with sockets. Its constructor checks the settings without touching the network. */
export interface SocketInput extends Lifecycle {
  /** What its `address` listens on; of use when that said port 0. */
  readonly port: number;
}

/** The inputs with sockets of their own, in the order in which they start. HTTP belongs to the web server. */
const INPUTS: { readonly [N in Name]: (options: Options<N>, consumer: Consumer) => SocketInput } = {
  tcp_json: (options, consumer) => new TcpJsonInput(options, consumer),
  forward: (options, consumer) => new ForwardInput(options, consumer),
  syslog: (options, consumer) => new SyslogInput(options, consumer),
  gelf: (options, consumer) => new GelfInput(options, consumer),
  otlp: (options, consumer) => new OtlpInput(options, consumer),
  beats: (options, consumer) => new BeatsInput(options, consumer),
};
const NAMES = Object.keys(INPUTS) as Name[];

function makeInput<N extends Name>(name: N, options: SocketInputOptions, consumer: Consumer): SocketInput | undefined {
  const own = options[name];
  return own === false ? undefined : INPUTS[name](own as Options<N>, consumer);
}

/**
 * Removes the unix sockets that a killed process left behind, before several workers ask for the same path: each of them
 * would take the others for another program.
 */
export async function removeDeadSockets(options: SocketInputOptions): Promise<void> {
  for (const name of NAMES) {
    const input = options[name];
    const path = input !== false && 'unix_socket' in input ? input.unix_socket : undefined;
    if (path !== undefined) await removeDeadSocket(path);
  }
}

/** Ports that are listened on; undefined where the input is switched off. */
export type InputPorts = { readonly [N in Name]: number | undefined };

/** Of a process that takes nothing in. */
export const NO_PORTS = Object.fromEntries(NAMES.map(name => [name, undefined])) as InputPorts;

/** All inputs that are switched on; workers share them. */
export class SocketInputs implements Lifecycle {
  readonly #inputs: ReadonlyMap<Name, SocketInput>;
  #started: Lifecycle[] = [];

  constructor(options: SocketInputOptions, consumer: Consumer) {
    this.#inputs = new Map(
      NAMES.flatMap(name => {
        const input = makeInput(name, options, consumer);
        return input === undefined ? [] : [[name, input] as const];
      }),
    );
  }

  get ports(): InputPorts {
    return { ...NO_PORTS, ...Object.fromEntries([...this.#inputs].map(([name, { port }]) => [name, port])) };
  }

  async start(): Promise<void> {
    // One after another: workers that share port 0 must ask for it in the same order.
    for (const input of this.#inputs.values()) {
      this.#started.push(input);
      await input.start();
    }
  }

  async stop(signal: AbortSignal): Promise<void> {
    for (const input of this.#started.splice(0).reverse()) await input.stop(signal);
  }
}
