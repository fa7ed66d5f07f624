import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type GenericContainer, Wait } from 'testcontainers';
import { command, mustRun } from './command.ts';
import { container } from './containers.ts';
import { reusablePort } from './free-port.ts';

const IMAGE = process.env['REDIS_IMAGE'] ?? 'redis:7';

/** True when an engine answers that has, or can fetch, Redis; else why not. */
export async function redisEngine(): Promise<true | string> {
  const version = await command('docker', ['version', '--format', '{{.Server.Version}}'], { timeout_ms: 10_000 });
  if (version.code === 127) return 'there is no docker command';
  if (version.code !== 0) return version.err.split('\n').at(-1) || 'the engine does not answer';
  if ((await command('docker', ['image', 'inspect', IMAGE])).code === 0) return true;
  const pull = await command('docker', ['pull', '--quiet', IMAGE], { timeout_ms: 120_000 });
  return pull.code === 0 || `the image ${IMAGE} cannot be fetched: ${pull.err}`;
}

/** A real Redis on a port of loopback that it keeps over restarts. */
export class RedisServer {
  readonly name = `longshore-redis-${randomBytes(5).toString('hex')}`;
  readonly port: number;
  /** For questions and settings of the test itself. */
  readonly client: Redis;
  #folder: string | undefined;

  private constructor(port: number) {
    this.port = port;
    this.client = new Redis({
      host: '127.0.0.1',
      port,
      lazyConnect: true,
      maxRetriesPerRequest: null,
      retryStrategy: () => 50,
    });
    this.client.on('error', () => {});
  }

  /** @param args of redis-server, beside the port. Default: the append-only file, synced at once. */
  static async start(args: readonly string[] = ['--appendonly', 'yes', '--appendfsync', 'always']) {
    const server = new RedisServer(await reusablePort());
    await server.#run(server.#container, ['--save', '', ...args]);
    return server;
  }

  /** A Sentinel: it writes its configuration, so it needs a file. */
  static async startSentinel(): Promise<RedisServer> {
    const server = new RedisServer(await reusablePort());
    server.#folder = mkdtempSync(join(tmpdir(), 'longshore-sentinel-'));
    writeFileSync(join(server.#folder, 'sentinel.conf'), '');
    for (const path of [server.#folder, join(server.#folder, 'sentinel.conf')]) chmodSync(path, 0o777);
    const one = server.#container.withBindMounts([{ source: server.#folder, target: '/sentinel' }]);
    await server.#run(one.withEntrypoint(['redis-server']), ['/sentinel/sentinel.conf', '--sentinel']);
    return server;
  }

  get #container(): GenericContainer {
    return container(IMAGE, this.name).withNetworkMode('host');
  }

  async #run(one: GenericContainer, args: readonly string[]): Promise<void> {
    await one
      .withCommand([...args, '--port', String(this.port), '--bind', '127.0.0.1'])
      .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections|Sentinel ID is/))
      .withStartupTimeout(15_000)
      .start();
    await this.untilReady();
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async untilReady(): Promise<void> {
    await this.client.ping().catch(error => {
      if (!String(error).includes('NOAUTH')) throw error;
    });
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await mustRun('docker', ['kill', this.name]);
  }

  /** Starts it again, with the files it had. */
  async startAgain(): Promise<void> {
    await mustRun('docker', ['start', this.name]);
    await this.untilReady();
  }

  async pause(): Promise<void> {
    await mustRun('docker', ['pause', this.name]);
  }

  async unpause(): Promise<void> {
    await mustRun('docker', ['unpause', this.name]);
  }

  async remove(): Promise<void> {
    this.client.disconnect();
    await mustRun('docker', ['rm', '--force', '--volumes', this.name]).catch(error => {
      if (!String(error).includes('No such container')) throw error;
    });
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }
}
