import { ANY, bytes, count, type OptionsOf } from '../base/options.ts';

export const eventSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    timezone: {
      type: 'string',
      default: 'UTC',
      description: 'Zone of dates that name none, as an IANA name (`Asia/Seoul`).',
    },
    keep_colors: {
      type: 'boolean',
      default: false,
      description:
        'Whether messages keep the colours and other escape codes of terminals. Levels are recognised either way; pipelines see what is kept.',
    },
    tag_field: {
      type: 'string',
      pattern: '^[@A-Za-z][\\w@-]{0,63}$',
      description:
        "A further field that has the event's tag, beside `tag`: Fluentd's `tag_key`, such as `@log_name`. Searches and rules that were written for it go on. A declared field (`level`, `service`, ...) cannot be it.",
    },
    hide_secrets: {
      type: 'boolean',
      default: true,
      description:
        'Whether secrets become `***` before anything is stored or told: passwords, tokens and keys behind their names, authorization headers, private keys, passwords in URLs, and numbers of cards. See the page of masks.',
    },
    clamp_past_days: {
      type: 'number',
      minimum: 0,
      default: 13,
      description:
        'An event time further in the past than this is replaced by the time of arrival; keep it below the days of retention. The original stays in `event_time_original`.',
    },
    clamp_future_minutes: {
      type: 'number',
      minimum: 0,
      default: 10,
      description:
        'An event time further in the future than this is replaced by the time of arrival. Clocks of machines are rarely minutes apart; times of another zone, written without it, are off by half an hour or more.',
    },
    max_fields: count(
      32,
      ANY,
      512,
      'Values in one event, nested ones counted. What is beyond goes as JSON text into `fields_overflow`.',
    ),
    max_depth: count(1, 50, 16, 'Levels of nested objects and arrays. What is deeper becomes JSON text.'),
    max_name_bytes: bytes(64, 8192, 256, 'Length of a field name; longer names are cut off.'),
    max_keyword_bytes: bytes(
      64,
      32_000,
      1024,
      'Length of the declared keyword fields (service, container_id, user_id, ...); longer ones are cut off.',
    ),
    max_string_bytes: bytes(
      1024,
      ANY,
      1_048_576,
      'Length of any other text, the message too; longer ones are cut off.',
    ),
    max_event_bytes: bytes(
      4096,
      ANY,
      2_097_152,
      'Size of all names and values of an event; the values that go beyond are cut off.',
    ),
  },
} as const;

/** How records become events: the section `event` of the configuration. */
export type EventOptions = OptionsOf<typeof eventSchema>;
