import type { Fields } from '../../core/event.ts';
import { isFields, newFields } from '../../core/event.ts';
import { lookup } from '../lookup.ts';
import { pythonStr } from '../python/str.ts';
import { type Address, addressesOf, checkAddresses, checkHeaders, headersOf, mergedHeaders } from './address.ts';
import type { Alerter, AlerterKind, AlerterSettings } from './alerter.ts';
import { post as postRequest, queueName, timeoutMs } from './http.ts';

export const JSON_HEADERS = { 'Content-Type': 'application/json', Accept: 'application/json;charset=utf-8' };

/** `post`: each match as a JSON document to each address. */
export const post: AlerterKind = {
  type: 'post',
  options: {
    http_post_url: 'text_or_texts',
    http_post_payload: 'mapping',
    http_post_static_payload: 'mapping',
    http_post_all_values: 'boolean',
    http_post_headers: 'mapping',
    http_post_timeout: 'number',
  },
  check: options => [
    ...checkAddresses('http_post_url', options['http_post_url']),
    ...checkHeaders('http_post_headers', options['http_post_headers']),
  ],
  create: settings => new PostAlerter(settings),
};

class PostAlerter implements Alerter {
  readonly type = 'post';
  readonly missing: string | undefined;
  readonly isPerMatch = true;
  readonly #options: Fields;
  readonly #addresses: readonly Address[];
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ options }: AlerterSettings) {
    this.#options = options;
    this.#addresses = addressesOf(options['http_post_url']);
    this.#headers = headersOf(options['http_post_headers']);
    this.missing = this.#addresses.length === 0 ? 'http_post_url' : undefined;
  }

  render(alert: Parameters<Alerter['render']>[0]): ReturnType<Alerter['render']> {
    return alert.matches.flatMap(match => {
      const body = JSON.stringify(postPayload(this.#options, match));
      return this.#addresses.map((_, target) => ({ target, body }));
    });
  }

  queue(target: number): string {
    return queueName(this.type, this.#addresses[target]);
  }

  send(...[notification, context]: Parameters<Alerter['send']>): ReturnType<Alerter['send']> {
    const address = this.#addresses[notification.target];
    if (address === undefined) return Promise.resolve({ ok: false, scope: 'message', reason: 'the address is gone' });
    const headers = mergedHeaders(JSON_HEADERS, this.#headers);
    return postRequest(
      { address, headers, body: notification.body, timeoutMs: timeoutMs(this.#options['http_post_timeout']) },
      context,
    );
  }
}

/** All fields of the match (unless `http_post_payload` names those to send), the static ones, the renamed ones. */
export function postPayload(options: Fields, match: Fields): Fields {
  const wanted = options['http_post_payload'];
  const named = isFields(wanted) && Object.keys(wanted).length > 0;
  const payload = newFields();
  if (options['http_post_all_values'] ?? !named) for (const key of Object.keys(match)) payload[key] = match[key];
  const fixed = options['http_post_static_payload'];
  if (isFields(fixed)) for (const key of Object.keys(fixed)) payload[key] = fixed[key];
  if (isFields(wanted))
    for (const [key, field] of Object.entries(wanted)) payload[key] = lookup(match, pythonStr(field)) ?? null;
  return payload;
}
