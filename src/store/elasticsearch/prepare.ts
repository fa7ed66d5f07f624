import { LongshoreError } from '../../core/errors.ts';
import type { Elastic, ElasticAnswer } from './client.ts';
import type { ElasticsearchStoreSettings } from './options.ts';
import { templates } from './template.ts';
import { errorOfBody } from './verdict.ts';

const MIN_VERSION = [8, 11] as const;
const MAX_MAJOR = 9;
const FIRST_TIMEOUT_MS = 10_000;

/** What the cluster says it is. */
export interface ClusterInfo {
  /** Undefined when it does not tell (a proxy, or missing privileges). */
  version: string | undefined;
}

/**
 * Asks what the server is. Throws a permanent LS_STORE_ELASTICSEARCH_VERSION or _PRODUCT for what is not supported, and
 * retryable errors when it does not answer or does not let us in.
 */
export async function probe(
  elastic: Elastic,
  signal?: AbortSignal,
  timeoutMs = FIRST_TIMEOUT_MS,
): Promise<ClusterInfo> {
  const root = await elastic.request({ method: 'GET', path: '/', timeoutMs, signal });
  refuseStranger(root);
  let version = (root.body as { version?: { number?: unknown } } | null)?.version?.number;
  if (version === undefined) {
    const path = '/_nodes/_local?filter_path=nodes.*.version';
    const { status, body } = await elastic.request({ method: 'GET', path, timeoutMs, signal });
    const nodes =
      status === 200 ? Object.values((body as { nodes?: { [id: string]: { version?: unknown } } }).nodes ?? {}) : [];
    version = nodes[0]?.version;
  }
  if (typeof version !== 'string') return { version: undefined };
  const [major, minor] = version.split('.').map(Number) as [number, number];
  const tooOld = major < MIN_VERSION[0] || (major === MIN_VERSION[0] && minor < MIN_VERSION[1]);
  if (tooOld || major > MAX_MAJOR) {
    throw new LongshoreError('LS_STORE_ELASTICSEARCH_VERSION', `Elasticsearch ${version} is not supported.`, {
      where: 'store.nodes',
      fix: `Use ${MIN_VERSION.join('.')} or newer, up to ${MAX_MAJOR}.`,
    });
  }
  return { version };
}

/**
 * A fault of the server that its operator should know of. Some versions store `"` and `\\` in the second form of a text (here
 * `f.folded`) with a backslash before them, so that searches for such text miss it (elasticsearch pull requests 135070, 135622).
 */
export function knownFault(version: string): string | undefined {
  const [major, minor, patch] = version.split('.').map(part => Number.parseInt(part, 10)) as [number, number, number];
  const faulty = ((major === 8 && minor === 19) || (major === 9 && minor === 1)) && patch < 5;
  return faulty
    ? 'this version indexes quotes and backslashes of keywords wrongly: update to 8.19.5, 9.1.5 or newer'
    : undefined;
}

/** Throws what `probe` throws, and LS_STORE_TEMPLATE (retryable) when a template is refused. */
export async function prepare(
  elastic: Elastic,
  options: ElasticsearchStoreSettings,
  signal: AbortSignal,
): Promise<ClusterInfo> {
  const info = await probe(elastic, signal);
  for (const { path, body } of templates(options)) {
    const answer = await elastic.request({ method: 'PUT', path, body, timeoutMs: FIRST_TIMEOUT_MS * 3, signal });
    refuseStranger(answer);
    if (answer.status === 200) continue;
    throw new LongshoreError(
      'LS_STORE_TEMPLATE',
      `Elasticsearch refused ${path} with status ${answer.status}: ${errorOfBody(answer.body)?.reason ?? 'no reason given'}.`,
      { where: 'store', fix: fixOf(answer), retryable: true },
    );
  }
  return info;
}

function fixOf({ status }: ElasticAnswer): string {
  return status === 400
    ? 'Remove what contradicts it (another template of the same pattern, an unknown setting).'
    : 'It is tried again.';
}

function refuseStranger({ status, body }: ElasticAnswer): void {
  if (status !== 401 && status !== 403) return;
  throw new LongshoreError(
    'LS_STORE_ELASTICSEARCH_AUTH',
    `Elasticsearch does not let us in (status ${status}): ${errorOfBody(body)?.reason ?? 'no reason given'}.`,
    {
      where: 'store',
      fix: 'Correct api_key or username and password; the privileges needed are monitor and manage_index_templates on the cluster, and all on our indices.',
      retryable: true,
    },
  );
}
