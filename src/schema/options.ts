/** How records become events: the section `event` of the configuration, validated. */
export interface EventOptions {
  /** IANA name, for dates that carry no zone. */
  readonly timezone: string;
  readonly keep_colors: boolean;
  readonly clamp_past_days: number;
  readonly clamp_future_minutes: number;
  readonly max_fields: number;
  readonly max_depth: number;
  readonly max_name_bytes: number;
  readonly max_keyword_bytes: number;
  readonly max_string_bytes: number;
  readonly max_event_bytes: number;
}

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
    max_fields: {
      type: 'integer',
      minimum: 32,
      default: 512,
      description: 'Values in one event, nested ones counted. What is beyond goes as JSON text into `fields_overflow`.',
    },
    max_depth: {
      type: 'integer',
      minimum: 1,
      maximum: 50,
      default: 16,
      description: 'Levels of nested objects and arrays. What is deeper becomes JSON text.',
    },
    max_name_bytes: {
      type: 'integer',
      minimum: 64,
      maximum: 8192,
      default: 256,
      format: 'bytes',
      description: 'Length of a field name; longer names are cut off.',
    },
    max_keyword_bytes: {
      type: 'integer',
      minimum: 64,
      maximum: 32_000,
      default: 1024,
      format: 'bytes',
      description:
        'Length of the declared keyword fields (service, container_id, user_id, ...); longer ones are cut off.',
    },
    max_string_bytes: {
      type: 'integer',
      minimum: 1024,
      default: 1_048_576,
      format: 'bytes',
      description: 'Length of any other text, the message too; longer ones are cut off.',
    },
    max_event_bytes: {
      type: 'integer',
      minimum: 4096,
      default: 2_097_152,
      format: 'bytes',
      description: 'Size of all names and values of an event; the values that go beyond are cut off.',
    },
  },
} as const;

/** The options that the schema's defaults make. */
export const defaultEventOptions: EventOptions = {
  timezone: eventSchema.properties.timezone.default,
  keep_colors: eventSchema.properties.keep_colors.default,
  clamp_past_days: eventSchema.properties.clamp_past_days.default,
  clamp_future_minutes: eventSchema.properties.clamp_future_minutes.default,
  max_fields: eventSchema.properties.max_fields.default,
  max_depth: eventSchema.properties.max_depth.default,
  max_name_bytes: eventSchema.properties.max_name_bytes.default,
  max_keyword_bytes: eventSchema.properties.max_keyword_bytes.default,
  max_string_bytes: eventSchema.properties.max_string_bytes.default,
  max_event_bytes: eventSchema.properties.max_event_bytes.default,
};
