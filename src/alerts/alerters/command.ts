import { spawn } from 'node:child_process';
import { endGroup } from '../../base/process/group.ts';
import { type Fields, isFields } from '../../core/event.ts';
import { lookup } from '../lookup.ts';
import { pythonJson, pythonStr } from '../python/str.ts';
import type { OptionMistake } from './address.ts';
import type { Alert, Alerter, AlerterKind, AlerterSettings, Notification, SendContext, SendResult } from './alerter.ts';
import { timeoutMs } from './http.ts';
import { firstOf, resolvedMatch, textsOf, told } from './told.ts';

const PLAIN = { tableWidth: 80, fenced: false, marks: undefined };
const TIME_LIMIT_S = 30;
const MAX_ARGUMENT_CHARS = 32_768;
const MAX_SAID_CHARS = 200;
const SHELL = /[|&;<>()$`"'*?~\\\n]/;

/** `command`: runs a program, without a shell. Off unless `alerts.allow_commands` of the configuration is true. */
export const command: AlerterKind = {
  type: 'command',
  options: {
    command: 'text_or_texts',
    pipe_match_json: 'boolean',
    pipe_alert_text: 'boolean',
    fail_on_non_zero_exit: 'boolean',
    command_timeout: 'number',
  },
  check: options => checkCommand(options['command']),
  create: settings => new Command(settings),
};

function checkCommand(value: unknown): OptionMistake[] {
  if (typeof value !== 'string' || !SHELL.test(value)) return [];
  const what = 'is a line for a shell, and no shell runs here';
  return [{ option: 'command', what, fix: "Write a list: ['/path/to/program', '--option', '{field}']." }];
}

interface Run {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly stdin: string;
}

class Command implements Alerter {
  readonly type = 'command';
  readonly missing: string | undefined;
  readonly #settings: AlerterSettings;
  readonly #words: readonly string[];

  constructor(settings: AlerterSettings) {
    const { options, allowsCommands } = settings;
    this.#settings = settings;
    const value = options['command'];
    this.#words = typeof value === 'string' ? value.split(/\s+/).filter(word => word !== '') : textsOf(value);
    this.missing = allowsCommands !== true ? 'alerts.allow_commands' : this.#words.length === 0 ? 'command' : undefined;
  }

  render(alert: Alert): Notification[] {
    const match = firstOf(alert);
    const [program = '', ...words] = this.#words.map(word => filled(word, match));
    return [{ target: 0, body: JSON.stringify({ program, arguments: words, stdin: this.#stdin(alert) }) }];
  }

  queue(): string {
    return `command:${this.#words[0]}`;
  }

  send({ body }: Notification, { signal }: SendContext): Promise<SendResult> {
    const { options } = this.#settings;
    const limitMs = timeoutMs(options['command_timeout'] ?? TIME_LIMIT_S);
    return run(JSON.parse(body) as Run, options['fail_on_non_zero_exit'] === true, limitMs, signal);
  }

  #stdin(alert: Alert): string {
    const { options } = this.#settings;
    if (options['pipe_match_json'] === true) {
      const { resolved, matches } = alert;
      const told = resolved === undefined ? matches : matches.map(match => resolvedMatch(match, resolved));
      return `${pythonJson(told)}\n`;
    }
    return options['pipe_alert_text'] === true ? told(alert, this.#settings, PLAIN).body : '';
  }
}

/** `%(field)s` and `{field}` or `{match[field]}`; what stands in a value stays as it is. */
function filled(word: string, match: Fields): string {
  return word
    .replace(/%\(([^)]*)\)s|\{(?:match\[([^\]]+)\]|([\w.@-]+))\}/g, (_, a?: string, b?: string, c?: string) => {
      const value = lookup(match, a ?? b ?? c ?? '') ?? undefined;
      return value === undefined ? '<MISSING VALUE>' : isFields(value) ? pythonJson(value) : pythonStr(value);
    })
    .replaceAll('\0', '')
    .slice(0, MAX_ARGUMENT_CHARS);
}

function run({ program, arguments: words, stdin }: Run, mustBeZero: boolean, limitMs: number, signal: AbortSignal) {
  return new Promise<SendResult>(resolve => {
    // A group of its own: what it starts ends with it.
    const child = spawn(program, words, { stdio: ['pipe', 'ignore', 'pipe'], shell: false, detached: true });
    let said = '';
    const timer = setTimeout(
      () => end({ ok: false, scope: 'message', reason: `not done after ${limitMs} ms` }),
      limitMs,
    );
    const stopped = (): void => end({ ok: false, scope: 'place', reason: 'stopped' });
    function end(result: SendResult): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', stopped);
      if (child.exitCode === null && child.signalCode === null) endGroup(child);
      child.stderr.destroy();
      resolve(result);
    }
    signal.addEventListener('abort', stopped, { once: true });
    child.stdin.on('error', () => {});
    child.stderr.on('error', () => {});
    child.stderr.on('data', chunk => {
      if (said.length < MAX_SAID_CHARS) said += String(chunk);
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      end({ ok: false, scope: 'message', isFinal: true, reason: `cannot be started (${error.code ?? error.name})` }),
    );
    child.on('exit', (code, by) => {
      const words = said
        .slice(0, MAX_SAID_CHARS)
        .replace(/[\x00-\x1f\x7f]+/g, ' ')
        .trim();
      const reason = `it ended with ${code ?? by}${words === '' ? '' : `: ${words}`}`;
      end(code === 0 || !mustBeZero ? { ok: true } : { ok: false, scope: 'message', reason });
    });
    child.stdin.end(stdin);
  });
}
