import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

/*
 * The plain bulk replay that the whole way is measured against: bodies made before the clock starts.
 *
 *   node test/bench/replay.ts CHUNK_DIR ELASTICSEARCH_URL CONCURRENCY
 *
 * Prints one line of JSON: seconds and documents. 429 is waited out; any other refusal is an error.
 */
const [dir, url, concurrency] = process.argv.slice(2) as [string, string, string];
const bodies: { index: string; body: Buffer; documents: number }[] = [];
for (const name of readdirSync(dir).sort()) {
  const [, , day, events] = name.split('.');
  if (!name.endsWith('.ndjson') || name.startsWith('.')) continue;
  const index = `docker-logs-${day!.slice(0, 4)}.${day!.slice(4, 6)}.${day!.slice(6)}`;
  bodies.push({ index, body: gzipSync(readFileSync(join(dir, name)), { level: 1 }), documents: Number(events) });
}
const agent = new Agent({ keepAlive: true });
const started = performance.now();
let next = 0;
await Promise.all(
  Array.from({ length: Number(concurrency) }, async () => {
    while (next < bodies.length) {
      const one = bodies[next++]!;
      while (!(await post(one))) await sleep(100);
    }
  }),
);
const seconds = (performance.now() - started) / 1000;
const events = bodies.reduce((sum, { documents }) => sum + documents, 0);
process.stdout.write(`${JSON.stringify({ seconds, events })}\n`);
agent.destroy();

function post({ index, body }: { index: string; body: Buffer }): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
      'content-length': body.length,
    };
    const path = `/${index}/_bulk?filter_path=errors`;
    const sent = request(`${url}${path}`, { method: 'POST', headers, agent }, response => {
      let text = '';
      response.on('data', (data: Buffer) => {
        text += data.toString();
      });
      response.on('end', () => {
        if (response.statusCode === 200 && text.includes('"errors":false')) resolve(true);
        else if (response.statusCode === 429) resolve(false);
        else reject(new Error(`Elasticsearch answered ${response.statusCode}: ${text.slice(0, 500)}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
