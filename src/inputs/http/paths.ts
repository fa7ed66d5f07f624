/*
 * Which paths of a POST are tags. Fluentd's `POST /<tag>` takes any path: a slash in it is a dot in the tag. A sender that
 * speaks another protocol must not hear that its events were taken, so these are no tags:
 *
 *     /api/..., /healthz, /readyz, /metrics, /-/..., /ui/...     the server's own
 *     a part that begins with `_`                                Elasticsearch: routes of its own take some of them
 *     the paths of PROTOCOLS                                     Loki, Splunk, OpenTelemetry, ...
 *     a last part that ends like a file of a web site            /favicon.ico, /index.php, ...
 */

/** Why events cannot be posted there, as a sentence; `own`: the server has routes below it, and its own answer. */
export type PathRefusal = { readonly own: true } | { readonly own: false; readonly what: string };

/** First parts of paths that belong to the server and are no tags. */
export const RESERVED_PATHS: ReadonlySet<string> = new Set(['api', 'healthz', 'readyz', 'metrics', '-', 'ui']);

/** What to do instead. */
export const WHERE_TO_POST =
  'Post JSON, or one JSON object a line, to /api/logs?tag=<tag> or to /<tag>; Fluent Bit and Fluentd can also use their forward output.';

interface Protocol {
  readonly name: string;
  /** The paths of it that are answered here. */
  readonly spoken?: string;
  /** Instead of "which is not spoken here". */
  readonly but?: string;
  readonly is: (path: string) => boolean;
}

const below =
  (...prefixes: string[]) =>
  (path: string): boolean =>
    prefixes.some(prefix => path === prefix || path.startsWith(`${prefix}/`));

/** Paths are without the first and the last slash. */
const PROTOCOLS: readonly Protocol[] = [
  { name: 'the API of Loki', is: below('loki', 'api/prom'), spoken: '/loki/api/v1/push' },
  {
    name: "Splunk's HTTP Event Collector",
    is: below('services/collector', 'services/receivers'),
    spoken: '/services/collector, /services/collector/event and /services/collector/raw',
  },
  {
    name: 'OpenTelemetry (OTLP)',
    but: 'of which logs are taken, at POST /v1/logs; traces, metrics and profiles are not (OTEL_TRACES_EXPORTER=none, OTEL_METRICS_EXPORTER=none)',
    is: path =>
      /(?:^|\/)v1(?:development)?\/(?:logs|traces|metrics|profiles)$/.test(path) || /^opentelemetry\./.test(path),
  },
  { name: 'the API of Datadog', is: below('api/v2/logs', 'api/v1/input', 'v1/input') },
  { name: 'the API of New Relic', is: below('log/v1') },
  { name: 'the API of VictoriaLogs', is: below('insert') },
  { name: 'the API of InfluxDB', is: below('write', 'api/v2/write') },
  { name: "Elastic's APM", is: below('intake/v2', 'intake/v3') },
  { name: 'remote write of Prometheus', is: below('api/v1/write') },
  { name: 'the API of Seq', is: below('api/events/raw', 'ingest/clef') },
  { name: 'the API of Alertmanager', is: below('api/v1/alerts', 'api/v2/alerts') },
  { name: 'the API of Sentry', is: path => /^api\/[^/]+\/(?:envelope|store)$/.test(path) },
  { name: 'the API of Zipkin', is: below('api/v1/spans', 'api/v2/spans') },
];

const WEB_FILE = /\.(?:ico|html?|php\d?|aspx?|jspx?|cgi|css|png|gif|jpe?g|svg|webp|woff2?|webmanifest)$/i;

/** Why the path of a POST (decoded, without query) is no tag; undefined: it is one. */
export function refusedPath(path: string, speaksElasticsearch: boolean): PathRefusal | undefined {
  const parts = path.split('/').filter(part => part !== '');
  const clean = parts.join('/');
  if (parts.some(part => part.startsWith('_'))) {
    const what = speaksElasticsearch
      ? "is a part of Elasticsearch's API that is not spoken here: events are taken by /_bulk, /<index>/_bulk and /<index>/_doc"
      : 'is the API of Elasticsearch, which is switched off (http.elasticsearch: false)';
    return { own: false, what };
  }
  const protocol = PROTOCOLS.find(({ is }) => is(clean));
  if (protocol !== undefined) return { own: false, what: whatOf(protocol) };
  if (parts.length === 0 || RESERVED_PATHS.has(parts[0]!)) return { own: true };
  if (WEB_FILE.test(clean)) return { own: false, what: 'is a file of a web site, and no tag' };
  return undefined;
}

function whatOf({ name, spoken, but }: Protocol): string {
  if (but !== undefined) return `is ${name}, ${but}`;
  return spoken === undefined
    ? `is ${name}, which is not spoken here`
    : `is ${name}, of which only ${spoken} can be posted to`;
}
