import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be broken, mended and made long: the address stays. */
export class BreakableWay {
  readonly #to: number;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer(near => this.#join(near));
  #isBroken = false;
  readonly #delayMs: number;

  private constructor(to: number, delayMs: number) {
    this.#to = to;
    this.#delayMs = delayMs;
  }

  /** What is sent arrives `delayMs` later, there and back. */
  static async open(url: string, delayMs = 0): Promise<BreakableWay> {
    const way = new BreakableWay(Number(new URL(url).port), delayMs);
    way.#server.listen(0, '127.0.0.1');
    await once(way.#server, 'listening');
    return way;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  break(): void {
    this.#isBroken = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isBroken = false;
  }

  async close(): Promise<void> {
    this.break();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(near: Socket): void {
    if (this.#isBroken) {
      near.destroy();
      return;
    }
    const far = connect(this.#to, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      if (this.#delayMs === 0) socket.pipe(other);
      else {
        // Timers of one length end in their order.
        socket.on('data', data => setTimeout(() => other.write(data), this.#delayMs));
        socket.on('end', () => setTimeout(() => other.end(), this.#delayMs));
      }
    }
  }
}
