import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { LedgerReport } from '../../src/core/api/ledger.ts';
import type { StoredEvent } from '../../src/core/contracts.ts';

export interface Ready {
  forward: number;
  tcp_json: number;
  http: number;
  ready_ms: number;
}

export interface LongshoreOptions {
  /** Folder of the data; a fresh one by default. */
  dataDir?: string;
  /** `--set` values beside the free ports. */
  set?: Record<string, string>;
  env?: NodeJS.ProcessEnv;
  /** Folder that it is started in: where config/ and pipelines/ are. */
  cwd?: string;
  /** File name -> text, for the rules that the process loads instead of the shipped ones. */
  rules?: Record<string, string>;
  /** The same for pipelines, or names of shipped ones; `all`: all of those. Default: none, so that a start takes half the time. */
  pipelines?: Record<string, string> | readonly string[] | 'all';
  /** More of the command line: `--role index`. */
  args?: readonly string[];
}

function pipelinesOf({ pipelines, cwd, set }: LongshoreOptions, dir: string): Record<string, string> {
  if (pipelines === 'all' || set?.['pipelines'] !== undefined) return {};
  if (pipelines === undefined && cwd !== undefined) return {};
  return { pipelines: join(dir, '*.yaml') };
}

/** The shipped pipelines for lines of web servers. */
export const ACCESS_LOG = ['access-log', 'access-log-quotes'];

/** Names of shipped pipelines as their files. */
function textsOf(
  pipelines: Record<string, string> | readonly string[] | undefined,
): Record<string, string> | undefined {
  if (!isList(pipelines)) return pipelines;
  return Object.fromEntries(pipelines.map(name => [`${name}.yaml`, readFileSync(`pipelines/${name}.yaml`, 'utf8')]));
}

const isList = (value: unknown): value is readonly string[] => Array.isArray(value);

/** The real entry point as a process of its own, on free ports. */
export class Longshore {
  readonly dataDir: string;
  readonly process: ChildProcess;
  readonly ready: Ready;
  /** Lines of its log so far. */
  readonly log: string[];
  readonly rulesDir: string;
  readonly pipelinesDir: string;
  readonly #options: LongshoreOptions;

  private constructor(
    dataDir: string,
    child: ChildProcess,
    ready: Ready,
    log: string[],
    dirs: [string, string],
    options: LongshoreOptions,
  ) {
    this.#options = options;
    this.dataDir = dataDir;
    this.process = child;
    this.ready = ready;
    this.log = log;
    [this.rulesDir, this.pipelinesDir] = dirs;
  }

  static async start(options: LongshoreOptions = {}): Promise<Longshore> {
    const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'longshore-'));
    const rulesDir = join(dataDir, 'user-rules');
    const pipelinesDir = join(dataDir, 'user-pipelines');
    writeAll(rulesDir, options.rules);
    if (options.pipelines !== 'all') writeAll(pipelinesDir, textsOf(options.pipelines));
    const sets: Record<string, string> = {
      data_dir: join(dataDir, 'data'),
      'inputs.forward.address': '127.0.0.1:0',
      'inputs.tcp_json.address': '127.0.0.1:0',
      'http.address': '127.0.0.1:0',
      // It sends events of its own, which a test that counts does not expect.
      canary: 'false',
      ...(options.rules === undefined ? {} : { rules: join(rulesDir, '*.yaml') }),
      ...pipelinesOf(options, pipelinesDir),
      ...options.set,
    };
    const args = Object.entries(sets).flatMap(([path, value]) => ['--set', `${path}=${value}`]);
    const child = spawn(process.execPath, [resolve('bin/longshore.js'), 'run', ...args, ...(options.args ?? [])], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
    });
    const log: string[] = [];
    const ready = new Promise<Ready>((done, fail) => {
      createInterface({ input: child.stderr! }).on('line', line => {
        log.push(line);
        if (line.includes('"msg":"ready"')) done(JSON.parse(line) as Ready);
      });
      child.once('exit', (code, signal) =>
        fail(new Error(`ended before it was ready: ${code ?? signal}\n${log.join('\n')}`)),
      );
    });
    return new Longshore(dataDir, child, await ready, log, [rulesDir, pipelinesDir], options);
  }

  get url(): string {
    return `http://127.0.0.1:${this.ready.http}`;
  }

  async search(
    query: string,
    params: Record<string, string> = {},
  ): Promise<{ total: number; hits: StoredEvent[]; cursor?: string }> {
    const url = new URL('/api/search', this.url);
    for (const [key, value] of Object.entries({ query, size: '1000', ...params })) url.searchParams.set(key, value);
    const response = await fetch(url);
    const body = (await response.json()) as { total: { value: number }; hits: StoredEvent[]; cursor?: string };
    if (!response.ok) throw new Error(JSON.stringify(body));
    return { ...body, total: body.total.value };
  }

  async ledger(): Promise<LedgerReport> {
    return (await (await fetch(new URL('/api/ledger', this.url))).json()) as LedgerReport;
  }

  /** Until it answers searches with everything it has. */
  async untilReady(): Promise<void> {
    for (let i = 0; i < 400; i++) {
      const response = await fetch(new URL('/readyz', this.url)).catch(() => undefined);
      if (response?.ok === true) return;
      await new Promise(resolve => setTimeout(resolve, 25));
    }
    throw new Error(`not ready after ten seconds:\n${this.log.join('\n')}`);
  }

  /** Everything that matches, oldest first, page by page. */
  async searchAll(query: string): Promise<StoredEvent[]> {
    const all: StoredEvent[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.search(query, { order: 'asc', ...(cursor === undefined ? {} : { cursor }) });
      all.push(...page.hits);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return all;
  }

  /** Resolves when the process has ended, for whatever reason. */
  get exited(): Promise<unknown> {
    return this.process.exitCode !== null || this.process.signalCode !== null
      ? Promise.resolve()
      : once(this.process, 'exit');
  }

  /** Another process with the same options and data; this one must have ended. */
  again(): Promise<Longshore> {
    return Longshore.start({ ...this.#options, dataDir: this.dataDir });
  }

  /** SIGTERM and the end of the process; the exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stands still, with its connections open, until `resume`. */
  pause(): void {
    this.process.kill('SIGSTOP');
  }

  resume(): void {
    this.process.kill('SIGCONT');
  }

  /** Stops it and removes its data. */
  async remove(): Promise<void> {
    await this.#end('SIGTERM');
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exit = once(this.process, 'exit');
      this.process.kill(signal);
      await exit;
    }
    return this.process.exitCode;
  }
}

function writeAll(dir: string, files: Record<string, string> | undefined): void {
  if (files === undefined) return;
  mkdirSync(dir, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
}
