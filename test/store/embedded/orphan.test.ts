import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { Place, until } from './helpers.ts';

const module = (path: string): string =>
  JSON.stringify(new URL(`../../../src/store/embedded/${path}`, import.meta.url).href);

test('the store process ends when the service is killed', async () => {
  const place = new Place();
  const script = `
    import { EmbeddedStore } from ${module('embedded-store.ts')};
    const store = new EmbeddedStore(${JSON.stringify(place.storeDir)});
    await store.start();
    console.log(store.pid);
  `;
  const service = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = await once(service.stdout, 'data');
  const pid = Number(String(output));
  expect(pid).toBeGreaterThan(0);
  service.kill('SIGKILL');
  await until('it has ended', () => !isAlive(pid));
  await place.close();
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
