import { readFileSync } from 'node:fs';
import { alertsSchema } from '../alerts/settings.ts';
import type { OptionsOf } from '../base/options.ts';
import type { LineBudgetLimits } from '../base/regexp/line-budgets.ts';
import { decodeText, NotText } from '../base/text/decode.ts';
import { type RedisBufferOptions, redisBufferSchema } from '../buffer/redis/options.ts';
import { type SpoolOptions, spoolSchema } from '../buffer/spool/options.ts';
import { type CanaryOptions, canarySchema } from '../canary/options.ts';
import { type Loaded, loadConfig } from '../config/load.ts';
import type { SettingsSchema } from '../config/read-settings.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { type DeadLettersOptions, deadLettersSchema } from '../dead-letters/options.ts';
import { geoipSchema } from '../definitions/geo-databases.ts';
import { type DoraOptions, doraSchema } from '../dora/options.ts';
import { type LogMetricsOptions, logMetricsSchema } from '../ingest/log-metrics/options.ts';
import { beatsInputSchema } from '../inputs/beats/options.ts';
import { type DockerInputOptions, dockerInputSchema } from '../inputs/docker/options.ts';
import { type FilesInputOptions, filesInputSchema } from '../inputs/files/options.ts';
import { forwardInputSchema } from '../inputs/forward/options.ts';
import { gelfInputSchema } from '../inputs/gelf/options.ts';
import { type HttpInputOptions, httpInputSchema } from '../inputs/http/options.ts';
import type { SocketInputOptions } from '../inputs/inputs.ts';
import { type JournaldInputOptions, journaldInputSchema } from '../inputs/journald/options.ts';
import { type KubernetesOptions, kubernetesSchema } from '../inputs/kubernetes/options.ts';
import { otlpInputSchema } from '../inputs/otlp/options.ts';
import { syslogInputSchema } from '../inputs/syslog/options.ts';
import { tcpJsonInputSchema } from '../inputs/tcp-json/options.ts';
import { expressionsSchema } from '../parse/expression-options.ts';
import type { JoinLimits } from '../parse/join/joiner.ts';
import { joinSchema } from '../parse/join/options.ts';
import { type EventOptions, eventSchema } from '../schema/options.ts';
import { type CopyOptions, copiesSchema } from '../senders/copies.ts';
import { type ForwardOutOptions, forwardStoreSchema } from '../senders/forward/options.ts';
import { type ElasticsearchStoreSettings, elasticsearchStoreSchema } from '../store/elasticsearch/options.ts';
import { type EmbeddedStoreSettings, embeddedStoreSchema } from '../store/embedded/options.ts';
import { type SearchOptions, searchSchema } from '../store/search.ts';
import { type WebOptions, webSchema } from '../web/options.ts';

/** The whole configuration, validated and with defaults. `false` switches an input off. */
export interface Settings {
  data_dir: string;
  timezone: string;
  log_level: string;
  stop_deadline_ms: number;
  workers: number;
  inputs: SocketInputOptions & {
    readonly files: readonly FilesInputOptions[];
    readonly docker: DockerInputOptions | false;
    readonly kubernetes: KubernetesOptions | false;
    readonly journald: JournaldInputOptions | false;
  };
  http: WebOptions & HttpInputOptions;
  buffer: (SpoolOptions & { type: 'spool' }) | (RedisBufferOptions & { type: 'redis'; spool: SpoolOptions });
  store:
    | (EmbeddedStoreSettings & { type: 'embedded' })
    | (ElasticsearchStoreSettings & { type: 'elasticsearch' })
    | (ForwardOutOptions & { type: 'forward' });
  copies: readonly CopyOptions[];
  dead_letters: DeadLettersOptions;
  canary: CanaryOptions | false;
  search: SearchOptions;
  event: Omit<EventOptions, 'timezone'>;
  join: JoinLimits;
  geoip: OptionsOf<typeof geoipSchema>;
  expressions: LineBudgetLimits;
  log_metrics: LogMetricsOptions;
  dora: DoraOptions;
  alerts: OptionsOf<typeof alertsSchema>;
  pipelines: string | string[];
  rules: string | string[];
  rule_defaults: Record<string, unknown>;
  alerters: Record<string, Record<string, unknown>>;
  alertmanager?: string | undefined;
}

const patterns = { type: ['string', 'array'], items: { type: 'string' } } as const;

// The zone is a setting of the whole: `timezone`.
const { timezone: _zone, ...eventProperties } = eventSchema.properties;
const clampPastDays = {
  ...eventProperties.clamp_past_days,
  description: `${eventProperties.clamp_past_days.description} When it is not written, at least a day less than \`store.retention.max_age_days\`.`,
};

const embeddedSchema = {
  ...embeddedStoreSchema,
  properties: {
    type: {
      const: 'embedded',
      default: 'embedded',
      description: 'The kind of store: DuckDB and Parquet files, in a process of its own.',
    },
    ...embeddedStoreSchema.properties,
  },
};

const elasticsearchSchema = {
  ...elasticsearchStoreSchema,
  properties: {
    type: { const: 'elasticsearch', description: 'The kind of store: daily indices in Elasticsearch.' },
    ...elasticsearchStoreSchema.properties,
  },
};

const forwardSchema = {
  ...forwardStoreSchema,
  properties: {
    type: {
      const: 'forward',
      description: 'The kind of store: none; another longshore, or Fluentd, takes the events.',
    },
    ...forwardStoreSchema.properties,
  },
};

const spoolBufferSchema = {
  ...spoolSchema,
  properties: {
    type: { const: 'spool', default: 'spool', description: 'The kind of buffer: files on the local disk.' },
    ...spoolSchema.properties,
  },
};

// Whatever buffer there is, the acknowledgement hangs on the local spool.
const redisSchema = {
  ...redisBufferSchema,
  properties: {
    ...redisBufferSchema.properties,
    spool: { ...spoolSchema, default: {}, description: 'The spool before Redis.' },
  },
};

/** Every component brings its own part; the reference page is rendered from this. */
export const settingsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    data_dir: {
      type: 'string',
      minLength: 1,
      default: './data',
      description: 'Folder of the spool, the chunks, the store and the state of alerts.',
    },
    timezone: { type: 'string', default: 'UTC', description: 'IANA zone of dates that name none.' },
    log_level: {
      enum: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      default: 'info',
      description: "How much of longshore's own log is written, as JSON lines on standard error.",
    },
    stop_deadline_ms: {
      type: 'integer',
      minimum: 100,
      default: 10_000,
      description:
        'Longest wait, in milliseconds, for the drain after SIGTERM. What has not moved on by then stays in the spool.',
    },
    workers: {
      type: 'integer',
      minimum: 1,
      maximum: 64,
      default: 1,
      description:
        'Processes that share the sockets of the forward and TCP inputs, for more than one core. With 1 everything but the store is one process.',
    },
    inputs: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'Where logs come in, beside HTTP. `false` switches an input off.',
      properties: {
        forward: optional(forwardInputSchema),
        tcp_json: optional(tcpJsonInputSchema),
        syslog: unlessWritten(syslogInputSchema),
        gelf: unlessWritten(gelfInputSchema),
        otlp: unlessWritten(otlpInputSchema),
        beats: unlessWritten(beatsInputSchema),
        files: filesInputSchema,
        docker: unlessWritten(dockerInputSchema),
        kubernetes: unlessWritten(kubernetesSchema),
        journald: unlessWritten(journaldInputSchema),
      },
    },
    http: { ...webSchema, properties: { ...webSchema.properties, ...httpInputSchema.properties }, default: {} },
    buffer: {
      description: 'What holds events until the store has them.',
      default_variant: 'spool',
      variants: { spool: spoolBufferSchema, redis: redisSchema },
    },
    store: {
      description: 'Where events are kept and searched.',
      default_variant: 'embedded',
      variants: { embedded: embeddedSchema, elasticsearch: elasticsearchSchema, forward: forwardSchema },
    },
    copies: copiesSchema,
    dead_letters: {
      ...deadLettersSchema,
      default: {},
      description: 'What is kept of events that the store will never take; `longshore dlq` shows and replays them.',
    },
    canary: optional(canarySchema),
    search: {
      ...searchSchema,
      default: {},
      description: 'Limits of searches, from the page, the API and the command line.',
    },
    join: {
      ...joinSchema,
      default: {},
      description: "Limits of joining Docker's pieces of long lines and the lines of stack traces.",
    },
    expressions: {
      ...expressionsSchema,
      default: {},
      description: 'What regular expressions of pipelines may cost, so that no line holds up the others.',
    },
    geoip: {
      ...geoipSchema,
      default: {},
      description: 'Where addresses are: databases for the processors `geoip` and `ip_location`.',
    },
    event: {
      ...eventSchema,
      properties: { ...eventProperties, clamp_past_days: clampPastDays },
      default: {},
      description: 'How records become events: limits of times, names and values.',
    },
    log_metrics: {
      ...logMetricsSchema,
      default: {},
      description: 'Metrics that are made of events, for Prometheus at `/metrics`.',
    },
    dora: {
      ...doraSchema,
      default: {},
      description:
        'Deployments and incidents, for the four keys of DORA: `longshore dora`, `GET /api/dora`, `/metrics`.',
    },
    pipelines: {
      ...patterns,
      default: 'pipelines/*.yaml',
      description: 'Files of pipelines: a glob or a list of globs, relative to the working folder.',
    },
    rules: {
      ...patterns,
      default: 'config/rules/*.yaml',
      description: 'Files of alert rules: a glob or a list of globs.',
    },
    rule_defaults: {
      type: 'object',
      default: {},
      additionalProperties: {},
      description:
        "Options of alert rules that do not have them themselves, as ElastAlert's `config.yaml` gives them: `realert: { minutes: 10 }`.",
    },
    alerts: { ...alertsSchema, default: {}, description: 'Limits and times of the alert engine.' },
    alertmanager: {
      type: 'string',
      minLength: 1,
      description:
        "File with routes, inhibition, time intervals and receivers: an `alertmanager.yml` as it is. Without it, alerts that come over Alertmanager's API are listed and logged, and nobody is told.",
    },
    alerters: {
      type: 'object',
      default: {},
      additionalProperties: { type: 'object' },
      description:
        "Defaults of alerter options for all rules, by alerter: `slack: { slack_webhook_url: '${SLACK_WEBHOOK_URL}' }`.",
    },
  },
} as const;

export const DEFAULT_CONFIG_FILE = 'config/longshore.yaml';

export interface SettingsRequest {
  config?: string | undefined;
  set?: readonly string[] | undefined;
  env: NodeJS.ProcessEnv;
}

export type LoadedSettings = Loaded<Settings> & { file: string | undefined };

/** Reads the configuration file (the default one may be missing) and the `--set`s. Throws an AggregateError of LongshoreErrors. */
export function loadSettings(request: SettingsRequest): LoadedSettings {
  const file = request.config ?? DEFAULT_CONFIG_FILE;
  const text = readConfig(file, request.config !== undefined);
  const loaded = loadConfig<Settings>({
    file: text === undefined ? undefined : file,
    text: text ?? '',
    sets: request.set ?? [],
    env: request.env,
    schema: settingsSchema,
    derive: deriveDefaults,
  });
  return { ...loaded, file: text === undefined ? undefined : file };
}

/**
 * Event times are clamped to what retention keeps, also when only the retention was written. Times of syslog without a zone
 * are of the one zone.
 */
function deriveDefaults(settings: Settings, isWritten: (path: string) => boolean): void {
  const { syslog, tcp_json } = settings.inputs;
  if (syslog !== false) settings.inputs.syslog = { ...syslog, timezone: syslog.timezone ?? settings.timezone };
  if (tcp_json !== false) settings.inputs.tcp_json = { ...tcp_json, timezone: tcp_json.timezone ?? settings.timezone };
  if (isWritten('event.clamp_past_days') || settings.store.type === 'forward') return;
  const inside = Math.max(1, settings.store.retention.max_age_days - 1);
  settings.event = { ...settings.event, clamp_past_days: Math.min(settings.event.clamp_past_days, inside) };
}

function readConfig(file: string, isRequired: boolean): string | undefined {
  try {
    return decodeText(readFileSync(file));
  } catch (cause) {
    if (cause instanceof NotText)
      throw new LongshoreError('LS_CONFIG_FILE', `the configuration file ${file} cannot be read: ${cause.message}.`, {
        fix: cause.fix,
        cause,
      });
    if (!isRequired && (cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new LongshoreError('LS_CONFIG_FILE', `the configuration file ${file} cannot be read: ${messageOf(cause)}.`, {
      fix: isRequired ? 'Correct the path given with --config.' : 'Make it readable for this user.',
      cause,
    });
  }
}

/** An input that `false` in the file switches off; absent means its defaults. */
function optional<T extends SettingsSchema>(schema: T) {
  return { ...schema, may_be_false: true, default: {} } as const;
}

/** An input that is off unless the file has its section. */
function unlessWritten<T extends SettingsSchema>(schema: T) {
  return { ...schema, may_be_false: true, default: false } as const;
}
