/** Settings of the Elasticsearch store (`store: { type: elasticsearch, ... }`), after validation. */
export interface ElasticsearchStoreOptions {
  /** `http://host:9200` or `https://...`; a request goes to one of them, and to another when that one does not answer. */
  nodes: string[];
  api_key?: string | undefined;
  username?: string | undefined;
  password?: string | undefined;
  ca_file?: string | undefined;
  ca_fingerprint?: string | undefined;
  tls_verify: boolean;
  index: IndexOptions;
  search_indices: string[];
  retention: ElasticsearchRetentionOptions;
  ilm_policy?: string | undefined;
  number_of_shards: number;
  /** Undefined: `auto_expand_replicas` decides. */
  number_of_replicas?: number | undefined;
  auto_expand_replicas: string;
  refresh_interval_ms: number;
  field_budget: number;
  max_in_flight: number;
  max_bulk_bytes: number;
  compression: 'gzip' | 'none';
  request_timeout_ms: number;
  total_budget_ms: number;
  max_retry_interval_ms: number;
}

export interface IndexOptions {
  prefix: string;
  date_format: string;
}

export interface ElasticsearchRetentionOptions {
  max_age_days: number;
  /** Nothing is deleted for its size when undefined. */
  max_bytes?: number | undefined;
  age_drop_interval_ms: number;
  check_interval_ms: number;
}

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
    age_drop_interval_ms: count(
      0,
      86_400_000,
      3_600_000,
      'At most one index is deleted for its age in this time, so that a clock that jumped does not empty the store at once.',
    ),
    check_interval_ms: count(100, 86_400_000, 300_000, 'Time between two looks at the indices.'),
  },
} as const;

export const elasticsearchStoreSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['nodes'],
  description: 'Daily indices in Elasticsearch 8.11 or newer, or 9.',
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
      description: 'Name of an ILM policy for new indices. Then retention is left to it.',
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
    max_bulk_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 10_000,
      maximum: 90 * MB,
      default: 8 * MB,
      description: 'Longer chunks are sent in several bulk requests.',
    },
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
    total_budget_ms: count(
      0,
      600_000,
      1_000,
      'Time that counting all matches may take; after it the total is a lower bound.',
    ),
    max_retry_interval_ms: count(10, 600_000, 10_000, 'Longest pause between two attempts; the first is 100 ms.'),
  },
} as const;

/** Settings with the defaults of the schema for whatever is not given. */
export function elasticsearchStoreOptions(
  given: Partial<Omit<ElasticsearchStoreOptions, 'retention' | 'index'>> & {
    nodes: string[];
    retention?: Partial<ElasticsearchRetentionOptions>;
    index?: Partial<IndexOptions>;
  },
): ElasticsearchStoreOptions {
  const { retention, index, ...rest } = given;
  return {
    ...defaultsOf(elasticsearchStoreSchema.properties),
    ...rest,
    retention: { ...defaultsOf(elasticsearchRetentionSchema.properties), ...retention },
    index: { ...defaultsOf(indexSchema.properties), ...index },
  } as ElasticsearchStoreOptions;
}

function defaultsOf(properties: object): object {
  const defaults: { [name: string]: unknown } = {};
  for (const [name, property] of Object.entries(properties)) {
    if (name !== 'retention' && name !== 'index' && 'default' in property) defaults[name] = property.default;
  }
  return defaults;
}

function count<D extends number>(minimum: number, maximum: number, fallback: D, description: string) {
  return { type: 'integer', minimum, maximum, default: fallback, description } as const;
}

function secret(description: string) {
  return { type: 'string', minLength: 1, description: `${description} Take it from \${ENV} or \${file:...}.` } as const;
}
