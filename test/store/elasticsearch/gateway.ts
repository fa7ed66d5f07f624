import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface Asked {
  readonly method: string;
  /** With its query string. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** As it was before compression. */
  readonly body: Buffer;
  /** As it came. */
  readonly wire: Buffer;
}

export interface Answered {
  status: number;
  body: string | object;
}

/** What comes out for a request: an answer, or nothing when it took care of the connection itself. */
export type Handler = (asked: Asked, response: ServerResponse) => Promise<Answered | undefined> | Answered | undefined;

/** An HTTP server that answers as the test wants: a made-up Elasticsearch, or one that stands before the real one. */
export class Gateway {
  readonly asked: Asked[] = [];
  handler: Handler;
  #server: HttpServer | undefined;
  #port = 0;

  private constructor(handler: Handler) {
    this.handler = handler;
  }

  static async start(handler: Handler): Promise<Gateway> {
    const gateway = new Gateway(handler);
    await gateway.open();
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, again on the port it had. */
  async open(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  }

  /** Bulk requests so far. */
  get bulks(): Asked[] {
    return this.asked.filter(({ path }) => path.includes('/_bulk'));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const raw = Buffer.concat(parts);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
      const asked = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body,
        wire: raw,
      };
      this.asked.push(asked);
      const answer = await this.handler(asked, response);
      if (answer !== undefined) send(response, answer);
    } catch {
      response.destroy();
    }
  }
}

export function send(response: ServerResponse, { status, body }: Answered): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Passes a request on to the real server. */
export async function forward(url: string, { method, path, headers, body }: Asked): Promise<Answered> {
  const answer = await fetch(url + path, {
    method,
    headers: { 'content-type': headers['content-type'] ?? 'application/json' },
    ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
  });
  return { status: answer.status, body: await answer.text() };
}

/** The action lines with their documents of a bulk body. */
export function pairs(body: Buffer): string[] {
  const lines = body.toString().split('\n').slice(0, -1);
  return lines.flatMap((line, i) => (i % 2 === 0 ? [`${line}\n${lines[i + 1]}\n`] : []));
}

/** An Elasticsearch that takes everything. */
export const takesAll: Handler = asked => {
  if (asked.path === '/')
    return { status: 200, body: { version: { number: '9.2.0' }, tagline: 'You Know, for Search' } };
  if (asked.path.includes('/_bulk')) {
    return { status: 200, body: { errors: false, items: pairs(asked.body).map(() => ({ create: { status: 201 } })) } };
  }
  return { status: 200, body: asked.path.startsWith('/_cat') ? [] : {} };
};
