import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Container, Containers, count, dockerEngine, waitFor } from '../../support/docker.ts';
import { reusablePort } from '../../support/free-port.ts';
import { Longshore } from '../../support/longshore.ts';
import { requireOrSkip } from '../../support/services.ts';
import { expected, type Tail } from './expected.ts';

// What `expected` says is measured here with the real engine. Speeds are printed, not asserted.

const names = Object.keys(expected);

const STALL_MS = 3000;
/** The engine waits 10 s for a log to close. */
const DOWN_MS = 13_000;
const LINE = `line $i ${'of the length that an access log has, '.repeat(2)}more or less`;
const TAIL_LINES = 500;
const tail = `echo first; ${waitFor('go')}; ${count(TAIL_LINES, LINE)}; touch /shared/written`;
const heavy = `echo first; ${waitFor('go')}; ${count(3000, `$i ${'x'.repeat(1000)}`)}; touch /shared/written`;

describe.runIf(requireOrSkip('a Docker engine', await dockerEngine()))("Docker's options", () => {
  const containers = new Containers();
  const speed: Record<string, number> = {};
  const arrived: Record<string, { stalled: number; down: number }> = {};
  /** Options with which a container did not end, though longshore was there. */
  const hung = new Set<string>();
  let survivor: Longshore;
  let victim: Longshore;

  beforeAll(async () => {
    const start = async () =>
      Longshore.start({ set: { 'inputs.forward.address': `127.0.0.1:${await reusablePort()}` } });
    [survivor, victim] = await Promise.all([start(), start()]);
  });
  afterAll(async () => {
    // A driver that cannot reach anybody keeps even `docker rm --force` waiting.
    survivor?.resume();
    if (victim?.process.signalCode === 'SIGKILL') victim = await victim.again();
    try {
      await containers.remove();
    } finally {
      await survivor?.remove();
      await victim?.remove();
    }
    const table = names.map(name => {
      const { starts, blocks, stalled, down } = expected[name]!;
      const got = (facts: Tail, part: number | undefined) => `${facts} (${part} of ${TAIL_LINES + 1})`;
      const cells = [starts ? 'yes' : 'no', blocks ? 'yes' : 'no', got(stalled, arrived[name]?.stalled)];
      return `| ${[name, ...cells, got(down, arrived[name]?.down), speed[name]].join(' | ')} |`;
    });
    for (const name of hung) table.push('', `${name}: a container hung at its end until longshore restarted`);
    const head = '| options | starts while down | blocks while down | stalled at exit | down at exit | lines/s |';
    console.log([head, '|---|---|---|---|---|---|', ...table].join('\n'));
  });

  const each = <T>(make: (name: string) => Promise<T>): Promise<T[]> => Promise.all(names.map(make));
  const totalOf = async (longshore: Longshore, container: Container) =>
    (await longshore.search(`container_id:${container.id}`, { size: '1' })).total;
  const reached = (longshore: Longshore, container: Container, total: number) =>
    vi.waitFor(async () => expect(await totalOf(longshore, container)).toBeGreaterThanOrEqual(total), {
      timeout: 30_000,
      interval: 100,
    });

  /**
   * All end. Engines before 23.0 let two threads speak for an ending container with `mode=non-blocking`, and their client
   * can then wait for ever for an answer that the other has swallowed; a new connection sets it free.
   */
  async function allEnd(longshore: Longshore, groups: Container[][]): Promise<Longshore> {
    const ends = groups.flat().map(container => container.exit());
    await Promise.race([Promise.all(ends), delay(20_000, undefined, { ref: false })]);
    for (const group of groups) for (const [i, container] of group.entries()) if (!container.ended) hung.add(names[i]!);
    if (!groups.flat().every(container => container.ended)) {
      await longshore.stop();
      longshore = await longshore.again();
      await Promise.all(ends);
    }
    await hasHeardAll(longshore);
    return longshore;
  }

  test('whether a container starts while nothing listens', async () => {
    const port = await reusablePort();
    const started = await each(async name => {
      const container = await containers.tryToRun({ port, logOptions: expected[name]!.options, script: 'true' });
      expect(container.started.err).toMatch(expected[name]!.starts ? /^$/ : /connection refused/);
      return [name, container.started.code === 0];
    });
    expect(Object.fromEntries(started)).toEqual(Object.fromEntries(names.map(name => [name, expected[name]!.starts])));
    await containers.remove();
  });

  test('how many lines a second', async () => {
    const port = survivor.ready.forward;
    for (const name of names) {
      const { options } = expected[name]!;
      const lines = 'fluentd-request-ack' in options ? 500 : 5000;
      const script = `${count(lines, LINE)}; ${waitFor('go')}`;
      const container = await containers.run({ port, logOptions: options, script });
      await reached(survivor, container, lines);
      const query = `container_id:${container.id}`;
      const [first, last] = await Promise.all(
        ['asc', 'desc'].map(async order => (await survivor.search(query, { order, size: '1' })).hits[0]!.seq),
      );
      // `seq` is the time of arrival in microseconds.
      speed[name] = Math.round(((lines - 1) * 1_000_000) / (last! - first!));
      container.mark('go');
      await container.exit();
      expect(await totalOf(survivor, container)).toBe(lines);
    }
    await containers.remove();
  }, 300_000);

  test('whether it blocks, and what it loses at the end', async () => {
    const run = (longshore: Longshore, script: string) =>
      each(name => containers.run({ port: longshore.ready.forward, logOptions: expected[name]!.options, script }));
    const [stalledTails, downTails, heavies] = await Promise.all([
      run(survivor, tail),
      run(victim, tail),
      run(victim, heavy),
    ]);
    for (const container of stalledTails) await reached(survivor, container, 1);
    for (const container of [...downTails, ...heavies]) await reached(victim, container, 1);

    survivor.pause();
    await victim.kill();
    for (const container of [...stalledTails, ...downTails, ...heavies]) container.mark('go');
    await vi.waitFor(() => expect(downTails.every(container => container.isMarked('written'))).toBe(true), {
      timeout: 20_000,
    });
    // Times that are themselves the case: a stall shorter, and an absence longer, than the engine waits for a log.
    await delay(STALL_MS);
    survivor.resume();
    await delay(DOWN_MS - STALL_MS);
    const blocked = names.map((name, i) => [name, !heavies[i]!.isMarked('written')]);
    victim = await victim.again();
    survivor = await allEnd(survivor, [stalledTails]);
    victim = await allEnd(victim, [downTails, heavies]);
    expect([...hung].filter(name => name !== 'non-blocking, ack')).toEqual([]);

    expect(Object.fromEntries(blocked)).toEqual(Object.fromEntries(names.map(name => [name, expected[name]!.blocks])));
    for (const [i, name] of names.entries()) {
      const [stalled, down] = [await totalOf(survivor, stalledTails[i]!), await totalOf(victim, downTails[i]!)];
      arrived[name] = { stalled, down };
    }
    const verdict = (total: number): Tail => (total === TAIL_LINES + 1 ? 'whole' : 'cut');
    for (const end of ['stalled', 'down'] as const) {
      const certain = names.filter(name => expected[name]![end] !== 'a race');
      expect(Object.fromEntries(certain.map(name => [name, verdict(arrived[name]![end])]))).toEqual(
        Object.fromEntries(certain.map(name => [name, expected[name]![end]])),
      );
    }
    // What blocked was not lost: with acknowledgements all of it is there after the absence.
    const total = await totalOf(victim, heavies[names.indexOf('default, ack')]!);
    expect(total).toBe(3001);
  }, 300_000);
});

/** Resolves when every connection has been read to its end. */
async function hasHeardAll(longshore: Longshore): Promise<void> {
  await vi.waitFor(
    async () => {
      const metrics = await (await fetch(`${longshore.url}/metrics`)).text();
      expect(/^longshore_forward_connections_open (\d+)$/m.exec(metrics)?.[1]).toBe('0');
    },
    { timeout: 20_000, interval: 100 },
  );
}
