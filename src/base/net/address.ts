import { BlockList, isIP } from 'node:net';
import type { ErrorCode } from '../../core/codes.ts';
import { LongshoreError } from '../../core/errors.ts';

/** Where a setting stands, and the code of the error that tells what is wrong with it. */
export interface Setting {
  readonly where: string;
  readonly code: ErrorCode;
}

export interface HostAndPort {
  /** Without brackets; empty: all interfaces. */
  readonly host: string;
  readonly port: number;
}

/**
 * Reads an address to listen on: `host:port`, `[::1]:port`, `::1:port`, or `:port` for all interfaces; port 0 is a free
 * one. `example`: what the error shows.
 * @throws LongshoreError with the code of `setting`
 */
export function parseAddress(address: string, setting: Setting, example: string): HostAndPort {
  const [, bracketed, plain = '', digits = ''] = /^(?:\[([^[\]]*)\]|([^[\]]*)):(\d{1,5})$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  const mustBeIp6 = bracketed !== undefined || host.includes(':');
  if (digits === '' || Number(digits) > 65_535 || (mustBeIp6 && isIP(host) !== 6)) {
    throw new LongshoreError(setting.code, `'${address}' is not an address.`, {
      where: setting.where,
      fix: `Write host:port, for example ${example}, [host]:port for IPv6, or :port for all interfaces.`,
    });
  }
  return { host, port: Number(digits) };
}

/**
 * Reads an address to connect to: `host:port`, `[::1]:port`, or a host alone, whose port is `defaultPort`.
 * @throws LongshoreError with the code of `setting`
 */
export function parseTarget(address: string, setting: Setting, defaultPort: number): HostAndPort {
  const [, bracketed, plain = '', digits] = /^(?:\[([^[\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits ?? defaultPort);
  if (host === '' || port < 1 || port > 65_535 || (bracketed !== undefined && isIP(bracketed) !== 6)) {
    throw new LongshoreError(setting.code, `"${address}" is not host:port.`, {
      where: setting.where,
      fix: `Write for example logs.example.org:${defaultPort} or [2001:db8::1]:${defaultPort}.`,
    });
  }
  return { host, port };
}

/** Where a program on this machine reaches what listens on `host`: that itself, or loopback where it is all interfaces. */
export function reachableHost(host: string): string {
  return host === '' || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

/** The machine itself: 127.0.0.0/8, ::1, `localhost` and names below it. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || isIn(LOOPBACK, name);
}

/** `1.2.3.4` for `::ffff:1.2.3.4`; empty where there is none: a unix socket, or a connection that is gone already. */
export function plainAddress(remote: string | undefined): string {
  if (remote === undefined) return '';
  return remote.startsWith('::ffff:') && remote.includes('.') ? remote.slice(7) : remote;
}

/**
 * A test for addresses in any of these networks: `10.0.0.0/8`, `fd00::/8`, or single addresses.
 * @throws LongshoreError with the code of `setting`, and the place in the list
 */
export function networkList(networks: readonly string[], setting: Setting): (address: string) => boolean {
  const list = new BlockList();
  for (const [index, network] of networks.entries()) addNetwork(list, network, setting, index);
  return address => isIn(list, address);
}

/**
 * What a list `allow` means, wherever it stands: who may connect, by address (as `plainAddress` gives it). Loopback always
 * may; connections of unix sockets are not asked. Without a list everybody may.
 * @throws LongshoreError as `networkList`
 */
export function allowList(networks: readonly string[] | undefined, setting: Setting): (address: string) => boolean {
  if (networks === undefined) return () => true;
  const isListed = networkList(networks, setting);
  return address => isLoopback(address) || isListed(address);
}

function addNetwork(list: BlockList, network: string, { where, code }: Setting, index: number): void {
  const [address = '', prefix, ...more] = network.split('/');
  const version = isIP(address);
  const most = version === 6 ? 128 : 32;
  const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (version === 0 || address.includes('%') || more.length > 0 || bits < 0 || bits > most) {
    throw new LongshoreError(code, `'${network}' is not a network.`, {
      where: `${where}[${index}]`,
      fix: 'Write an address or a network like 172.16.0.0/12, fd00::/8 or 192.0.2.7.',
    });
  }
  list.addSubnet(address, bits, version === 6 ? 'ipv6' : 'ipv4');
}

function isIn(list: BlockList, address: string): boolean {
  // The zone of a link-local address (`fe80::1%eth0`) is no part of it, and the list throws at it.
  const zone = address.indexOf('%');
  const plain = zone === -1 ? address : address.slice(0, zone);
  const version = isIP(plain);
  return version !== 0 && list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Whether an address is one of the internet: none of this machine, of private networks, of a link (there are the metadata
 * services of clouds), for many, or for special purposes. Addresses that hold one of IPv4 (`::ffff:`, 6to4, NAT64) are what
 * that is. False for what is no address.
 */
export function isPublicAddress(address: string): boolean {
  const plain = plainAddress(address);
  if (isIP(plain) === 4) return !isIn(SPECIAL_IP4, plain);
  if (isIP(plain) !== 6 || plain.includes('%')) return false;
  const groups = groupsOf(plain);
  const [first, second, third] = groups as [number, number, number];
  const last = ip4Of(groups[6]!, groups[7]!);
  if (groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff) return isPublicAddress(last);
  if (first === 0x64 && second === 0xff9b)
    return groups.slice(2, 6).every(group => group === 0) && isPublicAddress(last);
  if (first === 0x2002) return isPublicAddress(ip4Of(second, third));
  return isIn(GLOBAL_IP6, plain) && !isIn(SPECIAL_IP6, plain);
}

/** The eight numbers of an IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = ip4AsGroups(address).split('::');
  const read = (part: string): number[] => (part === '' ? [] : part.split(':').map(text => Number.parseInt(text, 16)));
  const [before, after] = [read(head), read(tail ?? '')];
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/** `64:ff9b::a00:1` for `64:ff9b::10.0.0.1`. */
function ip4AsGroups(address: string): string {
  return address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a, b, c, d] = bytes.map(Number) as [number, number, number, number];
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
}

const ip4Of = (high: number, low: number): string => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;

/** Of IANA's registry of special-purpose addresses, and those for many. */
const SPECIAL_IP4 = new BlockList();
for (const [network, bits] of [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
  ] as const),
  ...([
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['192.168.0.0', 16],
  ] as const),
  ...([
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ] as const),
  // Azure's wire server; Alibaba's metadata (100.100.100.200) is in 100.64.0.0/10.
  ['168.63.129.16', 32],
] as const)
  SPECIAL_IP4.addSubnet(network, bits, 'ipv4');
const GLOBAL_IP6 = new BlockList();
GLOBAL_IP6.addSubnet('2000::', 3, 'ipv6');
const SPECIAL_IP6 = new BlockList();
for (const [network, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
] as const)
  SPECIAL_IP6.addSubnet(network, bits, 'ipv6');
