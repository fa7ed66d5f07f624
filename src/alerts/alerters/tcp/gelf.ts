import { hostname } from 'node:os';
import { checkAddresses, checkHeaders, checkHost, checkPort } from '../address.ts';
import type { AlerterKind } from '../alerter.ts';
import { HttpAlerter } from '../http-alerter.ts';
import { gelfMessage } from '../services/incidents.ts';
import { addressOf } from '../services/messages.ts';
import { textOf } from '../told.ts';
import { checkWay, inFolder, readOrNothing, wayOptions } from '../way.ts';
import { TcpAlerter } from './tcp-alerter.ts';

/** Messages for Graylog, over HTTP or TCP. */
export const gelf: AlerterKind = {
  type: 'gelf',
  options: {
    ...wayOptions('gelf'),
    ...{ gelf_type: ['http', 'tcp'], gelf_endpoint: 'text', gelf_host: 'text', gelf_port: 'integer' },
    ...{ gelf_payload: 'mapping', gelf_version: 'text', gelf_log_level: 'integer', gelf_http_headers: 'mapping' },
    ...{ gelf_ca_cert: 'text', gelf_http_ignore_ssl_errors: 'boolean', gelf_timeout: 'number' },
  },
  check: (options, folder) => [
    ...checkAddresses('gelf_endpoint', options['gelf_endpoint']),
    ...checkHeaders('gelf_http_headers', options['gelf_http_headers']),
    ...checkHost('gelf_host', options['gelf_host']),
    ...checkPort('gelf_port', options['gelf_port']),
    ...checkWay('gelf', { gelf_ca_certs: options['gelf_ca_cert'], gelf_proxy: options['gelf_proxy'] }, folder),
  ],
  create: settings => {
    const { options, folder } = settings;
    const isTcp = options['gelf_type'] === 'tcp';
    const needs = ['gelf_type', ...(isTcp ? ['gelf_host', 'gelf_port'] : ['gelf_endpoint'])];
    const missing = needs.find(name => options[name] === undefined || options[name] === '');
    const file = textOf(options, 'gelf_ca_cert');
    if (isTcp)
      return new TcpAlerter({
        type: 'gelf',
        missing,
        partner: {
          host: textOf(options, 'gelf_host') ?? '',
          port: Number(options['gelf_port'] ?? 0),
          ...(file === undefined ? {} : { tls: { ca: readOrNothing(inFolder(file, folder)) } }),
        },
        timeout: options['gelf_timeout'] ?? 30,
        render: alert => JSON.stringify(gelfMessage(alert, settings, hostname())),
        talk: async (conversation, body) => {
          // A message ends with a zero byte; nothing comes back.
          conversation.say(`${body}\0`);
          await conversation.end();
        },
      });
    const { url, headers } = addressOf(textOf(options, 'gelf_endpoint') ?? '', options['gelf_http_headers']);
    const way = {
      gelf_ca_certs: file,
      gelf_ignore_ssl_errors: options['gelf_http_ignore_ssl_errors'] === true,
      gelf_timeout: options['gelf_timeout'] ?? 30,
      gelf_proxy: options['gelf_proxy'],
    };
    return new HttpAlerter({
      type: 'gelf',
      settings: { ...settings, options: way },
      prefix: 'gelf',
      addresses: missing === undefined ? [{ url, headers: {} }] : [],
      missing,
      headers,
      render: alert =>
        missing === undefined ? [{ target: 0, body: JSON.stringify(gelfMessage(alert, settings, hostname())) }] : [],
    });
  },
};
