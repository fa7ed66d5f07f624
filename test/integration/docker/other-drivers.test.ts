import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Containers, dockerEngine, IMAGE } from '../../support/docker.ts';
import { Longshore } from '../../support/longshore.ts';
import { requireOrSkip } from '../../support/services.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../web/fixtures/localhost.${name}.pem`, import.meta.url));

describe.runIf(requireOrSkip('a Docker engine', await dockerEngine()))("Docker's syslog and gelf drivers", () => {
  const containers = new Containers();
  const folder = mkdtempSync(join(tmpdir(), 'longshore-drivers-'));
  let longshore: Longshore;
  let ports: { syslog: number; tls: number; gelf: number };

  beforeAll(async () => {
    const tls = `tls_address: '127.0.0.1:0', tls: {cert_file: ${fixture('cert')}, key_file: ${fixture('key')}}`;
    const syslog = `{address: '127.0.0.1:0', unix_socket: ${folder}/in.sock, ${tls}}`;
    longshore = await Longshore.start({ set: { 'inputs.syslog': syslog, 'inputs.gelf': "{address: '127.0.0.1:0'}" } });
    const listening = (room: string) =>
      JSON.parse(longshore.log.find(line => line.includes(`"room":"${room}"`))!) as { port: number; tls_port: number };
    const { port, tls_port } = listening('inputs.syslog');
    ports = { syslog: port, tls: tls_port, gelf: listening('inputs.gelf').port };
  }, 120_000);
  afterAll(async () => {
    try {
      await containers.remove();
    } finally {
      await longshore?.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  /** Both streams of a container, and a level that stderr shows by its text. */
  async function linesOf(driver: string, logOptions: Record<string, string>, args: string[] = []) {
    const script = 'echo "to the one, 안녕"; echo "  WARN to the other" >&2; echo broken >&2; sleep 0.3';
    const container = await containers.run({ driver, port: 0, logOptions, script, args });
    const query = `container_id:${container.id.slice(0, 12)}*`;
    const hits = await vi.waitFor(
      async () => {
        const found = await longshore.search(query);
        expect(found.total).toBe(3);
        return found.hits;
      },
      { timeout: 20_000, interval: 50 },
    );
    expect(hits.map(({ stream, level, message }) => [stream, level, message]).sort()).toEqual([
      ['stderr', 'ERROR', 'broken'],
      ['stderr', 'WARN', '  WARN to the other'],
      ['stdout', 'INFO', 'to the one, 안녕'],
    ]);
    for (const hit of hits) expect(Math.abs(Date.parse(hit['@timestamp']) - Date.now())).toBeLessThan(600_000);
    return { container, hits };
  }

  test.for([
    ['tcp', undefined],
    ['tcp', 'rfc3164'],
    ['tcp', 'rfc5424'],
    ['tcp', 'rfc5424micro'],
    ['udp', undefined],
    ['udp', 'rfc5424micro'],
    ['unix', 'rfc3164'],
    ['tcp+tls', 'rfc5424'],
  ] as const)('syslog over %s, format %s', async ([way, format]) => {
    const address =
      way === 'unix'
        ? `unix://${folder}/in.sock`
        : `${way}://127.0.0.1:${way === 'tcp+tls' ? ports.tls : ports.syslog}`;
    const options = {
      'syslog-address': address,
      tag: '{{.ImageName}}/{{.Name}}/{{.ID}}',
      ...(format === undefined ? {} : { 'syslog-format': format }),
      ...(way === 'tcp+tls' ? { 'syslog-tls-skip-verify': 'true' } : {}),
    };
    const { container, hits } = await linesOf('syslog', options);
    for (const hit of hits) {
      expect(hit).toMatchObject({ container_name: container.name, image: IMAGE, tag: 'syslog' });
      expect(hit['log']).toMatchObject({ syslog: { facility: { name: 'system' } } });
    }
  });

  test.for([
    ['udp', 'gzip'],
    ['udp', 'none'],
    ['tcp', undefined],
  ] as const)('gelf over %s, compression %s', async ([way, compression]) => {
    const options = {
      'gelf-address': `${way}://127.0.0.1:${ports.gelf}`,
      labels: 'com.docker.compose.service',
      ...(compression === undefined ? {} : { 'gelf-compression-type': compression }),
    };
    const label = ['--label', 'com.docker.compose.service=web'];
    const { container, hits } = await linesOf('gelf', options, label);
    for (const hit of hits)
      expect(hit).toMatchObject({
        ...{ container_name: container.name, container_id: container.id, image: IMAGE, service: 'web' },
        ...{ labels: { 'com.docker.compose.service': 'web' }, tag: container.id.slice(0, 12) },
      });
  });
});
