import { type Address, mergedHeaders } from './address.ts';
import type { Alert, Alerter, AlerterSettings, Notification, SendContext, SendResult } from './alerter.ts';
import { guardedFetch } from './guarded-fetch.ts';
import { type PostRequest, post, queueName, timeoutMs } from './http.ts';
import { RequestWay } from './way.ts';

export interface HttpAlerterParts {
  readonly type: string;
  readonly settings: AlerterSettings;
  /** First words of its options. */
  readonly prefix: string;
  /** Targets of notifications, by their place in this list. */
  readonly addresses: readonly Address[];
  readonly missing: string | undefined;
  readonly isPerMatch?: boolean | undefined;
  /** Fixed; may hold secrets. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The fixed headers of these names, for notifications that name them. */
  readonly headersOf?: ((names: readonly string[] | undefined) => Record<string, string>) | undefined;
  /** The body as it is sent: keys that must not wait in a file are put in. */
  readonly complete?: ((body: string, notification: Notification) => string) | undefined;
  readonly secrets?: readonly string[] | undefined;
  readonly judge?: PostRequest['judge'];
  /** What goes behind the address at the time of sending: a signature. */
  readonly suffix?: (() => string) | undefined;
  readonly render: (alert: Alert) => Notification[];
}

/** An alerter whose messages are POSTs to fixed addresses. */
export class HttpAlerter implements Alerter {
  readonly type: string;
  readonly missing: string | undefined;
  readonly isPerMatch: boolean;
  readonly #parts: HttpAlerterParts;
  readonly #way: RequestWay;
  readonly #timeoutMs: number;

  constructor(parts: HttpAlerterParts) {
    this.#parts = parts;
    const { settings, prefix } = parts;
    this.type = parts.type;
    this.missing = parts.missing;
    this.isPerMatch = parts.isPerMatch === true;
    this.#way = new RequestWay(prefix, settings.options, settings.folder);
    this.#timeoutMs = timeoutMs(settings.options[`${prefix}_timeout`]);
  }

  render(alert: Alert): Notification[] {
    return this.#parts.render(alert);
  }

  queue(target: number): string {
    return queueName(this.type, this.#parts.addresses[target]);
  }

  send(notification: Notification, context: SendContext): Promise<SendResult> {
    const { addresses, headers, headersOf, complete, secrets = [], judge, suffix } = this.#parts;
    const address =
      notification.url === undefined ? addresses[notification.target] : { url: notification.url, headers: {} };
    if (address === undefined) return Promise.resolve({ ok: false, scope: 'message', reason: 'the address is gone' });
    const body = complete === undefined ? notification.body : complete(notification.body, notification);
    // An address that comes out of an event is nobody's who may reach into this network.
    const through = notification.url === undefined ? this.#way.through(context) : { ...context, fetch: guardedFetch };
    return post(
      {
        address: { ...address, url: address.url + (notification.path ?? '') + (suffix?.() ?? '') },
        headers: mergedHeaders(headers ?? JSON_CONTENT, headersOf?.(notification.fixedHeaders), notification.headers),
        body,
        timeoutMs: this.#timeoutMs,
        secrets: [...secrets, ...this.#way.secrets],
        judge,
      },
      through,
    );
  }
}

export const JSON_CONTENT = { 'Content-Type': 'application/json' };
