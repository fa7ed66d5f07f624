import type { Socket } from 'node:net';

import type { ByteBudget, Waiter } from '../../base/flow/byte-budget.ts';
import { untilSilent } from '../../base/flow/until-silent.ts';
import { leftOver } from '../../base/net/left-over.ts';
import type { Consumer } from '../../core/contracts.ts';
import { isRetryable, LongshoreError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { LogThrottle } from '../log-throttle.ts';
import { Delivery } from './delivery.ts';
import type { InputMetrics } from './metrics.ts';
import type { Batch, ForeignProtocol, Framing, StreamProtocol } from './protocol.ts';

/** A batch on its way to the consumer. */
interface Pending<B> {
  readonly batch: B;
  readonly receivedAt: number;
  events: number;
}

/** What the connections of one input share. */
export interface StreamContext<B extends Batch> {
  readonly protocol: StreamProtocol<B>;
  readonly consumer: Consumer;
  readonly metrics: InputMetrics;
  readonly log: Logger;
  readonly logThrottle: LogThrottle;
  /** Messages that are not durable yet. */
  readonly unacked: ByteBudget;
  /** Messages that have not ended yet. */
  readonly held: ByteBudget;
  /** Messages of one connection that are not durable yet; reading pauses above it. */
  readonly windowBytes: number;
  /** Silence after which a connection is closed; 0: never. */
  readonly idleTimeoutMs: number;
}

/** One peer: its socket, its open message, its messages on the way. */
export class StreamConnection<B extends Batch> implements Waiter {
  readonly #socket: Socket;
  readonly #peer: string;
  readonly #context: StreamContext<B>;
  readonly #gone: () => void;
  readonly #framing: Framing<B>;
  readonly #delivery: Delivery<Pending<B>>;
  #unackedBytes = 0;
  #isFirst = true;
  #ended = false;
  #warned = false;

  /** `gone`: told when the socket is closed and all that was read is settled. */
  constructor(socket: Socket, peer: string, context: StreamContext<B>, gone: () => void) {
    this.#socket = socket;
    this.#peer = peer;
    this.#context = context;
    this.#gone = gone;
    this.#framing = context.protocol.framing();
    this.#delivery = new Delivery<Pending<B>>({
      send: pending => this.#send(pending),
      canRetry: error => isRetryable(error) || !(error instanceof LongshoreError),
      settled: (pending, error) => this.#settled(pending, error),
      retrying: error => this.#retrying(error),
    });
    socket.on('data', read => this.#read(read));
    socket.on('error', () => this.#count('socket'));
    socket.on('close', () => this.#closed());
    if (context.idleTimeoutMs > 0) socket.setTimeout(context.idleTimeoutMs, () => this.#idleTooLong());
  }

  goOn(): void {
    if (this.#unackedBytes >= this.#context.windowBytes) return;
    if (this.#context.unacked.isFull) this.#context.unacked.wait(this);
    else this.#socket.resume();
  }

  /** Reads what has already arrived, then no more. Resolves when all of it is durable. */
  async finish(): Promise<void> {
    await untilSilent(() => this.#socket.bytesRead);
    this.#endOfMessages();
    this.#socket.destroy();
    await this.#delivery.idle();
  }

  /** Gives up what is not durable yet. */
  abandon(): void {
    this.#endOfMessages();
    this.#socket.destroy();
    for (const pending of this.#delivery.abandon()) {
      this.#count('abandoned');
      this.#give(pending);
    }
  }

  #read(read: Buffer): void {
    if (this.#ended) return;
    const { metrics, protocol, held } = this.#context;
    metrics.bytes.inc(read.length);
    if (this.#isFirst) {
      this.#isFirst = false;
      const foreign = protocol.foreign(read);
      if (foreign !== undefined) {
        this.#refuseProtocol(foreign);
        return;
      }
    }
    const heldBefore = this.#framing.heldBytes;
    const complete = this.#framing.push(read);
    held.take(this.#framing.heldBytes - heldBefore);
    if (held.isFull) this.#framing.freeze();
    const receivedAt = Date.now();
    for (const batch of complete) this.#offer(batch, receivedAt);
  }

  #offer(batch: B, receivedAt: number): void {
    const { unacked, metrics, windowBytes } = this.#context;
    unacked.take(batch.size);
    metrics.unacked.inc(batch.size);
    this.#unackedBytes += batch.size;
    if (unacked.isFull || this.#unackedBytes >= windowBytes) {
      this.#socket.pause();
      if (unacked.isFull) unacked.wait(this);
    }
    this.#delivery.offer({ batch, receivedAt, events: -1 });
  }

  /** Decodes anew for each try: the records of a frame belong to the consumer, even if it refuses them. */
  #send(pending: Pending<B>): Promise<void> {
    const { protocol, consumer } = this.#context;
    const { batch, receivedAt } = pending;
    const { records, times, faults } = protocol.decode(batch, this.#peer, receivedAt);
    if (pending.events === -1 && faults.length > 0) this.#countFaults(faults);
    pending.events = records.length;
    if (records.length === 0) return Promise.resolve();
    return consumer.consume({
      source: protocol.source,
      sender: this.#peer,
      tag: protocol.tag,
      receivedAt,
      records,
      times: times ?? new Array<number>(records.length).fill(Number.NaN),
      bytes: batch.size,
    });
  }

  #settled(pending: Pending<B>, error: unknown): void {
    const parts = error === undefined ? undefined : this.#context.protocol.halves(pending.batch);
    if (error === undefined) this.#context.metrics.events.inc(pending.events);
    else if (parts === undefined) {
      this.#count('refused');
      this.#warn(error, 'a message refused for good');
    }
    this.#give(pending);
    // Of many messages one may be to blame: the others are good.
    for (const part of parts ?? []) this.#offer(part, pending.receivedAt);
  }

  #give({ batch: { size } }: Pending<B>): void {
    const { windowBytes, metrics, unacked } = this.#context;
    metrics.unacked.dec(size);
    const wasFull = this.#unackedBytes >= windowBytes;
    this.#unackedBytes -= size;
    unacked.give(size);
    if (wasFull) this.goOn();
  }

  #countFaults(faults: readonly string[]): void {
    for (const reason of faults) this.#count(reason);
    const { logThrottle, log, protocol } = this.#context;
    const [reason] = faults;
    if (!logThrottle.allows(reason!)) return;
    log.info({ peer: this.#peer, tag: protocol.tag, reason, lines: faults.length }, 'lines kept as text');
  }

  #refuseProtocol({ name, advice, answer }: ForeignProtocol): void {
    this.#count('other_protocol');
    this.#ended = true;
    const { logThrottle, log } = this.#context;
    if (logThrottle.allows(name)) log.warn({ peer: this.#peer, protocol: name }, `connection ended: ${advice}`);
    this.#socket.end(answer);
    this.#socket.destroySoon();
  }

  #retrying(error: unknown): void {
    this.#count('retry');
    this.#warn(error, 'messages not taken yet, trying again');
  }

  #warn(error: unknown, text: string): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#context.log.warn({ peer: this.#peer, error: messageOf(error) }, text);
  }

  #idleTooLong(): void {
    if (this.#socket.isPaused()) {
      this.#socket.setTimeout(this.#context.idleTimeoutMs);
      return;
    }
    this.#count('idle');
    this.#socket.destroy();
  }

  #endOfMessages(): void {
    for (const read of leftOver(this.#socket)) this.#read(read);
    if (this.#ended) return;
    this.#ended = true;
    this.#context.held.give(this.#framing.heldBytes);
    const last = this.#framing.end();
    if (last !== undefined) this.#offer(last, Date.now());
  }

  #closed(): void {
    this.#endOfMessages();
    this.#context.unacked.forget(this);
    void this.#delivery.idle().then(this.#gone);
  }

  #count(reason: string): void {
    this.#context.metrics.errors.inc({ reason });
  }
}
