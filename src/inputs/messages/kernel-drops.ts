import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * What the kernel dropped of a UDP port because its buffer was full, as Linux tells it in `/proc/net/udp`; nothing is
 * counted elsewhere. Only sockets of this process count: workers have one each.
 */
export class KernelDrops {
  readonly #port: number;
  #before = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Datagrams dropped since the last call. */
  async sinceLast(): Promise<number> {
    const tables = await Promise.all(
      ['/proc/net/udp', '/proc/net/udp6'].map(path => readFile(path, 'utf8').catch(() => '')),
    );
    const sockets = tables.flatMap(table => socketsOfPort(table, this.#port));
    if (sockets.every(({ drops }) => drops === 0)) return 0;
    const own = await ownSockets();
    const total = sockets.reduce((sum, { inode, drops }) => (own.has(inode) ? sum + drops : sum), 0);
    const dropped = Math.max(0, total - this.#before);
    this.#before = total;
    return dropped;
  }
}

/** The sockets of a local port in a table of `/proc/net`. */
export function socketsOfPort(table: string, port: number): { inode: string; drops: number }[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(columns => columns[1]?.endsWith(`:${hex}`) === true)
    .map(columns => ({ inode: columns[9] ?? '', drops: Number(columns[12] ?? 0) }));
}

async function ownSockets(): Promise<Set<string>> {
  const folder = '/proc/self/fd';
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(names.map(name => readlink(`${folder}/${name}`).catch(() => '')));
  return new Set(links.flatMap(link => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}
