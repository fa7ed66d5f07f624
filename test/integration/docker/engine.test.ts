import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { mustRun } from '../../support/command.ts';
import { type Container, Containers, count, dockerEngine, waitFor } from '../../support/docker.ts';
import { Longshore } from '../../support/longshore.ts';
import { requireOrSkip } from '../../support/services.ts';

// The engine's own socket as the input: no container says where its log goes.

const LABEL = `longshore.test.engine=${randomBytes(4).toString('hex')}`;
const LONG = 40_000;
/** 20 lines, again and again; each fourth goes to stderr. */
const rounds = (times: number): string => `r=0; while [ $r -lt ${times} ]; do
  n=0; while [ $n -lt 20 ]; do
    if [ $((n % 4)) -eq 3 ]; then echo "line $i" >&2; else echo "line $i"; fi; i=$((i+1)); n=$((n+1))
  done; r=$((r+1)); sleep 0.05
done`;
const QUICK = `i=0; ${rounds(60)}; head -c ${LONG} /dev/zero | tr '\\0' x; echo; ${rounds(60)}; ${waitFor('go')}; exit 3`;
const expectedOfQuick = [...Array.from({ length: 2400 }, (_, i) => `line ${i}`), 'x'.repeat(LONG)].sort();
/** Its log is cut each 700 lines or so, of which three files are kept; a part is written while nobody reads. */
const TURNING = `i=0; ${rounds(80)}; ${waitFor('down')}; ${count(800, 'down $i')}; : >/shared/written; ${waitFor('go')}; i=1600; ${rounds(40)}`;
const expectedOfTurning = [
  ...Array.from({ length: 1600 }, (_, i) => `line ${i}`),
  ...Array.from({ length: 800 }, (_, i) => `down ${i}`),
  ...Array.from({ length: 800 }, (_, i) => `line ${i + 1600}`),
].sort();

describe.runIf(requireOrSkip('a Docker engine', await dockerEngine()))('the engine is read', () => {
  const containers = new Containers();
  let longshore: Longshore | undefined;
  afterAll(async () => {
    await containers.remove();
    await longshore?.remove();
  });

  const run = (script: string, logOptions: Record<string, string> = {}, args: string[] = []): Promise<Container> =>
    containers.run({ port: 0, driver: 'json-file', logOptions, script, args: ['--label', LABEL, ...args] });
  const messagesOf = async ({ id }: Container): Promise<string[]> =>
    (await longshore!.searchAll(`container_id:${id} AND NOT tag:engine.*`)).map(hit => String(hit['message']));
  const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 100 });

  test('kill -9 while containers log and logs rotate: each line is stored once', { timeout: 240_000 }, async () => {
    const set = {
      'inputs.docker.include': `[{label: '${LABEL}'}]`,
      'inputs.docker.statistics_interval_ms': '1000',
    };
    longshore = await Longshore.start({ set });
    const quick = await run(QUICK, {}, ['--label', 'com.docker.compose.service=quick']);
    const turning = await run(TURNING, { 'max-size': '100k', 'max-file': '3' });
    const refused = await run('echo no; sleep 1', {}, ['--log-driver', 'none']);
    await until(async () => expect((await messagesOf(quick)).length).toBeGreaterThan(600));
    await longshore.kill();
    longshore = await longshore.again();
    await until(async () => expect((await messagesOf(turning)).length).toBe(1600));
    await longshore.kill();
    turning.mark('down');
    await vi.waitFor(() => expect(turning.isMarked('written')).toBe(true));
    longshore = await longshore.again();
    turning.mark('go');
    quick.mark('go');
    await Promise.all([quick.exit(), turning.exit()]);
    await until(async () => {
      expect((await messagesOf(quick)).sort()).toEqual(expectedOfQuick);
      expect((await messagesOf(turning)).sort()).toEqual(expectedOfTurning);
    });
    const [line] = (await longshore.search(`container_id:${quick.id} AND stream:stderr`, { size: '1' })).hits;
    expect(line).toMatchObject({ service: 'quick', container_name: quick.name, tag: `docker.${quick.name}` });
    expect(longshore.log.filter(text => text.includes('is not read'))).toHaveLength(1);
    expect((await messagesOf(refused)).length).toBe(0);
    const [died] = (await longshore.search(`container_id:${quick.id} AND event.action:die`)).hits;
    expect(died).toMatchObject({ level: 'ERROR', service: 'quick', docker: { event: { exit_code: 3 } } });
    const used = await longshore.search(`container_id:${quick.id} AND docker.memory.usage.pct:*`, { size: '1' });
    expect(used.hits[0]).toMatchObject({ tag: 'engine.statistics', docker: { memory: { limit: 128 * 1024 * 1024 } } });
    expect((await longshore.ledger()).total.unaccounted).toBe(0);
    await mustRun('docker', ['rm', '--force', refused.name]);
  });
});
