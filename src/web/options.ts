import { allowOption, serverTlsSchema, UNIX_SOCKET } from '../base/net/options.ts';
import type { ServerTls } from '../base/net/tls-files.ts';
import { ANY, count, type OptionsOf, text } from '../base/options.ts';
import { oidcSchema, SCOPES, sessionHours, usersOption } from './login/options.ts';

export type TokenScope = (typeof SCOPES)[number];

const tokenSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'token', 'scopes'],
  properties: {
    name: { ...text('Who uses it; part of the sender of events that come with it.'), maxLength: 100 },
    token: { type: 'string', minLength: 8, description: 'The secret, best as `${file:...}` or `${ENV}`.' },
    scopes: {
      type: 'array',
      minItems: 1,
      items: { enum: SCOPES },
      description:
        '`ingest`: send events. `read`: search, tail, alerts, metrics. `admin`: change something, read files of rules.',
    },
  },
} as const;

export type TokenOptions = OptionsOf<typeof tokenSchema>;

export const webSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'The HTTP server: search, live tail, the page, metrics, and events by POST.',
  properties: {
    address: {
      type: 'string',
      default: '127.0.0.1:9880',
      description:
        '`host:port` to listen on; `:9880` means all interfaces. An address that is not loopback needs `tokens` or `allow`.',
    },
    unix_socket: UNIX_SOCKET,
    tokens: {
      type: 'array',
      items: tokenSchema,
      description:
        'Who may do what. As soon as there is one token, every request except the page and the health checks needs one.',
    },
    users: usersOption,
    oidc: oidcSchema,
    session_hours: sessionHours,
    allow: allowOption('With `tokens` they need one all the same.'),
    allowed_hosts: {
      type: 'array',
      items: { type: 'string' },
      description:
        'Further host names under which a server without tokens may be reached; others are refused because a foreign web page could use them (DNS rebinding).',
    },
    public_url: text(
      'The address under which people reach the page, such as https://logs.example.com: alerts then have links to it. Its host name needs no entry in `allowed_hosts`.',
    ),
    trust_proxy: {
      type: 'array',
      items: { type: 'string' },
      description: 'Addresses or networks of proxies whose `X-Forwarded-For` is believed.',
    },
    tls: serverTlsSchema('Serve HTTPS.'),
    max_connections: count(
      1,
      ANY,
      1000,
      'Connections at the same time. Above it the one that has waited longest for a request is closed.',
    ),
    max_connections_per_address: count(
      1,
      ANY,
      500,
      'The same for one remote address (a proxy is one). Unix sockets are not counted.',
    ),
    request_timeout_ms: count(1000, ANY, 60_000, 'Time that a client may take to send a request.'),
    edit_definitions: {
      type: 'boolean',
      default: false,
      description:
        'Files of pipelines and rules may be written over HTTP with the scope `admin`. Whoever may do that can make rules send what is in events, files and variables of this process elsewhere. Needs `tokens` or people who log in, unless `address` is loopback.',
    },
    max_tail_clients: count(0, ANY, 20, 'Live tails at the same time.'),
  },
} as const;

/** Settings of the HTTP server (`http`). Those of the HTTP input stand beside them. */
export type WebOptions = Omit<OptionsOf<typeof webSchema>, 'tls' | 'oidc'> & {
  readonly tls?: ServerTls | undefined;
  readonly oidc?: OptionsOf<typeof oidcSchema> | undefined;
};
