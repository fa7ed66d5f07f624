import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { withDefaults } from '../../../src/base/options.ts';
import type { Consumer } from '../../../src/core/contracts.ts';
import type { Frame } from '../../../src/core/event.ts';
import { FilesInput } from '../../../src/inputs/files/files-input.ts';
import { type FilesInputOptions, filesInputSchema } from '../../../src/inputs/files/options.ts';
import { Lives } from '../lives.ts';

/** Takes frames as a spool does: what has an id is taken once. */
export class Taker implements Consumer {
  readonly lines: string[] = [];
  readonly frames: Frame[] = [];
  readonly #ids = new Set<string>();
  repeated = 0;
  /** Called before a frame is taken. */
  before: (frame: Frame) => Promise<void> | void = () => {};

  async consume(frame: Frame): Promise<void> {
    await this.before(frame);
    const id = `${frame.sender}\0${frame.tag}\0${frame.chunkId}`;
    if (this.#ids.has(id)) {
      this.repeated++;
      return;
    }
    this.#ids.add(id);
    this.frames.push(frame);
    for (const { message, log } of frame.records) this.lines.push(String(message ?? log));
  }
}

type Given = Partial<FilesInputOptions> & { readonly glob?: string };

/** A folder with the files of a test, and an input that follows them. */
export class Bench {
  readonly dir: string;
  readonly taker = new Taker();
  input: FilesInput | undefined;
  readonly #lives: Lives;
  readonly #glob: string;
  readonly #options: Partial<FilesInputOptions>;

  /** `onTestFinished`: of the test, for several run at a time. */
  constructor(onTestFinished: (clean: () => Promise<void>) => void, { glob = 'app*.log', ...options }: Given = {}) {
    this.dir = mkdtempSync(join(tmpdir(), 'longshore-files-'));
    this.#lives = new Lives(join(this.dir, 'positions/positions.log'), frame => this.taker.consume(frame));
    this.#glob = glob;
    this.#options = options;
    onTestFinished(async () => {
      await this.stop();
      rmSync(this.dir, { recursive: true, force: true });
    });
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  async start(): Promise<void> {
    const options = withDefaults(filesInputSchema.items, {
      paths: [this.path(this.#glob)],
      ...this.#options,
    });
    this.input = new FilesInput([options], {
      consumer: this.#lives,
      dir: this.path('positions'),
      ownDir: this.path('positions'),
    });
    await this.input.start();
  }

  async stop(): Promise<void> {
    await this.input?.stop(AbortSignal.timeout(5000));
    this.input = undefined;
  }

  /** Positions are what they were on the disk, and a frame that was being taken is never answered. Starts again. */
  async kill(): Promise<void> {
    await this.#lives.kill(() => this.input?.stop(AbortSignal.abort()));
    await this.start();
  }

  async until(condition: () => boolean): Promise<void> {
    const told = (): string => `it did not come to that: ${JSON.stringify(this.taker.lines.slice(-20))}`;
    await vi.waitFor(() => expect(condition(), told()).toBe(true), { interval: 25 });
  }

  untilLines(count: number): Promise<void> {
    return this.until(() => this.taker.lines.length >= count);
  }
}
