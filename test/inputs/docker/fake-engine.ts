import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FakeLine {
  /** `2026-11-30T16:18:31.123456789Z` */
  readonly time: string;
  readonly text: string;
  readonly stream?: 'stdout' | 'stderr';
}

export interface FakeContainer {
  readonly id: string;
  name: string;
  image?: string;
  labels?: Record<string, string>;
  tty?: boolean;
  driver?: string;
  driverOptions?: Record<string, string>;
  isRunning?: boolean;
  startedAt?: string;
  finishedAt?: string;
  lines: FakeLine[];
  stats?: unknown;
}

/** Time of the n-th nanosecond of a minute, or of one that is given. */
export const at = (nanos: number): string =>
  `2026-11-30T16:${String(Math.floor(nanos / 60e9) % 60).padStart(2, '0')}:${String(Math.floor(nanos / 1e9) % 60).padStart(2, '0')}.${String(nanos % 1e9).padStart(9, '0')}Z`;

/** A frame of a log as the engine sends it. */
export function frame(content: string | Buffer, stream: 'stdout' | 'stderr' = 'stdout'): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(8);
  header[0] = stream === 'stderr' ? 2 : 1;
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => unknown;

/** A Docker engine with a unix socket, as far as Longshore asks. What it answers can be replaced, path by path. */
export class FakeEngine {
  readonly dir = mkdtempSync(join(tmpdir(), 'longshore-engine-'));
  readonly path = join(this.dir, 'docker.sock');
  readonly containers = new Map<string, FakeContainer>();
  /** Paths that were asked for, without their version. */
  readonly asked: string[] = [];
  /** Answers instead of its own, by the begin of their paths. */
  readonly instead = new Map<string, Answer>();
  version: Record<string, string> = { Version: '28.0.0', ApiVersion: '1.48', MinAPIVersion: '1.24' };
  /** As engines before 23.0: each line is compared with `since`, not the first alone. */
  isOld = false;
  readonly #followers = new Map<string, Set<ServerResponse>>();
  readonly #listeners = new Set<ServerResponse>();
  readonly #events: { readonly nanos: bigint; readonly text: string }[] = [];
  #server: Server | undefined;

  get socket(): string {
    return `unix://${this.path}`;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => this.#answer(request, response));
    this.#server = server;
    server.listen(this.path);
    await once(server, 'listening');
  }

  /** On a port of loopback, with TLS; its address as `DOCKER_HOST` has it. */
  async startTls(options: ServerOptions): Promise<string> {
    const server = createTlsServer(options, (request, response) => this.#answer(request, response));
    this.#server = server;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** All connections end, as those of an engine that is killed. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    this.#followers.clear();
    this.#listeners.clear();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  run(container: Partial<FakeContainer> & { id: string }): FakeContainer {
    const made = { name: container.id.slice(0, 6), lines: [], isRunning: true, startedAt: at(0), ...container };
    this.containers.set(made.id, made);
    this.event(made.id, 'start');
    return made;
  }

  log(id: string, ...lines: FakeLine[]): void {
    const container = this.containers.get(id)!;
    container.lines.push(...lines);
    for (const response of this.#followers.get(id) ?? [])
      for (const line of lines) response.write(wire(container, line));
  }

  /** Bytes to those who follow, whatever they are. */
  raw(id: string, bytes: Buffer): void {
    for (const response of this.#followers.get(id) ?? []) response.write(bytes);
  }

  followers(id: string): number {
    return this.#followers.get(id)?.size ?? 0;
  }

  /** What was written for its followers and not read. */
  waitingBytes(id: string): number {
    let bytes = 0;
    for (const response of this.#followers.get(id) ?? [])
      bytes += response.writableLength + (response.socket?.writableLength ?? 0);
    return bytes;
  }

  event(id: string, action: string, attributes: Record<string, string> = {}): void {
    const container = this.containers.get(id);
    const event = {
      Type: 'container',
      Action: action,
      Actor: {
        ID: id,
        Attributes: { name: container?.name ?? '', image: container?.image ?? '', ...container?.labels, ...attributes },
      },
      timeNano: 0,
    };
    // More digits than a number has.
    const nanos = `${Date.now()}${String(this.#events.length).padStart(6, '0')}`;
    const text = `${JSON.stringify(event).replace('"timeNano":0', `"timeNano":${nanos}`)}\n`;
    this.#events.push({ nanos: BigInt(nanos), text });
    for (const response of this.#listeners) response.write(text);
  }

  die(id: string, exitCode = 0): void {
    const container = this.containers.get(id)!;
    container.isRunning = false;
    container.finishedAt = at(Date.now());
    this.event(id, 'die', { exitCode: String(exitCode) });
    for (const response of this.#followers.get(id) ?? []) response.end();
    this.#followers.delete(id);
  }

  destroy(id: string): void {
    this.event(id, 'destroy');
    this.containers.delete(id);
  }

  #answer(request: IncomingMessage, response: ServerResponse): unknown {
    const url = new URL(request.url!, 'http://engine');
    const path = url.pathname.replace(/^\/v[\d.]+/, '');
    this.asked.push(path + url.search);
    for (const [prefix, answer] of this.instead) {
      if (path.startsWith(prefix)) {
        return answer(request, response, url);
      }
    }
    const json = (value: unknown, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (path === '/version') return json(this.version);
    if (path === '/info') return json({ Name: 'ship' });
    if (path === '/events') return this.#listen(response, url.searchParams);
    if (path === '/containers/json') return json([...this.containers.values()].map(listed));
    const [, , id = '', what] = path.split('/');
    const container = this.containers.get(id);
    if (container === undefined) return json({ message: `No such container: ${id}` }, 404);
    if (what === 'json') return json(inspected(container));
    if (what === 'stats') return json(container.stats ?? {});
    if (what === 'logs') return this.#logs(container, response, url.searchParams);
    return json({ message: 'page not found' }, 404);
  }

  #listen(response: ServerResponse, query: URLSearchParams): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const since = nanosOfSince(query.get('since') ?? '0');
    for (const { nanos, text } of this.#events) if (nanos >= since) response.write(text);
    this.#listeners.add(response);
    response.once('close', () => this.#listeners.delete(response));
  }

  #logs(container: FakeContainer, response: ServerResponse, query: URLSearchParams): void {
    if (container.driver === 'none') {
      response.writeHead(501).end('{"message":"configured logging driver does not support reading"}');
      return;
    }
    response.writeHead(200);
    response.flushHeaders();
    const since = query.get('since');
    let isBehind = since === null;
    const lines = query.get('tail') === null ? container.lines : container.lines.slice(-Number(query.get('tail')));
    for (const line of lines) {
      const fits = since === null || nanosOf(line.time) >= nanosOfSince(since);
      if (fits) isBehind = true;
      if (this.isOld ? fits : isBehind) response.write(wire(container, line));
    }
    if (query.get('follow') !== '1' || container.isRunning !== true) {
      response.end();
      return;
    }
    const followers = this.#followers.get(container.id) ?? new Set();
    this.#followers.set(container.id, followers);
    followers.add(response);
    response.once('close', () => followers.delete(response));
  }
}

const nanosOf = (time: string): bigint =>
  BigInt(Date.parse(`${time.slice(0, 19)}Z`)) * 1_000_000n + BigInt(time.slice(20, 29));

function nanosOfSince(since: string): bigint {
  const [seconds = '', fraction = ''] = since.split('.');
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function wire({ tty }: FakeContainer, { time, text, stream }: FakeLine): Buffer {
  const content = `${time} ${text}`;
  return tty === true ? Buffer.from(content) : frame(content, stream);
}

function listed({ id, name, image = '', labels = {}, isRunning }: FakeContainer) {
  return {
    Id: id,
    Names: [`/${name}`],
    Image: image,
    Labels: labels,
    State: isRunning === true ? 'running' : 'exited',
  };
}

function inspected(container: FakeContainer) {
  const { id, name, image = '', labels = {}, tty = false, driver = 'json-file', driverOptions = {} } = container;
  const { isRunning = false, startedAt = at(0), finishedAt = '0001-01-01T00:00:00Z' } = container;
  return {
    Id: id,
    Name: `/${name}`,
    Config: { Image: image, Labels: labels, Tty: tty },
    HostConfig: { LogConfig: { Type: driver, Config: driverOptions } },
    State: { Running: isRunning, StartedAt: startedAt, FinishedAt: finishedAt },
  };
}
