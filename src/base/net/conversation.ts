import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { lookupAllowed, refusedAddress } from './fetch-via.ts';

export interface Partner {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly tls?: { readonly ca?: string | undefined; readonly verify?: boolean | undefined } | undefined;
  /** Asked about each address that would be connected to, after names are resolved. */
  readonly mayConnect?: ((address: string) => boolean) | undefined;
}

/** Words and answers over one TCP connection. */
export class Conversation {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #isOver = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    socket.on('data', chunk => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    const end = (): void => {
      this.#isOver = true;
      this.#wake();
    };
    socket.on('end', end).on('close', end).on('error', end);
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
  }

  /** @throws where it cannot connect, with the code of the system */
  static async open({ host, port, tls, mayConnect }: Partner, signal: AbortSignal): Promise<Conversation> {
    signal.throwIfAborted();
    if (mayConnect !== undefined && isIP(host) !== 0 && !mayConnect(host)) throw refusedAddress();
    const options = { host, port, ...(mayConnect === undefined ? {} : { lookup: lookupAllowed(mayConnect) }) };
    const socket =
      tls === undefined
        ? connect(options)
        : connectTls({
            ...options,
            rejectUnauthorized: tls.verify !== false,
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
            ...(isIP(host) === 0 ? { servername: host } : {}),
          });
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        socket.destroy();
        reject(new Error('no answer in time'));
      };
      signal.addEventListener('abort', stop, { once: true });
      socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
        signal.removeEventListener('abort', stop);
        socket.off('error', reject);
        resolve(new Conversation(socket, signal));
      });
      socket.once('error', reject);
    });
  }

  say(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  /**
   * What comes until `endOf` knows where it ends; the rest is kept for the next.
   * @throws where the connection ends before that, or more than `most` bytes come
   */
  async hear(endOf: (received: Buffer) => number | undefined, most = 65_536): Promise<Buffer> {
    for (;;) {
      const end = endOf(this.#received);
      if (end !== undefined) {
        const heard = this.#received.subarray(0, end);
        this.#received = this.#received.subarray(end);
        return heard;
      }
      if (this.#received.length > most) throw new Error('the answer is too long');
      if (this.#isOver) throw new Error('the connection was closed without an answer');
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends when all that was said has gone out. */
  async end(): Promise<void> {
    await new Promise<void>(resolve => {
      this.#socket.once('close', () => resolve());
      if (this.#socket.destroyed) resolve();
      else this.#socket.end(() => resolve());
    });
  }

  /** Whatever is still under way. */
  close(): void {
    this.#socket.destroy();
  }
}
