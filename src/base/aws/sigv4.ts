import { createHash, createHmac } from 'node:crypto';

/** Who signs. */
export interface AwsCredentials {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of credentials that end. */
  readonly sessionToken?: string | undefined;
}

export interface AwsRequest {
  readonly method: string;
  readonly url: URL;
  /** Signed too; `Host` and `X-Amz-*` are added. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export interface AwsScope {
  readonly region: string;
  /** `sns` */
  readonly service: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The headers that sign a request as version 4 of AWS' signatures wants it: `Authorization`, `X-Amz-Date` and, with a token, `X-Amz-Security-Token`. */
export function signedHeaders(
  request: AwsRequest,
  { accessKey, secretKey, sessionToken }: AwsCredentials,
  { region, service, now }: AwsScope,
): Record<string, string> {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  const own: Record<string, string> = {
    'X-Amz-Date': time,
    ...(sessionToken === undefined || sessionToken === '' ? {} : { 'X-Amz-Security-Token': sessionToken }),
  };
  const { text, names } = canonical(request, { Host: request.url.host, ...own, ...request.headers });
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(text)].join('\n');
  const key = ['aws4_request', service, region, time.slice(0, 8)].reduceRight<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${secretKey}`,
  );
  const signature = hmac(key, toSign).toString('hex');
  const credential = `Credential=${accessKey}/${scope}`;
  return {
    ...own,
    Authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** The request in the one form that both sides sign. */
function canonical(
  { method, url, body }: AwsRequest,
  headers: Readonly<Record<string, string>>,
): { text: string; names: string } {
  const sorted = Object.entries(headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value.trim().replace(/\s+/g, ' ')])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const names = sorted.map(([name]) => name).join(';');
  const query = [...url.searchParams]
    .map(([name, value]): [string, string] => [encoded(name), encoded(value)])
    .sort(([a, one], [b, other]) => (a < b || (a === b && one < other) ? -1 : 1))
    .map(pair => pair.join('='))
    .join('&');
  const lines = sorted.map(([name, value]) => `${name}:${value}\n`).join('');
  const text = [method, encodedPath(url.pathname), query, lines, names, sha256(body)].join('\n');
  return { text, names };
}

/** Twice encoded, as all services but S3 want it: the address has it encoded once. */
const encodedPath = (path: string): string => path.split('/').map(encoded).join('/') || '/';

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
