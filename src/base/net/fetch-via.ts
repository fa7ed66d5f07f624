import { lookup } from 'node:dns';
import { type ClientRequest, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import {
  checkServerIdentity,
  connect as connectTls,
  type PeerCertificate,
  type SecureVersion,
  type TLSSocket,
} from 'node:tls';
import { basicAuth } from './basic-auth.ts';

/** How requests get to where they go. */
export interface Way {
  /** PEM of the authorities that are trusted instead of the system's. */
  readonly ca?: string | undefined;
  /** PEM of who we are. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name that the certificate must have, instead of the one in the address. */
  readonly serverName?: string | undefined;
  readonly minVersion?: SecureVersion | undefined;
  readonly maxVersion?: SecureVersion | undefined;
  /** False: certificates are not looked at. */
  readonly verify?: boolean | undefined;
  /** For https addresses, and for others where `isForAll`. */
  readonly proxy?: Proxy | undefined;
  /** Asked about each address that would be connected to, after names are resolved. */
  readonly mayConnect?: ((address: string) => boolean) | undefined;
}

export interface Proxy {
  readonly url: string;
  /** `user:password`. */
  readonly credentials?: string | undefined;
  /** Requests without TLS go over it, too. */
  readonly isForAll?: boolean | undefined;
  /** Sent to the proxy when a connection is asked for. */
  readonly connectHeaders?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** Where a name or an address leads is not allowed. */
export const REFUSED_ADDRESS = 'LONGSHORE_ADDRESS_REFUSED';

/**
 * A `fetch` that goes another way than Node's own: over a proxy, trusting other authorities, or asking of each address
 * whether it may be connected to. Bodies are texts, and redirects come back as they are. The connection goes to the very
 * address that was asked about: a name that means another one a moment later changes nothing.
 */
export function fetchVia(way: Way): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    init.signal?.throwIfAborted();
    try {
      const answer = await ask(url, init, way);
      return responseOf(answer);
    } catch (cause) {
      init.signal?.throwIfAborted();
      throw new TypeError('fetch failed', { cause });
    }
  };
}

async function ask(url: URL, init: RequestInit, way: Way): Promise<IncomingMessage> {
  const isTls = url.protocol === 'https:';
  if (!isTls && way.proxy?.isForAll === true) return askProxy(url, init, way, way.proxy);
  const options: RequestOptions & { ca?: string; rejectUnauthorized?: boolean; servername?: string } = {
    // The proxy resolves the name.
    ...placeOf(url, isTls && way.proxy !== undefined ? {} : way),
    method: init.method ?? 'GET',
    path: url.pathname + url.search,
    headers: Object.fromEntries(new Headers(init.headers)),
    ...(init.signal ? { signal: init.signal } : {}),
  };
  if (isTls && way.proxy !== undefined) {
    const socket = await tunnel(url, way.proxy, way, init.signal ?? undefined);
    // Only a request without an agent asks for a connection of one's own.
    delete options.agent;
    options.createConnection = () => tlsOver(socket, url, way);
  } else if (isTls) Object.assign(options, tlsOptions(url, way));
  return answerOf((isTls ? requestHttps : requestHttp)(options), typeof init.body === 'string' ? init.body : '');
}

/** Without TLS a proxy is asked with the whole address. */
function askProxy(target: URL, init: RequestInit, way: Way, proxy: Proxy): Promise<IncomingMessage> {
  const url = new URL(proxy.url);
  const credentials = proxy.credentials ?? credentialsOf(url);
  const isTls = url.protocol === 'https:';
  const request = (isTls ? requestHttps : requestHttp)({
    ...placeOf(url, way),
    ...(isTls ? tlsOptions(url, ofProxy(way)) : {}),
    method: init.method ?? 'GET',
    path: `${target.protocol}//${target.host}${target.pathname}${target.search}`,
    headers: {
      ...Object.fromEntries(new Headers(init.headers)),
      host: target.host,
      ...(credentials === '' ? {} : { 'proxy-authorization': basicAuth(credentials) }),
    },
    ...(init.signal ? { signal: init.signal } : {}),
  });
  return answerOf(request, typeof init.body === 'string' ? init.body : '');
}

function answerOf(request: ClientRequest, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    // Also what breaks after the answer has begun ends here: the answer's own stream tells of it.
    request.on('error', reject);
    request.end(body);
  });
}

/** Host, port, and how the name is resolved. @throws where the address is not allowed */
function placeOf(url: URL, { mayConnect }: Way): RequestOptions {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  if (mayConnect === undefined) return { host, port, agent: false };
  if (isIP(host) !== 0 && !mayConnect(host)) throw refusedAddress();
  return { host, port, agent: false, lookup: lookupAllowed(mayConnect) };
}

/** All that a name leads to must be allowed: one of several would be tried in its turn. */
export function lookupAllowed(mayConnect: (address: string) => boolean): LookupFunction {
  return (name, options, done) => {
    lookup(name, { ...options, all: true }, (error, addresses) => {
      if (error !== null) done(error, '', 0);
      else if (addresses.length === 0 || !addresses.every(({ address }) => mayConnect(address)))
        done(refusedAddress(), '', 0);
      else if (options.all === true) done(null, addresses);
      else done(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}

/** What a connection fails with whose address is not allowed. */
export function refusedAddress(): NodeJS.ErrnoException {
  return Object.assign(new Error('the address is not allowed'), { code: REFUSED_ADDRESS });
}

function tlsOptions(url: URL, { ca, cert, key, verify, serverName, minVersion, maxVersion }: Way) {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const name = serverName ?? host;
  return {
    rejectUnauthorized: verify !== false,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(isIP(name) === 0 ? { servername: name } : {}),
    // Without this the name in the address would be compared, which may be another.
    ...(serverName === undefined
      ? {}
      : { checkServerIdentity: (_: string, peer: PeerCertificate) => checkServerIdentity(serverName, peer) }),
  };
}

/** The name of the receiver is not that of the proxy. */
const ofProxy = (way: Way): Way => ({ ...way, serverName: undefined });

function tlsOver(socket: Socket, url: URL, way: Way): TLSSocket {
  return connectTls({ socket, host: url.hostname, ...tlsOptions(url, way) });
}

function tunnel(target: URL, proxy: Proxy, way: Way, signal: AbortSignal | undefined): Promise<Socket> {
  const url = new URL(proxy.url);
  const credentials = proxy.credentials ?? credentialsOf(url);
  const place = `${target.hostname}:${target.port === '' ? 443 : target.port}`;
  const headers: Record<string, string | string[]> = { Host: place };
  for (const [name, values] of Object.entries(proxy.connectHeaders ?? {})) headers[name] = [...values];
  if (credentials !== '') headers['Proxy-Authorization'] = basicAuth(credentials);
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)({
      ...placeOf(url, way),
      ...(url.protocol === 'https:' ? tlsOptions(url, ofProxy(way)) : {}),
      method: 'CONNECT',
      path: place,
      headers,
      ...(signal === undefined ? {} : { signal }),
    });
    request.on('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(`the proxy answered ${statusCode}`));
    });
    request.on('response', answer => {
      answer.destroy();
      reject(new Error(`the proxy answered ${answer.statusCode}`));
    });
    request.on('error', reject);
    request.end();
  });
}

function credentialsOf({ username, password }: URL): string {
  return username === '' ? '' : `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
}

function responseOf(answer: IncomingMessage): Response {
  const status = answer.statusCode ?? 0;
  if (status < 200 || status > 599) {
    answer.destroy();
    throw new Error(`the answer has the status ${status}`);
  }
  const headers = new Headers();
  for (let i = 0; i + 1 < answer.rawHeaders.length; i += 2)
    headers.append(answer.rawHeaders[i]!, answer.rawHeaders[i + 1]!);
  if ([204, 205, 304].includes(status)) {
    answer.resume();
    return new Response(null, { status, headers });
  }
  return new Response(Readable.toWeb(answer) as ReadableStream, { status, headers });
}
