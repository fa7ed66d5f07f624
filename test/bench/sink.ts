import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';

export interface BulkSink {
  readonly url: string;
  /** Resolves when so many documents have come since its start, with the time when they had, as of `performance.now()`. */
  received(documents: number, limitMs: number): Promise<number>;
  /** When so many documents had come. */
  receivedAt(documents: number): number;
  /** While it is shut, each request is answered with 503. */
  setOpen(isOpen: boolean): void;
  documents(): number;
  close(): Promise<void>;
}

const CREATED = ',{"create":{"status":201}}';

/** A bulk endpoint in a process of its own that counts documents and answers as Elasticsearch does when all went well. */
export async function startSink(): Promise<BulkSink> {
  const child = fork(new URL(import.meta.url), ['serve'], { execArgv: [] });
  let documents = 0;
  const arrivals: { documents: number; at: number }[] = [];
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  child.on('message', (message: { documents: number }) => {
    documents = message.documents;
    arrivals.push({ documents, at: performance.now() });
  });
  const receivedAt = (wanted: number): number =>
    arrivals.find(arrival => arrival.documents >= wanted)?.at ?? performance.now();
  return {
    url: `http://127.0.0.1:${port}`,
    async received(wanted, limitMs) {
      const deadline = performance.now() + limitMs;
      while (documents < wanted) {
        if (performance.now() > deadline) throw new Error(`the sink got ${documents} of ${wanted} documents`);
        await sleep(20);
      }
      return receivedAt(wanted);
    },
    receivedAt,
    setOpen: isOpen => void child.send({ isOpen }),
    documents: () => documents,
    async close() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

if (process.argv[2] === 'serve') {
  let documents = 0;
  let isOpen = true;
  process.on('message', (message: { isOpen: boolean }) => {
    isOpen = message.isOpen;
  });
  const server = createServer((request, response) => {
    let lines = 0;
    // One line a document, as peers send it, or two.
    const linesPerDocument = request.url!.includes('/_bulk') ? 2 : request.url === '/lines' ? 1 : 0;
    const body = request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request;
    body.on('data', (data: Buffer) => {
      if (linesPerDocument > 0) for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10, at + 1)) lines++;
    });
    body.on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.setHeader('x-elastic-product', 'Elasticsearch');
      if (linesPerDocument === 0) {
        response.end('{"version":{"number":"9.0.0"},"tagline":"You Know, for Search"}');
        return;
      }
      if (!isOpen) {
        response.statusCode = 503;
        response.end('{"error":{"type":"unavailable","reason":"shut by the bench"},"status":503}');
        return;
      }
      documents += lines / linesPerDocument;
      response.end(linesPerDocument === 1 ? '{}' : `{"errors":false,"items":[${CREATED.repeat(lines / 2).slice(1)}]}`);
      process.send!({ documents });
    });
  });
  process.on('disconnect', () => process.exit(0));
  server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));
}
