import { appendFileSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { command, mustRun } from '../../support/command.ts';
import { Longshore } from '../../support/longshore.ts';
import { requireOrSkip } from '../../support/services.ts';

/* The real logrotate, while programs write and Longshore is killed. */

const isAble = requireOrSkip(
  'logrotate',
  (await command('logrotate', ['--version'])).code === 0 || 'there is no logrotate',
);

const MODES = ['create', 'copytruncate'] as const;
type Mode = (typeof MODES)[number];
const ROUNDS = 4;

/** A program that writes numbered lines to its log, which stays open. */
class Program {
  readonly #log: string;
  readonly #rotation: string;
  readonly #mode: Mode;
  #file: number;
  #isPaused = false;
  readonly #timer: NodeJS.Timeout;
  written = 0;

  constructor(dir: string, mode: Mode) {
    const folder = join(dir, mode);
    // logrotate wants a folder that nobody else may write to.
    mkdirSync(folder, { mode: 0o755 });
    this.#mode = mode;
    this.#log = join(folder, 'app.log');
    this.#rotation = join(folder, 'rotation.conf');
    writeFileSync(this.#rotation, `${this.#log} {\n  rotate 20\n  ${mode}\n}\n`, { mode: 0o644 });
    this.#file = openSync(this.#log, 'a', 0o644);
    this.#timer = setInterval(() => this.#write(), 10);
  }

  async rotate(): Promise<void> {
    // What is written between the copy and the emptying nobody can have.
    this.#isPaused = this.#mode === 'copytruncate';
    await mustRun('logrotate', ['--force', '--state', `${this.#rotation}.state`, this.#rotation]);
    this.#isPaused = false;
    if (this.#mode === 'copytruncate') return;
    // The lines of some more moments go to the renamed file, until the program is told.
    const { written } = this;
    await vi.waitFor(() => expect(this.written).toBeGreaterThan(written + 30), { interval: 5 });
    closeSync(this.#file);
    this.#file = openSync(this.#log, 'a');
  }

  stop(): void {
    clearInterval(this.#timer);
    closeSync(this.#file);
  }

  #write(): void {
    if (this.#isPaused) return;
    const lines = Array.from({ length: 3 }, (_, i) => `2026-11-30T12:00:00Z INFO order ${this.written + i} shipped\n`);
    appendFileSync(this.#file, lines.join(''));
    this.written += lines.length;
  }
}

test.runIf(isAble)(
  'logrotate renames and empties files under load, with kills: each line is stored once',
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'longshore-logrotate-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const programs = MODES.map(mode => new Program(dir, mode));
    const entries = MODES.map(
      mode => `{paths: ['${join(dir, mode, 'app.log*')}'], tag: ${mode}, rotate_wait_ms: 3000}`,
    );
    let longshore = await Longshore.start({ set: { 'inputs.files': `[${entries.join(', ')}]` }, rules: {} });
    onTestFinished(() => longshore.remove());
    const stored = async (mode: Mode): Promise<number> => (await longshore.search(`tag:${mode}`, { size: '1' })).total;
    for (let round = 0; round < ROUNDS; round++) {
      for (const mode of MODES) {
        const before = await stored(mode);
        await vi.waitFor(async () => expect(await stored(mode)).toBeGreaterThan(before), { timeout: 10_000 });
      }
      const rotated = programs.map(program => program.rotate());
      if (round % 2 === 1) {
        await longshore.kill();
        longshore = await longshore.again();
      }
      await Promise.all(rotated);
    }
    for (const program of programs) program.stop();
    for (const [i, mode] of MODES.entries()) {
      const { written } = programs[i]!;
      await vi.waitFor(async () => expect(await stored(mode)).toBeGreaterThanOrEqual(written), { timeout: 20_000 });
      const numbers = (await longshore.searchAll(`tag:${mode}`)).map(({ message }) =>
        Number(/order (\d+)/.exec(String(message))?.[1]),
      );
      expect(
        numbers.sort((a, b) => a - b),
        mode,
      ).toEqual(Array.from({ length: written }, (_, n) => n));
    }
  },
  120_000,
);
