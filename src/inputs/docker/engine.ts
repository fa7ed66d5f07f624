import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { userInfo } from 'node:os';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import type { EngineTarget } from './target.ts';

/** The newest version of the API that this was written for. */
const NEWEST = '1.47';
const ANSWER_TIMEOUT_MS = 30_000;
/** A list of thousands of containers is smaller. */
const MAX_ANSWER_BYTES = 64_000_000;
const MAX_REFUSAL_BYTES = 4096;
const EMPTY = Buffer.alloc(0);
const KEEP_ALIVE_MS = 30_000;

/** The engine answered with an error. */
export class EngineRefusal extends LongshoreError {
  readonly status: number;

  constructor(what: string, status: number) {
    super('LS_INPUTS_DOCKER_REFUSED', what, { retryable: status >= 500 && status !== 501 });
    this.status = status;
  }
}

export type Query = Readonly<Record<string, string>>;

/** Speaks with a Docker engine; nothing but GET. */
export class Engine {
  readonly target: EngineTarget;
  readonly #timeoutMs: number;
  #version: string | undefined;

  constructor(target: EngineTarget, timeoutMs = ANSWER_TIMEOUT_MS) {
    this.target = target;
    this.#timeoutMs = timeoutMs;
  }

  /** The version of the API that is spoken; undefined: none was agreed on yet. */
  get version(): string | undefined {
    return this.#version;
  }

  /** The engine may be another one the next time. */
  forgetVersion(): void {
    this.#version = undefined;
  }

  /** Agrees on a version. Rejects as `get`; gives what the engine says of itself. */
  async hello(signal?: AbortSignal): Promise<{ version: string; api: string }> {
    const answer = (await this.#json('/version', signal)) as {
      Version?: unknown;
      ApiVersion?: unknown;
      MinAPIVersion?: unknown;
    } | null;
    const api = versionIn(answer?.ApiVersion);
    if (api === undefined) {
      throw new LongshoreError('LS_INPUTS_DOCKER_REFUSED', `${this.target.name} is no Docker engine.`, {
        fix: 'Correct inputs.docker.socket.',
        retryable: true,
      });
    }
    const least = versionIn(answer?.MinAPIVersion) ?? api;
    this.#version = compare(api, NEWEST) <= 0 ? api : compare(least, NEWEST) > 0 ? least : NEWEST;
    const version = typeof answer?.Version === 'string' ? answer.Version.slice(0, 40) : 'unknown';
    return { version, api: this.#version };
  }

  /** Whether it is at least this version of the API. */
  speaks(version: string): boolean {
    return this.#version !== undefined && compare(this.#version, version) >= 0;
  }

  /**
   * The answer of `GET path`, as JSON.
   * @throws LongshoreError LS_INPUTS_DOCKER_UNREACHABLE; EngineRefusal
   */
  async get(path: string, query: Query = {}, signal?: AbortSignal): Promise<unknown> {
    return this.#json(await this.#pathOf(path, query, signal), signal);
  }

  /** The body of an answer that may never end; its reader destroys it. Rejects as `get`. */
  async open(path: string, query: Query, signal: AbortSignal): Promise<IncomingMessage> {
    return this.#request(await this.#pathOf(path, query, signal), signal);
  }

  /** All of an answer. Rejects as `get`, and when it is longer. */
  async bytes(path: string, query: Query, most: number, signal?: AbortSignal): Promise<Buffer> {
    const both = this.#withTimeout(signal);
    return this.#body(await this.#request(await this.#pathOf(path, query, both), both), most);
  }

  /** What to say when an answer broke off. */
  lost(error: unknown): unknown {
    return error instanceof LongshoreError ? error : this.#unreachable(messageOf(error), error);
  }

  async #pathOf(path: string, query: Query, signal?: AbortSignal): Promise<string> {
    if (this.#version === undefined) await this.hello(signal);
    const text = new URLSearchParams(query).toString();
    return `/v${this.#version}${path}${text === '' ? '' : `?${text}`}`;
  }

  async #json(path: string, signal?: AbortSignal): Promise<unknown> {
    const both = this.#withTimeout(signal);
    const body = await this.#body(await this.#request(path, both), MAX_ANSWER_BYTES);
    try {
      return JSON.parse(body.toString('utf8'));
    } catch {
      throw this.#unreachable('it answers with something that is no JSON');
    }
  }

  #withTimeout(signal: AbortSignal | undefined): AbortSignal {
    const within = AbortSignal.timeout(this.#timeoutMs);
    return signal === undefined ? within : AbortSignal.any([signal, within]);
  }

  async #request(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const { target } = this;
    const options: RequestOptions = {
      ...(target.socketPath === undefined
        ? { host: target.host, port: target.port, ...target.tls }
        : { socketPath: target.socketPath }),
      path,
      // A connection of its own: a log keeps it as long as its container runs.
      agent: false,
      signal,
      headers: { host: target.host ?? 'docker', 'user-agent': 'longshore' },
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const make = target.tls === undefined ? requestHttp : requestHttps;
      const request = make(options, resolve);
      const timer = setTimeout(() => request.destroy(new Error('it does not answer')), this.#timeoutMs);
      request.once('response', () => clearTimeout(timer));
      request.once('close', () => clearTimeout(timer));
      request.once('socket', socket => socket.setKeepAlive(true, KEEP_ALIVE_MS));
      request.on('error', reject);
      request.end();
    }).catch(error => {
      throw this.#unreachable(messageOf(error), error);
    });
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    const body = await this.#body(response, MAX_REFUSAL_BYTES).catch(() => EMPTY);
    throw new EngineRefusal(refusalIn(body.toString('utf8')) ?? `the engine answered ${status}`, status);
  }

  async #body(response: IncomingMessage, most: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const part of response as AsyncIterable<Buffer>) {
        bytes += part.length;
        if (bytes > most) throw new Error('its answer is too long');
        parts.push(part);
      }
    } catch (error) {
      throw this.#unreachable(messageOf(error), error);
    } finally {
      response.destroy();
    }
    return Buffer.concat(parts);
  }

  #unreachable(why: string, cause?: unknown): LongshoreError {
    const { name } = this.target;
    const code = (cause as NodeJS.ErrnoException | undefined)?.code;
    const said = WORDS[code ?? ''] ?? (why === 'aborted' ? WORDS['ECONNRESET']! : why);
    return new LongshoreError(
      'LS_INPUTS_DOCKER_UNREACHABLE',
      `The Docker engine at ${name} cannot be asked: ${said}.`,
      {
        fix: code === 'EACCES' ? mendAccess(this.target) : 'Start it, or correct inputs.docker.socket.',
        cause,
        retryable: true,
      },
    );
  }
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not open the socket',
  ENOENT: 'there is no such socket',
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'it ended the connection',
  ABORT_ERR: 'it does not answer in time',
};

/** What lets this user open the socket. */
export function mendAccess({ socketPath = '' }: EngineTarget): string {
  const { username } = safeUser();
  return (
    `Let it into the group of the socket: sudo usermod -aG docker ${username}, and start longshore anew ` +
    `(systemd: SupplementaryGroups=docker; in a container: --group-add $(stat -c %g ${socketPath})).`
  );
}

/** A user without an entry in the list of users has no name. */
function safeUser(): { username: string } {
  try {
    return userInfo();
  } catch {
    return { username: 'longshore' };
  }
}

/** What the engine says in `{"message":"..."}`, or in one line of text. */
function refusalIn(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string' && message !== '') return message.slice(0, 300);
  } catch {}
  return /^[^\n<]{1,300}$/.test(text.trim()) ? text.trim() : undefined;
}

const versionIn = (value: unknown): string | undefined =>
  typeof value === 'string' && /^\d{1,3}\.\d{1,3}$/.test(value) ? value : undefined;

function compare(a: string, b: string): number {
  const [major = 0, minor = 0] = a.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = b.split('.').map(Number);
  return major - otherMajor || minor - otherMinor;
}
