import { readFileSync } from 'node:fs';
import { basicAuth } from '../../../base/net/basic-auth.ts';
import { isoTime } from '../../../base/time/iso.ts';
import { messageOf } from '../../../core/errors.ts';
import { type Fields, isFields, newFields } from '../../../core/event.ts';
import { lookup } from '../../lookup.ts';
import { pythonStr } from '../../python/str.ts';
import { readRuleFile } from '../../rules/yaml.ts';
import { checkAddresses, type OptionMistake } from '../address.ts';
import type { AlerterKind, AlerterSettings } from '../alerter.ts';
import { HttpAlerter, JSON_CONTENT } from '../http-alerter.ts';
import { firstOf, textOf } from '../told.ts';
import { inFolder } from '../way.ts';

const MAX_DEPTH = 20;

/** A document for each alert in an index of Elasticsearch or OpenSearch. */
export const indexer: AlerterKind = {
  type: 'indexer',
  options: { indexer_connection: 'mapping', indexer_config: 'text', indexer_alert_config: 'mapping' },
  check: (options, folder) => checkConnection(options, folder),
  create: settings => {
    const { options, folder } = settings;
    const connection = connectionOf(options, folder);
    const missing = !isFields(options['indexer_alert_config'])
      ? 'indexer_alert_config'
      : connection === undefined
        ? 'indexer_connection'
        : undefined;
    const to = connection ?? newFields();
    const headers = { ...JSON_CONTENT, ...authorization(to) };
    return new HttpAlerter({
      type: 'indexer',
      settings: {
        ...settings,
        options: {
          indexer_ignore_ssl_errors: to['verify_certs'] === false,
          indexer_ca_certs: to['ca_certs'],
          indexer_timeout: to['es_conn_timeout'] ?? 20,
        },
      },
      prefix: 'indexer',
      addresses: missing === undefined ? [{ url: urlOf(to), headers: {} }] : [],
      missing,
      headers,
      secrets: Object.values(authorization(to)),
      render: alert =>
        missing === undefined
          ? [{ target: 0, body: JSON.stringify(documentOf(firstOf(alert), alert.resolved !== undefined, settings)) }]
          : [],
    });
  },
};

/** Of the rule, or of the file that it names. */
function connectionOf(options: Fields, folder: string | undefined): Fields | undefined {
  const { indexer_connection: own } = options;
  if (isFields(own) && Object.keys(own).length > 0) return own;
  const path = textOf(options, 'indexer_config');
  if (path === undefined) return undefined;
  try {
    const { value } = readRuleFile(path, readFileSync(inFolder(path, folder), 'utf8'));
    return isFields(value) ? value : undefined;
  } catch {
    // Told by `checkConnection`.
    return undefined;
  }
}

function checkConnection(options: Fields, folder: string | undefined): OptionMistake[] {
  const option = isFields(options['indexer_connection']) ? 'indexer_connection' : 'indexer_config';
  const fix = 'It has es_host, es_port and indexer_alerts_name.';
  const path = textOf(options, 'indexer_config');
  if (option === 'indexer_config' && path !== undefined)
    try {
      readRuleFile(path, readFileSync(inFolder(path, folder), 'utf8'));
    } catch (error) {
      return [{ option, what: `cannot be used: ${messageOf(error)}`, fix }];
    }
  const connection = connectionOf(options, folder);
  if (connection === undefined) return [];
  const gone = ['es_host', 'es_port', 'indexer_alerts_name'].find(name => connection[name] === undefined);
  if (gone !== undefined) return [{ option, what: `has no ${gone}`, fix }];
  return checkAddresses(option, urlOf(connection));
}

function urlOf(connection: Fields): string {
  const scheme = connection['use_ssl'] === true ? 'https' : 'http';
  const prefix = pythonStr(connection['es_url_prefix'] ?? '').replace(/^\/*|\/*$/g, '');
  const name = encodeURIComponent(pythonStr(connection['indexer_alerts_name']));
  const path = `${prefix === '' ? '' : `/${prefix}`}/${name}/_doc?refresh=true`;
  return `${scheme}://${pythonStr(connection['es_host'])}:${pythonStr(connection['es_port'])}${path}`;
}

function authorization(connection: Fields): Record<string, string> {
  const text = (name: string): string | undefined => textOf(connection, name);
  if (text('es_api_key') !== undefined) return { Authorization: `ApiKey ${text('es_api_key')}` };
  if (text('es_bearer') !== undefined) return { Authorization: `Bearer ${text('es_bearer')}` };
  if (text('es_username') === undefined) return {};
  return { Authorization: basicAuth(`${text('es_username')}:${text('es_password') ?? ''}`) };
}

function documentOf(match: Fields, isOver: boolean, { options }: AlerterSettings): Fields {
  const flat = new Map<string, unknown>([['@timestamp', isoTime(Date.now()).replace(/(\.\d{3})Z$/, '$1000Z')]]);
  flatten(options['indexer_alert_config'], '', flat);
  for (const [name, written] of [...flat]) {
    flat.delete(name);
    flatten({ [name]: filled(written, match, options) }, '', flat);
  }
  const out = newFields();
  for (const [name, value] of flat) if (name !== value) put(out, name.split('.'), value);
  if (isOver) out['alert_state'] = 'resolved';
  return out;
}

function flatten(value: unknown, prefix: string, into: Map<string, unknown>, depth = 0): void {
  if (!isFields(value) || depth > MAX_DEPTH) return;
  for (const [name, inner] of Object.entries(value))
    if (isFields(inner)) flatten(inner, `${prefix}${name}.`, into, depth + 1);
    else into.set(prefix + name, inner);
}

/** The field of the match of that name, else the rule's option, else the text itself. A list has `{ name, value }`. */
function filled(written: unknown, match: Fields, options: Fields): unknown {
  if (typeof written === 'string') return lookup(match, written) ?? options[written] ?? written;
  return Array.isArray(written) ? filledList(written, match, options, 0) : written;
}

function filledList(list: readonly unknown[], match: Fields, options: Fields, depth: number): Fields {
  const out = newFields();
  if (depth > MAX_DEPTH) return out;
  for (const field of list.filter(isFields)) {
    const { name, value } = field;
    if (value === undefined || value === null || value === '') {
      for (const [key, inner] of Object.entries(field))
        if (Array.isArray(inner)) out[key] = filledList(inner, match, options, depth + 1);
    } else out[pythonStr(name)] = value === 'filter' ? filterText(options['filter']) : filled(value, match, options);
  }
  return out;
}

/** The query text of the first filter, as far as it has one. */
function filterText(filter: unknown): unknown {
  const [first]: unknown[] = Array.isArray(filter) ? filter : [];
  let query: unknown;
  for (const outer of Object.values(isFields(first) ? first : {}))
    for (const inner of Object.values(isFields(outer) ? outer : {})) query = inner;
  return isFields(query) ? (query['query'] ?? '') : '';
}

function put(into: Fields, path: readonly string[], value: unknown): void {
  let at = into;
  for (const name of path.slice(0, -1)) {
    if (!isFields(at[name])) at[name] = newFields();
    at = at[name] as Fields;
  }
  at[path.at(-1)!] = value;
}
