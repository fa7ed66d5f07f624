import {
  encodePing,
  type Helo,
  isSameDigest,
  keyDigest,
  type Pong,
  passwordDigest,
} from '../../base/forward/handshake.ts';

export interface Credentials {
  readonly sharedKey: string;
  readonly selfHostname: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** Our PING. `salt`: random text, fresh for each connection; Fluentd writes its own as hexadecimal digits, too. */
export function ping({ nonce, auth }: Helo, credentials: Credentials, salt: string): Buffer {
  const { sharedKey, selfHostname, username = '', password = '' } = credentials;
  const wantsUser = auth.length > 0;
  return encodePing({
    hostname: selfHostname,
    salt,
    digest: keyDigest(salt, selfHostname, nonce, sharedKey),
    user: wantsUser ? username : '',
    password: wantsUser ? passwordDigest(auth, username, password) : '',
  });
}

/** Why the target is not to be sent to; undefined when it proved that it knows the key. */
export function judgePong(
  pong: Pong<Buffer> | undefined,
  { nonce }: Helo,
  { sharedKey, selfHostname }: Credentials,
  salt: string,
): string | undefined {
  if (pong === undefined) return 'it answered something else than PONG';
  if (!pong.ok) return pong.reason.toString('utf8') || 'it refused without a reason';
  if (pong.hostname.toString('utf8') === selfHostname) return 'it has the same self_hostname as we';
  const isProven = isSameDigest(pong.digest, keyDigest(salt, pong.hostname, nonce, sharedKey));
  return isProven ? undefined : 'it does not know the shared_key itself';
}
