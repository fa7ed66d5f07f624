/*
 * The service under load, with the store the bench asks for:
 *   node test/bench/target.ts embedded|bulk|stopped DATA_DIR [SINK_URL]
 * `bulk`: chunks in Elasticsearch's form are posted as they are to a sink. `stopped`: a store that takes nothing.
 */
import { open, unlink } from 'node:fs/promises';
import { pino } from 'pino';
import { Service, type ServiceStore } from '../../src/app/service.ts';
import { loadSettings } from '../../src/app/settings.ts';
import type { Chunk, DocumentForm } from '../../src/core/contracts.ts';
import { setRootLogger } from '../../src/core/log.ts';

const [kind, dataDir, sink] = process.argv.slice(2) as [string, string, string?];
setRootLogger(pino({ level: 'error' }, pino.destination(2)));

class Sink implements ServiceStore {
  readonly form: DocumentForm = 'elasticsearch';
  async start() {}
  async stop() {}
  ready() {
    return true;
  }
  async accept(chunk: Chunk): Promise<void> {
    if (sink === undefined) return new Promise(() => {});
    const file = await open(chunk.path);
    const body = await file.readFile();
    await file.close();
    const response = await fetch(`${sink}/docker-logs-${chunk.day}/_bulk`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body,
    });
    if (!response.ok) throw new Error(`sink answered ${response.status}`);
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

const { settings } = loadSettings({
  config: 'test/bench/longshore.yaml',
  set: [`data_dir=${dataDir}`],
  env: {},
});
const service = new Service(settings, {}, ...(kind === 'embedded' ? [] : ([() => new Sink()] as const)));
await service.start();
process.send!({ ready: service.listening });
process.once('SIGTERM', () => void service.stop().then(() => process.exit(0)));
