/*
 * The service under load, with the store that the bench asks for:
 *
 *   node test/bench/target.ts open|stopped DATA_DIR [PATH=VALUE ...]
 *
 * `stopped`: what stands behind the spool takes nothing. PATH=VALUE are settings.
 * Tells its parent `{ ready }` with the ports; takes `{ profile: FILE }` (the CPU from here on goes to FILE) and
 * `{ profile: null }` (written; answers `{ profiled }`).
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import module from 'node:module';
import { Service } from '../../src/app/service.ts';
import { loadSettings } from '../../src/app/settings.ts';
import { EmbeddedStore } from '../../src/store/embedded/embedded-store.ts';

const [kind, dataDir, ...sets] = process.argv.slice(2) as [string, string, ...string[]];
if (kind === 'stopped') EmbeddedStore.prototype.accept = () => new Promise(() => {});

const { settings } = loadSettings({
  config: 'test/bench/longshore.yaml',
  set: [`data_dir=${dataDir}`, ...sets],
  env: {},
});
const service = new Service(settings, {});
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
