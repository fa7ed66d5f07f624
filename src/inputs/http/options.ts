import { ANY, bytes, count, type OptionsOf } from '../../base/options.ts';

export const httpInputSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'Events over HTTP: POST /api/logs?tag=... and POST /<tag> as Fluentd has it.',
  properties: {
    tag: {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      default: 'http',
      description: 'Tag of events posted to /api/logs without `tag`.',
    },
    elasticsearch: {
      type: 'boolean',
      default: true,
      description:
        "Elasticsearch's API for writing at the same address, for Filebeat, Logstash, Fluent Bit's `es` and others: `POST /_bulk`, `POST /<index>/_doc`, and what they ask at their start.",
    },
    max_body_bytes: bytes(
      1000,
      ANY,
      32_000_000,
      'Largest request body, as sent and again after decompression. Above it: 413.',
    ),
    max_events_per_request: count(1, ANY, 100_000, 'Most events in one request. Above it: 413.'),
    max_unacked_bytes: bytes(
      1000,
      ANY,
      64_000_000,
      'Bodies of all requests together that are being read or not yet durable. Above it: 503.',
    ),
  },
} as const;

/** Settings of the HTTP input; they stand in the `http` section beside those of the server. */
export type HttpInputOptions = OptionsOf<typeof httpInputSchema>;
