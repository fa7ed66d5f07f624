import { randomBytes } from 'node:crypto';
import { Wait } from 'testcontainers';
import { command, mustRun } from '../../support/command.ts';
import { container } from '../../support/containers.ts';
import { forget, giveBack, isShared, type Spare, takeSpare, useShared } from './spare-servers.ts';

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

/** Many files want this one. */
const SHARED: Served = 9;
const HEAP_MB = 512;

/** A real Elasticsearch, or a relative of it, of one node in a container of its own. */
export class Server {
  readonly name: string;
  readonly url: string;
  /** What it had when it was new, where others have it later. */
  #spare: Spare | undefined;

  private constructor(name: string, url: string) {
    this.name = name;
    this.url = url;
  }

  static async start(served: Served, heapMb = HEAP_MB): Promise<Server> {
    const mayShare = served === SHARED && heapMb === HEAP_MB && isShared();
    const spare = mayShare ? takeSpare(String(served)) : undefined;
    if (spare !== undefined) {
      const server = new Server(spare.name, spare.url);
      server.#spare = spare;
      return server;
    }
    const name = `longshore-test-es${served}-${randomBytes(4).toString('hex')}`;
    const heap = `-Xms${heapMb}m -Xmx${heapMb}m`;
    const started = await container(IMAGES[served], name)
      .withEnvironment({
        'discovery.type': 'single-node',
        'xpack.security.enabled': 'false',
        // It lives for minutes: what the second compiler costs does not come back. Images of the vendors ignore this.
        JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1',
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
    const server = new Server(name, `http://127.0.0.1:${started.getMappedPort(9200)}`);
    if (mayShare) {
      server.#spare = { name, url: server.url, ...(await server.#templates()) };
      useShared(String(served), server.#spare);
    }
    return server;
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

  /** Gone, or as new for others. */
  async remove(): Promise<void> {
    if (this.#spare !== undefined && (await this.#clean(this.#spare).catch(() => false))) {
      giveBack(String(SHARED), this.name);
      return;
    }
    await command('docker', ['rm', '--force', '--volumes', this.name]);
    if (this.#spare !== undefined) forget(String(SHARED), this.name);
  }

  async #templates(): Promise<Pick<Spare, 'templates' | 'components'>> {
    const { body: all } = await this.json<{ index_templates: { name: string }[] }>('GET', '/_index_template');
    const { body: parts } = await this.json<{ component_templates: { name: string }[] }>('GET', '/_component_template');
    return {
      templates: all.index_templates.map(({ name }) => name),
      components: parts.component_templates.map(({ name }) => name),
    };
  }

  /** Takes away what a file of tests left; false where it could not. */
  async #clean(fresh: Spare): Promise<boolean> {
    // A file that failed may have left it paused.
    await command('docker', ['unpause', this.name]);
    await this.clear('*');
    const { templates, components } = await this.#templates();
    for (const name of templates)
      if (!fresh.templates.includes(name)) await this.json('DELETE', `/_index_template/${name}`);
    for (const name of components)
      if (!fresh.components.includes(name)) await this.json('DELETE', `/_component_template/${name}`);
    const everything = { persistent: { '*': null }, transient: { '*': null } };
    const settings = await this.json('PUT', '/_cluster/settings', everything);
    const left = [...(await this.indices('*')), ...(await this.#templates()).templates];
    return settings.status === 200 && left.length === fresh.templates.length;
  }
}
