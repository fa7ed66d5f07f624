import { allowOption, serverTlsSchema } from '../../base/net/options.ts';
import { ANY, bytes, count, type OptionsOf, text } from '../../base/options.ts';
import { MAX_CONNECTIONS_PER_ADDRESS, maxUnackedBytes } from '../stream/options.ts';

export const otlpInputSchema = {
  type: 'object',
  additionalProperties: false,
  description:
    "OpenTelemetry's logs (OTLP) at the ports that SDKs and Collectors expect. Off until it is written; `POST /v1/logs` at `http.address` takes them always.",
  properties: {
    address: {
      type: 'string',
      default: '127.0.0.1:4317',
      description:
        '`host:port` for gRPC; `:4317` means all interfaces, which needs `tokens`, `allow` or `tls.require_client_cert`.',
    },
    http_address: {
      type: 'string',
      default: '127.0.0.1:4318',
      description: '`host:port` for HTTP (`POST /v1/logs`, Protobuf and JSON); the same holds for it.',
    },
    protocols: {
      type: 'array',
      items: { enum: ['grpc', 'http'] },
      default: ['grpc', 'http'],
      description: 'What is listened for: gRPC on `address`, HTTP on `http_address`.',
    },
    tls: serverTlsSchema('Certificate of both addresses, which then speak nothing but TLS.'),
    tokens: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'token'],
        properties: {
          name: { ...text('Who uses it; part of the sender of events that come with it.'), maxLength: 100 },
          token: { type: 'string', minLength: 8, description: 'The secret, best as `${file:...}` or `${ENV}`.' },
        },
      },
      description:
        'Who may send: `Authorization: Bearer <token>`, as header or as metadata of gRPC. As soon as there is one, every request needs one.',
    },
    allow: allowOption('With `tokens` they need one all the same.'),
    tag: { type: 'string', minLength: 1, maxLength: 255, default: 'otlp', description: 'Tag of the events.' },
    max_body_bytes: bytes(
      1000,
      ANY,
      32_000_000,
      'Largest request, as sent and again after decompression. Above it: 413, RESOURCE_EXHAUSTED.',
    ),
    max_events_per_request: count(1, ANY, 100_000, 'Most log records in one request. Above it: 413, INVALID_ARGUMENT.'),
    max_unacked_bytes: maxUnackedBytes('requests', 'Above it: 503 with Retry-After, UNAVAILABLE with RetryInfo.'),
    max_connections: count(
      1,
      ANY,
      512,
      'Connections at the same time. Above it the one that has waited longest for a request is closed.',
    ),
    max_connections_per_address: MAX_CONNECTIONS_PER_ADDRESS,
    request_timeout_ms: count(1000, ANY, 60_000, 'Time that a client may take to send a request.'),
  },
} as const;

/** Settings of the OTLP input (`inputs.otlp`). */
export type OtlpInputOptions = OptionsOf<typeof otlpInputSchema>;
