import type { Fields } from '../../core/event.ts';
import { isFields, newFields } from '../../core/event.ts';
import { logger } from '../../core/log.ts';
import { compileTemplate, type Template } from '../jinja/template.ts';
import { lookup } from '../lookup.ts';
import { type Address, addressesOf, headersOf, judgeAddresses, judgeHeaders, mergedHeaders } from './address.ts';
import type { Alerter, AlerterKind, AlerterSettings } from './alerter.ts';
import { post as postRequest, queueName, timeoutMs } from './http.ts';
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
  judge: options => [
    ...judgeAddresses('http_post2_url', options['http_post2_url']),
    ...judgeHeaders('http_post2_headers', options['http_post2_headers']),
  ],
  create: settings => new Post2Alerter(settings),
};

class Post2Alerter implements Alerter {
  readonly type = 'post2';
  readonly missing: string | undefined;
  readonly isPerMatch = true;
  readonly #options: Fields;
  readonly #addresses: readonly Address[];
  readonly #payload: Template;
  readonly #headers: Template;

  constructor({ options }: AlerterSettings) {
    this.#options = options;
    this.#addresses = addressesOf(options['http_post2_url']);
    this.missing = this.#addresses.length === 0 ? 'http_post2_url' : undefined;
    this.#payload = compileTemplate(templateText(options['http_post2_payload']));
    this.#headers = compileTemplate(templateText(options['http_post2_headers']));
  }

  render(alert: Parameters<Alerter['render']>[0]): ReturnType<Alerter['render']> {
    return alert.matches.flatMap(match => {
      const values = jsonEscaped(match, String(this.#options['jinja_root_name'] ?? '_data'));
      const body = JSON.stringify(this.#body(alert.rule, match, values));
      const headers = headersOf(parsed(this.#headers(values)) ?? newFields());
      return this.#addresses.map((_, target) => ({ target, body, headers }));
    });
  }

  queue(target: number): string {
    return queueName(this.type, this.#addresses[target]);
  }

  send(...[notification, context]: Parameters<Alerter['send']>): ReturnType<Alerter['send']> {
    const address = this.#addresses[notification.target];
    if (address === undefined) return Promise.resolve({ ok: false, scope: 'message', reason: 'the address is gone' });
    const headers = mergedHeaders(JSON_HEADERS, notification.headers);
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
    const text = this.#payload(values);
    const filled = parsed(text);
    // A template whose text is no JSON would lose the alert: everything that is known goes out instead.
    if (filled === undefined) log.warn({ rule }, 'http_post2_payload does not give JSON; all fields are sent');
    if (filled === undefined || (this.#options['http_post2_all_values'] ?? !named))
      for (const key of Object.keys(match)) payload[key] = match[key];
    if (filled === undefined) payload['rendered'] = text;
    else for (const key of Object.keys(filled)) payload[key] = filled[key];
    const raw = this.#options['http_post2_raw_fields'];
    if (isFields(raw))
      for (const [key, field] of Object.entries(raw)) payload[key] = lookup(match, String(field)) ?? null;
    return payload;
  }
}

function templateText(value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  return isFields(value) ? JSON.stringify(value) : '{}';
}

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The match with its texts escaped as they stand inside JSON quotes, and the same again under `root`. */
function jsonEscaped(match: Fields, root: string): Fields {
  const values = escaped(match, 0) as Fields;
  const all = newFields();
  for (const key of Object.keys(values)) all[key] = values[key];
  values[root] = all;
  return values;
}

function escaped(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return JSON.stringify(value).slice(1, -1);
  if (depth > 50) return null;
  if (Array.isArray(value)) return value.map(item => escaped(item, depth + 1));
  if (!isFields(value)) return value;
  const out = newFields();
  for (const key of Object.keys(value)) out[key] = escaped(value[key], depth + 1);
  return out;
}
