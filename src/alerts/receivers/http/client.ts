import { isPublicAddress } from '../../../base/net/address.ts';
import { basicAuth } from '../../../base/net/basic-auth.ts';
import { fetchVia, type Way } from '../../../base/net/fetch-via.ts';
import { isFields } from '../../../core/event.ts';
import { addressesOf, mergedHeaders } from '../../alerters/address.ts';
import type { SendResult } from '../../alerters/alerter.ts';
import { type PostRequest, post } from '../../alerters/http.ts';
import { Refused } from '../../alerters/refused.ts';
import { isYes, type Options, textOf } from '../options.ts';
import { type ReadFile, secretOf } from '../secret.ts';
import { OAuth2Tokens } from './oauth2.ts';
import { following } from './redirects.ts';
import { wayOf } from './way.ts';

const TIMEOUT_MS = 20_000;

export interface OutRequest {
  readonly address: string;
  /** Default: POST. */
  readonly method?: 'POST' | 'PUT' | 'GET' | undefined;
  /** What is no text becomes JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** 0 and undefined: the usual. */
  readonly timeoutMs?: number | undefined;
  readonly secrets?: readonly string[] | undefined;
  /** The address comes in part from an alert: only addresses of the internet, and no proxy that could reach others. */
  readonly isGuarded?: boolean | undefined;
  /** Signs what is sent. */
  readonly sign?: ((url: URL, body: string) => Readonly<Record<string, string>>) | undefined;
  readonly judge?: PostRequest['judge'];
}

export interface HttpSurroundings {
  readonly fetch: typeof fetch;
  readonly readFile: ReadFile;
  readonly now?: (() => number) | undefined;
}

/** Tokens by the `oauth2` that they are got with. */
const known = new WeakMap<object, OAuth2Tokens>();

/** Requests as an `http_config` has them. Its files are read anew each time. */
export class HttpClient {
  readonly #config: Options;
  readonly #around: HttpSurroundings;
  readonly #tokens: OAuth2Tokens | undefined;

  constructor(config: unknown, around: HttpSurroundings) {
    this.#config = isFields(config) ? (config as Options) : {};
    this.#around = around;
    const { oauth2 } = this.#config;
    if (!isFields(oauth2)) return;
    // What `global` has is one client for all receivers.
    this.#tokens = known.get(oauth2) ?? new OAuth2Tokens(oauth2 as Options, { ...around, now: around.now ?? Date.now });
    known.set(oauth2, this.#tokens);
  }

  /** One try. @throws Error where a file cannot be read, Refused where `oauth2` gives no token */
  async send(request: OutRequest, idempotencyKey: string, signal: AbortSignal): Promise<SendResult> {
    const [address] = addressesOf(request.address);
    if (address === undefined)
      return { ok: false, scope: 'message', isFinal: true, reason: 'the address cannot be sent to' };
    const url = new URL(address.url);
    const isText = typeof request.body === 'string';
    const body = isText ? (request.body as string) : request.body === undefined ? '' : JSON.stringify(request.body);
    const send = async (): Promise<{ result: SendResult; token: string | undefined }> => {
      // A receiver with a key of its own needs no token.
      const hasOwn = Object.keys(request.headers ?? {}).some(name => name.toLowerCase() === 'authorization');
      const token = hasOwn ? undefined : await this.#tokens?.token(signal);
      const own = await this.#headers(token);
      const result = await post(
        {
          address,
          method: request.method,
          headers: mergedHeaders(
            isText ? {} : { 'Content-Type': 'application/json' },
            own,
            request.headers,
            request.sign?.(url, body),
          ),
          body,
          timeoutMs: request.timeoutMs === undefined || request.timeoutMs === 0 ? TIMEOUT_MS : request.timeoutMs,
          secrets: [...(request.secrets ?? []), ...Object.values(own), textOf(this.#config, 'proxy_url')].filter(
            one => one !== '',
          ),
          judge: request.judge,
        },
        { fetch: await this.#fetch(url, request.isGuarded === true), idempotencyKey, signal },
      );
      return { result, token };
    };
    const { result, token } = await send();
    if (result.ok || result.status !== 401 || token === undefined) return result;
    this.#tokens?.forget(token);
    return (await send()).result;
  }

  /** As `send`, for what has to be read. @throws Refused too */
  async ask(request: OutRequest, idempotencyKey: string, signal: AbortSignal): Promise<string> {
    let answer = '';
    const judge: PostRequest['judge'] = text => {
      answer = text;
      return request.judge?.(text) ?? { ok: true };
    };
    const result = await this.send({ ...request, judge }, idempotencyKey, signal);
    if (!result.ok) throw new Refused(result);
    return answer;
  }

  async #fetch(url: URL, isGuarded: boolean): Promise<typeof fetch> {
    const { proxy, ...tls } = await wayOf(this.#config, url, this.#around.readFile);
    const way: Way = isGuarded ? { ...tls, mayConnect: isPublicAddress } : { ...tls, proxy };
    const isPlain = !isGuarded && proxy === undefined && Object.keys(tls).length === 0;
    const go = isPlain ? this.#around.fetch : fetchVia(way);
    const { follow_redirects: follow } = this.#config;
    return follow === undefined || isYes(follow) ? following(go) : go;
  }

  /** Who we are, and what `http_headers` has. */
  async #headers(token: string | undefined): Promise<Record<string, string>> {
    const headers: Record<string, string> = {};
    const { http_headers: more } = this.#config;
    if (isFields(more))
      for (const [name, sources] of Object.entries(more))
        if (isFields(sources)) headers[name] = (await valuesOf(sources as Options, this.#around.readFile)).join(', ');
    const authorization = token === undefined ? await this.#authorization() : `Bearer ${token}`;
    return authorization === '' ? headers : { ...headers, Authorization: authorization };
  }

  async #authorization(): Promise<string> {
    const { basic_auth: basic, authorization } = this.#config;
    if (isFields(basic)) {
      const [user, password] = await Promise.all(
        ['username', 'password'].map(name => secretOf(basic as Options, name, this.#around)),
      );
      return basicAuth(`${user}:${password}`);
    }
    if (isFields(authorization)) {
      const type = textOf(authorization as Options, 'type') || 'Bearer';
      const credentials = await secretOf(authorization as Options, 'credentials', this.#around);
      return credentials === '' ? '' : `${type} ${credentials}`;
    }
    const bearer = await secretOf(this.#config, 'bearer_token', this.#around);
    return bearer === '' ? '' : `Bearer ${bearer}`;
  }
}

async function valuesOf({ values, secrets, files }: Options, readFile: ReadFile): Promise<string[]> {
  const texts = [values, secrets].flatMap(list => (Array.isArray(list) ? list.map(String) : []));
  const paths = Array.isArray(files) ? files.map(String) : [];
  return [...texts, ...(await Promise.all(paths.map(async path => (await readFile(path)).trim())))];
}
