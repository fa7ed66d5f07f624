import { ALLOW_MEANING } from '../base/net/address.ts';
import type { ServerTls } from '../base/net/tls-files.ts';

export const SCOPES = ['ingest', 'read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface TokenOptions {
  name: string;
  token: string;
  scopes: readonly Scope[];
}

/** Settings of the HTTP server (`http`), the input's among them; see the descriptions. */
export interface WebOptions {
  address: string;
  unix_socket?: string | undefined;
  tokens?: readonly TokenOptions[] | undefined;
  allow?: readonly string[] | undefined;
  allowed_hosts?: readonly string[] | undefined;
  trust_proxy?: readonly string[] | undefined;
  tls?: ServerTls | undefined;
  max_connections: number;
  max_connections_per_address: number;
  request_timeout_ms: number;
  max_searches: number;
  search_timeout_ms: number;
  max_tail_clients: number;
  max_tail_buffer_bytes: number;
  tail_heartbeat_ms: number;
  max_tail_ms_per_second: number;
  tag: string;
  max_body_bytes: number;
  max_events_per_request: number;
  max_nesting_depth: number;
  max_unacked_bytes: number;
  retry_after_seconds: number;
}

const token = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'token', 'scopes'],
  properties: {
    name: {
      type: 'string',
      minLength: 1,
      maxLength: 100,
      description: 'Who uses it; part of the sender of events that come with it.',
    },
    token: { type: 'string', minLength: 8, description: 'The secret, best as `${file:...}` or `${ENV}`.' },
    scopes: {
      type: 'array',
      minItems: 1,
      items: { enum: SCOPES },
      description: '`ingest`: send events. `read`: search, tail, alerts, metrics. `admin`: reload.',
    },
  },
} as const;

const tls = {
  type: 'object',
  additionalProperties: false,
  required: ['cert_file', 'key_file'],
  description: 'Serve HTTPS.',
  properties: {
    cert_file: { type: 'string', description: 'Certificate chain, PEM.' },
    key_file: { type: 'string', description: 'Private key, PEM.' },
    ca_file: { type: 'string', description: 'Authorities that client certificates are checked against, PEM.' },
    require_client_cert: { type: 'boolean', default: false, description: 'Refuse clients without a certificate.' },
  },
} as const;

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
    unix_socket: { type: 'string', description: 'Path of a unix socket to listen on as well.' },
    tokens: {
      type: 'array',
      items: token,
      description:
        'Who may do what. As soon as there is one token, every request except the page and the health checks needs one.',
    },
    allow: {
      type: 'array',
      items: { type: 'string' },
      description: `${ALLOW_MEANING} With \`tokens\` they need one all the same.`,
    },
    allowed_hosts: {
      type: 'array',
      items: { type: 'string' },
      description:
        'Further host names under which a server without tokens may be reached; others are refused because a foreign web page could use them (DNS rebinding).',
    },
    trust_proxy: {
      type: 'array',
      items: { type: 'string' },
      description: 'Addresses or networks of proxies whose `X-Forwarded-For` is believed.',
    },
    tls,
    max_connections: { type: 'integer', minimum: 1, default: 1000, description: 'Connections at the same time.' },
    max_connections_per_address: {
      type: 'integer',
      minimum: 1,
      default: 500,
      description: 'The same for one remote address (a proxy is one). Unix sockets are not counted.',
    },
    request_timeout_ms: {
      type: 'integer',
      minimum: 1000,
      default: 60_000,
      description: 'Time that a client may take to send a request.',
    },
    max_searches: {
      type: 'integer',
      minimum: 1,
      default: 16,
      description: 'Searches and histograms at the same time; more are answered with 503.',
    },
    search_timeout_ms: {
      type: 'integer',
      minimum: 100,
      default: 30_000,
      description: 'Time after which a search is answered with 504.',
    },
    max_tail_clients: { type: 'integer', minimum: 0, default: 20, description: 'Live tails at the same time.' },
    max_tail_buffer_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 1000,
      default: 1_000_000,
      description:
        'What may wait for a slow live tail. Events beyond that are dropped for it, and it is told how many.',
    },
    tail_heartbeat_ms: {
      type: 'integer',
      minimum: 100,
      default: 15_000,
      description: 'Interval of the comments that keep a silent live tail open.',
    },
    max_tail_ms_per_second: {
      type: 'integer',
      minimum: 1,
      default: 100,
      description:
        'Milliseconds that the query of one live tail may take of each second, where events are accepted. A tail that needs more is ended, and told why.',
    },
    tag: {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      default: 'http',
      description: 'Tag of events posted to /api/logs without `tag`.',
    },
    max_body_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 1000,
      default: 32_000_000,
      description: 'Largest request body, as sent and again after decompression. Above it: 413.',
    },
    max_events_per_request: {
      type: 'integer',
      minimum: 1,
      default: 100_000,
      description: 'Most events in one request. Above it: 413.',
    },
    max_nesting_depth: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      default: 64,
      description:
        'Deepest nesting of objects and arrays in an event. What is nested deeper is kept as text in `message`.',
    },
    max_unacked_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 1000,
      default: 64_000_000,
      description: 'Bodies of all requests together that are being read or not yet durable. Above it: 503.',
    },
    retry_after_seconds: {
      type: 'integer',
      minimum: 1,
      default: 1,
      description: 'What `Retry-After` says in an answer 503.',
    },
  },
} as const;
