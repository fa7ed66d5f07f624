import { basicAuth } from '../../../base/net/basic-auth.ts';
import { isoTime } from '../../../base/time/iso.ts';
import { messageOf } from '../../../core/errors.ts';
import { type Fields, isFields, newFields } from '../../../core/event.ts';
import { logger } from '../../../core/log.ts';
import { compileTemplate, type JinjaTemplate } from '../../jinja/template.ts';
import { lookup } from '../../lookup.ts';
import { pythonJson, pythonStr } from '../../python/str.ts';
import { durationMs } from '../../rules/duration.ts';
import { alertFieldsOf } from '../../text/alert-fields.ts';
import { addressesOf, checkAddresses, type OptionMistake } from '../address.ts';
import type { Alert, AlerterKind, AlerterSettings } from '../alerter.ts';
import { HttpAlerter, JSON_CONTENT } from '../http-alerter.ts';
import { checkTemplate } from '../json-template.ts';
import { firstOf, textOf, told } from '../told.ts';
import { checkWay, wayOptions } from '../way.ts';

const log = logger('alerts');
const PLAIN = { tableWidth: 80, fenced: false, marks: undefined };

/** Alerts for an Alertmanager: it groups, silences and resolves them. */
export const alertmanager: AlerterKind = {
  type: 'alertmanager',
  options: {
    alertmanager_hosts: 'text_or_texts',
    alertmanager_api_version: ['v1', 'v2'],
    alertmanager_alertname: 'text',
    alertmanager_labels: 'mapping',
    alertmanager_annotations: 'mapping',
    alertmanager_fields: 'mapping',
    alertmanager_alert_subject_labelname: 'text',
    alertmanager_alert_text_labelname: 'text',
    alertmanager_resolve_time: 'mapping',
    alertmanager_basic_auth_login: 'text',
    alertmanager_basic_auth_password: 'text',
    ...wayOptions('alertmanager'),
  },
  check: (options, folder) => [
    ...checkAddresses('alertmanager_hosts', options['alertmanager_hosts']),
    ...['alertmanager_labels', 'alertmanager_annotations'].flatMap(name => checkTemplate(name, options[name])),
    ...checkResolveTime(options['alertmanager_resolve_time']),
    ...checkWay('alertmanager', options, folder),
  ],
  create: settings => {
    const { options } = settings;
    const version = textOf(options, 'alertmanager_api_version') ?? 'v2';
    const hosts = addressesOf(options['alertmanager_hosts']);
    const addresses = hosts.map(({ url, headers }) => ({
      url: `${url.replace(/\/+$/, '')}/api/${version}/alerts`,
      headers,
    }));
    const login = textOf(options, 'alertmanager_basic_auth_login');
    const pair = `${login}:${textOf(options, 'alertmanager_basic_auth_password') ?? ''}`;
    const authorization = login === undefined ? {} : { Authorization: basicAuth(pair) };
    const labels = templatesOf(options['alertmanager_labels']);
    const annotations = templatesOf(options['alertmanager_annotations']);
    return new HttpAlerter({
      type: 'alertmanager',
      settings,
      prefix: 'alertmanager',
      addresses,
      missing: addresses.length === 0 ? 'alertmanager_hosts' : undefined,
      headers: { ...JSON_CONTENT, ...authorization },
      render: alert => {
        const body = JSON.stringify([alertOf(alert, settings, labels, annotations)]);
        return addresses.map((_, target) => ({ target, body }));
      },
    });
  },
};

type Templates = ReadonlyMap<string, JinjaTemplate>;

function checkResolveTime(value: unknown): OptionMistake[] {
  const ms = value === undefined || value === null ? 0 : durationMs(value);
  if (typeof ms === 'number') return [];
  return [{ option: 'alertmanager_resolve_time', what: `is no time: ${ms}`, fix: 'For example { minutes: 5 }.' }];
}

function alertOf(
  alert: Alert,
  settings: AlerterSettings,
  labels: Templates,
  annotations: Templates,
): Record<string, unknown> {
  const { options } = settings;
  const match = firstOf(alert);
  const values = valuesOf(match, textOf(options, 'jinja_root_name'));
  const { title, body } = told({ ...alert, resolved: undefined }, settings, PLAIN);
  const fields = options['alertmanager_fields'];
  const all = filled(labels, values, alert.rule);
  if (isFields(fields))
    for (const [label, path] of Object.entries(fields)) {
      const value = lookup(match, pythonStr(path)) ?? null;
      all[label] = typeof value === 'string' ? value : pythonJson(value);
    }
  all['alertname'] = pythonStr(options['alertmanager_alertname'] ?? options['name']);
  all['elastalert_rule'] = pythonStr(options['name']);
  const notes = filled(annotations, values, alert.rule);
  notes[textOf(options, 'alertmanager_alert_subject_labelname') ?? 'summary'] = title;
  notes[textOf(options, 'alertmanager_alert_text_labelname') ?? 'description'] = body;
  const { resolved } = alert;
  const lifeMs =
    options['alertmanager_resolve_time'] === undefined ? undefined : durationMs(options['alertmanager_resolve_time']);
  return {
    annotations: notes,
    labels: all,
    ...(resolved === undefined ? {} : { startsAt: isoTime(resolved.startsAt), endsAt: isoTime(resolved.endsAt) }),
    ...(resolved === undefined && typeof lifeMs === 'number' ? { endsAt: isoTime(Date.now() + lifeMs) } : {}),
    ...(alert.links?.search === undefined ? {} : { generatorURL: alert.links.search }),
  };
}

function templatesOf(value: unknown): Templates {
  if (!isFields(value)) return new Map();
  return new Map(Object.entries(value).map(([name, text]) => [name, compileTemplate(pythonStr(text))]));
}

/** One that fails tells so instead: the alert goes out all the same. */
function filled(templates: Templates, values: Fields, rule: string): Record<string, string> {
  const out: Record<string, string> = Object.create(null);
  for (const [name, template] of templates) {
    try {
      out[name] = template(values);
    } catch (error) {
      log.warn({ rule, name, reason: messageOf(error) }, 'a label or annotation of alertmanager could not be rendered');
      out[name] = '<FAILED>';
    }
  }
  return out;
}

function valuesOf(match: Fields, root: string | undefined): Fields {
  const values = Object.assign(newFields(), alertFieldsOf(match), match);
  if (root !== undefined) values[root] = match;
  return values;
}
