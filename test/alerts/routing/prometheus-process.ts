import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reusablePort } from '../../support/free-port.ts';

export function hasPrometheus(): true | string {
  const isThere = spawnSync('prometheus', ['--version']).error === undefined;
  return isThere || "there is none in PATH; Debian's prometheus has it";
}

/** A real Prometheus that evaluates rules every second and sends its alerts to one address. */
export class Prometheus {
  readonly #child: ChildProcess;
  readonly #dir: string;
  readonly #rules: string;

  private constructor(child: ChildProcess, dir: string, rules: string) {
    this.#child = child;
    this.#dir = dir;
    this.#rules = rules;
  }

  static async start(target: string, rules: string, authorization = ''): Promise<Prometheus> {
    const dir = mkdtempSync(join(tmpdir(), 'prometheus-'));
    const rulesFile = join(dir, 'rules.yml');
    writeFileSync(rulesFile, rules);
    writeFileSync(
      join(dir, 'prometheus.yml'),
      `global: { evaluation_interval: 1s, external_labels: { cluster: test } }
rule_files: [rules.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ['${target}'] }]${authorization} }] }
`,
    );
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(dir, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(dir, 'data')}`,
        `--web.listen-address=127.0.0.1:${await reusablePort()}`,
        '--rules.alert.resend-delay=1s',
      ],
      { stdio: 'ignore' },
    );
    return new Prometheus(child, dir, rulesFile);
  }

  /** With other rules; what fired before is over. */
  replaceRules(rules: string): void {
    writeFileSync(this.#rules, rules);
    this.#child.kill('SIGHUP');
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
