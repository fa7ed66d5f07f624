import { createHash, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A provider of OpenID Connect, as far as the authorization code flow with PKCE goes. */
export class FakeProvider {
  readonly issuer: string;
  /** What it says of whoever logs in. */
  claims: Record<string, unknown> = {};
  readonly #server: ReturnType<typeof createServer>;
  readonly #codes = new Map<string, { nonce: string; challenge: string }>();

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<FakeProvider> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const provider = new FakeProvider(server);
    server.on('request', async (request, response) => {
      const { status, body, location } = await provider.#answer(request);
      response.writeHead(status, { 'content-type': 'application/json', ...(location && { location }) });
      response.end(body === undefined ? '' : JSON.stringify(body));
    });
    return provider;
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body?: object; location?: string }> {
    const { issuer } = this;
    const url = new URL(request.url!, issuer);
    if (url.pathname === '/.well-known/openid-configuration') {
      const [authorization_endpoint, token_endpoint, jwks_uri] = ['authorize', 'token', 'keys'].map(
        it => `${issuer}/${it}`,
      );
      return { status: 200, body: { issuer, authorization_endpoint, token_endpoint, jwks_uri } };
    }
    if (url.pathname === '/keys') {
      return {
        status: 200,
        body: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'a', alg: 'RS256', use: 'sig' }] },
      };
    }
    if (url.pathname === '/authorize') {
      const code = randomUUID();
      const given = url.searchParams;
      this.#codes.set(code, { nonce: given.get('nonce')!, challenge: given.get('code_challenge')! });
      return {
        status: 302,
        location: `${given.get('redirect_uri')}?${new URLSearchParams({ code, state: given.get('state')! })}`,
      };
    }
    const form = new URLSearchParams(await textOf(request));
    const code = this.#codes.get(form.get('code') ?? '');
    this.#codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (code === undefined || code.challenge !== challenge) return { status: 400, body: { error: 'invalid_grant' } };
    return { status: 200, body: { access_token: 'a', token_type: 'bearer', id_token: this.#idToken(code.nonce) } };
  }

  #idToken(nonce: string): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer, aud: 'longshore', sub: 's-1', iat: now, exp: now + 60, nonce, ...this.claims };
    const text = [{ alg: 'RS256', kid: 'a' }, claims]
      .map(it => Buffer.from(JSON.stringify(it)).toString('base64url'))
      .join('.');
    return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += part;
  return text;
}
