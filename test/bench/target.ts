/*
 * The service under load, with the store that the bench asks for:
 *
 *   node test/bench/target.ts embedded|bulk|stopped DATA_DIR [SINK_URL]
 *
 * `bulk`: chunks in Elasticsearch's form are posted as they are to a sink. `stopped`: a store that takes nothing.
 * Tells its parent `{ ready }` with the ports; takes `{ profile: FILE }` (the CPU from here on goes to FILE) and
 * `{ profile: null }` (written; answers `{ profiled }`).
 */
import { writeFileSync } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { Session } from 'node:inspector/promises';
import module from 'node:module';
import { Service } from '../../src/app/service.ts';
import { loadSettings } from '../../src/app/settings.ts';
import type { ServiceStore, Stages } from '../../src/app/stages.ts';
import type { Chunk, DocumentForm } from '../../src/core/contracts.ts';

const [kind, dataDir, sink] = process.argv.slice(2) as [string, string, string?];

function sinkStages(): Stages {
  const store = new Sink();
  return { store, accept: chunk => store.accept(chunk), concurrency: 1, between: [] };
}

// Chunks come one after another: one buffer serves them all.
let body: Buffer = Buffer.alloc(0);

class Sink implements ServiceStore {
  readonly form: DocumentForm = 'elasticsearch';
  async start() {}
  async stop() {}
  ready() {
    return true;
  }
  async accept(chunk: Chunk): Promise<void> {
    if (sink === undefined) return new Promise(() => {});
    if (body.length < chunk.bytes) body = Buffer.allocUnsafeSlow(chunk.bytes);
    const file = await open(chunk.path);
    const { bytesRead } = await file.read(body, 0, chunk.bytes);
    await file.close();
    await post(`${sink}/docker-logs-${chunk.day}/_bulk`, body.subarray(0, bytesRead));
    await unlink(chunk.path);
  }
  async search() {
    return { total: { value: 0, relation: 'eq' as const }, hits: [] };
  }
  async histogram() {
    return [];
  }
  async days() {
    return [];
  }
  async fieldNames() {
    return [];
  }
}

const agent = new Agent({ keepAlive: true });

/** As a client of Elasticsearch does it: no copy of the body. */
function post(url: string, body: Buffer): Promise<void> {
  const headers = { 'content-type': 'application/x-ndjson', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', headers, agent }, response => {
      response.resume().on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`the sink answered ${response.statusCode}`));
      });
    })
      .on('error', reject)
      .end(body);
  });
}

const { settings } = loadSettings({
  config: 'test/bench/longshore.yaml',
  set: [`data_dir=${dataDir}`],
  env: {},
});
const service = new Service(settings, {}, ...(kind === 'embedded' ? [] : ([sinkStages] as const)));
await service.start();
// As after the first run of a service: TypeScript is not stripped again (that takes time and some 30 MB).
module.flushCompileCache();

let profile: { session: Session; file: string } | undefined;
process.on('message', async (message: { profile: string | null }) => {
  if (message.profile !== null) {
    const session = new Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 250 });
    await session.post('Profiler.start');
    profile = { session, file: message.profile };
  } else if (profile !== undefined) {
    const { profile: content } = await profile.session.post('Profiler.stop');
    writeFileSync(profile.file, JSON.stringify(content));
    process.send!({ profiled: true });
  }
});
process.on('disconnect', () => process.exit(0));
process.send!({ ready: service.listening });
