import type { Fields } from '../../core/event.ts';
import { isFields, newFields } from '../../core/event.ts';
import { lookup } from '../lookup.ts';
import type { Alerter, AlerterKind, AlerterSettings } from './alerter.ts';
import { addresses, headersOf, post as postRequest, queueName, timeoutMs } from './http.ts';

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
  create: settings => new PostAlerter(settings),
};

class PostAlerter implements Alerter {
  readonly type = 'post';
  readonly missing: string | undefined;
  readonly #options: Fields;
  readonly #urls: readonly string[];

  constructor({ options }: AlerterSettings) {
    this.#options = options;
    this.#urls = addresses(options['http_post_url']);
    this.missing = this.#urls.length === 0 ? 'http_post_url' : undefined;
  }

  render(alert: Parameters<Alerter['render']>[0]): ReturnType<Alerter['render']> {
    return alert.matches.flatMap(match => {
      const body = JSON.stringify(postPayload(this.#options, match));
      return this.#urls.map((_, target) => ({ target, body }));
    });
  }

  queue(target: number): string {
    return queueName(this.type, this.#urls[target]);
  }

  send(...[notification, context]: Parameters<Alerter['send']>): ReturnType<Alerter['send']> {
    const url = this.#urls[notification.target];
    if (url === undefined) return Promise.resolve({ ok: false, scope: 'message', reason: 'the address is gone' });
    const headers = { ...JSON_HEADERS, ...headersOf(this.#options['http_post_headers']) };
    return postRequest(
      { url, headers, body: notification.body, timeoutMs: timeoutMs(this.#options['http_post_timeout']) },
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
    for (const [key, field] of Object.entries(wanted)) payload[key] = lookup(match, String(field)) ?? null;
  return payload;
}
