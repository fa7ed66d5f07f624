import { allowList, type HostAndPort, parseAddress } from '../base/net/address.ts';

/** Reads `http.address`. Throws `LS_WEB_ADDRESS_INVALID`. */
export function httpAddress(address: string): HostAndPort {
  return parseAddress(address, { where: 'http.address', code: 'LS_WEB_ADDRESS_INVALID' }, '127.0.0.1:9880');
}

/** Compiles `http.allow` into a test of peers. Throws `LS_WEB_NETWORK_INVALID`. */
export function httpAllowList(networks: readonly string[] | undefined): (address: string) => boolean {
  return allowList(networks, { where: 'http.allow', code: 'LS_WEB_NETWORK_INVALID' });
}
