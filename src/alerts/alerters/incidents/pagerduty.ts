import { type Fields, isFields, newFields } from '../../../core/event.ts';
import { lookup } from '../../lookup.ts';
import { pythonStr } from '../../python/str.ts';
import { fillArguments } from '../../text/values.ts';
import type { Alert, AlerterKind, AlerterSettings } from '../alerter.ts';
import { HttpAlerter } from '../http-alerter.ts';
import { cropped, firstOf, textOf, told } from '../told.ts';
import { checkWay, wayOptions } from '../way.ts';

const URLS = {
  v1: 'https://events.pagerduty.com/generic/2010-04-15/create_event.json',
  v2: 'https://events.pagerduty.com/v2/enqueue',
};
const PLAIN = { tableWidth: 80, fenced: false, marks: undefined };
/** PagerDuty refuses longer summaries, and events of more than 512 KB. */
const MAX_SUMMARY_CHARS = 1024;
const MAX_DETAIL_CHARS = 100_000;

/** PagerDuty's events: one incident an instance, which is resolved when the alert is. */
export const pagerduty: AlerterKind = {
  type: 'pagerduty',
  options: {
    pagerduty_service_key: 'text',
    pagerduty_client_name: 'text',
    pagerduty_event_type: ['none', 'trigger', 'resolve', 'acknowledge'],
    pagerduty_incident_key: 'text',
    pagerduty_incident_key_args: 'texts',
    pagerduty_api_version: ['v1', 'v2'],
    pagerduty_v2_payload_class: 'text',
    pagerduty_v2_payload_class_args: 'texts',
    pagerduty_v2_payload_component: 'text',
    pagerduty_v2_payload_component_args: 'texts',
    pagerduty_v2_payload_group: 'text',
    pagerduty_v2_payload_group_args: 'texts',
    pagerduty_v2_payload_severity: ['critical', 'error', 'warning', 'info'],
    pagerduty_v2_payload_source: 'text',
    pagerduty_v2_payload_source_args: 'texts',
    pagerduty_v2_payload_custom_details: 'mapping',
    pagerduty_v2_payload_include_all_info: 'boolean',
    ...wayOptions('pagerduty'),
  },
  check: (options, folder) => checkWay('pagerduty', options, folder),
  create: settings => {
    const { options } = settings;
    const isV2 = options['pagerduty_api_version'] === 'v2';
    const key = textOf(options, 'pagerduty_service_key');
    const client = textOf(options, 'pagerduty_client_name');
    return new HttpAlerter({
      type: 'pagerduty',
      settings,
      prefix: 'pagerduty',
      addresses: [{ url: isV2 ? URLS.v2 : URLS.v1, headers: {} }],
      missing: key === undefined ? 'pagerduty_service_key' : client === undefined ? 'pagerduty_client_name' : undefined,
      secrets: key === undefined ? [] : [key],
      complete: body => JSON.stringify({ [isV2 ? 'routing_key' : 'service_key']: key, ...JSON.parse(body) }),
      render: alert => [
        { target: 0, body: JSON.stringify(isV2 ? eventV2(alert, settings) : eventV1(alert, settings)) },
      ],
    });
  },
};

function eventV1(alert: Alert, settings: AlerterSettings): Record<string, unknown> {
  const { options } = settings;
  const { title, body } = told(alert, settings, PLAIN);
  return {
    description: cropped(title, MAX_SUMMARY_CHARS, MAX_SUMMARY_CHARS, ''),
    event_type: actionOf(alert, options),
    incident_key: incidentKey(alert, options),
    client: options['pagerduty_client_name'],
    details: { information: cropped(body, MAX_DETAIL_CHARS, MAX_DETAIL_CHARS, '\n[cut]') },
  };
}

function eventV2(alert: Alert, settings: AlerterSettings): Record<string, unknown> {
  const { options } = settings;
  const match = firstOf(alert);
  const { title, body } = told(alert, settings, PLAIN);
  const filled = (name: string, fallback = ''): string =>
    formatted(options, `pagerduty_v2_payload_${name}`, match) ?? fallback;
  const time = lookup(match, pythonStr(options['timestamp_field'] ?? '@timestamp'));
  const details = newFields();
  if (options['pagerduty_v2_payload_include_all_info'] !== false)
    details['information'] = cropped(body, MAX_DETAIL_CHARS, MAX_DETAIL_CHARS, '\n[cut]');
  const wanted = options['pagerduty_v2_payload_custom_details'];
  if (isFields(wanted))
    for (const one of alert.matches)
      for (const [key, field] of Object.entries(wanted)) details[key] = lookup(one, pythonStr(field)) || field;
  return {
    event_action: actionOf(alert, options),
    dedup_key: incidentKey(alert, options),
    client: options['pagerduty_client_name'],
    ...linksOf(alert),
    payload: {
      class: filled('class'),
      component: filled('component'),
      group: filled('group'),
      severity: options['pagerduty_v2_payload_severity'] ?? 'critical',
      source: filled('source', 'ElastAlert'),
      summary: cropped(title, MAX_SUMMARY_CHARS, MAX_SUMMARY_CHARS, ''),
      custom_details: details,
      ...(time === undefined || time === null || time === '' ? {} : { timestamp: time }),
    },
  };
}

const actionOf = (alert: Alert, options: Fields): unknown =>
  alert.resolved === undefined ? (options['pagerduty_event_type'] ?? 'trigger') : 'resolve';

/** Without one of the rule's own, the instance: what opens an incident has to close the same. */
function incidentKey(alert: Alert, options: Fields): string {
  return formatted(options, 'pagerduty_incident_key', firstOf(alert)) ?? alert.instance ?? '';
}

/** An option with the fields that its `_args` name filled in. */
function formatted(options: Fields, name: string, match: Fields): string | undefined {
  const text = textOf(options, name);
  const names = options[`${name}_args`];
  if (text === undefined || !Array.isArray(names) || names.length === 0) return text;
  return fillArguments({ options, marks: undefined }, text, names, match);
}

function linksOf({ links }: Alert): Record<string, unknown> {
  const all = [
    { href: links?.search, text: 'Search around it' },
    { href: links?.rule, text: 'Rule' },
    { href: links?.silence, text: 'Silence' },
  ].filter(({ href }) => href !== undefined);
  return all.length === 0 ? {} : { links: all };
}
