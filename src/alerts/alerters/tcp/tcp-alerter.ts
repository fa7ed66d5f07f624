import { isPublicAddress } from '../../../base/net/address.ts';
import { Conversation, type Partner } from '../../../base/net/conversation.ts';
import { REFUSED_ADDRESS } from '../../../base/net/fetch-via.ts';
import { messageOf } from '../../../core/errors.ts';
import type { Alert, Alerter, Notification, SendContext, SendResult } from '../alerter.ts';
import { NOT_PUBLIC, queueName, timeoutMs } from '../http.ts';
import { conceal } from '../secrets.ts';

const MAX_REASON_CHARS = 200;

export interface TcpAlerterParts {
  readonly type: string;
  readonly missing: string | undefined;
  readonly partner: Omit<Partner, 'mayConnect'>;
  /** Seconds, as an option has them. */
  readonly timeout: unknown;
  readonly secrets?: readonly string[] | undefined;
  readonly render: (alert: Alert) => string;
  /** Says the message; what it throws is told. `Answered` is what the other side says against it. */
  readonly talk: (conversation: Conversation, body: string, idempotencyKey: string) => Promise<void>;
}

/** What the other side says against a message: it would say it again. */
export class Answered extends Error {}

/** An alerter that speaks over one TCP connection a message. */
export class TcpAlerter implements Alerter {
  readonly type: string;
  readonly missing: string | undefined;
  readonly #parts: TcpAlerterParts;

  constructor(parts: TcpAlerterParts) {
    this.#parts = parts;
    this.type = parts.type;
    this.missing = parts.missing;
  }

  render(alert: Alert): Notification[] {
    return this.missing === undefined ? [{ target: 0, body: this.#parts.render(alert) }] : [];
  }

  queue(): string {
    const { host, port } = this.#parts.partner;
    return queueName(this.type, { url: `${host}:${port}`, headers: {} });
  }

  async send({ body }: Notification, context: SendContext): Promise<SendResult> {
    const { partner, timeout, talk, secrets = [] } = this.#parts;
    const limitMs = timeoutMs(timeout);
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(limitMs)]);
    let conversation: Conversation | undefined;
    try {
      const guard = context.isGuarded === true ? { mayConnect: isPublicAddress } : {};
      conversation = await Conversation.open({ ...partner, ...guard }, signal);
      await talk(conversation, body, context.idempotencyKey);
      return { ok: true };
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === REFUSED_ADDRESS) return { ok: false, scope: 'message', isFinal: true, reason: NOT_PUBLIC };
      if (signal.aborted)
        return {
          ok: false,
          scope: 'place',
          reason: context.signal.aborted ? 'stopped' : `no answer within ${limitMs} ms`,
        };
      if (code !== undefined) return { ok: false, scope: 'place', reason: `cannot connect (${code})` };
      const confidential = { address: { url: partner.host, headers: {} }, headers: {}, body: '', secrets };
      const reason = conceal(messageOf(error), confidential)
        .replace(/[\x00-\x1f\x7f]+/g, ' ')
        .trim()
        .slice(0, MAX_REASON_CHARS);
      const isAnswer = error instanceof Answered;
      return { ok: false, scope: isAnswer ? 'message' : 'place', isFinal: isAnswer, reason };
    } finally {
      conversation?.close();
    }
  }
}
