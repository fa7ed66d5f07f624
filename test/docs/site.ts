import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { vi } from 'vitest';
import { inProcess } from '../cli/in-process.ts';
import { reusablePort } from '../support/free-port.ts';
import { Longshore, type LongshoreOptions } from '../support/longshore.ts';
import { startWebhook } from '../support/webhook.ts';
import { commandsOf } from './shell.ts';

/** Programs that the pages call, as a reader of the manual has them. A demo need not last half a minute, a tail has to end. */
const PROGRAMS = {
  longshore: `case "$1" in
demo) shift; set -- demo --seconds 1 --rate 200 "$@" ;;
tail)
  "$NODE" "$ROOT/bin/longshore.js" "$@" > .tail &
  for i in $(seq 100); do [ -s .tail ] && break; sleep 0.1; done
  kill -INT $!; wait $!; cat .tail
  exit ;;
esac
exec "$NODE" "$ROOT/bin/longshore.js" "$@"`,
  npx: '[ "$1" = longshore ] || { echo "npx $1 is not run" >&2; exit 1; }\nshift\nexec longshore "$@"',
};

/** A checkout with a running service in it, for the commands of the manual: only ports and addresses are others. */
export class Site {
  readonly folder: string;
  readonly #addresses: readonly (readonly [written: string, real: string])[];
  readonly #webhook: Awaited<ReturnType<typeof startWebhook>>;
  #longshore: Longshore;

  private constructor(
    folder: string,
    addresses: readonly (readonly [string, string])[],
    webhook: Awaited<ReturnType<typeof startWebhook>>,
    longshore: Longshore,
  ) {
    this.folder = folder;
    this.#addresses = addresses;
    this.#webhook = webhook;
    this.#longshore = longshore;
  }

  static async start(options: Pick<LongshoreOptions, 'set'> = {}): Promise<Site> {
    const folder = mkdtempSync(join(tmpdir(), 'longshore-site-'));
    const webhook = await startWebhook();
    const [forward, tcp, http] = [await reusablePort(), await reusablePort(), await reusablePort()];
    const local = (port: number): string => `127.0.0.1:${port}`;
    const addresses = [
      [local(24224), local(forward)],
      [local(5000), local(tcp)],
      ['/dev/tcp/127.0.0.1/5000', `/dev/tcp/127.0.0.1/${tcp}`],
      [local(9880), local(http)],
      ['https://hooks.slack.com/services/T000/B000/XXXX', webhook.url],
      ['https://chat.example.org/hooks/longshore', webhook.url],
    ] as const;
    for (const name of ['pipelines', 'config', 'docker']) cpSync(name, join(folder, name), { recursive: true });
    for (const name of ['bin', 'node_modules']) symlinkSync(resolve(name), join(folder, name));
    const config = join(folder, 'config/longshore.yaml');
    writeFileSync(config, replaced(readFileSync(config, 'utf8'), addresses));
    const programs = join(folder, '.programs');
    mkdirSync(programs);
    for (const [name, text] of Object.entries(PROGRAMS)) {
      writeFileSync(join(programs, name), `#!/usr/bin/env bash\n${text}\n`);
      chmodSync(join(programs, name), 0o755);
    }
    const longshore = await Longshore.start({
      cwd: folder,
      dataDir: folder,
      env: { SLACK_WEBHOOK_URL: webhook.url },
      set: {
        'inputs.forward.address': local(forward),
        'inputs.tcp_json.address': local(tcp),
        'http.address': local(http),
        ...options.set,
      },
    }).catch(async error => {
      await webhook.close();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    });
    return new Site(folder, addresses, webhook, longshore);
  }

  get longshore(): Longshore {
    return this.#longshore;
  }

  /** What came in at the addresses of Slack and of the webhook in the manual. */
  get received() {
    return this.#webhook.received;
  }

  /** A file that the manual tells the reader to write. The service takes pipelines and rules over. */
  async write(path: string, text: string): Promise<void> {
    const reloads = (): number => this.#longshore.log.filter(line => line.includes('"room":"reload"')).length;
    const before = reloads();
    const target = join(this.folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, this.replaced(text));
    if (/^(?:pipelines|config\/rules)\//.test(path))
      await vi.waitFor(() => {
        if (reloads() === before) throw new Error(`${path} was not loaded`);
      }, 10_000);
  }

  /** Runs a script of the manual: its exit code, and what it printed to either stream. */
  async run(script: string): Promise<{ code: number | null; out: string }> {
    const plain = plainCommands(this.replaced(script));
    if (plain === undefined) return this.#runShell(script);
    let out = '';
    for (const args of plain) {
      const { code } = await inProcess(args, {
        cwd: this.folder,
        env: { HOME: this.folder },
        hears: text => {
          out += text;
        },
      });
      if (code !== 0) return { code, out };
    }
    return { code: 0, out };
  }

  async #runShell(script: string): Promise<{ code: number | null; out: string }> {
    const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', this.replaced(script)], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: `${join(this.folder, '.programs')}:${dirname(process.execPath)}:${process.env['PATH']}`,
        HOME: this.folder,
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        NODE: process.execPath,
        ROOT: resolve('.'),
      },
    });
    let out = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        out += text;
      });
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out };
  }

  replaced(text: string): string {
    return replaced(text, this.#addresses);
  }

  async remove(): Promise<void> {
    await this.#longshore.stop();
    await this.#webhook.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Of these, only the program knows how they end. */
const ENDLESS = new Set(['run', 'tail', 'demo']);

/** Arguments of each command, where a script has commands of longshore alone and nothing in it is the shell's to do: no process is needed for those. */
function plainCommands(script: string): string[][] | undefined {
  const bare = script.replace(/'[^']*'/g, '').replace(/(?<=^|\s)#.*$/gm, '');
  if (/[|<>$`&;~*?"\\(){}[\]]/.test(bare)) return undefined;
  const commands = commandsOf(script).map(words => (words[0] === 'npx' ? words.slice(1) : words));
  const isPlain = commands.every(
    ([program, command, ...rest]) =>
      program === 'longshore' && !ENDLESS.has(command ?? '') && !rest.includes('--watch'),
  );
  return isPlain ? commands.map(([, ...args]) => args) : undefined;
}

const replaced = (text: string, addresses: readonly (readonly [string, string])[]): string =>
  addresses.reduce((all, [written, real]) => all.replaceAll(written, real), text);
