import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The real amtool, on files of its own folder. */
export class Amtool {
  readonly #dir = mkdtempSync(join(tmpdir(), 'amtool-'));
  #files = 0;

  file(text: string, suffix = '.yml'): string {
    const path = join(this.#dir, `${++this.#files}${suffix}`);
    writeFileSync(path, text);
    return path;
  }

  /** Standard output. Throws with standard error. */
  run(...args: readonly string[]): string {
    return execFileSync('amtool', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Whether it takes a configuration, and what it says. */
  check(config: string): { isRight: boolean; text: string } {
    const { status, stdout, stderr } = spawnSync('amtool', ['check-config', this.file(config)], { encoding: 'utf8' });
    return { isRight: status === 0, text: stdout + stderr };
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

export function hasAmtool(): true | string {
  const isThere = spawnSync('amtool', ['--version']).error === undefined;
  return isThere || "there is none in PATH; Debian's prometheus-alertmanager has it";
}
