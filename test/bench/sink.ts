import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A bulk endpoint in a process of its own that counts documents and answers as Elasticsearch does when all went well. */
export async function startSink(): Promise<{ url: string; documents: () => number; close: () => Promise<void> }> {
  const child = fork(new URL(import.meta.url), ['serve']);
  let documents = 0;
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  child.on('message', (message: { documents: number }) => {
    documents = message.documents;
  });
  return {
    url: `http://127.0.0.1:${port}`,
    documents: () => documents,
    async close() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

if (process.argv[2] === 'serve') {
  let documents = 0;
  const server = createServer((request, response) => {
    let lines = 0;
    request.on('data', (data: Buffer) => {
      for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10, at + 1)) lines++;
    });
    request.on('end', () => {
      documents += lines / 2;
      response.setHeader('content-type', 'application/json');
      response.end('{"errors":false,"items":[]}');
      process.send!({ documents });
    });
  });
  server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));
}
