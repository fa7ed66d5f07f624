import { BlockList, isIP } from 'node:net';
import { LongshoreError } from '../../core/errors.ts';
import { type ForwardInputOptions, isLoopback, splitAddress } from './options.ts';

/** What a new connection has to do before its frames are taken. */
export type Access = 'open' | 'handshake' | 'refused';

/** Who may send. Made, and its settings judged, without touching the network. */
export class AccessPolicy {
  readonly #allowed: BlockList | undefined;
  readonly #hasKey: boolean;
  readonly #isOpenToAll: boolean;

  /** @throws LongshoreError on settings that contradict themselves or would let anybody in. */
  constructor(options: ForwardInputOptions) {
    const { host } = splitAddress(options.address);
    const { shared_key, users, allow, tls } = options;
    const hasClientCerts = tls?.require_client_cert === true;
    if (users !== undefined && users.length > 0 && shared_key === undefined) {
      throw new LongshoreError('LS_FORWARD_USERS_WITHOUT_KEY', 'Users log in during the shared-key handshake.', {
        where: 'inputs.forward.users',
        fix: 'Set inputs.forward.shared_key as well.',
      });
    }
    if (hasClientCerts && tls?.ca_file === undefined) {
      throw new LongshoreError('LS_FORWARD_NO_CA', 'Client certificates are required, but no authority is named.', {
        where: 'inputs.forward.tls.require_client_cert',
        fix: 'Set inputs.forward.tls.ca_file.',
      });
    }
    if (!isLoopback(host) && shared_key === undefined && allow === undefined && !hasClientCerts) {
      throw new LongshoreError(
        'LS_FORWARD_OPEN_TO_ALL',
        `On ${options.address} anybody who reaches the port could send logs.`,
        {
          where: 'inputs.forward.address',
          fix: 'Set shared_key, or allow with the networks of your senders (Docker: 172.16.0.0/12), or tls.require_client_cert.',
        },
      );
    }
    this.#allowed = allow === undefined ? undefined : blockList(allow);
    this.#hasKey = shared_key !== undefined;
    this.#isOpenToAll = isLoopback(host) || (hasClientCerts && allow === undefined);
  }

  /** `address`: the peer's, without `::ffff:`. */
  of(address: string): Access {
    if (this.#allowed !== undefined && isIn(this.#allowed, address)) return 'open';
    if (this.#hasKey) return 'handshake';
    return this.#isOpenToAll ? 'open' : 'refused';
  }
}

/** An IPv4 peer on an IPv6 socket is named as the IPv4 peer it is. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix, rest] = network.split('/');
    const version = isIP(address);
    const bits = prefix === undefined ? (version === 4 ? 32 : 128) : Number(prefix);
    const isFine = rest === undefined && (prefix === undefined || /^\d{1,3}$/.test(prefix));
    if (version === 0 || !isFine || bits > (version === 4 ? 32 : 128)) {
      throw new LongshoreError('LS_FORWARD_BAD_NETWORK', `"${network}" is no network.`, {
        where: 'inputs.forward.allow',
        fix: 'Write for example 172.16.0.0/12, fd00::/8 or 192.0.2.7.',
      });
    }
    list.addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

function isIn(list: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
}
