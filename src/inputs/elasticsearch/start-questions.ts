import { errorAnswer } from './answers.ts';

/*
 * What senders ask before they send, and after. Nothing of it is kept: there are no templates, policies and indices here, so
 * what asks whether one exists hears that it does not, and what makes one hears that it is done.
 *
 *     GET  /_license, /_xpack                             a basic license, no lifecycle management
 *     GET  /_cluster/health, /_nodes/http, /_cat/...      one node, green; nothing to list
 *     GET  /_index_template/x, /_ilm/policy/x, ...        404          PUT, POST, DELETE   { acknowledged: true }
 *     POST /_refresh, /index/_refresh, .../_flush         done         PUT /index          made
 */

/** Where senders may ask. */
export interface Question {
  readonly method: string;
  /** Decoded, without the first slash and the query. */
  readonly path: string;
  /** Its `Host` header. */
  readonly host: string | undefined;
  /** `format=json`, or an `Accept` that wants it. */
  readonly wantsJson: boolean;
}

export interface Answer {
  readonly status: number;
  /** A text is text/plain. */
  readonly body: object | string;
}

const DEFINITIONS =
  /^_(?:index_template|template|component_template|ilm\/policy|plugins\/_ism\/policies|data_stream|alias|slm\/policy|transform)\/[^/]+$/;
const LISTS = /^_(?:cat(?:\/.*)?|index_template|template|component_template|ilm\/policy|data_stream|alias(?:es)?)$/;
const DONE = /^(?:[^_/][^/]*\/)?_(?:refresh|flush(?:\/synced)?|forcemerge)$/;
const MADE = { acknowledged: true };

/** Undefined: nobody asks that of Longshore. */
export function answerQuestion({ method, path, host, wantsJson }: Question): Answer | undefined {
  const isReading = method === 'GET' || method === 'HEAD';
  if (DEFINITIONS.test(path)) {
    if (!isReading) return ok(MADE);
    return { status: 404, body: errorAnswer(404, 'resource_not_found_exception', `${path.slice(0, 200)} is not here`) };
  }
  if (DONE.test(path)) return ok({ _shards: { total: 1, successful: 1, failed: 0 } });
  if (path === '_aliases' && !isReading) return ok(MADE);
  if (!isReading) return undefined;
  if (LISTS.test(path)) return ok(path.startsWith('_cat') ? (wantsJson ? [] : '') : {});
  const fixed = READ.get(path) ?? (/^_nodes(?:\/|$)/.test(path) ? nodesAt(host) : undefined);
  return fixed && ok(fixed);
}

/** The answer to `PUT /<index>`. */
export const madeIndex = (index: string): Answer => ok({ acknowledged: true, shards_acknowledged: true, index });

/** Keys of a body that makes an index. Anything else is a document that lost its way. */
export const INDEX_KEYS: ReadonlySet<string> = new Set(['settings', 'mappings', 'aliases', 'lifecycle']);

const ok = (body: object | string): Answer => ({ status: 200, body });

const CLUSTER = 'longshore';
const LICENSE = {
  status: 'active',
  uid: '00000000-0000-4000-8000-000000000000',
  type: 'basic',
  mode: 'basic',
  issue_date: '2026-01-01T00:00:00.000Z',
  issue_date_in_millis: 1767225600000,
  issued_to: CLUSTER,
  issuer: CLUSTER,
  start_date_in_millis: -1,
};
const OFF = { available: false, enabled: false };

const READ: ReadonlyMap<string, object> = new Map(
  Object.entries<object>({
    _license: { license: LICENSE },
    '_xpack/license': { license: LICENSE },
    _xpack: {
      license: { uid: LICENSE.uid, type: 'basic', mode: 'basic', status: 'active' },
      features: { ilm: OFF, monitoring: OFF, security: OFF, watcher: OFF, ml: OFF },
    },
    '_cluster/health': {
      ...{ cluster_name: CLUSTER, status: 'green', timed_out: false, number_of_nodes: 1, number_of_data_nodes: 1 },
      ...{ active_primary_shards: 0, active_shards: 0, relocating_shards: 0, initializing_shards: 0 },
      ...{
        unassigned_shards: 0,
        delayed_unassigned_shards: 0,
        number_of_pending_tasks: 0,
        number_of_in_flight_fetch: 0,
      },
      ...{ task_max_waiting_in_queue_millis: 0, active_shards_percent_as_number: 100 },
    },
  }),
);

/** The one node is where the client found it: those that look for others find none. */
function nodesAt(host: string | undefined): object {
  const isAddress = host !== undefined && /^[\w.:[\]-]{1,255}$/.test(host);
  const node = { name: CLUSTER, roles: ['ingest'], version: VERSION, http: { publish_address: host } };
  return {
    _nodes: { total: 1, successful: 1, failed: 0 },
    cluster_name: CLUSTER,
    nodes: isAddress ? { longshore: node } : {},
  };
}

/** What is said to those who ask nothing newer. */
const VERSION = '8.19.0';

/**
 * The answer to `GET /`. Beats do not send to what is older than they are; others need files of their own for each version.
 * So the version is a common one, and that of a newer Beat for that Beat.
 */
export function greeting(userAgent: string | undefined): object {
  return {
    name: CLUSTER,
    cluster_name: CLUSTER,
    cluster_uuid: 'bG9uZ3Nob3JlLWxvbmdzaA',
    version: {
      number: versionFor(userAgent),
      build_flavor: 'default',
      build_type: 'docker',
      build_hash: 'unknown',
      build_date: '2026-01-01T00:00:00.000Z',
      build_snapshot: false,
      lucene_version: '9.12.0',
      minimum_wire_compatibility_version: '7.17.0',
      minimum_index_compatibility_version: '7.0.0',
    },
    tagline: 'You Know, for Search',
  };
}

function versionFor(userAgent = ''): string {
  const beat = /^elastic[- ]\w{1,30}\/(\d{1,3}\.\d{1,3})\.\d{1,3}/i.exec(userAgent)?.[1];
  if (beat === undefined) return VERSION;
  const [major = 0, minor = 0] = beat.split('.').map(Number);
  const [ourMajor = 0, ourMinor = 0] = VERSION.split('.').map(Number);
  return major > ourMajor || (major === ourMajor && minor > ourMinor) ? `${major}.${minor}.0` : VERSION;
}

/** Clients of Elasticsearch by their names, where they do not ask for JSON. */
const CLIENTS =
  /elastic|logstash|beats?\/|fluent|vector\/|opensearch|graylog|apm-server|telegraf|jaeger|rsyslog|nxlog|serilog|nlog/i;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const acceptOf = (headers: Headers): string => String(headers['accept'] ?? '');

/** Whether who asks wants a page. */
export const isBrowser = (headers: Headers): boolean => acceptOf(headers).includes('text/html');

/** Whether who asks for `/` wants Elasticsearch, and not the page. */
export function isClient(headers: Headers): boolean {
  if (isBrowser(headers)) return false;
  if (/[/+]json/.test(acceptOf(headers))) return true;
  if (headers['x-elastic-client-meta'] !== undefined || headers['x-elastic-product-origin'] !== undefined) return true;
  return CLIENTS.test(String(headers['user-agent'] ?? ''));
}
