import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Container, Containers, dockerEngine, waitFor } from '../../support/docker.ts';
import { reusablePort } from '../../support/free-port.ts';
import { Longshore } from '../../support/longshore.ts';
import { requireOrSkip } from '../../support/services.ts';

const ack = { 'fluentd-request-ack': 'true', 'fluentd-retry-wait': '100ms' };
const optionSets = {
  'non-blocking with acknowledgements': { ...ack, mode: 'non-blocking', 'max-buffer-size': '4m' },
  'async with acknowledgements': { ...ack, 'fluentd-async': 'true' },
  'without acknowledgements': { 'fluentd-retry-wait': '100ms' },
} as const;

const ROUNDS = 80;
const LINES = ROUNDS * 20;
/** About 20 lines each 50 ms; then it stays until `go`, because an async driver drops what it holds when a container ends. */
const script = `r=0; i=0; while [ $r -lt ${ROUNDS} ]; do
  n=0; while [ $n -lt 20 ]; do echo "line $i"; i=$((i+1)); n=$((n+1)); done; r=$((r+1)); sleep 0.05
done; ${waitFor('go')}; echo last`;

describe.runIf(requireOrSkip('a Docker engine', await dockerEngine()))(
  'longshore restarts while containers log',
  () => {
    const containers = new Containers();
    let longshore: Longshore | undefined;

    afterEach(async () => {
      await containers.remove();
      await longshore?.remove();
    });

    const linesOf = async (container: Container) =>
      (await longshore!.searchAll(`container_id:${container.id}`)).map(hit => String(hit['message']));
    const totalOf = async (container: Container) =>
      (await longshore!.search(`container_id:${container.id}`, { size: '1' })).total;

    test('SIGTERM, then SIGKILL: what asks for acknowledgements is stored exactly once', {
      timeout: 240_000,
    }, async () => {
      const port = await reusablePort();
      longshore = await Longshore.start({ set: { 'inputs.forward.address': `127.0.0.1:${port}` } });
      const running: [name: string, Container][] = await Promise.all(
        Object.entries(optionSets).map(async ([name, logOptions]) => [
          name,
          await containers.run({ port, logOptions, script }),
        ]),
      );
      for (const [signal, atLeast] of [
        ['SIGTERM', LINES / 8],
        ['SIGKILL', LINES / 2],
      ] as const) {
        for (const [, container] of running)
          await vi.waitFor(async () => expect(await totalOf(container)).toBeGreaterThanOrEqual(atLeast), {
            timeout: 45_000,
            interval: 20,
          });
        if (signal === 'SIGTERM') expect(await longshore.stop()).toBe(0);
        else await longshore.kill();
        longshore = await longshore.again();
      }
      const expected = Array.from({ length: LINES }, (_, i) => `line ${i}`);
      for (const [name, container] of running) {
        // The newest line of all has arrived: nothing else of this container is still on its way.
        await vi.waitFor(async () => expect((await linesOf(container)).at(-1)).toBe(expected.at(-1)), {
          timeout: 45_000,
        });
        container.mark('go');
        await container.exit();
        const lines = (await linesOf(container)).filter(line => line !== 'last');
        if (name === 'without acknowledgements') {
          // What was on the wire may be gone, but what is there is there once and in order.
          const present = new Set(lines);
          expect(lines).toEqual(expected.filter(line => present.has(line)));
        } else expect(lines).toEqual(expected);
      }
    });
  },
);
