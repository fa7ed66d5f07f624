import { messageOf } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { isFields, newFields } from '../../core/event.ts';
import { logger } from '../../core/log.ts';
import { compileTemplate, type JinjaTemplate } from '../jinja/template.ts';
import { lookup } from '../lookup.ts';
import { pythonStr } from '../python/str.ts';
import { addressesOf, checkAddresses, checkHeaders } from './address.ts';
import type { AlerterKind } from './alerter.ts';
import { HeaderTemplates } from './header-templates.ts';
import { HttpAlerter } from './http-alerter.ts';
import { checkTemplate, jsonEscaped, jsonFields, templateText } from './json-template.ts';
import { JSON_HEADERS } from './post.ts';
import { resolvedMatch } from './told.ts';
import { checkWay, wayOptions } from './way.ts';

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
    ...wayOptions('http_post2'),
  },
  check: (options, folder) => [
    ...checkAddresses('http_post2_url', options['http_post2_url']),
    ...checkHeaders('http_post2_headers', options['http_post2_headers']),
    ...['http_post2_payload', 'http_post2_headers'].flatMap(option => checkTemplate(option, options[option])),
    ...checkWay('http_post2', options, folder),
  ],
  create: settings => {
    const { options } = settings;
    const addresses = addressesOf(options['http_post2_url']);
    const payload = new Payload(options);
    const headers = new HeaderTemplates(options['http_post2_headers']);
    return new HttpAlerter({
      type: 'post2',
      settings,
      prefix: 'http_post2',
      addresses,
      missing: addresses.length === 0 ? 'http_post2_url' : undefined,
      isPerMatch: true,
      headers: JSON_HEADERS,
      headersOf: names => headers.ofNames(names),
      // What is fixed holds tokens more often than not.
      complete: body => JSON.stringify({ ...payload.fixed, ...JSON.parse(body) }),
      render: ({ rule, matches, resolved }) =>
        matches.flatMap(match => {
          const told = resolved === undefined ? match : resolvedMatch(match, resolved);
          const values = jsonEscaped(told, pythonStr(options['jinja_root_name'] ?? '_data'));
          const body = JSON.stringify(payload.of(rule, told, values));
          const { failure, ...filled } = headers.fill(values);
          if (failure !== undefined)
            log.warn({ rule, reason: failure }, 'http_post2_headers failed; the fixed ones are sent');
          return addresses.map((_, target) => ({ target, body, ...filled }));
        }),
    });
  },
};

class Payload {
  readonly #options: Fields;
  readonly #template: JinjaTemplate;

  /** Entries with nothing to fill in: they are added when a message is sent. */
  readonly fixed: Fields;

  /** Throws TemplateError when the template cannot be read. */
  constructor(options: Fields) {
    this.#options = options;
    this.fixed = fixedOf(options['http_post2_payload'], options['http_post2_raw_fields']);
    this.#template = compileTemplate(templateText(options['http_post2_payload']));
  }

  of(rule: string, match: Fields, values: Fields): Fields {
    const template = this.#options['http_post2_payload'];
    const named =
      typeof template === 'string' ? template !== '' : isFields(template) && Object.keys(template).length > 0;
    const payload = newFields();
    const { filled, text, failure } = this.#filled(values);
    // A template that fails would lose the alert: everything that is known goes out instead.
    if (failure !== undefined) log.warn({ rule, reason: failure }, 'http_post2_payload failed; all fields are sent');
    if (filled === undefined || (this.#options['http_post2_all_values'] ?? !named))
      for (const key of Object.keys(match)) if (!Object.hasOwn(this.fixed, key)) payload[key] = match[key];
    for (const key of Object.keys(filled ?? {})) if (!Object.hasOwn(this.fixed, key)) payload[key] = filled![key];
    if (text !== undefined && failure !== undefined) payload['rendered'] = text;
    if (failure !== undefined) payload['payload_error'] = `http_post2_payload ${failure}`;
    const raw = this.#options['http_post2_raw_fields'];
    if (isFields(raw))
      for (const [key, field] of Object.entries(raw)) payload[key] = lookup(match, pythonStr(field)) ?? null;
    return payload;
  }

  #filled(values: Fields): { filled?: Fields; text?: string; failure?: string } {
    try {
      const text = this.#template(values);
      const filled = jsonFields(text);
      return filled === undefined ? { text, failure: 'gives no JSON object' } : { filled };
    } catch (error) {
      return { failure: `could not be rendered: ${messageOf(error)}` };
    }
  }
}

function fixedOf(template: unknown, raw: unknown): Fields {
  const fixed = newFields();
  if (!isFields(template)) return fixed;
  for (const [key, value] of Object.entries(template))
    if (!/\{[{%#]/.test(key + JSON.stringify(value)) && !(isFields(raw) && Object.hasOwn(raw, key))) fixed[key] = value;
  return fixed;
}
