import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be broken and mended: the address stays. */
export class BreakableWay {
  readonly #to: number;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer(near => this.#join(near));
  #isBroken = false;

  private constructor(to: number) {
    this.#to = to;
  }

  static async open(url: string): Promise<BreakableWay> {
    const way = new BreakableWay(Number(new URL(url).port));
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
      socket.pipe(other);
    }
  }
}
