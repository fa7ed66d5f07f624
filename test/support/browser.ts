import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Path of a browser on this machine, or why there is none. */
export function findBrowser(): { path: string } | string {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    for (const name of NAMES) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return { path: join(folder, name) };
      } catch {}
    }
  }
  return `there is no ${NAMES.join(' or ')}; on Debian: apt-get install chromium`;
}

/** One page of a headless browser, driven by its DevTools protocol. */
export class Page {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (answer: { result?: unknown; error?: { message: string } }) => void>();
  #calls = 0;
  /** What the page's scripts threw. */
  readonly errors: string[] = [];

  private constructor(child: ChildProcess, profile: string, socket: WebSocket) {
    this.#process = child;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data));
      if (message.id !== undefined) this.#answers.get(message.id)?.(message);
      else if (message.method === 'Runtime.exceptionThrown')
        this.errors.push(JSON.stringify(message.params.exceptionDetails));
    });
  }

  static async open(browser: string, options: { timeZone?: string } = {}): Promise<Page> {
    const profile = mkdtempSync(join(tmpdir(), 'longshore-browser-'));
    const args = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--remote-debugging-port=0',
    ];
    const child = spawn(browser, [...args, `--user-data-dir=${profile}`, 'about:blank'], { stdio: 'ignore' });
    const port = await vi.waitFor(
      () => Number(readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')[0]),
      {
        timeout: 20_000,
      },
    );
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as Record<string, string>[];
    const socket = new WebSocket(targets.find(target => target['type'] === 'page')!['webSocketDebuggerUrl']!);
    await once(socket, 'open');
    const page = new Page(child, profile, socket);
    await page.call('Runtime.enable');
    await page.call('Page.enable');
    if (options.timeZone !== undefined)
      await page.call('Emulation.setTimezoneOverride', { timezoneId: options.timeZone });
    return page;
  }

  async call(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#calls;
    const { promise, resolve } = Promise.withResolvers<{ result?: unknown; error?: { message: string } }>();
    this.#answers.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await promise;
    this.#answers.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  async goto(url: string): Promise<void> {
    await this.call('Page.navigate', { url });
  }

  /** Value of an expression in the page. */
  async value<T = unknown>(expression: string): Promise<T> {
    const answer = (await this.call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })) as {
      result: { value: T };
      exceptionDetails?: { exception?: { description?: string } };
    };
    if (answer.exceptionDetails !== undefined) throw new Error(answer.exceptionDetails.exception?.description);
    return answer.result.value;
  }

  text(selector: string): Promise<string> {
    return this.value(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ''`);
  }

  count(selector: string): Promise<number> {
    return this.value(`document.querySelectorAll(${JSON.stringify(selector)}).length`);
  }

  /** A real press of the mouse on the n-th element, `drag` pixels to the right before it is let go. */
  async press(selector: string, n = 0, drag = 0): Promise<void> {
    const [x, y] = await this.#restingPlace(selector, n);
    const mouse = (type: string, at: number) =>
      this.call('Input.dispatchMouseEvent', { type, x: at, y, button: 'left', clickCount: 1 });
    await mouse('mousePressed', x);
    if (drag > 0) await mouse('mouseMoved', x + drag);
    await mouse('mouseReleased', x + drag);
  }

  /** Where the n-th element is once nothing moves it any more: a picture that arrives above pushes it down. */
  #restingPlace(selector: string, n: number): Promise<[x: number, y: number]> {
    return this.value(`(async () => {
      const frame = () => new Promise(requestAnimationFrame);
      for (let before = '', same = 0; ; await frame()) {
        const { x, y } = document.querySelectorAll(${JSON.stringify(selector)})[${n}].getBoundingClientRect();
        same = before === x + ' ' + y ? same + 1 : 0;
        if (same === 5) return [x + 6, y + 9];
        before = x + ' ' + y;
      }
    })()`);
  }

  async close(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#socket.close();
    this.#process.kill();
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
