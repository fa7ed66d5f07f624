import { randomBytes } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectTls } from 'node:tls';
import { decodeAck } from '../../base/forward/ack.ts';
import { type Answer, AnswerReader } from '../../base/forward/answers.ts';
import { FrameError } from '../../base/forward/errors.ts';
import { decodeHelo, decodePong } from '../../base/forward/handshake.ts';
import { clientTlsOptions } from '../../base/net/tls-files.ts';
import type { ErrorCode } from '../../core/codes.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { checkPong, ping } from './handshake.ts';
import { type ForwardOutOptions, type ForwardTarget, hostAndPort } from './options.ts';

type Options = Pick<ForwardOutOptions, 'require_ack' | 'ack_timeout_ms' | 'connect_timeout_ms'>;

interface InFlight {
  readonly resolve: () => void;
  readonly reject: (error: LongshoreError) => void;
}

/** One connection to a target, after the handshake. Ends for good at the first fault. */
export class TargetConnection {
  readonly #socket: Socket;
  readonly #options: Options;
  readonly #address: string;
  readonly #reader: AnswerReader;
  /** By the id that the acknowledgement repeats, oldest first. */
  readonly #inFlight = new Map<string, InFlight>();
  readonly #onEnd: (error: LongshoreError) => void;
  /** Since when the target owes us something: the last acknowledgement, or the first message after all were acknowledged. */
  #owesSince = 0;
  #timer: NodeJS.Timeout;
  #ended: LongshoreError | undefined;
  /** False: the target closes the connection after each message. */
  readonly #keepalive: boolean;

  private constructor(
    socket: Socket,
    reader: AnswerReader,
    keepalive: boolean,
    address: string,
    options: Options,
    onEnd: (error: LongshoreError) => void,
  ) {
    this.#socket = socket;
    this.#reader = reader;
    this.#keepalive = keepalive;
    this.#address = address;
    this.#options = options;
    this.#onEnd = onEnd;
    this.#timer = setInterval(() => this.#check(), Math.max(20, Math.min(1000, options.ack_timeout_ms / 4))).unref();
    socket.on('data', bytes => this.#read(bytes));
    socket.on('error', error => this.#end(error.message));
    socket.on('close', () => this.#end('it closed the connection'));
    // Paused since the handshake, so that nothing is lost in between.
    socket.resume();
    this.#read(undefined);
  }

  /**
   * Connects and shakes hands. `onEnd` is called once, when the connection has ended. @throws LongshoreError LS_FORWARD_UNREACHABLE and LS_FORWARD_HANDSHAKE (retryable), LS_FORWARD_TLS_FILE
   */
  static async open(
    target: ForwardTarget,
    options: Options,
    onEnd: (error: LongshoreError) => void,
  ): Promise<TargetConnection> {
    const { address } = target;
    const socket = connect(target);
    // Later ones are reported where the connection is used.
    socket.on('error', () => {});
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    const reader = new AnswerReader();
    const timer = setTimeout(
      () => socket.destroy(new Error(`nothing within ${options.connect_timeout_ms} ms`)),
      options.connect_timeout_ms,
    );
    try {
      await connected(socket, target.tls !== undefined);
      const keepalive = target.shared_key === undefined ? true : await shakeHands(socket, reader, target);
      return new TargetConnection(socket, reader, keepalive, address, options, onEnd);
    } catch (error) {
      socket.destroy();
      if (error instanceof LongshoreError) throw error;
      throw new LongshoreError('LS_FORWARD_UNREACHABLE', `${address} cannot be reached: ${messageOf(error)}.`, {
        fix: /certificate|altnames/i.test(messageOf(error))
          ? "Is tls.ca_file the authority of the target's certificate, and is its address a name in it?"
          : 'Does something listen there, and may this machine reach it?',
        retryable: true,
        cause: error,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  get isOpen(): boolean {
    return this.#ended === undefined;
  }

  /** It takes no second message before the first is acknowledged. */
  get isBusy(): boolean {
    return !this.#keepalive && this.#inFlight.size > 0;
  }

  /** Resolves when the target has acknowledged the message (without `require_ack`: when the system has taken it). Rejects, retryable, when the connection ends before. */
  send(id: string, bytes: Buffer): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      if (this.#inFlight.size === 0) this.#owesSince = performance.now();
      this.#inFlight.set(id, { resolve, reject });
      this.#socket.write(bytes, error => {
        if (error === undefined || error === null) {
          if (!this.#options.require_ack) this.#acknowledge(id);
        } else this.#end(error.message);
      });
    });
  }

  /** Ends the connection; what is not acknowledged is rejected. */
  destroy(): void {
    this.#end('we closed the connection');
  }

  #read(bytes: Buffer | undefined): void {
    if (bytes !== undefined) this.#reader.push(bytes);
    try {
      for (let answer = this.#reader.next(); answer !== undefined; answer = this.#reader.next()) {
        if (decodeHelo(answer) !== undefined) this.#end('it wants a shared_key', 'LS_FORWARD_HANDSHAKE');
        const id = decodeAck(answer);
        if (id !== undefined) this.#acknowledge(id);
      }
    } catch (error) {
      const said = error instanceof FrameError ? ` (it said 0x${error.place?.hex})` : '';
      this.#end(`it does not speak the forward protocol: ${messageOf(error)}${said}`);
    }
  }

  /** Of something else (an earlier connection's, none of ours) nothing is known here. */
  #acknowledge(id: string): void {
    const message = this.#inFlight.get(id);
    if (message === undefined) return;
    this.#inFlight.delete(id);
    this.#owesSince = performance.now();
    message.resolve();
    if (!this.#keepalive && this.#inFlight.size === 0) this.#end('the target wants a connection for each message');
  }

  #check(): void {
    if (this.#inFlight.size === 0 || performance.now() - this.#owesSince < this.#options.ack_timeout_ms) return;
    this.#end(`it acknowledged nothing for ${this.#options.ack_timeout_ms} ms`);
  }

  #end(reason: string, code: ErrorCode = 'LS_FORWARD_BROKEN'): void {
    if (this.#ended !== undefined) return;
    this.#ended = new LongshoreError(code, `the connection to ${this.#address} ended: ${reason}.`, {
      retryable: true,
      fix: code === 'LS_FORWARD_HANDSHAKE' ? "Set the target's shared_key, or let it allow this machine." : undefined,
    });
    clearInterval(this.#timer);
    this.#socket.destroy();
    const unacknowledged = [...this.#inFlight.values()];
    this.#inFlight.clear();
    this.#onEnd(this.#ended);
    for (const message of unacknowledged) message.reject(this.#ended);
  }
}

function connect(target: ForwardTarget): Socket {
  const { host, port } = hostAndPort(target.address, 'targets');
  const { tls } = target;
  if (tls === undefined) return connectTcp({ host, port });
  // Read each time: a certificate renewed on the disk is used by the next connection.
  const files = clientTlsOptions(tls, { where: 'tls', code: 'LS_FORWARD_TLS_FILE' });
  return connectTls({ host, port, ...files, ...(isIP(host) === 0 ? { servername: host } : {}) });
}

function connected(socket: Socket, isTls: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(isTls ? 'secureConnect' : 'connect', () => resolve());
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
}

/** Gives whether the target keeps connections. */
async function shakeHands(socket: Socket, reader: AnswerReader, target: ForwardTarget): Promise<boolean> {
  const { address, shared_key, self_hostname = hostname() } = target;
  const credentials = { ...target, shared_key: shared_key!, self_hostname };
  const refused = (why: string, fix: string) =>
    new LongshoreError('LS_FORWARD_HANDSHAKE', `${address} and we do not agree: ${why}.`, { fix, retryable: true });
  const first = await answerOf(socket, reader, 'it sent no HELO: it has no shared_key, or it wants TLS');
  const helo = decodeHelo(first);
  if (helo === undefined) throw refused('it does not begin with HELO', 'Is this the forward port of the target?');
  const salt = randomBytes(16).toString('hex');
  socket.write(ping(helo, credentials, salt));
  const pong = await answerOf(socket, reader, 'it closed the connection instead of answering: is the shared_key right');
  const refusal = checkPong(decodePong(pong), helo, credentials, salt);
  if (refusal !== undefined) {
    throw refused(refusal, 'shared_key, username and password must be those of the target, self_hostname must not.');
  }
  return helo.keepalive;
}

/** The next answer; nil stands for what is none. `silence`: what it means when nothing comes. */
function answerOf(socket: Socket, reader: AnswerReader, silence: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error): void => {
      socket.off('data', read);
      socket.off('error', failed);
      socket.off('close', closed);
      socket.pause();
      if (error !== undefined) reject(error);
    };
    const take = (): void => {
      try {
        const answer = reader.next();
        if (answer === undefined) return;
        done();
        resolve(answer);
      } catch {
        done();
        resolve(null);
      }
    };
    const read = (bytes: Buffer): void => {
      reader.push(bytes);
      take();
    };
    const failed = (error: Error): void => done(new Error(`${silence} (${error.message})`));
    const closed = (): void => done(new Error(silence));
    socket.on('data', read);
    socket.on('error', failed);
    socket.on('close', closed);
    socket.resume();
    take();
  });
}
