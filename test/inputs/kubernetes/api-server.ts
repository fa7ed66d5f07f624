import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A pod as the API tells of it. */
export function podObject(
  name: string,
  more: { version?: number; labels?: object; uid?: string; [other: string]: unknown } = {},
): object {
  const {
    version = 1,
    labels = { app: name },
    uid = `uid-${name}`,
    namespace = 'shop',
    annotations,
    ownerReferences,
    spec,
    status,
  } = more;
  return {
    metadata: { name, namespace, uid, labels, annotations, ownerReferences, resourceVersion: String(version) },
    spec: { nodeName: 'node-1', containers: [{ name: 'web', image: 'registry.example/web:1' }], ...(spec as object) },
    status: status ?? {},
  };
}

export interface Asked {
  readonly url: URL;
  readonly token: string | undefined;
}

/**
 * What Longshore asks of the Kubernetes API: lists and watches of pods and namespaces. A test says what there is, sends changes to
 * those who watch, and answers in another way where it wants to.
 */
export class ApiServer {
  readonly asked: Asked[] = [];
  pods: object[] = [];
  namespaces: object[] = [];
  version = 10;
  /** Answers instead of the server. True: it has answered. */
  instead: (request: Asked, response: ServerResponse) => boolean | undefined = () => false;
  readonly #watching = new Set<ServerResponse>();
  readonly #server: Server;
  readonly #scheme: string;

  private constructor(tls: { key: Buffer; cert: Buffer } | undefined) {
    const answer = (request: IncomingMessage, response: ServerResponse): void => this.#answer(request, response);
    this.#server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
    this.#scheme = tls === undefined ? 'http' : 'https';
  }

  static async start(tls?: { key: Buffer; cert: Buffer }): Promise<ApiServer> {
    const api = new ApiServer(tls);
    await new Promise<void>(resolve => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get watching(): number {
    return this.#watching.size;
  }

  /** A line for all who watch. */
  tell(change: object | string): void {
    const line = typeof change === 'string' ? change : JSON.stringify(change);
    for (const response of this.#watching) response.write(`${line}\n`);
  }

  /** Ends the watches, or cuts their connections. */
  endWatches(how: 'end' | 'destroy' = 'end'): void {
    for (const response of this.#watching) how === 'end' ? response.end() : response.destroy();
    this.#watching.clear();
  }

  count(isOne: (asked: Asked) => boolean): number {
    return this.asked.filter(isOne).length;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const asked = {
      url: new URL(request.url!, this.url),
      token: request.headers.authorization?.replace('Bearer ', ''),
    };
    this.asked.push(asked);
    if (this.instead(asked, response) === true) return;
    const what = asked.url.pathname.endsWith('/pods') ? this.pods : this.namespaces;
    response.setHeader('content-type', 'application/json');
    if (isWatch(asked)) {
      this.#watching.add(response);
      response.on('close', () => this.#watching.delete(response));
      response.flushHeaders();
      return;
    }
    const limit = Number(asked.url.searchParams.get('limit') ?? what.length);
    const from = Number(asked.url.searchParams.get('continue') ?? 0);
    const more = from + limit < what.length ? { continue: String(from + limit) } : {};
    response.end(
      JSON.stringify({
        metadata: { resourceVersion: String(this.version), ...more },
        items: what.slice(from, from + limit),
      }),
    );
  }
}

export const isWatch = ({ url }: Asked): boolean => url.searchParams.get('watch') === 'true';
export const isList = (asked: Asked): boolean => !isWatch(asked);
