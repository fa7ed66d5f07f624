import { ANY, bytes, count, type OptionsOf, text } from '../../base/options.ts';
import { GITHUB_EVENTS } from '../webhooks/github.ts';

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
    webhooks: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'Hooks that tell of deployments: `POST /webhooks/github` and `/webhooks/gitlab`.',
      properties: {
        github_secret: text(
          'The secret of the webhook in GitHub, best as `${file:...}` or `${ENV}`. Then requests have to be signed with it, and need no token.',
        ),
        github_events: {
          type: 'array',
          uniqueItems: true,
          default: ['deployment_status', 'release'],
          items: { enum: GITHUB_EVENTS },
          description:
            'Events of GitHub that count as deployments: a `deployment_status` that ends one, a `release` that is published, a `workflow_run` that came through on the default branch, a `push` to it.',
        },
        gitlab_token: text(
          'The secret token of the webhook in GitLab, best as `${file:...}` or `${ENV}`. Then requests have to bring it, and need no other.',
        ),
      },
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
