import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, mustRun, type Outcome } from './command.ts';

// The docker command line, because it is what users type, and because testcontainers has no way to name a log driver.

export const IMAGE = process.env['BUSYBOX_IMAGE'] ?? 'busybox:stable';

/** True when an engine answers that has, or can fetch, the image; else why not. */
export async function dockerEngine(): Promise<true | string> {
  const version = await command('docker', ['version', '--format', '{{.Server.Version}}'], { timeout_ms: 10_000 });
  if (version.code === 127) return 'there is no docker command';
  if (version.code !== 0) return version.err.split('\n').at(-1) || 'the engine does not answer';
  if ((await command('docker', ['image', 'inspect', IMAGE])).code === 0) return true;
  const pull = await command('docker', ['pull', '--quiet', IMAGE], { timeout_ms: 60_000 });
  return pull.code === 0 || `the image ${IMAGE} cannot be fetched: ${pull.err}`;
}

export interface ContainerOptions {
  /** Of longshore's input for it, on loopback. */
  port: number;
  /** The log driver; `fluentd` is told its address, others find it in `logOptions`. */
  driver?: string;
  /** `--log-opt`s beside the address. */
  logOptions?: Record<string, string>;
  /** What the shell in the container runs. `/shared` is the folder of `mark` and `isMarked`. */
  script: string;
  /** More arguments of `docker run`. */
  args?: string[];
  /** Put into `/shared` before the start: name -> text. */
  files?: Record<string, string>;
}

/** Makes containers that log to longshore, and removes every one of them, whatever became of it. */
export class Containers {
  readonly #all: Container[] = [];

  /** A container that runs; throws what the engine said when it could not start. */
  async run(options: ContainerOptions): Promise<Container> {
    const container = await this.tryToRun(options);
    if (container.started.code !== 0) throw new Error(`the container did not start: ${container.started.err}`);
    return container;
  }

  async tryToRun(options: ContainerOptions): Promise<Container> {
    const container = new Container();
    this.#all.push(container);
    await container.start(options);
    return container;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#all.splice(0).map(container => container.remove()));
  }
}

export class Container {
  readonly name = `longshore-test-${randomBytes(5).toString('hex')}`;
  readonly #shared = mkdtempSync(join(tmpdir(), 'longshore-shared-'));
  /** What `docker run --detach` said: its code is not 0 when the container could not start. */
  started!: Outcome;
  /** Set when it has ended and the engine has closed its log. */
  ended = false;
  #exit: Promise<void> | undefined;

  async start({ port, driver = 'fluentd', logOptions, script, args, files }: ContainerOptions): Promise<void> {
    for (const [name, text] of Object.entries(files ?? {})) writeFileSync(join(this.#shared, name), text);
    const own: Record<string, string> = driver === 'fluentd' ? { 'fluentd-address': `127.0.0.1:${port}` } : {};
    const address = { ...own, ...logOptions };
    this.started = await command('docker', [
      ...['run', '--detach', '--network', 'none', '--name', this.name, '--label', 'longshore.test=1'],
      ...['--memory', '128m', '--pids-limit', '64', '--volume', `${this.#shared}:/shared`],
      ...['--log-driver', driver],
      ...Object.entries(address).flatMap(([name, value]) => ['--log-opt', `${name}=${value}`]),
      ...(args ?? []),
      ...[IMAGE, 'timeout', '120', 'sh', '-c', script],
    ]);
  }

  /** Its id as the engine gives it. */
  get id(): string {
    return this.started.out;
  }

  /** Resolves when the engine says that it has ended. */
  exit(): Promise<void> {
    this.#exit ??= command('docker', ['wait', this.id], { timeout_ms: 120_000 }).then(() => {
      this.ended = true;
    });
    return this.#exit;
  }

  /** Makes `/shared/<name>`, for a script that waits for it. */
  mark(name: string): void {
    writeFileSync(join(this.#shared, name), '');
  }

  /** Whether the script has made `/shared/<name>`. */
  isMarked(name: string): boolean {
    return existsSync(join(this.#shared, name));
  }

  async remove(): Promise<void> {
    await mustRun('docker', ['rm', '--force', '--volumes', this.name], { timeout_ms: 45_000 }).catch(error => {
      if (!String(error).includes('No such container')) throw error;
    });
    rmSync(this.#shared, { recursive: true, force: true });
  }
}

/** Shell: prints `LINE`, in which $i counts from 0. */
export const count = (lines: number, line = 'line $i'): string =>
  `i=0; while [ $i -lt ${lines} ]; do echo "${line}"; i=$((i+1)); done`;

/** Shell: waits until the test has called `mark(name)`. */
export const waitFor = (name: string): string => `while [ ! -e /shared/${name} ]; do sleep 0.05; done`;
