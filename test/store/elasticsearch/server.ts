import { randomBytes } from 'node:crypto';
import { Wait } from 'testcontainers';
import { command, mustRun } from '../../support/command.ts';
import { container } from '../../support/containers.ts';

/** The images of the products and major versions that are supported. */
export const IMAGES = {
  9: process.env['ELASTICSEARCH_IMAGE'] ?? 'docker.elastic.co/elasticsearch/elasticsearch:9.2.0',
  8: process.env['ELASTICSEARCH_8_IMAGE'] ?? 'docker.elastic.co/elasticsearch/elasticsearch:8.19.0',
  7: process.env['ELASTICSEARCH_7_IMAGE'] ?? 'docker.elastic.co/elasticsearch/elasticsearch:7.17.29',
  opensearch2: process.env['OPENSEARCH_2_IMAGE'] ?? 'opensearchproject/opensearch:2.19.3',
  opensearch3: process.env['OPENSEARCH_3_IMAGE'] ?? 'opensearchproject/opensearch:3.3.2',
} as const;
export type Served = keyof typeof IMAGES;

/** True when an engine answers that has, or can fetch, the image of that version; else why not. */
export async function elasticsearchImage(served: Served): Promise<true | string> {
  const version = await command('docker', ['version', '--format', '{{.Server.Version}}'], { timeout_ms: 10_000 });
  if (version.code === 127) return 'there is no docker command';
  if (version.code !== 0) return version.err.split('\n').at(-1) || 'the engine does not answer';
  const image = IMAGES[served];
  if ((await command('docker', ['image', 'inspect', image])).code === 0) return true;
  const pull = await command('docker', ['pull', '--quiet', image], { timeout_ms: 300_000 });
  return pull.code === 0 || `the image ${image} cannot be fetched: ${pull.err}`;
}

/** A real Elasticsearch, or a relative of it, of one node in a container of its own. */
export class Server {
  readonly name: string;
  readonly url: string;

  private constructor(name: string, url: string) {
    this.name = name;
    this.url = url;
  }

  static async start(served: Served, heapMb = 512): Promise<Server> {
    const name = `longshore-test-es${served}-${randomBytes(4).toString('hex')}`;
    const heap = `-Xms${heapMb}m -Xmx${heapMb}m`;
    const started = await container(IMAGES[served], name)
      .withEnvironment({
        'discovery.type': 'single-node',
        'xpack.security.enabled': 'false',
        ES_JAVA_OPTS: heap,
        OPENSEARCH_JAVA_OPTS: heap,
        DISABLE_SECURITY_PLUGIN: 'true',
        DISABLE_INSTALL_DEMO_CONFIG: 'true',
      })
      .withResourcesQuota({ memory: (heapMb + 1000) / 1000 })
      .withExposedPorts(9200)
      .withWaitStrategy(Wait.forHttp('/_cluster/health?wait_for_status=yellow&timeout=1s', 9200))
      .withStartupTimeout(60_000)
      .start();
    return new Server(name, `http://127.0.0.1:${started.getMappedPort(9200)}`);
  }

  async json<T = unknown>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
    const answer = await fetch(this.url + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text } as {
      status: number;
      body: T;
    };
  }

  /** Names of the indices that match, sorted. */
  async indices(pattern: string): Promise<string[]> {
    const { body } = await this.json<{ index: string }[]>('GET', `/_cat/indices/${pattern}?format=json&h=index`);
    return body.map(({ index }) => index).sort();
  }

  /** Deletes the indices that match; Elasticsearch does it by name only. */
  async clear(pattern: string): Promise<void> {
    for (const index of await this.indices(pattern)) await this.json('DELETE', `/${index}`);
  }

  pause = () => mustRun('docker', ['pause', this.name]);
  unpause = () => mustRun('docker', ['unpause', this.name]);

  async remove(): Promise<void> {
    await command('docker', ['rm', '--force', '--volumes', this.name]);
  }
}
