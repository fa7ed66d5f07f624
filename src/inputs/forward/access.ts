import { isLoopback, networkList } from '../../base/net/address.ts';
import { LongshoreError } from '../../core/errors.ts';
import { type ForwardInputOptions, splitAddress } from './options.ts';

/** What a new connection has to do before its frames are taken. */
export type Access = 'open' | 'handshake' | 'refused';

/** Who may send. Made, and its settings judged, without touching the network. */
export class AccessPolicy {
  readonly #isListed: (address: string) => boolean;
  readonly #hasKey: boolean;
  readonly #isOpenToAll: boolean;
  readonly #hasClientCerts: boolean;
  readonly #acceptParsed: boolean | undefined;

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
    const setting = { where: 'inputs.forward.allow', code: 'LS_FORWARD_BAD_NETWORK' } as const;
    this.#isListed = networkList(allow ?? [], setting);
    this.#hasClientCerts = hasClientCerts;
    this.#acceptParsed = options.accept_parsed;
    this.#hasKey = shared_key !== undefined;
    this.#isOpenToAll = isLoopback(host) || (hasClientCerts && allow === undefined);
  }

  /** `address`: the peer's, without `::ffff:`. */
  of(address: string): Access {
    if (this.#isListed(address)) return 'open';
    if (this.#hasKey) return 'handshake';
    return this.#isOpenToAll || isLoopback(address) ? 'open' : 'refused';
  }

  /** Whether what this peer calls parsed is taken so: it must have shown who it is, or come from this machine. */
  acceptsParsed(address: string, access: Access): boolean {
    return this.#acceptParsed ?? (access === 'handshake' || this.#hasClientCerts || isLoopback(address));
  }
}
