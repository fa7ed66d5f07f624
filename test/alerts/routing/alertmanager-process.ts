import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reusablePort } from '../../support/free-port.ts';

export function hasAlertmanager(): true | string {
  const isThere = spawnSync('prometheus-alertmanager', ['--version']).error === undefined;
  return isThere || "there is none in PATH; Debian's prometheus-alertmanager has it";
}

/** The real Alertmanager, alone, on a free port. */
export class RealAlertmanager {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #dir: string;

  private constructor(url: string, child: ChildProcess, dir: string) {
    this.url = url;
    this.#child = child;
    this.#dir = dir;
  }

  static async start(config: string): Promise<RealAlertmanager> {
    const dir = mkdtempSync(join(tmpdir(), 'alertmanager-'));
    const file = join(dir, 'alertmanager.yml');
    writeFileSync(file, config);
    const address = `127.0.0.1:${await reusablePort()}`;
    const child = spawn(
      'prometheus-alertmanager',
      [
        `--config.file=${file}`,
        `--storage.path=${dir}`,
        `--web.listen-address=${address}`,
        '--cluster.listen-address=',
        '--web.external-url=http://here',
      ],
      { stdio: 'ignore' },
    );
    const real = new RealAlertmanager(`http://${address}`, child, dir);
    await untilAnswers(`${real.url}/-/ready`);
    return real;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

export async function untilAnswers(url: string): Promise<void> {
  for (let i = 0; i < 400; i++) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok === true) return;
    await new Promise(resolve => setTimeout(resolve, 25));
  }
  throw new Error(`${url} does not answer`);
}
