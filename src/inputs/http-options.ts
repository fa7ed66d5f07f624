/** Settings of the HTTP input; they stand in the `http` section beside those of the server. */
export interface HttpInputOptions {
  tag: string;
  max_body_bytes: number;
  max_events_per_request: number;
  max_nesting_depth: number;
  max_unacked_bytes: number;
  retry_after_seconds: number;
}

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
