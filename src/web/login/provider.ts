import type { Configuration } from 'openid-client';
import { isLoopback } from '../../base/net/address.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import type { TokenScope, WebOptions } from '../options.ts';
import type { Person } from './people.ts';

type OidcOptions = NonNullable<WebOptions['oidc']>;

/** What has to come back with the person; the browser keeps it, sealed. */
export interface Journey {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Loaded when somebody logs in this way: most services need none of it. */
const client = () => import('openid-client');

/** Longest wait for the provider. */
const TIMEOUT_SECONDS = 10;

/** Logins by OpenID Connect: authorization code with PKCE, state and nonce. Throws LongshoreErrors: LS_WEB_OIDC_FAILED, LS_WEB_OIDC_REFUSED. */
export class Provider {
  readonly #options: OidcOptions;
  readonly #redirect: string;
  #known: Promise<Configuration> | undefined;

  constructor(options: OidcOptions, publicUrl: string) {
    this.#options = options;
    this.#redirect = `${publicUrl.replace(/\/+$/, '')}/api/login/oidc/callback`;
  }

  async begin(): Promise<{ url: string; journey: Journey }> {
    const known = await this.#configuration();
    const oidc = await client();
    const journey = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier() };
    const url = oidc.buildAuthorizationUrl(known, {
      redirect_uri: this.#redirect,
      scope: this.#options.request_scopes.join(' '),
      state: journey.state,
      nonce: journey.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(journey.verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, journey };
  }

  /** `query`: that of the address the provider sent the browser to, with its `?`. */
  async end(query: string, { state, nonce, verifier }: Journey): Promise<Person> {
    const known = await this.#configuration();
    let claims: Record<string, unknown> | undefined;
    try {
      const { authorizationCodeGrant } = await client();
      const tokens = await authorizationCodeGrant(known, new URL(this.#redirect + query), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      claims = tokens.claims() as Record<string, unknown> | undefined;
    } catch (error) {
      throw new LongshoreError('LS_WEB_OIDC_FAILED', `the login at the provider failed: ${messageOf(error)}`, {
        fix: 'Try again; else look at http.oidc and at what the provider logs.',
      });
    }
    return personOf(claims ?? {}, this.#options);
  }

  async #configuration(): Promise<Configuration> {
    const { issuer, client_id, client_secret } = this.#options;
    const { allowInsecureRequests, discovery } = await client();
    this.#known ??= discovery(new URL(issuer), client_id, client_secret, undefined, {
      timeout: TIMEOUT_SECONDS,
      // Checked at the start: only on this machine.
      execute: issuer.startsWith('http:') ? [allowInsecureRequests] : [],
    });
    try {
      return await this.#known;
    } catch (error) {
      this.#known = undefined;
      throw new LongshoreError('LS_WEB_OIDC_FAILED', `the provider ${issuer} does not answer: ${messageOf(error)}`, {
        where: 'http.oidc.issuer',
        fix: 'See whether this machine reaches its /.well-known/openid-configuration.',
      });
    }
  }
}

/** Throws `LS_WEB_OIDC_SETTINGS`. */
export function checkOidc({ oidc, public_url }: WebOptions): void {
  if (oidc === undefined) return;
  const refused = (where: string, what: string, fix: string): LongshoreError =>
    new LongshoreError('LS_WEB_OIDC_SETTINGS', what, { where, fix });
  if (public_url === undefined)
    throw refused('http.oidc', 'the provider would not know where to send people back to.', "Set 'http.public_url'.");
  const url = URL.canParse(oidc.issuer) ? new URL(oidc.issuer) : undefined;
  const isPlain = url?.protocol === 'http:' && isLoopback(url.hostname === 'localhost' ? '127.0.0.1' : url.hostname);
  if (url?.protocol !== 'https:' && !isPlain)
    throw refused(
      'http.oidc.issuer',
      'it is no https:// address.',
      'Write it like https://id.example.com/realms/main.',
    );
}

/** Exported for its tests. Throws `LS_WEB_OIDC_REFUSED`. */
export function personOf(claims: Record<string, unknown>, { allow, name_claim }: OidcOptions): Person {
  const scopes = new Set<TokenScope>();
  for (const entry of allow) {
    // An address that nobody has confirmed belongs to whoever typed it.
    if (entry.claim === 'email' && claims['email_verified'] === false) continue;
    const values = [valueAt(claims, entry.claim)].flat().filter(value => value !== undefined && value !== null);
    if (values.some(value => isMatch(String(value), entry.value))) for (const scope of entry.scopes) scopes.add(scope);
  }
  const name = [name_claim, 'preferred_username', 'sub'].map(claim => valueAt(claims, claim)).find(isName);
  if (scopes.size === 0 || name === undefined)
    throw new LongshoreError('LS_WEB_OIDC_REFUSED', 'no entry of http.oidc.allow names this person.', {
      where: 'http.oidc.allow',
      fix: 'Add an entry for a claim that the person has.',
    });
  return { name, scopes: [...scopes] };
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= 200;

function valueAt(claims: Record<string, unknown>, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

function isMatch(value: string, pattern: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return value === pattern;
  const [first, last] = [parts[0]!, parts.at(-1)!];
  if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = value.indexOf(part, at);
    if (found < 0 || found + part.length > value.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}
