import { randomBytes } from 'node:crypto';
import { Wait } from 'testcontainers';
import { command, mustRun } from '../../support/command.ts';
import { container } from '../../support/containers.ts';
import { Engine } from './engine.ts';

const IMAGE = process.env['OPENSEARCH_2_IMAGE'] ?? 'opensearchproject/opensearch:2';

/** True when a Docker engine answers that has, or can fetch, the image; else why not. */
export async function engineImage(): Promise<true | string> {
  const version = await command('docker', ['version', '--format', '{{.Server.Version}}'], { timeout_ms: 10_000 });
  if (version.code === 127) return 'there is no docker command';
  if (version.code !== 0) return version.err.split('\n').at(-1) || 'the engine does not answer';
  if ((await command('docker', ['image', 'inspect', IMAGE])).code === 0) return true;
  const pull = await command('docker', ['pull', '--quiet', IMAGE], { timeout_ms: 300_000 });
  return pull.code === 0 || `the image ${IMAGE} cannot be fetched: ${pull.err}`;
}

/** A real ingest engine in a container of its own. */
export class EngineContainer {
  readonly engine: Engine;
  readonly #name: string;

  private constructor(name: string, url: string) {
    this.#name = name;
    this.engine = new Engine(url);
  }

  static async start(heapMb = 512): Promise<EngineContainer> {
    const name = `longshore-test-ingest-${randomBytes(4).toString('hex')}`;
    const started = await container(IMAGE, name)
      .withEnvironment({
        'discovery.type': 'single-node',
        'script.disable_max_compilations_rate': 'true',
        DISABLE_SECURITY_PLUGIN: 'true',
        // The second compiler costs more than it saves.
        JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1',
        OPENSEARCH_JAVA_OPTS: `-Xms${heapMb}m -Xmx${heapMb}m`,
      })
      .withExposedPorts(9200)
      .withWaitStrategy(Wait.forHttp('/_cluster/health?wait_for_status=yellow&timeout=1s', 9200))
      .withStartupTimeout(120_000)
      .start();
    return new EngineContainer(name, `http://127.0.0.1:${started.getMappedPort(9200)}`);
  }

  async remove(): Promise<void> {
    await mustRun('docker', ['rm', '--force', '--volumes', this.#name]);
  }
}
