import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { encodeMsgpack, eventTime } from '../../src/base/msgpack/write.ts';

export type Record_ = Record<string, unknown>;

/** A forward client that tells which chunks were acknowledged, in order. */
export class ForwardSender {
  readonly socket: Socket;
  readonly acks: string[] = [];
  #waiting: { count: number; resolve: () => void }[] = [];
  closed: Promise<unknown>;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise(resolve => socket.once('close', resolve));
    socket.on('error', () => {});
    let buffered = '';
    socket.on('data', (data: Buffer) => {
      // {"ack": chunk}: 81 a3 'ack' then a str; the chunks here are short ASCII without 0x81.
      buffered += data.toString('latin1');
      for (;;) {
        const match = /^\x81\xa3ack(?:([\xa0-\xbf])|\xd9([\s\S]))/.exec(buffered);
        if (match === null) break;
        const length = match[1] === undefined ? match[2]!.charCodeAt(0) : match[1].charCodeAt(0) & 31;
        const start = match[0].length;
        if (buffered.length < start + length) break;
        this.acks.push(buffered.slice(start, start + length));
        buffered = buffered.slice(start + length);
      }
      this.#waiting = this.#waiting.filter(({ count, resolve }) => {
        if (this.acks.length < count) return true;
        resolve();
        return false;
      });
    });
  }

  static async connect(port: number): Promise<ForwardSender> {
    const socket = createConnection({ host: '127.0.0.1', port });
    await once(socket, 'connect');
    return new ForwardSender(socket);
  }

  /** Message mode, as Docker's driver sends it. */
  message(tag: string, record: Record_, chunk?: string, time = Date.now()): void {
    this.socket.write(encodeMsgpack([tag, eventTime(time), record, ...(chunk === undefined ? [] : [{ chunk }])]));
  }

  /** Forward mode: many events in one frame. */
  forward(tag: string, records: Record_[], chunk?: string, time = Date.now()): void {
    const entries = records.map(record => [eventTime(time), record]);
    this.socket.write(encodeMsgpack([tag, entries, ...(chunk === undefined ? [] : [{ chunk }])]));
  }

  /** Resolves when `count` chunks are acknowledged in all; rejects if the connection closes first. */
  acknowledged(count: number): Promise<void> {
    if (this.acks.length >= count) return Promise.resolve();
    return Promise.race([
      new Promise<void>(resolve => this.#waiting.push({ count, resolve })),
      this.closed.then(() => Promise.reject(new Error(`closed after ${this.acks.length} of ${count} acks`))),
    ]);
  }

  close(): void {
    this.socket.destroy();
  }
}

/** A record as Docker's driver makes it. */
export function dockerRecord(log: string, extra: Record_ = {}): Record_ {
  return { container_id: 'c0ffee'.repeat(10), container_name: '/web-1', source: 'stdout', log, ...extra };
}
