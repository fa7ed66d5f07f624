import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Container, Containers, dockerEngine, IMAGE, waitFor } from '../support/docker.ts';
import { reusablePort } from '../support/free-port.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';
import { ClientProgram } from './client-program.ts';

/*
 * Clients that wait for the answer and send again what was not taken. Longshore is killed in the middle; what it had
 * answered must be there, and what was sent meanwhile comes after it is back.
 */

let port: number;
let longshore: Longshore;
beforeAll(async () => {
  port = await reusablePort();
  longshore = await Longshore.start({ set: { 'http.address': `127.0.0.1:${port}` } });
}, 120_000);
afterAll(() => longshore?.remove());

async function killed(): Promise<void> {
  await longshore.kill();
}
async function back(): Promise<void> {
  longshore = await longshore.again();
}
const found = async (query: string, atLeast: number) =>
  vi.waitFor(
    async () => {
      const hits = await longshore.searchAll(query);
      expect(new Set(hits.map(({ message }) => message)).size).toBeGreaterThanOrEqual(atLeast);
      return hits;
    },
    { timeout: 30_000, interval: 100 },
  );

test('winston-loki, JSON and protobuf: everything, over kill -9', { timeout: 120_000 }, async () => {
  const count = 200;
  const program = { command: process.execPath, args: ['test/clients/npm/loki.ts'] };
  const cases = { 'loki JSON': { json: true }, 'loki protobuf': { json: false } };
  const clients = Object.entries(cases).map(
    ([tag, options]) => new ClientProgram(program, tag, { port, count, pause: true, ...options }),
  );
  for (const client of clients) await client.says('half');
  await killed();
  for (const client of clients) client.goOn();
  await vi.waitFor(() => expect(clients.every(({ grumbled }) => grumbled.length > 0)).toBe(true), { timeout: 20_000 });
  await back();
  for (const client of clients) {
    await client.says('done');
    const hits = await found(`labels.case:"${client.tag}"`, count);
    const messages = hits.map(({ message }) => String(message).trim());
    expect(new Set(messages)).toEqual(new Set(Array.from({ length: count }, (_, n) => `event ${n} 안녕`)));
    // What was answered before the kill is not sent again.
    expect(hits.filter(({ labels }) => (labels as { half: string }).half === 'first')).toHaveLength(count / 2);
    for (const hit of hits) {
      expect(hit).toMatchObject({ level: 'WARN', service: 'shop', tag: 'loki', kubernetes: { pod_name: 'shop-7d9' } });
      expect(Math.abs(Date.parse(hit['@timestamp']) - Date.now())).toBeLessThan(600_000);
    }
  }
});

describe.runIf(requireOrSkip('a Docker engine', await dockerEngine()))("Docker's splunk driver", () => {
  const containers = new Containers();
  afterAll(() => containers.remove());
  const optionsOf = (listening: number, more: Record<string, string> = {}) => ({
    ...{
      'splunk-url': `http://127.0.0.1:${listening}`,
      'splunk-token': 'any-token',
      'splunk-verify-connection': 'true',
    },
    ...{ labels: 'com.docker.compose.service', tag: '{{.ImageName}}/{{.Name}}/{{.ID}}', ...more },
  });
  const label = ['--label', 'com.docker.compose.service=web'];

  test('a container does not start while nobody listens', async () => {
    const logOptions = optionsOf(await reusablePort());
    const container = await containers.tryToRun({ driver: 'splunk', port: 0, logOptions, script: 'true' });
    expect(container.started.err).toContain('failed to initialize logging driver');
  });

  test('all of its formats, over kill -9', { timeout: 120_000 }, async () => {
    const script = `i=0; while [ $i -lt 100 ]; do echo "line $i, 안녕"; i=$((i+1)); done; echo '{"msg":"one","level":"warn"}'
      ${waitFor('go')}; while [ $i -lt 200 ]; do echo "line $i, 안녕"; i=$((i+1)); done; echo broken >&2; ${waitFor('end')}`;
    const formats = {
      inline: { 'splunk-gzip': 'true' },
      json: { 'splunk-format': 'json' },
      raw: { 'splunk-format': 'raw' },
    };
    const running = await Promise.all(
      Object.entries(formats).map(async ([format, more]): Promise<[string, Container]> => {
        const logOptions = optionsOf(port, more);
        return [format, await containers.run({ driver: 'splunk', port: 0, logOptions, script, args: label })];
      }),
    );
    const queryOf = (container: Container) => `container_id:${container.id.slice(0, 12)}*`;
    for (const [, container] of running) await found(queryOf(container), 101);
    await killed();
    for (const [, container] of running) container.mark('go');
    await back();
    for (const [format, container] of running) {
      container.mark('end');
      const hits = await found(queryOf(container), 202);
      const lines = Array.from({ length: 200 }, (_, i) => `line ${i}, 안녕`);
      expect(new Set(hits.map(({ message }) => message))).toEqual(new Set([...lines, 'one', 'broken']));
      for (const hit of hits) {
        const known = { container_name: container.name, image: IMAGE, labels: { 'com.docker.compose.service': 'web' } };
        expect(hit).toMatchObject({ ...known, service: 'web' });
        expect(Math.abs(Date.parse(hit['@timestamp']) - Date.now())).toBeLessThan(600_000);
        const stream = hit.message === 'broken' ? 'stderr' : 'stdout';
        if (format !== 'raw') expect(hit['stream']).toBe(stream);
        if (hit.message === 'one') expect(hit.level).toBe('WARN');
      }
    }
  });
});
