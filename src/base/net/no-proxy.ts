import { isIP } from 'node:net';
import { isLoopback, networkList } from './address.ts';

/** Where proxies are said to be; values of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
export interface ProxySettings {
  readonly http: string | undefined;
  readonly https: string | undefined;
  /** Names, addresses, networks (`10.0.0.0/8`), with or without a port; `.example.org` are the names below it, `*` is all. */
  readonly none: string;
}

/** As programs find them in their environment: the names in lower case stand in for those in upper case. */
export function proxySettingsOf(env: NodeJS.ProcessEnv): ProxySettings {
  const either = (name: string): string | undefined => env[name.toUpperCase()] || env[name.toLowerCase()] || undefined;
  return { http: either('http_proxy'), https: either('https_proxy'), none: either('no_proxy') ?? '' };
}

/** The proxy for an address; undefined where it is reached without one. This machine is never reached over a proxy. */
export function proxyFor(url: URL, { http, https, none }: ProxySettings): string | undefined {
  const proxy = url.protocol === 'https:' ? https : http;
  if (proxy === undefined || proxy === '') return undefined;
  return isExcepted(url, none) ? undefined : proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isExcepted(url: URL, none: string): boolean {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  if (isLoopback(host)) return true;
  return none
    .split(',')
    .map(entry => entry.trim().toLowerCase())
    .some(entry => entry !== '' && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isIn(entry, host);
  const [, name, wantedPort] = /^(.*?)(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry)!;
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const plain = name!.replace(/^\[(.*)\]$/, '$1');
  if (isIP(plain) !== 0) return isIn(plain, host);
  const below = plain.replace(/^\*(?=\.)/, '');
  if (below.startsWith('.')) return host.endsWith(below);
  return host === below || host.endsWith(`.${below}`);
}

/** What is no network holds nobody, as everywhere where such lists are read. */
function isIn(network: string, host: string): boolean {
  try {
    return networkList([network], { where: 'no_proxy', code: 'LS_ALERTS_ROUTING' })(host);
  } catch {
    return false;
  }
}
