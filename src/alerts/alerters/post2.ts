import { messageOf } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { isFields, newFields } from '../../core/event.ts';
import { logger } from '../../core/log.ts';
import { compileTemplate, type JinjaTemplate } from '../jinja/template.ts';
import { lookup } from '../lookup.ts';
import { pythonStr } from '../python/str.ts';
import { type Address, addressesOf, checkAddresses, checkHeaders, mergedHeaders } from './address.ts';
import type { Alerter, AlerterKind, AlerterSettings } from './alerter.ts';
import { HeaderTemplates } from './header-templates.ts';
import { post as postRequest, queueName, timeoutMs } from './http.ts';
import { checkTemplate, jsonEscaped, jsonFields, templateText } from './json-template.ts';
import { JSON_HEADERS } from './post.ts';

const log = logger('alerts');

/** `post2`: as `post`, with Jinja templates in the payload and in the headers. */
export const post2: AlerterKind = {
  type: 'post2',
  options: {
    http_post2_url: 'text_or_texts',
    http_post2_payload: 'text_or_mapping',
    http_post2_raw_fields: 'mapping',
    http_post2_all_values: 'boolean',
    http_post2_headers: 'text_or_mapping',
    http_post2_timeout: 'number',
  },
  check: options => [
    ...checkAddresses('http_post2_url', options['http_post2_url']),
    ...checkHeaders('http_post2_headers', options['http_post2_headers']),
    ...['http_post2_payload', 'http_post2_headers'].flatMap(option => checkTemplate(option, options[option])),
  ],
  create: settings => new Post2Alerter(settings),
};

class Post2Alerter implements Alerter {
  readonly type = 'post2';
  readonly missing: string | undefined;
  readonly isPerMatch = true;
  readonly #options: Fields;
  readonly #addresses: readonly Address[];
  readonly #payload: JinjaTemplate;
  readonly #headers: HeaderTemplates;

  constructor({ options }: AlerterSettings) {
    this.#options = options;
    this.#addresses = addressesOf(options['http_post2_url']);
    this.missing = this.#addresses.length === 0 ? 'http_post2_url' : undefined;
    this.#payload = compileTemplate(templateText(options['http_post2_payload']));
    this.#headers = new HeaderTemplates(options['http_post2_headers']);
  }

  render(alert: Parameters<Alerter['render']>[0]): ReturnType<Alerter['render']> {
    const { rule, matches } = alert;
    return matches.flatMap(match => {
      const values = jsonEscaped(match, pythonStr(this.#options['jinja_root_name'] ?? '_data'));
      const body = JSON.stringify(this.#body(rule, match, values));
      const { headers, fixedHeaders, failure } = this.#headers.fill(values);
      if (failure !== undefined)
        log.warn({ rule, reason: failure }, 'http_post2_headers failed; the fixed ones are sent');
      return this.#addresses.map((_, target) => ({ target, body, headers, fixedHeaders }));
    });
  }

  queue(target: number): string {
    return queueName(this.type, this.#addresses[target]);
  }

  send(...[notification, context]: Parameters<Alerter['send']>): ReturnType<Alerter['send']> {
    const address = this.#addresses[notification.target];
    if (address === undefined) return Promise.resolve({ ok: false, scope: 'message', reason: 'the address is gone' });
    const fixed = this.#headers.ofNames(notification.fixedHeaders);
    const headers = mergedHeaders(JSON_HEADERS, fixed, notification.headers);
    return postRequest(
      { address, headers, body: notification.body, timeoutMs: timeoutMs(this.#options['http_post2_timeout']) },
      context,
    );
  }

  #body(rule: string, match: Fields, values: Fields): Fields {
    const template = this.#options['http_post2_payload'];
    const named =
      typeof template === 'string' ? template !== '' : isFields(template) && Object.keys(template).length > 0;
    const payload = newFields();
    const { filled, text, failure } = this.#filled(values);
    // A template that fails would lose the alert: everything that is known goes out instead.
    if (failure !== undefined) log.warn({ rule, reason: failure }, 'http_post2_payload failed; all fields are sent');
    if (filled === undefined || (this.#options['http_post2_all_values'] ?? !named))
      for (const key of Object.keys(match)) payload[key] = match[key];
    for (const key of Object.keys(filled ?? {})) payload[key] = filled![key];
    if (text !== undefined && failure !== undefined) payload['rendered'] = text;
    if (failure !== undefined) payload['payload_error'] = `http_post2_payload ${failure}`;
    const raw = this.#options['http_post2_raw_fields'];
    if (isFields(raw))
      for (const [key, field] of Object.entries(raw)) payload[key] = lookup(match, pythonStr(field)) ?? null;
    return payload;
  }

  #filled(values: Fields): { filled?: Fields; text?: string; failure?: string } {
    try {
      const text = this.#payload(values);
      const filled = jsonFields(text);
      return filled === undefined ? { text, failure: 'gives no JSON object' } : { filled };
    } catch (error) {
      return { failure: `could not be rendered: ${messageOf(error)}` };
    }
  }
}
