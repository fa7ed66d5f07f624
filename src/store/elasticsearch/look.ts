import { LongshoreError } from '../../core/errors.ts';
import { createElastic } from './client.ts';
import type { ElasticsearchStoreSettings } from './options.ts';
import { knownFault, probe } from './prepare.ts';
import type { ProductName } from './product.ts';

/** What one of `store.nodes` is. */
export interface NodeFound {
  /** Without user and password. */
  readonly node: string;
  /** Undefined when there is an error. */
  readonly product?: ProductName | undefined;
  /** Undefined when it does not tell, or there is an error. */
  readonly version?: string | undefined;
  /** Why it cannot be used (yet). */
  readonly error?: LongshoreError | undefined;
  /** Sentences for a human. */
  readonly warnings: readonly string[];
}

/** A look at each node, for `check`. Changes nothing there. Throws LS_STORE_CA_FILE. */
export function lookAtNodes(options: ElasticsearchStoreSettings, timeoutMs: number): Promise<NodeFound[]> {
  return Promise.all(options.nodes.map(node => lookAt(node, options, timeoutMs)));
}

async function lookAt(node: string, options: ElasticsearchStoreSettings, timeoutMs: number): Promise<NodeFound> {
  const name = withoutPassword(node);
  const elastic = createElastic({ ...options, nodes: [node] });
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const info = await probe(elastic, signal, timeoutMs);
    const fault = knownFault(info);
    const warnings = fault === undefined ? [] : [fault];
    const health = await elastic.request({ method: 'GET', path: '/_cluster/health', timeoutMs, signal });
    const { status } = (health.body ?? {}) as { status?: unknown };
    if (status === 'red') warnings.push('its cluster is red: some indices take and show nothing');
    return { node: name, ...info, warnings };
  } catch (error) {
    if (!(error instanceof LongshoreError)) throw error;
    if (error.code !== 'LS_STORE_ABORTED') return { node: name, error, warnings: [] };
    const late = 'Elasticsearch did not answer in time.';
    return {
      node: name,
      error: new LongshoreError('LS_STORE_ELASTICSEARCH_TIMEOUT', late, { retryable: true }),
      warnings: [],
    };
  } finally {
    await elastic.close();
  }
}

function withoutPassword(node: string): string {
  const url = URL.parse(node);
  return url === null ? node : `${url.protocol}//${url.host}`;
}
