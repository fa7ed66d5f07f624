import { LongshoreError } from '../../core/errors.ts';
import { isFields } from '../../core/event.ts';
import type { ElasticAnswer } from './client.ts';

/** Relatives that serve the same API, each with versions and a form of templates of its own. */
export type ProductName = 'Elasticsearch' | 'OpenSearch';

/** What the cluster says it is. */
export interface ClusterInfo {
  readonly product: ProductName;
  /** Undefined when it does not tell (a proxy, or missing privileges). */
  readonly version: string | undefined;
}

/**
 * What a server knows beside the API that all share.
 *
 * `current`: Elasticsearch 8.11 and newer. `old`: Elasticsearch 7.17 and OpenSearch, whose mappings make objects of dots in
 * names, whose index templates must not name a component that is not there, and which have no `flattened` or one of another
 * name and other limits.
 */
export type Dialect = 'current' | 'old';

export const dialectOf = ({ product, version }: ClusterInfo): Dialect =>
  product === 'OpenSearch' || version?.startsWith('7.') === true ? 'old' : 'current';

const FIX = 'Use Elasticsearch 7.17, 8.11 or newer, or 9; or OpenSearch 2 or 3.';

/**
 * Of the answer to `GET /`; the version is undefined when it does not tell, or tells that of another product so that old
 * clients speak to it. Throws a permanent LS_STORE_ELASTICSEARCH_PRODUCT when it answers as something else.
 */
export function productOf({ status, body, product }: ElasticAnswer): ClusterInfo {
  const { version, tagline } = (isFields(body) ? body : {}) as { version?: unknown; tagline?: unknown };
  const { number, distribution } = (isFields(version) ? version : {}) as { number?: unknown; distribution?: unknown };
  const told = typeof number === 'string' ? number : undefined;
  if (distribution === 'opensearch') {
    return { product: 'OpenSearch', version: told?.startsWith('7.') === true ? undefined : told };
  }
  // Before 7.14 it did not say so in a header.
  const isElasticsearch = product === 'Elasticsearch' || tagline === 'You Know, for Search';
  // Whoever must not ask this is answered by something before the cluster.
  if (isElasticsearch || status < 200 || status >= 300) return { product: 'Elasticsearch', version: told };
  throw new LongshoreError(
    'LS_STORE_ELASTICSEARCH_PRODUCT',
    'the server does not say that it is Elasticsearch or OpenSearch.',
    { where: 'store.nodes', fix: FIX },
  );
}

/** The same with the version that a node tells. Elasticsearch's numbers went from 2 to 5 before there was OpenSearch. */
export function withNodeVersion({ product }: ClusterInfo, version: string | undefined): ClusterInfo {
  const isOpenSearch = version !== undefined && Number.parseInt(version, 10) <= 3;
  return { product: isOpenSearch ? 'OpenSearch' : product, version };
}

/** Throws a permanent LS_STORE_ELASTICSEARCH_VERSION for what is too old, or newer than we know. */
export function refuseVersion({ product, version }: ClusterInfo): void {
  if (version === undefined) return;
  const [major, minor] = version.split('.').map(part => Number.parseInt(part, 10)) as [number, number];
  const served =
    product === 'OpenSearch'
      ? major === 2 || major === 3
      : (major === 7 && minor >= 17) || (major === 8 && minor >= 11) || major === 9;
  if (served) return;
  throw new LongshoreError('LS_STORE_ELASTICSEARCH_VERSION', `${product} ${version} is not supported.`, {
    where: 'store.nodes',
    fix: FIX,
  });
}
