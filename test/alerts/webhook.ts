import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly path: string;
  readonly key: string;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent
  readonly body: any;
  readonly at: number;
}

export interface Webhook {
  readonly url: string;
  readonly received: Received[];
  /** How the next requests are answered, in order; afterwards `200 ok`. */
  readonly answers: ((response: ServerResponse) => void)[];
  /** How all others are answered. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent
  answer: (body: any, response: ServerResponse) => unknown;
}

/** A webhook on loopback that keeps what it is sent. Requests are kept also when they are answered badly. */
export async function webhook(): Promise<Webhook> {
  const received: Received[] = [];
  const answers: Webhook['answers'] = [];
  const hook: Webhook = { url: '', received, answers, answer: (_, response) => response.end('ok') };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      const key = String(request.headers['idempotency-key']);
      received.push({ path: request.url ?? '', key, headers: request.headers, body, at: performance.now() });
      const answer = answers.shift();
      if (answer !== undefined) answer(response);
      else hook.answer(body, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(hook, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

export const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(code, headers).end('no');
  };
