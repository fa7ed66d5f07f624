import { createHash } from 'node:crypto';
import { isoTime } from '../../../base/time/iso.ts';
import { type Fields, isFields, newFields } from '../../../core/event.ts';
import { lookup } from '../../lookup.ts';
import { pythonFormat } from '../../python/format.ts';
import { percentFormat } from '../../python/percent.ts';
import { pythonJson, pythonStr } from '../../python/str.ts';
import type { Alert, AlerterSettings } from '../alerter.ts';
import { JSON_CONTENT } from '../http-alerter.ts';
import { croppedBytes, firstOf, textOf, textsOf, told } from '../told.ts';
import { addressOf } from './messages.ts';
import { PLAIN, serviceKind, text } from './service.ts';

// Services that keep incidents and events.

const MAX_TEXT_BYTES = 100_000;

export const datadog = serviceKind({
  type: 'datadog',
  prefix: 'datadog',
  options: { datadog_api_key: 'text', datadog_app_key: 'text', datadog_api_url: 'text' },
  needs: ['datadog_api_key', 'datadog_app_key'],
  addresses: ['datadog_api_url'],
  to: settings => {
    const { url, headers } = addressOf(text(settings, 'datadog_api_url') || 'https://api.datadoghq.com/api/v1/events');
    const keys = {
      'DD-API-KEY': text(settings, 'datadog_api_key'),
      'DD-APPLICATION-KEY': text(settings, 'datadog_app_key'),
    };
    return { url, headers: { ...headers, ...keys }, secrets: Object.values(keys) };
  },
  bodies: (alert, settings) => {
    const { title, body } = told(alert, settings, PLAIN);
    // Datadog refuses longer texts.
    return [JSON.stringify({ title, text: croppedBytes(body, 4000, '\n[cut]') })];
  },
});

export const pagertree = serviceKind({
  type: 'pagertree',
  prefix: 'pagertree',
  options: { pagertree_integration_url: 'text' },
  needs: ['pagertree_integration_url'],
  addresses: ['pagertree_integration_url'],
  to: settings => addressOf(text(settings, 'pagertree_integration_url')),
  bodies: (alert, settings) => {
    const { title, body } = told(alert, settings, PLAIN);
    return [
      JSON.stringify({
        event_type: alert.resolved === undefined ? 'create' : 'resolve',
        Id: uuidOf(alert),
        Title: title,
        Description: croppedBytes(body, MAX_TEXT_BYTES, '\n[cut]'),
      }),
    ];
  },
});

/** The same as long as it is the same alert: what opens an incident has to close it. */
function uuidOf({ instance, rule, matches }: Alert): string {
  const hash = createHash('sha256')
    .update(instance ?? JSON.stringify([rule, matches]))
    .digest('hex');
  return hash.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const FLASHDUTY_LABELS = ['check', 'service', 'cluster', 'resource', 'metric', 'group', 'env', 'app'];

export const flashduty = serviceKind({
  type: 'flashduty',
  prefix: 'flashduty',
  options: {
    ...{ flashduty_integration_key: 'text', flashduty_title: 'text', flashduty_description: 'text' },
    ...{ flashduty_alert_key: 'text', flashduty_event_status: ['Info', 'Warning', 'Critical'] },
    ...Object.fromEntries(FLASHDUTY_LABELS.map(name => [`flashduty_${name}`, 'text' as const])),
  },
  needs: ['flashduty_integration_key'],
  to: settings => {
    const key = text(settings, 'flashduty_integration_key');
    const query = new URLSearchParams({ integration_key: key });
    return {
      url: `https://api.flashcat.cloud/event/push/alert/standard?${query}`,
      headers: JSON_CONTENT,
      secrets: [key],
    };
  },
  bodies: (alert, settings) => {
    const { options } = settings;
    const { body } = told(alert, settings, PLAIN);
    const labels = FLASHDUTY_LABELS.map(name => [name, options[`flashduty_${name}`] ?? null]);
    return [
      JSON.stringify({
        title: options['flashduty_title'] ?? 'ElastAlert Alert',
        description: options['flashduty_description'] ?? null,
        event_status: alert.resolved === undefined ? (options['flashduty_event_status'] ?? 'Info') : 'Ok',
        alert_key: options['flashduty_alert_key'] ?? alert.instance ?? null,
        labels: { ...Object.fromEntries(labels), information: croppedBytes(body, MAX_TEXT_BYTES, '\n[cut]') },
      }),
    ];
  },
});

const ALERTA_TEXTS = ['severity', 'resource', 'environment', 'origin', 'text', 'type', 'event', 'group', 'value'];
const ALERTA_LISTS = ['service', 'correlate', 'tags', 'attributes_keys', 'attributes_values'];

export const alerta = serviceKind({
  type: 'alerta',
  prefix: 'alerta_http',
  options: {
    ...{ alerta_api_url: 'text', alerta_api_key: 'text', alerta_timeout: 'integer', alerta_api_skip_ssl: 'boolean' },
    ...{ alerta_use_match_timestamp: 'boolean', alerta_use_qk_as_resource: 'boolean' },
    ...Object.fromEntries(ALERTA_TEXTS.map(name => [`alerta_${name}`, 'text' as const])),
    ...Object.fromEntries(ALERTA_LISTS.map(name => [`alerta_${name}`, 'list' as const])),
  },
  needs: ['alerta_api_url'],
  addresses: ['alerta_api_url'],
  way: ({ options }) => ({ ...options, alerta_http_ignore_ssl_errors: options['alerta_api_skip_ssl'] === true }),
  to: settings => {
    const key = text(settings, 'alerta_api_key');
    const { url, headers } = addressOf(text(settings, 'alerta_api_url'));
    return { url, headers: { ...headers, ...(key === '' ? {} : { Authorization: `Key ${key}` }) } };
  },
  bodies: (alert, settings) => [JSON.stringify(alertaPayload(alert, settings))],
});

function alertaPayload(alert: Alert, settings: AlerterSettings): Record<string, unknown> {
  const { options, texts } = settings;
  const match = firstOf(alert);
  const missing = pythonStr(options['alert_missing_value'] ?? '<MISSING VALUE>');
  const filled = (written: unknown): string => resolved(pythonStr(written), match, missing);
  const value = (name: string, fallback = 'elastalert'): unknown => options[`alerta_${name}`] ?? fallback;
  const list = (name: string, fallback: unknown[] = []): string[] => {
    const written = options[`alerta_${name}`] ?? fallback;
    return (Array.isArray(written) ? written : textsOf(written)).map(filled);
  };
  const keys = textsOf(options['alerta_attributes_keys']);
  const values = list('attributes_values');
  const key = textOf(options, 'query_key');
  const ofKey = options['alerta_use_qk_as_resource'] === true && key !== undefined ? lookup(match, key) : undefined;
  const written = pythonStr(options['timestamp_field'] ?? '@timestamp');
  const time = Date.parse(pythonStr(lookup(match, written) ?? ''));
  const createTime = options['alerta_use_match_timestamp'] === true && !Number.isNaN(time) ? time : Date.now();
  const { body } = told(alert, settings, PLAIN);
  return {
    resource: filled(ofKey ?? value('resource')),
    severity: alert.resolved === undefined ? filled(value('severity', 'warning')) : 'ok',
    timeout: options['alerta_timeout'] ?? 86_400,
    createTime: isoTime(createTime).replace(/(\.\d{3})Z$/, '$1000Z'),
    type: value('type'),
    environment: filled(value('environment', 'Production')),
    origin: filled(value('origin')),
    group: filled(value('group', '')),
    event: value('event') === '' ? alertaTitle(settings, match) : filled(value('event')),
    text: value('text') === '' ? (texts.sentence?.([match]) ?? '') : filled(value('text')),
    value: filled(value('value', '')),
    service: list('service', ['elastalert']),
    tags: list('tags'),
    correlate: list('correlate'),
    attributes: Object.fromEntries(keys.map((name, i) => [name, values[i]]).filter(([, one]) => one !== undefined)),
    rawData: croppedBytes(body, MAX_TEXT_BYTES, '\n[cut]'),
  };
}

function alertaTitle({ options }: AlerterSettings, match: Fields): string {
  const key = textOf(options, 'query_key');
  const value = key === undefined ? undefined : match[key];
  return pythonStr(options['name']) + (value ? `.${pythonStr(value)}` : '');
}

/** A text of Python in both of its formats: `%(field)s` and `{field}`. What cannot be filled stays as it is. */
function resolved(written: string, match: Fields, missing: string): string {
  const get = (fields: Fields, name: string | symbol): unknown => lookup(fields, String(name)) ?? missing;
  // Whatever is asked for is there.
  const values = new Proxy<Fields>(match, {
    ...{ get, has: () => true },
    getOwnPropertyDescriptor: (fields, name) => ({ configurable: true, enumerable: true, value: get(fields, name) }),
  });
  let out = written;
  try {
    if (/%[(%]/.test(out)) out = percentFormat(out, values);
    return pythonFormat(out, { named: values as unknown as Record<string, unknown> });
  } catch {
    return out;
  }
}

export const iris = serviceKind({
  type: 'iris',
  prefix: 'iris',
  options: {
    ...{ iris_host: 'text', iris_api_token: 'text', iris_customer_id: 'integer', iris_ca_cert: 'text' },
    ...{ iris_description: 'text', iris_overwrite_timestamp: 'boolean', iris_type: ['alert', 'case'] },
    ...{ iris_case_template_id: 'any', iris_alert_note: 'text', iris_alert_source: 'text', iris_alert_tags: 'text' },
    ...{ iris_alert_status_id: 'integer', iris_alert_source_link: 'text', iris_alert_severity_id: 'integer' },
    ...{ iris_alert_context: 'mapping', iris_iocs: 'list' },
  },
  needs: ['iris_host', 'iris_api_token'],
  check: options => {
    if (options['iris_type'] === 'case' && Array.isArray(options['iris_iocs']) && options['iris_iocs'].length > 0) {
      const what = 'are left out of a case here: they would need a request each, after it';
      return [{ option: 'iris_iocs', what, fix: 'Use iris_type: alert, which takes them.', isWarning: true }];
    }
    const host = options['iris_host'];
    if (typeof host !== 'string' || /^[\w.-]+(?::\d{1,5})?(?:\/[\w./-]*)?$/.test(host) || host.startsWith('$'))
      return [];
    return [{ option: 'iris_host', what: 'is no host', fix: 'Write it as host or host:port, without https://.' }];
  },
  way: ({ options }) => ({ ...options, iris_ca_certs: options['iris_ca_certs'] ?? options['iris_ca_cert'] }),
  to: settings => ({
    url: `https://${text(settings, 'iris_host').replace(/\/+$/, '')}`,
    headers: { ...JSON_CONTENT, Authorization: `Bearer ${text(settings, 'iris_api_token')}` },
  }),
  bodies: (alert, settings) => [
    settings.options['iris_type'] === 'case'
      ? { target: 0, path: '/manage/cases/add', body: JSON.stringify(irisCase(alert, settings)) }
      : { target: 0, path: '/alerts/add', body: JSON.stringify(irisAlert(alert, settings)) },
  ],
});

function irisAlert(alert: Alert, settings: AlerterSettings): Record<string, unknown> {
  const { options } = settings;
  const match = firstOf(alert);
  const { title, body } = told(alert, settings, PLAIN);
  const found = (name: unknown): unknown => lookup(match, pythonStr(name)) ?? options[pythonStr(name)] ?? '';
  const context = options['iris_alert_context'];
  const iocs = Array.isArray(options['iris_iocs']) ? options['iris_iocs'].filter(isFields) : [];
  const link = textOf(options, 'iris_alert_source_link') ?? alert.links?.search;
  return {
    alert_title: title,
    alert_description: textOf(options, 'iris_description') ?? croppedBytes(body, MAX_TEXT_BYTES, '\n[cut]'),
    alert_source: options['iris_alert_source'] ?? 'ElastAlert2',
    alert_severity_id: options['iris_alert_severity_id'] ?? 1,
    alert_status_id: options['iris_alert_status_id'] ?? 2,
    alert_source_event_time:
      options['iris_overwrite_timestamp'] === true ? (match['@timestamp'] ?? null) : isoTime(Date.now()).slice(0, 19),
    alert_note: options['iris_alert_note'] ?? null,
    alert_tags: options['iris_alert_tags'] ?? null,
    alert_customer_id: options['iris_customer_id'] ?? 1,
    ...(link === undefined ? {} : { alert_source_link: link }),
    ...(iocs.length === 0
      ? {}
      : {
          alert_iocs: iocs.flatMap(ioc => {
            const value = lookup(match, pythonStr(ioc['ioc_value']));
            return value === undefined || value === null ? [] : [{ ...ioc, ioc_value: value }];
          }),
        }),
    ...(isFields(context)
      ? {
          alert_context: Object.fromEntries(
            Object.entries(context).map(([key, name]) => [key, pythonStr(found(name))]),
          ),
        }
      : {}),
  };
}

function irisCase(alert: Alert, { options }: AlerterSettings): Record<string, unknown> {
  const template = options['iris_case_template_id'];
  return {
    case_soc_id: `SOC_${uuidOf(alert).slice(0, 6)}`,
    case_customer: options['iris_customer_id'] ?? 1,
    case_name: options['name'] ?? alert.rule,
    case_description: options['iris_description'] ?? null,
    ...(template === undefined || template === null ? {} : { case_template_id: template }),
  };
}

/** The fields of `gelf_payload`, as the text of a message. */
export function gelfMessage(alert: Alert, { options }: AlerterSettings, host: string): Fields {
  const wanted = options['gelf_payload'];
  const fields = newFields();
  fields['Title'] = options['name'] ?? alert.rule;
  for (const match of alert.matches)
    for (const [name, field] of Object.entries(isFields(wanted) ? wanted : {}))
      fields[name] = match[pythonStr(field)] ?? null;
  return Object.assign(newFields(), {
    version: options['gelf_version'] ?? '1.1',
    host,
    short_message: pythonJson(fields),
    level: options['gelf_log_level'] ?? 5,
  });
}
