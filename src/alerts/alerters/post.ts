import type { Fields } from '../../core/event.ts';
import { isFields, newFields } from '../../core/event.ts';
import { lookup } from '../lookup.ts';
import { pythonStr } from '../python/str.ts';
import { addressesOf, checkAddresses, checkHeaders, headersOf, mergedHeaders } from './address.ts';
import type { AlerterKind } from './alerter.ts';
import { HttpAlerter } from './http-alerter.ts';
import { resolvedMatch } from './told.ts';
import { checkWay, wayOptions } from './way.ts';

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
    ...wayOptions('http_post'),
  },
  check: (options, folder) => [
    ...checkAddresses('http_post_url', options['http_post_url']),
    ...checkHeaders('http_post_headers', options['http_post_headers']),
    ...checkWay('http_post', options, folder),
  ],
  create: settings => {
    const { options } = settings;
    const addresses = addressesOf(options['http_post_url']);
    return new HttpAlerter({
      type: 'post',
      settings,
      prefix: 'http_post',
      addresses,
      missing: addresses.length === 0 ? 'http_post_url' : undefined,
      isPerMatch: true,
      headers: mergedHeaders(JSON_HEADERS, headersOf(options['http_post_headers'])),
      // What is fixed holds tokens more often than not.
      complete: body => JSON.stringify({ ...fixedPayload(options), ...JSON.parse(body) }),
      render: ({ matches, resolved }) =>
        matches.flatMap(match => {
          const told = resolved === undefined ? match : resolvedMatch(match, resolved);
          const body = JSON.stringify(postPayload(options, told));
          return addresses.map((_, target) => ({ target, body }));
        }),
    });
  },
};

/** All fields of the match (unless `http_post_payload` names those to send), the renamed ones; the fixed ones are left to `fixedPayload`. */
function postPayload(options: Fields, match: Fields): Fields {
  const wanted = options['http_post_payload'];
  const named = isFields(wanted) && Object.keys(wanted).length > 0;
  const fixed = fixedPayload(options);
  const payload = newFields();
  if (options['http_post_all_values'] ?? !named)
    for (const key of Object.keys(match)) if (!Object.hasOwn(fixed, key)) payload[key] = match[key];
  if (isFields(wanted))
    for (const [key, field] of Object.entries(wanted)) payload[key] = lookup(match, pythonStr(field)) ?? null;
  return payload;
}

function fixedPayload(options: Fields): Fields {
  const fixed = options['http_post_static_payload'];
  return isFields(fixed) ? fixed : newFields();
}
