import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, vi } from 'vitest';
import { reusablePort } from '../support/free-port.ts';
import { Longshore } from '../support/longshore.ts';

/** How to run a program of this folder; its one argument is added. */
export interface Program {
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
}

export interface ClientCase {
  /** Options of the client, as its program takes them. */
  options: object;
  /** Whether the library sends again what it finds out was not taken: then longshore is killed in the middle. */
  survivesRestart: boolean;
}

export const COUNT = 600;

/** A client program under way. */
export class ClientProgram {
  readonly tag: string;
  readonly #process: ChildProcess;
  readonly said: string[] = [];
  /** What it wrote to its stderr. */
  readonly grumbled: string[] = [];

  constructor(program: Program, tag: string, settings: { port: number; count: number; pause: boolean } & object) {
    this.tag = tag;
    const argument = JSON.stringify({ tag, ...settings });
    this.#process = spawn(program.command, [...program.args, argument], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...program.env },
    });
    this.#process.once('error', error => this.said.push(`error: ${error.message}`));
    createInterface({ input: this.#process.stdout! }).on('line', line => this.said.push(line));
    // Libraries grumble there about what they then mend; the test wants it only when it fails.
    createInterface({ input: this.#process.stderr! }).on('line', line => this.grumbled.push(line));
    onTestFinished(() => {
      this.#process.kill('SIGKILL');
    });
  }

  goOn(): void {
    this.#process.stdin!.write('\n');
  }

  async says(line: string): Promise<void> {
    await vi.waitFor(
      () => {
        if (this.said.includes(line)) return;
        throw new Error(`waiting for "${line}"; said so far: ${[...this.said, ...this.grumbled].join('; ')}`);
      },
      { timeout: 30_000, interval: 20 },
    );
  }

  async ended(): Promise<void> {
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
  }
}

/**
 * Runs all cases side by side: each sends half of its events, longshore is killed and started again, each sends the
 * rest. Everything must be there once, in order.
 */
export async function everythingOnce(program: Program, cases: Record<string, ClientCase>): Promise<void> {
  const port = await reusablePort();
  let longshore = await Longshore.start({ set: { 'inputs.forward.address': `127.0.0.1:${port}` } });
  onTestFinished(() => longshore.remove());
  const running = Object.values(cases).map(({ options, survivesRestart }, i) => ({
    client: new ClientProgram(program, `client.${i}`, { port, count: COUNT, pause: survivesRestart, ...options }),
    survivesRestart,
  }));
  for (const { client, survivesRestart } of running) {
    await client.says(survivesRestart ? 'half' : 'done');
    await arrived(() => longshore, client.tag, survivesRestart ? COUNT / 2 : COUNT);
  }
  await longshore.kill();
  longshore = await longshore.again();
  for (const { client, survivesRestart } of running) if (survivesRestart) client.goOn();

  const names = Object.keys(cases);
  for (const [i, { client, survivesRestart }] of running.entries()) {
    await client.says('done');
    await client.ended();
    await arrived(() => longshore, client.tag, COUNT);
    expect(client.said, names[i]!).toEqual(survivesRestart ? ['half', 'done'] : ['done']);
    await expectEvents(longshore, client.tag, COUNT);
  }
}

/** Waits until so many events of the tag can be found. */
export function arrived(longshore: () => Longshore, tag: string, count: number): Promise<unknown> {
  return vi.waitFor(
    async () => expect((await longshore().search(`tag:"${tag}"`, { size: '1' })).total).toBeGreaterThanOrEqual(count),
    { timeout: 20_000, interval: 50 },
  );
}

/** Each event once, in order, as it was sent. */
export async function expectEvents(longshore: Longshore, tag: string, count: number): Promise<void> {
  const hits = await longshore.searchAll(`tag:"${tag}"`);
  expect(hits.map(hit => [hit['n'], hit['text']])).toEqual(
    Array.from({ length: count }, (_, n) => [n, `event ${n} 안녕`]),
  );
}
