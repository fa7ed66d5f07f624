import { randomUUID } from 'node:crypto';
import { type Fields, isFields, newFields } from '../../../core/event.ts';
import { lookup } from '../../lookup.ts';
import { pythonFormat } from '../../python/format.ts';
import { byCodePoint, pythonStr } from '../../python/str.ts';
import { addressesOf, checkAddresses } from '../address.ts';
import type { Alert, AlerterKind, AlerterSettings } from '../alerter.ts';
import { HttpAlerter, JSON_CONTENT } from '../http-alerter.ts';
import { firstOf, textOf, told } from '../told.ts';

const PLAIN = { tableWidth: 80, fenced: false, marks: undefined };
/** What of a mapping of observables is no type of one. */
const NO_TYPES = ['tlp', 'message', 'tags'];

/** Alerts with observables for TheHive. */
export const hivealerter: AlerterKind = {
  type: 'hivealerter',
  options: {
    hive_connection: 'mapping',
    hive_alert_config: 'mapping',
    hive_observable_data_mapping: 'list',
  },
  check: options => checkAddresses('hive_connection', urlOf(connectionOf(options))),
  create: settings => {
    const { options } = settings;
    const connection = connectionOf(options);
    const key = textOf(connection, 'hive_apikey') ?? '';
    const missing = ['hive_connection', 'hive_alert_config'].find(name => !isFields(options[name]));
    return new HttpAlerter({
      type: 'hivealerter',
      // As ElastAlert, it does not look at certificates unless it is told to.
      settings: {
        ...settings,
        options: { hive_ignore_ssl_errors: connection['hive_verify'] !== true, ...proxiesOf(connection) },
      },
      prefix: 'hive',
      addresses: addressesOf(urlOf(connection)),
      missing,
      headers: { ...JSON_CONTENT, Authorization: `Bearer ${key}` },
      secrets: [key],
      render: alert => [{ target: 0, body: JSON.stringify(hiveAlert(alert, settings)) }],
    });
  },
};

const connectionOf = (options: Fields): Fields =>
  isFields(options['hive_connection']) ? options['hive_connection'] : newFields();

function urlOf(connection: Fields): string {
  const host = textOf(connection, 'hive_host') ?? 'http://localhost';
  return `${host}:${pythonStr(connection['hive_port'] ?? 9000)}/api/alert`;
}

function proxiesOf(connection: Fields): Fields {
  const proxies = connection['hive_proxies'];
  const proxy = isFields(proxies) ? proxies['https'] : undefined;
  return typeof proxy === 'string' && proxy !== '' ? { hive_proxy: proxy } : {};
}

function hiveAlert(alert: Alert, settings: AlerterSettings): Record<string, unknown> {
  const { options } = settings;
  const config = isFields(options['hive_alert_config']) ? options['hive_alert_config'] : newFields();
  const match = firstOf(alert);
  const { title, body } = told(alert, settings, PLAIN);
  const out: Record<string, unknown> = {
    date: Math.floor(Date.now() / 1000) * 1000,
    description: body,
    sourceRef: randomUUID(),
    title,
    ...config,
  };
  for (const name of ['description', 'title', 'type', 'source']) {
    if (out[name] !== undefined) out[name] = filled(options, config, name, pythonStr(out[name]), match);
    delete out[`${name}_args`];
  }
  if (alert.resolved !== undefined) Object.assign(out, { title, description: body });
  return {
    ...out,
    artifacts: alert.matches.flatMap(one => artifactsOf(options, one)),
    tags: tagsOf(options, config['tags'], alert.matches),
    customFields: customFieldsOf(options, config['customFields'], match),
  };
}

/** A field of the match, else an option of the rule. */
const found = (options: Fields, match: Fields, name: unknown): unknown =>
  lookup(match, pythonStr(name)) ?? options[pythonStr(name)] ?? undefined;

function filled(options: Fields, config: Fields, name: string, text: string, match: Fields): string {
  const names = config[`${name}_args`];
  if (!Array.isArray(names)) return text;
  const missing = config[`${name}_missing_value`] ?? '<MISSING VALUE>';
  return pythonFormat(text, { positional: names.map(one => found(options, match, one) ?? missing) });
}

function artifactsOf(options: Fields, match: Fields): unknown[] {
  const mappings = options['hive_observable_data_mapping'];
  if (!Array.isArray(mappings)) return [];
  return mappings.filter(isFields).flatMap(mapping => {
    // The first entry is the observable.
    const [first] = Object.entries(mapping);
    if (first === undefined || NO_TYPES.includes(first[0])) return [];
    const data = pythonStr(found(options, match, first[1]) ?? '');
    if (data === '') return [];
    const { tlp, message, tags } = mapping;
    return [{ tlp: tlp ?? 2, tags: tags ?? [], message: message ?? null, dataType: first[0], data }];
  });
}

function tagsOf(options: Fields, names: unknown, matches: readonly Fields[]): string[] {
  const tags = new Set<string>();
  for (const match of matches)
    for (const name of Array.isArray(names) ? names : []) {
      const value = found(options, match, name) ?? name;
      for (const one of Array.isArray(value) ? value : [value]) tags.add(pythonStr(one));
    }
  return [...tags].sort(byCodePoint);
}

function customFieldsOf(options: Fields, wanted: unknown, match: Fields): Record<string, unknown> {
  const out: Record<string, unknown> = Object.create(null);
  if (!Array.isArray(wanted)) return isFields(wanted) ? wanted : out;
  for (const [order, field] of wanted.filter(isFields).entries()) {
    const { name, type, value } = field;
    const text = typeof value === 'string' ? (found(options, match, value) ?? value) : value;
    out[pythonStr(name)] = { order, [pythonStr(type)]: text };
  }
  return out;
}
