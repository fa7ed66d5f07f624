import { LongshoreError } from '../../core/errors.ts';
import type { Elastic, ElasticAnswer } from './client.ts';
import type { ElasticsearchStoreSettings } from './options.ts';
import { type ClusterInfo, dialectOf, productOf, refuseVersion, withNodeVersion } from './product.ts';
import { templates } from './template.ts';
import { errorOfBody } from './verdict.ts';

const FIRST_TIMEOUT_MS = 10_000;

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
  let info = productOf(root);
  if (info.version === undefined) {
    const path = '/_nodes/_local?filter_path=nodes.*.version';
    const { status, body } = await elastic.request({ method: 'GET', path, timeoutMs, signal });
    const nodes =
      status === 200 ? Object.values((body as { nodes?: { [id: string]: { version?: unknown } } }).nodes ?? {}) : [];
    const told = nodes[0]?.version;
    info = withNodeVersion(info, typeof told === 'string' ? told : undefined);
  }
  refuseVersion(info);
  return info;
}

/**
 * A fault of the server that its operator should know of. Some versions store `"` and `\\` in the second form of a text (here
 * `f.folded`) with a backslash before them, so that searches for such text miss it (elasticsearch pull requests 135070, 135622).
 */
export function knownFault({ product, version = '' }: ClusterInfo): string | undefined {
  if (product !== 'Elasticsearch') return undefined;
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
  refuseForeignLifecycle(options, info);
  for (const { path, body, unless } of templates(options, dialectOf(info))) {
    if (unless !== undefined) {
      const found = await elastic.request({ method: 'HEAD', path: unless, timeoutMs: FIRST_TIMEOUT_MS, signal });
      if (found.status === 200) continue;
    }
    const answer = await elastic.request({ method: 'PUT', path, body, timeoutMs: FIRST_TIMEOUT_MS * 3, signal });
    refuseStranger(answer);
    if (answer.status === 200) continue;
    throw new LongshoreError(
      'LS_STORE_TEMPLATE',
      `${info.product} refused ${path} with status ${answer.status}: ${errorOfBody(answer.body)?.reason ?? 'no reason given'}.`,
      { where: 'store', fix: fixOf(answer), retryable: true },
    );
  }
  return info;
}

/** OpenSearch has policies of its own that name the indices they are for. */
function refuseForeignLifecycle({ ilm_policy, index }: ElasticsearchStoreSettings, { product }: ClusterInfo): void {
  if (ilm_policy === undefined || product !== 'OpenSearch') return;
  throw new LongshoreError('LS_STORE_ILM', 'OpenSearch has no ILM policies.', {
    where: 'store.ilm_policy',
    fix: `Remove it: an ISM policy with an ism_template for ${index.prefix}* takes its place, or retention.`,
  });
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
