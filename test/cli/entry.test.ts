import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { collect, longshore, start } from './support.ts';

/** This Node, claiming to be older than the program needs. */
const PRETENDING = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})`;

/** What reads bin/longshore.js first: a really old Node if the machine has one, else the pretended one. */
let entry: [string, string[]] = ['an older Node', [process.execPath, '--import', PRETENDING]];
for (const folder of (process.env['PATH'] ?? '').split(':')) {
  const path = join(folder, 'node');
  if (folder === '' || path.includes('node_modules') || !existsSync(path)) continue;
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
  if (Number(/^v(\d+)/.exec(version)?.[1]) >= 24) continue;
  entry = [`Node ${version} of this machine`, [path]];
  break;
}
const folder = mkdtempSync(join(tmpdir(), 'longshore-entry-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** `run` on free ports, ready. */
async function service(node: string[]): Promise<[ReturnType<typeof start>, ReturnType<typeof collect>]> {
  const addresses = ['inputs.forward.address', 'inputs.tcp_json.address', 'http.address'];
  const sets = [`data_dir=${folder}/data`, 'pipelines=[]', ...addresses.map(address => `${address}=127.0.0.1:0`)];
  const child = start(['run', ...sets.flatMap(set => ['--set', set])], { node });
  const said = collect(child);
  await vi.waitFor(() => expect(said.err).toContain('"msg":"ready"'), { timeout: 60_000 });
  return [child, said];
}

describe.each([entry])('bin/longshore.js read by %s', (_, node) => {
  test('finds a newer Node and hands over arguments, streams and the exit code', async () => {
    const found = await longshore(['grok', '%{WORD:first} %{NUMBER:n:int}'], { node, stdin: 'hello 42\n' });
    expect(found).toEqual({ code: 0, out: '{"first":"hello","n":42}\n', err: '' });
    expect((await longshore(['grok', '%{NUMBER}'], { node, stdin: 'none\n' })).code).toBe(1);
    expect((await longshore(['nonsense'], { node })).code).toBe(2);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s reaches the service, which drains and ends with 0', async signal => {
    const [child, said] = await service(node);
    child.kill(signal);
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(said.err).toContain('"msg":"stopped"');
  });

  test('SIGKILL leaves no service behind: it drains and ends, too', async () => {
    const [child, said] = await service(node);
    // The streams are closed when the last of the two processes has ended.
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
    expect(said.err).toContain('"msg":"stopped"');
  });
});

test('npm start hands SIGTERM on: nothing stays behind, and it drains', async () => {
  const addresses = ['inputs.forward.address', 'inputs.tcp_json.address', 'http.address'];
  const sets = [`data_dir=${folder}/npm`, ...addresses.map(address => `${address}=127.0.0.1:0`)];
  const npm = spawn('npm', ['start', '--', ...sets.flatMap(set => ['--set', set])], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = collect(npm);
  await vi.waitFor(() => expect(said.err).toContain('"msg":"ready"'), { timeout: 60_000 });
  npm.kill('SIGTERM');
  await vi.waitFor(() => expect(said.err).toContain('"msg":"stopped"'), { timeout: 30_000 });
}, 300_000);

describe('what was compiled is kept', () => {
  const caches = join(folder, 'caches');
  const [own, temporary] = [join(caches, 'longshore'), join(caches, 'temporary')];
  const environment = { NODE_COMPILE_CACHE: undefined, XDG_CACHE_HOME: caches, TMPDIR: temporary };
  const run = (env = {}) => longshore(['--version'], { env: { ...environment, ...env } });

  test("in the user's own folder for caches", async () => {
    mkdirSync(temporary, { recursive: true });
    await run({ NODE_DISABLE_COMPILE_CACHE: '1' });
    expect(existsSync(own)).toBe(false);
    await run();
    expect(statSync(own).mode & 0o777).toBe(0o700);
    expect(readdirSync(own)).toHaveLength(1);
  });

  test('elsewhere when others can write there', async () => {
    rmSync(own, { recursive: true, force: true });
    mkdirSync(own, { recursive: true });
    mkdirSync(temporary, { recursive: true });
    chmodSync(own, 0o777);
    await run();
    expect(readdirSync(own)).toEqual([]);
    expect(readdirSync(temporary)).toHaveLength(1);
  });
});
