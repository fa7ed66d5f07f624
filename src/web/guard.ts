import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { isLoopback } from '../base/net/address.ts';
import type { ErrorCode } from '../core/codes.ts';
import { LongshoreError } from '../core/errors.ts';
import { httpAddress } from './address.ts';
import type { TokenOptions, TokenScope, WebOptions } from './options.ts';

/** What the guard wants to know of a request. */
export interface RequestFacts {
  /** What the route asks for; undefined: open to everybody. */
  readonly scope: TokenScope | undefined;
  readonly authorization: string | undefined;
  /** `?token=`, only from routes that take it. */
  readonly queryToken: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** The header `Sec-Fetch-Site`. */
  readonly fetchSite: string | undefined;
  readonly overUnixSocket: boolean;
  /** Who is logged in, by the cookie of the request. */
  readonly person?: { readonly name: string; readonly scopes: readonly TokenScope[] } | undefined;
}

export type GuardVerdict =
  | { readonly ok: true; readonly tokenName: string }
  | { readonly ok: false; readonly status: 401 | 403 | 421; readonly code: ErrorCode; readonly message: string };

/** Refuses settings that would serve everybody, or that name no page. Throws `LS_WEB_TOKEN_REQUIRED`, `LS_WEB_PUBLIC_URL`. */
export function checkExposure(options: WebOptions): void {
  const { host } = httpAddress(options.address);
  if (options.public_url !== undefined) publicHost(options.public_url);
  if (isLoopback(host) || wantsCredentials(options)) return;
  if (options.edit_definitions)
    throw new LongshoreError('LS_WEB_TOKEN_REQUIRED', `${options.address} can be reached from other machines.`, {
      where: 'http.edit_definitions',
      fix: "Add 'http.tokens' ({ name, token, scopes: [admin] }) or 'http.users': without them everybody could write pipelines and rules.",
    });
  if (options.allow !== undefined) return;
  throw new LongshoreError('LS_WEB_TOKEN_REQUIRED', `${options.address} can be reached from other machines.`, {
    where: 'http.address',
    fix: "Add 'http.tokens' ({ name, token, scopes: [ingest, read, admin] }) or 'http.users', or list the networks that need none in 'http.allow'.",
  });
}

/**
 * Decides who may do what. With tokens, users or a provider: a token, or somebody logged in, with the scope of the route. Without
 * (loopback or `allow`): everybody who can connect, but no foreign web page in a browser on such a machine.
 */
export function createGuard(options: WebOptions): (facts: RequestFacts) => GuardVerdict {
  if (wantsCredentials(options)) return credentialGuard(options.tokens ?? []);
  const own = options.public_url === undefined ? [] : [publicHost(options.public_url)];
  const hosts = new Set([...(options.allowed_hosts ?? []), ...own].map(host => host.toLowerCase()));
  const loopbackOnly = isLoopback(httpAddress(options.address).host);
  return facts => guardAgainstPages(facts, host => hosts.has(host) || isOwnHost(host, loopbackOnly));
}

/** The name in `http.public_url`. Throws `LS_WEB_PUBLIC_URL`. */
export function publicHost(url: string): string {
  if (URL.canParse(url) && /^https?:/.test(url)) return new URL(url).hostname.replace(/^\[|\]$/g, '');
  throw new LongshoreError('LS_WEB_PUBLIC_URL', `${JSON.stringify(url)} is no address of a page.`, {
    where: 'http.public_url',
    fix: 'Write it like https://logs.example.com.',
  });
}

/** Nobody is served without a token or a login. */
export function wantsCredentials(options: WebOptions): boolean {
  return (options.tokens ?? []).length > 0 || hasLogins(options);
}

/** People can log in. */
export function hasLogins({ users, oidc }: WebOptions): boolean {
  return (users ?? []).length > 0 || oidc !== undefined;
}

const OPEN: GuardVerdict = { ok: true, tokenName: '' };

function credentialGuard(tokens: readonly TokenOptions[]): (facts: RequestFacts) => GuardVerdict {
  const known = tokens.map(({ name, token, scopes }) => ({ name, digest: digest(token), scopes }));
  return facts => {
    if (facts.scope === undefined) return OPEN;
    const given = tokensIn(facts);
    if (given.length === 0) return personVerdict(facts, facts.scope);
    let found: (typeof known)[number] | undefined;
    for (const token of given) {
      const wanted = digest(token);
      // All are compared, so that the time says nothing of which one matched.
      for (const candidate of known) if (timingSafeEqual(candidate.digest, wanted)) found = candidate;
    }
    if (found === undefined) return refuse(401, 'LS_WEB_TOKEN_UNKNOWN', 'This token is not known.');
    if (!found.scopes.includes(facts.scope)) {
      return refuse(403, 'LS_WEB_SCOPE_MISSING', `This token does not have the scope '${facts.scope}'.`);
    }
    return { ok: true, tokenName: found.name };
  };
}

/** Of a request without a token. A cookie comes with whatever page sends a request: only those of our own count. */
function personVerdict(facts: RequestFacts, scope: TokenScope): GuardVerdict {
  const { person } = facts;
  if (person === undefined)
    return refuse(401, 'LS_WEB_TOKEN_MISSING', 'Send a token: Authorization: Bearer <token>, or log in on the page.');
  const isForeign =
    facts.origin === undefined ? !['same-origin', 'none', undefined].includes(facts.fetchSite) : !isSameOrigin(facts);
  if (isForeign) return refuse(403, 'LS_WEB_CROSS_SITE', 'Requests from other web sites are refused.');
  if (!person.scopes.includes(scope))
    return refuse(403, 'LS_WEB_SCOPE_MISSING', `${person.name} does not have the scope '${scope}'.`);
  return { ok: true, tokenName: person.name };
}

/**
 * What may be the token of a request: `Bearer <token>`; `ApiKey` as Elasticsearch's clients have it, `<any id>:<token>` in base64, or
 * the token as it is; from senders of events also as their protocols have it: `Splunk <token>`, and as the password of any
 * user, for that is all that many can be told (a browser is never asked for one).
 */
function tokensIn({ authorization = '', scope, queryToken }: RequestFacts): readonly string[] {
  const [, scheme = '', given = ''] = /^(bearer|apikey|splunk|basic) +(\S+) *$/i.exec(authorization) ?? [];
  const is = scheme.toLowerCase();
  if (is === 'bearer') return [given];
  if (is === 'apikey') return [given, behindColon(given)];
  if (scope === 'ingest' && is === 'splunk') return [given];
  if (scope === 'ingest' && is === 'basic') return [behindColon(given)];
  return queryToken === undefined ? [] : [queryToken];
}

function behindColon(base64: string): string {
  return Buffer.from(base64, 'base64')
    .toString()
    .replace(/^[^:]*:?/, '');
}

function guardAgainstPages(facts: RequestFacts, isOwn: (host: string) => boolean): GuardVerdict {
  if (facts.overUnixSocket) return OPEN;
  const host = hostName(facts.host);
  if (host !== undefined && !isOwn(host)) {
    return refuse(
      421,
      'LS_WEB_HOST_UNKNOWN',
      "This host name is not served without a token. Use the address, or add the name to 'http.allowed_hosts'.",
    );
  }
  if (facts.scope === undefined) return OPEN;
  const isForeign = facts.origin === undefined ? facts.fetchSite === 'cross-site' : !isSameOrigin(facts);
  if (isForeign) return refuse(403, 'LS_WEB_CROSS_SITE', 'Requests from other web sites are refused.');
  return OPEN;
}

/** Names that an attacker's DNS cannot hold: addresses, localhost, names without a dot (compose services). */
function isOwnHost(host: string, loopbackOnly: boolean): boolean {
  if (isLoopback(host)) return true;
  return !loopbackOnly && (isIP(host) !== 0 || !host.includes('.'));
}

/** Whether a request with an Origin comes from a page of the host it asks. */
export function isSameOrigin(facts: Pick<RequestFacts, 'origin' | 'host'>): boolean {
  try {
    return new URL(facts.origin!).host === facts.host?.toLowerCase();
  } catch {
    return false;
  }
}

/** The name of a Host header without its port and brackets; undefined when there is none. */
function hostName(header: string | undefined): string | undefined {
  if (header === undefined || header === '') return undefined;
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(header.toLowerCase());
  return match?.[1] ?? match?.[2]?.replace(/\.$/, '') ?? '?.';
}

function refuse(status: 401 | 403 | 421, code: ErrorCode, message: string): GuardVerdict {
  return { ok: false, status, code, message };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
