import { credentialsOf } from '../../base/aws/credentials.ts';
import { type AwsCredentials, signedHeaders } from '../../base/aws/sigv4.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import type { ElasticsearchStoreSettings } from './options.ts';

/** Signs requests for Amazon's OpenSearch Service; the headers that do it. `body`: as it goes over the wire. */
export type Sign = (method: string, path: string, body: Buffer | string) => Promise<Record<string, string>>;

/** Credentials of a file can change while we run. */
const FRESH_MS = 60_000;

/** Undefined where nothing is to be signed. Throws LS_STORE_AWS for settings that cannot be. */
export function signerOf({ aws, nodes, api_key, username }: ElasticsearchStoreSettings): Sign | undefined {
  if (aws === undefined) return undefined;
  const refuse = (what: string, fix: string) => new LongshoreError('LS_STORE_AWS', what, { where: 'store.aws', fix });
  if (api_key !== undefined || username !== undefined)
    throw refuse('requests have one proof of who asks.', 'Remove api_key and username, or aws.');
  const [node, another] = nodes;
  if (node === undefined || another !== undefined)
    throw refuse('a signature is for one address.', "Name the domain's endpoint alone in store.nodes.");
  const { region, access_key: accessKey, secret_key: secretKey, profile } = aws;
  let known: { readonly at: number; readonly credentials: AwsCredentials } | undefined;
  return async (method, path, body) => {
    if (known === undefined || performance.now() - known.at > FRESH_MS) {
      known = { at: performance.now(), credentials: await found({ accessKey, secretKey, profile }) };
    }
    const request = { method, url: new URL(path, node), headers: {}, body };
    return signedHeaders(request, known.credentials, { region, service: 'es', now: Date.now() });
  };
}

async function found(source: Parameters<typeof credentialsOf>[0]): Promise<AwsCredentials> {
  try {
    return await credentialsOf(source);
  } catch (cause) {
    throw new LongshoreError('LS_STORE_AWS', `${messageOf(cause)}.`, { where: 'store.aws', retryable: true, cause });
  }
}
