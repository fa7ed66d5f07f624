import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended } from './load.ts';
import { childrenOf } from './processes.ts';
import type { Program, Running } from './program.ts';
import type { Place, Surroundings } from './surroundings.ts';

export interface LongshoreOptions {
  readonly name: string;
  /** Default: this one. */
  readonly checkout?: string;
  /** `PATH=VALUE`. */
  readonly sets?: readonly string[];
}

export function longshore({ name, checkout, sets }: LongshoreOptions): Program {
  return { name, start: (place, around) => Target.start(place, around, { checkout, sets }) };
}

/** The service in a process of its own, on an empty data folder. */
export class Target implements Running {
  readonly process: ChildProcess;
  readonly port: number;
  readonly http: number;
  readonly dir: string;
  readonly #hasStore: boolean;

  private constructor(child: ChildProcess, ready: { forward: number; http: number }, dir: string, hasStore: boolean) {
    this.process = child;
    this.port = ready.forward;
    this.http = ready.http;
    this.dir = dir;
    this.#hasStore = hasStore;
  }

  static async start(
    { store }: Place,
    around: Surroundings,
    {
      checkout,
      sets = [],
      prepare,
    }: {
      checkout?: string | undefined;
      sets?: readonly string[] | undefined;
      /** Puts something into its data folder. */
      prepare?: (dir: string) => void;
    } = {},
  ): Promise<Target> {
    const root = checkout ?? join(import.meta.dirname, '../..');
    const dir = mkdtempSync(join(tmpdir(), 'longshore-bench-'));
    prepare?.(dir);
    const child = fork(
      join(root, 'test/bench/target.ts'),
      [store.startsWith('stopped') ? 'stopped' : 'open', dir, ...around.sets, ...sets],
      {
        cwd: root,
        env: { ...process.env, LOG_LEVEL: 'error', NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') },
      },
    );
    const [{ ready }] = (await once(child, 'message')) as [{ ready: { forward: number; http: number } }];
    return new Target(child, ready, dir, store === 'embedded' || store === 'stopped');
  }

  get pid(): number {
    return this.process.pid!;
  }

  get accepting(): number[] {
    // Without a store of its own its children are its workers.
    return this.#hasStore ? [this.pid] : [this.pid, ...childrenOf(this.pid)];
  }

  get stores(): number[] {
    return this.#hasStore ? childrenOf(this.pid) : [];
  }

  async profile(file: string | null): Promise<void> {
    this.process.send({ profile: file });
    if (file === null) await once(this.process, 'message');
  }

  async end(): Promise<void> {
    await ended(this.process);
    rmSync(this.dir, { recursive: true, force: true });
  }
}
