import type { Counted, InputStatus, StatusAnswer } from '../core/api/status.ts';
import type { MetricValues } from '../core/metrics.ts';

/** What metrics do not tell. */
export type StatusFacts = Pick<
  StatusAnswer,
  'at' | 'started_at' | 'version' | 'ready' | 'reasons' | 'canary' | 'ledger' | 'incomplete' | 'processes'
> & {
  /** Names of the inputs that are on. */
  readonly inputs: readonly string[];
  /** Undefined: this process has none. */
  readonly spoolMaxBytes: number | undefined;
  readonly redisMaxBytes: number | undefined;
  readonly store: 'embedded' | 'elasticsearch' | 'forward' | undefined;
};

/** The gauges of an input, by the names of `inputs`. */
const GAUGES: Readonly<
  Record<string, Partial<Record<'connections' | 'unacked_bytes' | 'lag_bytes' | 'errors', string>>>
> = {
  forward: socket('forward', 'connections_open'),
  tcp_json: socket('tcp_json'),
  syslog: socket('syslog'),
  gelf: socket('gelf'),
  otlp: socket('otlp'),
  beats: socket('beats'),
  http: { unacked_bytes: 'longshore_http_input_unacked_bytes', errors: 'longshore_http_input_errors_total' },
  files: { lag_bytes: 'longshore_files_lag_bytes', errors: 'longshore_files_errors_total' },
  docker: { errors: 'longshore_docker_errors_total' },
  journald: { errors: 'longshore_journald_errors_total' },
};

function socket(name: string, connections = 'connections'): (typeof GAUGES)[string] {
  const prefix = `longshore_${name}`;
  return {
    connections: `${prefix}_${connections}`,
    unacked_bytes: `${prefix}_unacked_bytes`,
    errors: `${prefix}_errors_total`,
  };
}

/** Counters that say that something went wrong or met a limit. */
const TROUBLE =
  /_(?:errors?|refused|rejected|lost|dropped|damaged|limited|limit|evicted|missed|gaps|failures|failed|stalled|quarantined|abandoned|restarts|set_aside|unreadable|rescued|unmatched|retries|resent|torn|broken|forgotten|late)_|_(?:limit|regexp_limit)_total$/;
/** What pipelines, retention and people do on purpose, and what is told elsewhere. */
const MEANT =
  /^longshore_(?:intake_dropped|pipeline_|store_dropped|elasticsearch_dropped|dead_letters_|http_requests|alert_notifications)/;
const MAX_COUNTED = 50;

/** What the page shows of metrics; pure. */
export function statusOf(metrics: readonly MetricValues[], facts: StatusFacts): StatusAnswer {
  const byName = new Map(metrics.map(metric => [metric.name, metric]));
  const valuesOf = (name: string | undefined): MetricValues['values'] =>
    name === undefined ? [] : (byName.get(name)?.values ?? []);
  const sum = (name: string | undefined, wanted: Readonly<Record<string, string>> = {}): number =>
    valuesOf(name)
      .filter(({ labels }) => Object.entries(wanted).every(([key, value]) => labels[key] === value))
      .reduce((all, { value }) => all + value, 0);
  const ofHistogram = (name: string, part: 'sum' | 'count'): number =>
    valuesOf(name)
      .filter(({ metricName }) => metricName === `${name}_${part}`)
      .reduce((all, { value }) => all + value, 0);
  const { inputs, spoolMaxBytes, redisMaxBytes, store, ...told } = facts;
  const seen = valuesOf('longshore_intake_frames_total').map(({ labels }) => String(labels['input']));
  const input = (name: string): InputStatus => {
    const gauges = GAUGES[name] ?? {};
    const of = { input: name };
    const optional = (metric: string | undefined): number | undefined =>
      metric === undefined ? undefined : sum(metric);
    return {
      name,
      frames: sum('longshore_intake_frames_total', of),
      records: sum('longshore_intake_records_total', of),
      bytes: sum('longshore_intake_received_bytes_total', of),
      connections: optional(gauges.connections),
      unacked_bytes: optional(gauges.unacked_bytes),
      lag_bytes: optional(gauges.lag_bytes),
      errors: sum(gauges.errors),
    };
  };
  const jobs = Object.fromEntries(
    valuesOf('longshore_redis_jobs').map(({ labels, value }) => [String(labels['state']), value]),
  );
  const spool = (state: string): number => sum('longshore_spool_bytes', { state });
  return {
    ...told,
    inputs: [...new Set([...inputs, ...seen])].filter(name => name !== 'canary').map(input),
    intake: {
      events: sum('longshore_intake_events_total'),
      bytes: sum('longshore_intake_received_bytes_total'),
      dropped: sum('longshore_intake_dropped_total'),
      duplicate_frames: sum('longshore_intake_duplicate_frames_total'),
      failures: valuesOf('longshore_pipeline_failures_total')
        .map(({ labels, value }) => ({
          pipeline: String(labels['pipeline']),
          processor: String(labels['processor']),
          count: value,
        }))
        .sort((a, b) => b.count - a.count),
    },
    spool:
      spoolMaxBytes === undefined
        ? undefined
        : {
            log_bytes: spool('log'),
            waiting_bytes: spool('pending') + spool('unaccepted'),
            max_bytes: spoolMaxBytes,
            written_bytes: sum('longshore_spool_written_bytes_total'),
            commits: ofHistogram('longshore_spool_commit_duration_seconds', 'count'),
            commit_seconds: ofHistogram('longshore_spool_commit_duration_seconds', 'sum'),
          },
    redis:
      redisMaxBytes === undefined
        ? undefined
        : {
            connected: valuesOf('longshore_redis_connected').every(({ value }) => value === 1),
            bytes: sum('longshore_redis_bytes'),
            max_bytes: redisMaxBytes,
            jobs,
            written_events: sum('longshore_redis_written_events_total'),
          },
    store: store === undefined ? undefined : storeStatus(store, sum),
    dead_letters: {
      open: sum('longshore_dead_letters_open'),
      by_type: Object.fromEntries(
        valuesOf('longshore_dead_letters_open')
          .filter(({ value }) => value > 0)
          .map(({ labels, value }) => [String(labels['type']), value]),
      ),
    },
    counted: metrics
      .flatMap(countedOf)
      .sort((a, b) => b.count - a.count)
      .slice(0, MAX_COUNTED),
    memory_bytes: sum('longshore_process_resident_memory_bytes') + sum('longshore_store_process_resident_memory_bytes'),
  };
}

function storeStatus(
  type: 'embedded' | 'elasticsearch' | 'forward',
  sum: (name: string, wanted?: Readonly<Record<string, string>>) => number,
): NonNullable<StatusAnswer['store']> {
  if (type === 'forward')
    return {
      type,
      stored: sum('longshore_forward_out_events_total'),
      alarm: sum('longshore_forward_out_alarm') > 0,
    };
  if (type === 'elasticsearch')
    return {
      type,
      stored: sum('longshore_elasticsearch_events_total', { verdict: 'stored' }),
      bulk_in_flight: sum('longshore_elasticsearch_bulk_in_flight'),
      alarm: sum('longshore_elasticsearch_alarm') > 0,
    };
  return {
    type,
    stored: sum('longshore_store_sealed_events_total') + sum('longshore_store_unsealed_events'),
    events: sum('longshore_store_events'),
    disk_bytes: sum('longshore_store_disk_bytes'),
    unsealed_events: sum('longshore_store_unsealed_events'),
    searches_running: sum('longshore_store_queries_running'),
    searches_waiting: sum('longshore_store_queries_waiting'),
    alarm: false,
  };
}

function countedOf({ name, help, type, values }: MetricValues): Counted[] {
  if (type !== 'counter' || !name.startsWith('longshore_') || !TROUBLE.test(name) || MEANT.test(name)) return [];
  return values
    .filter(({ value }) => value > 0)
    .map(({ labels, value }) => ({
      metric: name,
      labels: Object.fromEntries(Object.entries(labels).map(([key, one]) => [key, String(one)])),
      count: value,
      what: help,
    }));
}
