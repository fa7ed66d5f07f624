import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { clientTlsOptions } from '../../base/net/tls-files.ts';
import { lazily } from '../../base/process/lazily.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { readAllCreated } from './all-created.ts';
import { signerOf } from './aws.ts';
import type { ElasticsearchStoreSettings } from './options.ts';

const zip = promisify(gzip);

export interface ElasticRequest {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD';
  /** With its query string. */
  path: string;
  /** Written as JSON. */
  body?: unknown;
  /** A ready bulk body. */
  bulk?: Buffer;
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

export interface ElasticAnswer {
  status: number;
  body: unknown;
  /** What the server says it is (`x-elastic-product`); OpenSearch says nothing. */
  product?: string | undefined;
}

/** What the store asks of a client; the tests put their own in its place. */
export interface Elastic {
  /** Resolves with any HTTP status. Rejects with LS_STORE_ELASTICSEARCH_AWAY (retryable) when there was no answer. */
  request(request: ElasticRequest): Promise<ElasticAnswer>;
  close(): Promise<void>;
}

/*
 * The one file that knows @elastic/elasticsearch. The client of version 9 asks for `compatible-with=9`, which Elasticsearch 8
 * refuses; with plain media types each server answers in its own version, and what we ask is the same in both. It also refuses
 * whoever does not say that it is Elasticsearch; `product.ts` looks who answers instead, for OpenSearch has the same API.
 */
const elastic = lazily<typeof import('@elastic/elasticsearch')>('@elastic/elasticsearch');
const JSON_TYPE = { 'content-type': 'application/json', accept: 'application/json' };
const BULK_TYPE = { 'content-type': 'application/x-ndjson', accept: 'application/json' };

/** Reads `ca_file`: throws LS_STORE_CA_FILE when it cannot, LS_STORE_AWS for what cannot be signed. Opens no connection before the first request. */
export function createElastic(options: ElasticsearchStoreSettings): Elastic {
  const sign = signerOf(options);
  const { Client, SniffingTransport, errors } = elastic();
  class AnyProduct extends SniffingTransport {
    constructor({ productCheck: _, ...options }: ConstructorParameters<typeof SniffingTransport>[0]) {
      super(options);
    }
  }
  const client = new Client({
    Transport: AnyProduct,
    nodes: [...options.nodes],
    ...authOf(options),
    ...tlsOf(options),
    ...(options.ca_fingerprint === undefined ? {} : { caFingerprint: options.ca_fingerprint }),
    maxRetries: 0,
    requestTimeout: options.request_timeout_ms,
    enableMetaHeader: false,
    Serializer: answerReader(),
    // By default each error gets a copy of its request in which secrets are blotted out, made byte by byte of a bulk body:
    // a second without anything else, and hundreds of MB, whenever Elasticsearch is away or busy.
    redaction: { type: 'remove' },
    headers: { 'user-agent': 'longshore' },
    // Log lines hold `__proto__` and `constructor` as keys now and then: JSON.parse makes ordinary keys of them.
    disablePrototypePoisoningProtection: true,
  });
  return {
    async request({ method, path, body, bulk, timeoutMs, signal }) {
      const compress = bulk !== undefined && options.compression === 'gzip';
      // Level 1: log lines shrink to a tenth with it, and the default level takes three times as long for little more.
      const payload = compress ? await zip(bulk, { level: 1 }) : bulk;
      const headers = {
        ...(bulk === undefined ? JSON_TYPE : BULK_TYPE),
        ...(compress ? { 'content-encoding': 'gzip' } : {}),
      };
      const text = body === undefined ? undefined : JSON.stringify(body);
      const signed = sign === undefined ? undefined : await sign(method, path, payload ?? text ?? '');
      const [pathname, querystring] = path.split('?', 2) as [string, string | undefined];
      try {
        const answer = await client.transport.request(
          {
            method,
            path: pathname,
            ...(querystring === undefined ? {} : { querystring }),
            ...(payload === undefined ? {} : { bulkBody: payload }),
            ...(text === undefined ? {} : { body: text }),
          },
          {
            meta: true,
            headers: signed === undefined ? headers : { ...headers, ...signed },
            requestTimeout: timeoutMs ?? options.request_timeout_ms,
            ...(signal === undefined ? {} : { signal }),
          },
        );
        return { status: answer.statusCode, body: answer.body, product: productIn(answer.headers) };
      } catch (error) {
        if (error instanceof errors.ResponseError) {
          return { status: error.statusCode ?? 0, body: error.meta.body, product: productIn(error.meta.headers) };
        }
        throw failure(error);
      }
    },
    close: () => client.close(),
  };
}

const answerReader = () =>
  class AnswerReader extends elastic().Serializer {
    override deserialize<T = unknown>(json: string): T {
      return (readAllCreated(json) as T | undefined) ?? super.deserialize<T>(json);
    }
  };

function authOf({ api_key, username, password }: ElasticsearchStoreSettings) {
  if (api_key !== undefined) return { auth: { apiKey: api_key } };
  if (username !== undefined) return { auth: { username, password: password ?? '' } };
  return {};
}

function tlsOf({ ca_file, tls_verify }: ElasticsearchStoreSettings) {
  if (ca_file === undefined && tls_verify) return {};
  return { tls: clientTlsOptions({ ca_file, verify: tls_verify }, { where: 'store', code: 'LS_STORE_CA_FILE' }) };
}

function productIn(headers: { [name: string]: unknown } | undefined): string | undefined {
  const product = headers?.['x-elastic-product'];
  return typeof product === 'string' ? product : undefined;
}

function failure(error: unknown): LongshoreError {
  const { errors } = elastic();
  if (error instanceof errors.RequestAbortedError) {
    return new LongshoreError('LS_STORE_ABORTED', 'the request was given up.', { retryable: true, cause: error });
  }
  const late = error instanceof errors.TimeoutError;
  return new LongshoreError(
    late ? 'LS_STORE_ELASTICSEARCH_TIMEOUT' : 'LS_STORE_ELASTICSEARCH_AWAY',
    `Elasticsearch ${late ? 'did not answer in time' : 'cannot be reached'}: ${messageOf(error)}.`,
    { where: 'store.nodes', retryable: true, cause: error },
  );
}
