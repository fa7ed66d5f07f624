import { basicAuth } from '../../../base/net/basic-auth.ts';
import { fetchVia } from '../../../base/net/fetch-via.ts';
import { isFields } from '../../../core/event.ts';
import { addressesOf } from '../../alerters/address.ts';
import { post } from '../../alerters/http.ts';
import { Refused } from '../../alerters/refused.ts';
import { type Options, textOf } from '../options.ts';
import { type ReadFile, secretOf } from '../secret.ts';
import { wayOf } from './way.ts';

/** Of a token that does not say how long it is good. */
const DEFAULT_LIFE_MS = 300_000;
/** Before its end a token is no longer used: it has to last until it arrives. */
const MARGIN_MS = 10_000;
const TIMEOUT_MS = 20_000;

const formEncoded = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);

export interface TokenSurroundings {
  readonly fetch: typeof fetch;
  readonly readFile: ReadFile;
  readonly now: () => number;
}

/** Tokens of `oauth2`: got with the client's credentials, kept until shortly before they end. */
export class OAuth2Tokens {
  readonly #config: Options;
  readonly #around: TokenSurroundings;
  #token: { readonly value: string; readonly goodUntil: number; readonly secret: string } | undefined;
  #pending: Promise<string> | undefined;
  /** Some servers want the credentials in the form, not in the header. */
  #isInForm = false;

  constructor(config: Options, around: TokenSurroundings) {
    this.#config = config;
    this.#around = around;
  }

  /** @throws Refused where the server gives none, Error where a file cannot be read */
  async token(signal: AbortSignal): Promise<string> {
    const secret = await secretOf(this.#config, 'client_secret', this.#around);
    const known = this.#token;
    // Another secret in its file is another client.
    if (known !== undefined && known.goodUntil > this.#around.now() && known.secret === secret) return known.value;
    this.#pending ??= this.#fetch(secret, signal).finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  /** It was not taken: the next one is asked for anew. */
  forget(token: string): void {
    if (this.#token?.value === token) this.#token = undefined;
  }

  async #fetch(secret: string, signal: AbortSignal): Promise<string> {
    try {
      return await this.#ask(secret, this.#isInForm, signal);
    } catch (error) {
      if (!(error instanceof Refused) || error.result.scope !== 'message') throw error;
      this.#isInForm = !this.#isInForm;
      return this.#ask(secret, this.#isInForm, signal);
    }
  }

  async #ask(secret: string, isInForm: boolean, signal: AbortSignal): Promise<string> {
    const id = textOf(this.#config, 'client_id');
    const form = this.#form();
    if (isInForm) {
      form.set('client_id', id);
      form.set('client_secret', secret);
    }
    const pair = `${formEncoded(id)}:${formEncoded(secret)}`;
    const [address] = addressesOf(textOf(this.#config, 'token_url'));
    if (address === undefined) throw new Error('oauth2: token_url cannot be sent to');
    const way = await wayOf(this.#config, new URL(address.url), this.#around.readFile);
    let answer = '';
    const result = await post(
      {
        address,
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded',
          ...(isInForm ? {} : { Authorization: basicAuth(pair) }),
        },
        body: form.toString(),
        timeoutMs: TIMEOUT_MS,
        secrets: [id, secret],
        judge: text => {
          answer = text;
          return { ok: true };
        },
      },
      { fetch: Object.keys(way).length === 0 ? this.#around.fetch : fetchVia(way), idempotencyKey: '', signal },
    );
    if (!result.ok) throw new Refused({ ...result, reason: `oauth2: ${result.reason}` });
    return this.#keep(answer, secret);
  }

  #form(): URLSearchParams {
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    const { scopes, endpoint_params: more } = this.#config;
    if (Array.isArray(scopes) && scopes.length > 0) form.set('scope', scopes.map(String).join(' '));
    if (isFields(more)) for (const [name, value] of Object.entries(more)) form.set(name, String(value));
    return form;
  }

  #keep(answer: string, secret: string): string {
    let told: unknown;
    try {
      told = JSON.parse(answer);
    } catch {
      // Told below.
    }
    const value = isFields(told) ? told['access_token'] : undefined;
    if (!isFields(told) || typeof value !== 'string' || value === '')
      throw new Refused({ ok: false, scope: 'place', reason: 'oauth2: the answer has no access_token' });
    const seconds = Number(told['expires_in']);
    const lifeMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : DEFAULT_LIFE_MS;
    this.#token = { value, secret, goodUntil: this.#around.now() + lifeMs - MARGIN_MS };
    return value;
  }
}
