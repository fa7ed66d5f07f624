import type { DeclaredField } from './fields.ts';

/**
 * The names under which senders and published pipelines know the declared fields. One row: the first of `from` that holds
 * a usable value becomes `to`, unless `to` is there already. A path finds nested objects (`{log: {level}}`) and literal
 * dotted keys (`"log.level"`) alike.
 *
 * - The source goes away when its value moved or says the same as `to`; with `keep` it stays (another unit, or a name
 *   that means more than this).
 * - A source that differs from what `to` already holds stays where it is.
 * - `as` tells how a value is read: durations by their unit (`named`: only where the value names it), levels by the scale of
 *   their numbers.
 */
export interface Mapping {
  readonly to: DeclaredField | 'image';
  readonly from: readonly string[];
  readonly as?: 'ns' | 'us' | 'ms' | 's' | 'named' | LevelScale;
  readonly keep?: boolean;
  /** The value is a template, whose holes the event's fields fill. */
  readonly isTemplate?: boolean;
  /** Only when one of these fields is there, too: the name alone says too little. */
  readonly beside?: readonly string[];
}

/** Whose numbers a level is written in. `http`: a status that is an error; `words`: none. `auto`: syslog 0-7, pino and bunyan 10-60, Monolog 100-600, java.util.logging 700-1000, logback 5000-50000. */
export type LevelScale = 'auto' | 'syslog' | 'python' | 'otel' | 'http' | 'words';

const OPEN_TELEMETRY = [
  'severityText',
  'severityNumber',
  'severity_text',
  'severity_number',
  'SeverityText',
  'SeverityNumber',
  'timeUnixNano',
  'observedTimeUnixNano',
];

export const MAPPING: readonly Mapping[] = [
  // Before the levels, which take its witnesses away.
  { to: 'message', from: ['body', 'body.stringValue', 'body.string_value', 'Body'], beside: OPEN_TELEMETRY },
  // As `normalize_for_stream` writes it.
  { to: 'message', from: ['body.text'], keep: true, beside: ['resource'] },
  { to: 'service', from: ['resource.attributes.service.name'], keep: true },
  // Short names, of zap for developers and others.
  { to: 'level', from: ['L'], as: 'words', keep: true, beside: ['M'] },
  { to: 'level', from: ['l'], as: 'words', keep: true, beside: ['m'] },
  { to: 'message', from: ['M'], beside: ['L'] },
  { to: 'message', from: ['m'], beside: ['l'] },

  // ECS and what logging libraries call it; the last ones only where the value is a level, for the names are common.
  { to: 'level', from: ['log.level', 'severity_text', 'severityText', 'SeverityText', 'levelname', 'level_name'] },
  { to: 'level', from: ['levelName', 'loglevel', 'log_level', 'logLevel', 'LogLevel', 'lvl', 'Level', 'LEVEL', '@l'] },
  { to: 'level', from: ['severity', 'Severity', 'severity.name', 'severity.text', 'log.level.name', 'level_value'] },
  // PostgreSQL's and MySQL's logs in JSON.
  { to: 'level', from: ['error_severity'] },
  { to: 'level', from: ['label'], as: 'words', keep: true, beside: ['err_code', 'err_symbol'] },
  { to: 'level', from: ['levelno'], as: 'python' },
  { to: 'level', from: ['severity_number', 'severityNumber', 'SeverityNumber'], as: 'otel' },
  {
    to: 'level',
    from: [
      ...['log.syslog.severity.name', 'log.syslog.severity.code', 'PRIORITY', 'syslog_severity_code'],
      ...['syslog.severity', 'syslog.severity_code', 'syslog.severity.code', 'syslog.severity.name'],
    ],
    as: 'syslog',
    keep: true,
  },
  { to: 'level', from: ['syslog_severity', 'priority', 's'], as: 'words', keep: true },
  // Loguru's own JSON. Datadog calls the level a status.
  { to: 'level', from: ['record.level.name'], as: 'words', keep: true, beside: ['text'] },
  { to: 'level', from: ['status'], as: 'words', keep: true },
  // Access logs in JSON: nginx, Envoy, Traefik, morgan.
  { to: 'level', from: ['http.response.status_code', 'http.status_code', 'DownstreamStatus'], as: 'http', keep: true },
  {
    to: 'level',
    from: ['status', 'status_code', 'statusCode', 'response_code', 'response_status', 'responseStatus'],
    as: 'http',
    keep: true,
    beside: ['request', 'method', 'verb', 'request_method', 'requestMethod', 'request_uri', 'http_method', 'uri'],
  },

  {
    to: 'service',
    from: ['service.name', 'service_name', 'serviceName', 'SERVICE_NAME', 'OTEL_SERVICE_NAME', 'resource.service.name'],
  },

  { to: 'message', from: ['msg', 'log', 'MESSAGE', 'short_message', '@m', 'Message'] },
  // Serilog: the text as it is shown, else its template. Rust's tracing. Google's log entries.
  { to: 'message', from: ['RenderedMessage'] },
  { to: 'message', from: ['@mt', 'MessageTemplate'], isTemplate: true, keep: true },
  { to: 'message', from: ['fields.message', 'textPayload', 'jsonPayload.message'] },
  { to: 'message', from: ['record.message'], keep: true, beside: ['text'] },
  { to: 'message', from: ['@message', 'logMessage', 'log_message', 'rendered_message', 'formatted_message'] },
  { to: 'message', from: ['event'], keep: true },
  // Azure's resource logs.
  { to: 'message', from: ['properties.message'], beside: ['resourceId', 'operationName'] },

  { to: 'container_id', from: ['container.id', 'docker.container_id', 'CONTAINER_ID_FULL'] },
  { to: 'container_name', from: ['container.name', 'CONTAINER_NAME'] },
  { to: 'image', from: ['container.image.name', 'image_name', 'container_image', 'IMAGE_NAME'] },
  // Fluent Bit's, Filebeat's and Vector's Kubernetes objects stay whole.
  { to: 'container_id', from: ['kubernetes.docker_id'], keep: true },
  { to: 'container_name', from: ['kubernetes.container_name', 'kubernetes.container.name'], keep: true },
  { to: 'image', from: ['kubernetes.container_image'], keep: true },
  { to: 'hostname', from: ['kubernetes.host', 'kubernetes.node.name', 'kubernetes.pod_node_name'], keep: true },

  { to: 'user_id', from: ['user.id', 'userId', 'userID', 'userid', 'UserId', 'enduser.id'] },
  {
    to: 'ip_address',
    from: [
      'client.ip',
      'source.ip',
      'clientIp',
      'client_ip',
      'clientip',
      'remote_ip',
      'remoteAddress',
      'remote_addr',
      'remoteAddr',
      'RemoteAddr',
      'remoteIp',
    ],
    keep: true,
  },
  {
    to: 'trace_id',
    from: [
      'trace.id',
      'traceId',
      'traceID',
      'TraceId',
      'TraceID',
      'traceid',
      'trace.trace_id',
      'otelTraceID',
      'dd.trace_id',
    ],
  },
  { to: 'hostname', from: ['host.name', 'host.hostname', 'host', '_HOSTNAME', 'node_name'] },

  { to: 'response_time', from: ['event.duration'], as: 'ns' },
  {
    to: 'response_time',
    from: [
      'response_time_ms',
      'responseTime',
      'responseTimeMs',
      'duration_ms',
      'durationMs',
      'elapsed_ms',
      'latency_ms',
    ],
    as: 'ms',
  },
  { to: 'response_time', from: ['request_time', 'response_time_s', 'duration_s'], as: 's', keep: true },
  { to: 'response_time', from: ['response_time_us', 'duration_us'], as: 'us', keep: true },
  // Numbers of these may be anything.
  {
    to: 'response_time',
    from: ['duration', 'latency', 'elapsed', 'took', 'request_duration'],
    as: 'named',
    keep: true,
  },
];

/** Labels that name the service, in order: in `labels`, in `kubernetes.labels` or beside the other fields. */
export const SERVICE_LABELS = [
  'com.docker.compose.service',
  'com.docker.swarm.service.name',
  'app.kubernetes.io/name',
  'k8s-app',
] as const;

/**
 * Names of our own that records may not bring: `_id`, `_index` and `seq` stand beside an event, the others are refused by
 * Elasticsearch at the top of a document. They are kept with `_` behind. A pipeline cannot choose `_id` either: it is
 * what makes an event that is sent twice one event.
 */
export const RESERVED_NAMES = [
  '_id',
  '_index',
  'seq',
  'schema_errors',
  'fields_overflow',
  'event_time_original',
  '_source',
  '_type',
  '_routing',
  '_field_names',
  '_ignored',
  '_seq_no',
  '_primary_term',
  '_version',
  '_tier',
  '_nested_path',
  '_doc_count',
  '_ignored_source',
  '_data_stream_timestamp',
  '_tsid',
  '_size',
] as const;
