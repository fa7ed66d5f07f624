import type { Consumer } from '../../core/contracts.ts';
import { logger } from '../../core/log.ts';
import { counter, gauge } from '../../core/metrics.ts';
import type { DatagramQueue } from '../messages/datagram-queue.ts';
import { MessageInput } from '../messages/message-input.ts';
import { trimmed } from '../stream/message-framing.ts';
import { Chunks, isChunk } from './chunks.ts';
import { decodeGelf } from './decode.ts';
import type { GelfInputOptions } from './options.ts';
import { unpack } from './unpack.ts';

const log = logger('inputs.gelf');
/**
 * Faults of datagrams, which are dropped: those of `ChunkResult`; `chunks_incomplete`: a message of which chunks did not come
 * in five seconds, or for which there was no room; `too_large`, `broken_compression`. `chunk_repeated` costs nothing.
 */
const metrics = {
  events: counter('longshore_gelf_events_total', 'Events that became durable.'),
  bytes: counter('longshore_gelf_bytes_total', 'Bytes read.'),
  unacked: gauge('longshore_gelf_unacked_bytes', 'Messages received that are not durable yet.'),
  errors: counter('longshore_gelf_errors_total', 'What went wrong on the GELF input.', ['reason']),
  connections: gauge('longshore_gelf_connections', 'Open connections for GELF.'),
};
const waitingBytes = gauge('longshore_gelf_chunk_bytes', 'Chunks of messages that are not whole.');

const MAX_WAITING_MESSAGES = 10_000;
const GIVE_UP_INTERVAL_MS = 1000;

/** GELF over UDP (in chunks, compressed), TCP, TLS and a unix socket. */
export class GelfInput extends MessageInput {
  readonly #chunks: Chunks;
  #timer: NodeJS.Timeout | undefined;

  /** Checks the settings without touching the network. Throws LongshoreErrors. */
  constructor(options: GelfInputOptions, consumer: Consumer) {
    const { max_message_bytes, max_chunk_bytes } = options;
    const chunks = new Chunks({
      maxMessages: MAX_WAITING_MESSAGES,
      maxBytes: max_chunk_bytes,
      maxMessageBytes: max_message_bytes,
    });
    const kind = {
      ...{ name: 'gelf', title: 'GELF', defaultPort: 12_201, defaultTlsPort: 12_202, isCounted: false, metrics, log },
      decode: decodeGelf,
      onDatagram: (peer: string, datagram: Buffer, queue: DatagramQueue): void => {
        const payload = isChunk(datagram) ? this.#chunk(peer, datagram) : datagram;
        if (payload === undefined) return;
        // At once, so that limits count what it really is.
        const text = unpack(payload, max_message_bytes);
        if (typeof text === 'string') this.#drop(peer, text);
        else {
          const message = trimmed(text, 0, text.length);
          if (message.length > 0) queue.add(peer, message);
        }
      },
    };
    super(kind, options, consumer);
    this.#chunks = chunks;
  }

  override async start(): Promise<void> {
    await super.start();
    this.#timer = setInterval(() => this.#giveUp(), GIVE_UP_INTERVAL_MS).unref();
  }

  override async stop(signal: AbortSignal): Promise<void> {
    await super.stop(signal);
    clearInterval(this.#timer);
    waitingBytes.dec(this.#told);
    this.#told = 0;
  }

  /** A payload, when this was its last chunk. */
  #chunk(peer: string, datagram: Buffer): Buffer | undefined {
    const result = this.#chunks.add(peer, datagram, performance.now());
    this.#giveUp();
    if (typeof result !== 'string') return result;
    if (result === 'chunk_repeated') this.queue.count(result);
    else this.#drop(peer, result);
    return undefined;
  }

  #giveUp(): void {
    const given = this.#chunks.giveUp(performance.now());
    if (given > 0) {
      this.queue.count('chunks_incomplete', given);
      this.queue.warn('chunks_incomplete', '', 'messages given up: some of their chunks did not come');
    }
    waitingBytes.inc(this.#chunks.waitingBytes - this.#told);
    this.#told = this.#chunks.waitingBytes;
  }
  /** What the gauge has of this input. */
  #told = 0;

  #drop(peer: string, reason: string): void {
    this.queue.count(reason);
    this.queue.warn(reason, peer, 'datagrams dropped: they are no GELF');
  }
}
