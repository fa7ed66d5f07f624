import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { decodeAck } from '../../base/forward/ack.ts';
import { AnswerReader } from '../../base/forward/answers.ts';
import { encodeMessage } from '../../base/forward/encode.ts';
import { parseAddress, reachableHost } from '../../base/net/address.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';

/** The small part of a forward client that the demo needs: one message at a time, as Docker's driver sends it, with acks. */
export class ForwardClient {
  readonly #socket: Socket;
  #sent = 0;
  acknowledged = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const answers = new AnswerReader();
    socket.on('data', (data: Buffer) => {
      try {
        answers.push(data);
        for (let answer = answers.next(); answer !== undefined; answer = answers.next()) {
          if (decodeAck(answer) !== undefined) this.acknowledged++;
        }
      } catch {
        // Whoever answers there does not speak the forward protocol.
        socket.destroy();
      }
    });
    socket.on('error', () => {});
  }

  static async connect(address: string): Promise<ForwardClient> {
    const { host, port } = parseAddress(address, { where: '--forward', code: 'LS_CLI_ADDRESS' }, '127.0.0.1:24224');
    const socket = createConnection({ host: reachableHost(host), port });
    try {
      await once(socket, 'connect');
    } catch (cause) {
      throw new LongshoreError(
        'LS_CLI_UNREACHABLE',
        `nothing listens at ${address} (inputs.forward.address): ${messageOf(cause)}.`,
        {
          fix: "Start longshore first: 'npm start' in another terminal.",
          cause,
        },
      );
    }
    return new ForwardClient(socket);
  }

  async send(tag: string, time: number, record: Record<string, string>): Promise<void> {
    const chunk = `demo-${process.pid}-${this.#sent++}`;
    const message = encodeMessage(tag, time, record, Buffer.from(chunk).toString('base64'));
    if (this.isClosed) {
      throw new LongshoreError('LS_CLI_UNREACHABLE', 'longshore closed the connection.', {
        fix: 'Its log says why.',
      });
    }
    if (!this.#socket.write(message)) {
      await Promise.race([once(this.#socket, 'drain'), once(this.#socket, 'close')]).catch(() => {});
    }
  }

  /** No acknowledgement will come any more. */
  get isClosed(): boolean {
    return this.#socket.destroyed || this.#socket.readableEnded;
  }

  get sent(): number {
    return this.#sent;
  }

  close(): void {
    this.#socket.end();
  }
}
