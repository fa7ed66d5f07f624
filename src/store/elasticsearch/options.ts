import { bytes, count, type Given, type OptionsOf, text, withDefaults } from '../../base/options.ts';

const MB = 1_000_000;

const indexSchema = {
  type: 'object',
  additionalProperties: false,
  default: {},
  description: 'Names of the daily indices.',
  properties: {
    prefix: {
      type: 'string',
      default: 'docker-logs-',
      // What Elasticsearch takes as the beginning of the name of an index, and what a pattern can hold.
      pattern: '^[a-z0-9][a-z0-9._-]{0,199}$',
      description: 'Beginning of the name: lower case letters, digits, `.`, `_`, `-`.',
    },
    date_format: {
      type: 'string',
      default: 'YYYY.MM.DD',
      pattern: '^(?=.*(YYYY|yyyy))(?=.*MM)(?=.*(DD|dd))[yYMDd._-]{8,16}$',
      description: 'The day behind the prefix: YYYY, MM and DD in any order, with `.`, `-` or `_` between them.',
    },
  },
} as const;

const elasticsearchRetentionSchema = {
  type: 'object',
  additionalProperties: false,
  default: {},
  description:
    'How long events are kept. Whole daily indices go, the oldest first, and only those that longshore made. Not used when ilm_policy is set.',
  properties: {
    max_age_days: count(
      1,
      36_500,
      14,
      'Indices of days older than this are deleted. Age is counted from the smaller of the clock and the newest day stored.',
    ),
    max_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 1,
      description:
        'Delete the oldest indices while all take more than this on disk, replicas included. The newest stays.',
    },
  },
} as const;

export const elasticsearchStoreSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['nodes'],
  description: 'Daily indices in Elasticsearch 7.17, 8.11 or newer, or 9, or in OpenSearch 2 or 3.',
  properties: {
    nodes: {
      type: 'array',
      minItems: 1,
      items: { type: 'string', pattern: '^https?://', description: 'A URL such as https://elasticsearch:9200.' },
      description: 'URLs of one or more nodes of the cluster, such as https://elasticsearch:9200.',
    },
    api_key: secret('API key, in the encoded form that Elasticsearch gives (base64 of id:key).'),
    username: { type: 'string', description: 'User for basic authentication.' },
    password: secret('Password for basic authentication.'),
    aws: {
      type: 'object',
      additionalProperties: false,
      required: ['region'],
      description:
        "Requests are signed (SigV4) for Amazon's OpenSearch Service. Keys come from here, the profile, `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or the profile `default`; roles of machines are not asked for.",
      properties: {
        region: text('Of the domain, such as eu-west-1.'),
        access_key: text('Id of the access key.'),
        secret_key: secret('The secret access key.'),
        profile: text('A section of `~/.aws/credentials`.'),
      },
    },
    ca_file: {
      type: 'string',
      description: 'PEM file with the certificate authority that signed the certificates of the nodes.',
    },
    ca_fingerprint: {
      type: 'string',
      pattern: '^[0-9A-Fa-f:]+$',
      description: 'SHA-256 fingerprint of that authority, as Elasticsearch prints it at its first start.',
    },
    tls_verify: { type: 'boolean', default: true, description: 'Whether the certificates of the nodes are verified.' },
    index: indexSchema,
    search_indices: {
      type: 'array',
      default: [],
      items: { type: 'string', pattern: '^[^\\s,"\\\\/?|<>]+$' },
      description:
        'More indices, aliases or patterns to search beside our own, so that older logs stay visible. Never written to, never deleted.',
    },
    retention: elasticsearchRetentionSchema,
    ilm_policy: {
      type: 'string',
      minLength: 1,
      description: 'Name of an ILM policy of Elasticsearch for new indices. Then retention is left to it.',
    },
    number_of_shards: count(1, 1024, 1, 'Primary shards of a new index.'),
    number_of_replicas: {
      type: 'integer',
      minimum: 0,
      maximum: 100,
      description: 'Replicas of a new index. Default: as auto_expand_replicas says.',
    },
    auto_expand_replicas: {
      type: 'string',
      default: '0-1',
      pattern: '^([0-9]+-([0-9]+|all)|false)$',
      description: 'Replicas by the number of nodes: 0-1 is one as soon as there is a second node.',
    },
    refresh_interval_ms: count(
      100,
      600_000,
      5_000,
      'Elasticsearch makes new events searchable after this time. Searches of this process see what it has stored at once.',
    ),
    field_budget: count(
      10,
      20_000,
      1_000,
      'Undeclared fields that an index maps. What comes beyond goes to the field `fields_unmapped`, and is still found.',
    ),
    max_in_flight: count(1, 64, 8, 'Bulk requests at the same time at most. Fewer when Elasticsearch is busy.'),
    max_bulk_bytes: bytes(10_000, 90 * MB, 5 * MB, 'Longer chunks are sent in several bulk requests.'),
    compression: {
      enum: ['gzip', 'none'],
      default: 'gzip',
      description: 'Compression of bulk requests on the wire; saves nine tenths of it and costs some CPU.',
    },
    request_timeout_ms: count(
      100,
      3_600_000,
      60_000,
      'A request that is not answered in this time is given up and sent again.',
    ),
    max_retry_interval_ms: count(10, 600_000, 10_000, 'Longest pause between two attempts; the first is 100 ms.'),
  },
} as const;

/** Settings of the Elasticsearch store (`store: { type: elasticsearch, ... }`), after validation. */
export type ElasticsearchStoreSettings = OptionsOf<typeof elasticsearchStoreSchema>;

export type IndexOptions = ElasticsearchStoreSettings['index'];

const RETENTION_TIMES = {
  /** At most one index is deleted for its age in this time, so that a clock that jumped does not empty the store at once. */
  age_drop_interval_ms: 3_600_000,
  /** Time between two looks at the indices. */
  check_interval_ms: 300_000,
};

export type ElasticsearchRetentionOptions = ElasticsearchStoreSettings['retention'] & typeof RETENTION_TIMES;

/** What the store works with: its settings, and what nobody has to set. */
export type ElasticsearchStoreOptions = Omit<ElasticsearchStoreSettings, 'retention'> & {
  readonly retention: ElasticsearchRetentionOptions;
};

/** The defaults for whatever is not given. */
export function elasticsearchStoreOptions(
  given: Given<typeof elasticsearchStoreSchema> & { readonly retention?: Partial<typeof RETENTION_TIMES> | undefined },
): ElasticsearchStoreOptions {
  const settings = withDefaults(elasticsearchStoreSchema, given);
  return { ...settings, retention: { ...RETENTION_TIMES, ...settings.retention } };
}

function secret(description: string) {
  return text(`${description} Take it from \${ENV} or \${file:...}.`);
}
