import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { withDefaults } from '../../../src/base/options.ts';
import type { Consumer } from '../../../src/core/contracts.ts';
import type { Fields, Frame } from '../../../src/core/event.ts';
import { DockerInput } from '../../../src/inputs/docker/docker-input.ts';
import { type DockerInputOptions, dockerInputSchema } from '../../../src/inputs/docker/options.ts';
import { Lives } from '../lives.ts';
import { FakeEngine } from './fake-engine.ts';

/** Takes frames as a spool does: what has an id is taken once. */
export class Taker implements Consumer {
  readonly frames: Frame[] = [];
  readonly #ids = new Set<string>();
  /** Called before a frame is taken. */
  before: (frame: Frame) => Promise<void> | void = () => {};

  async consume(frame: Frame): Promise<void> {
    await this.before(frame);
    const id = `${frame.sender}\0${frame.tag}\0${frame.chunkId}`;
    if (frame.chunkId !== undefined && this.#ids.has(id)) return;
    this.#ids.add(id);
    this.frames.push(frame);
  }

  get records(): Fields[] {
    return this.frames.flatMap(({ records }) => records);
  }

  /** Of logs. */
  get lines(): string[] {
    return this.records.flatMap(({ log }) =>
      log === undefined ? [] : [typeof log === 'string' ? log : Buffer.from(log as Uint8Array).toString()],
    );
  }

  of(dataset: string): Fields[] {
    return this.records.filter(({ event }) => (event as Fields | undefined)?.['dataset'] === dataset);
  }
}

/** A fake engine and an input that reads it. */
export class Bench {
  readonly engine = new FakeEngine();
  readonly dir = mkdtempSync(join(tmpdir(), 'longshore-docker-'));
  readonly taker = new Taker();
  input: DockerInput | undefined;
  readonly #options: Partial<DockerInputOptions>;
  readonly #lives = new Lives(join(this.dir, 'positions.log'), frame => this.taker.consume(frame));

  constructor(
    onTestFinished: (clean: () => Promise<void>) => void,
    options: Partial<DockerInputOptions> = {},
    ports: readonly number[] = [],
  ) {
    this.#options = { statistics_interval_ms: 0, ...options };
    this.ports = ports;
    onTestFinished(async () => {
      await this.stop();
      await this.engine.remove();
      rmSync(this.dir, { recursive: true, force: true });
    });
  }

  readonly ports: readonly number[];

  async start(more: Partial<DockerInputOptions> = {}): Promise<void> {
    const options = withDefaults(dockerInputSchema, { socket: this.engine.socket, ...this.#options, ...more });
    this.input = new DockerInput(options, {
      consumer: this.#lives,
      dir: this.dir,
      env: {},
      ownPorts: new Set(this.ports),
      answerTimeoutMs: 300,
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
    const told = (): string =>
      `it did not come to that: ${JSON.stringify(this.taker.lines.slice(-20))}, asked ${this.engine.asked.slice(-20).join(' ')}`;
    await vi.waitFor(() => expect(condition(), told()).toBe(true), { interval: 20 });
  }

  untilLines(count: number): Promise<void> {
    return this.until(() => this.taker.lines.length >= count);
  }
}

/** 64 hex digits that begin so. */
export const idOf = (begin: string): string => begin.padEnd(64, '0');
