import {
  encodePing,
  type Helo,
  isSameDigest,
  keyDigest,
  type Pong,
  passwordDigest,
} from '../../base/forward/handshake.ts';
import type { ForwardTarget } from './options.ts';

/** What a target with a shared key is told. */
export interface Credentials extends Pick<ForwardTarget, 'username' | 'password'> {
  readonly shared_key: string;
  readonly self_hostname: string;
}

/** Our PING. `salt`: random text, fresh for each connection; Fluentd writes its own as hexadecimal digits, too. */
export function ping({ nonce, auth }: Helo, credentials: Credentials, salt: string): Buffer {
  const { shared_key, self_hostname, username = '', password = '' } = credentials;
  const wantsUser = auth.length > 0;
  return encodePing({
    hostname: self_hostname,
    salt,
    digest: keyDigest(salt, self_hostname, nonce, shared_key),
    user: wantsUser ? username : '',
    password: wantsUser ? passwordDigest(auth, username, password) : '',
  });
}

/** Why the target is not to be sent to; undefined when it proved that it knows the key. */
export function checkPong(
  pong: Pong<Buffer> | undefined,
  { nonce }: Helo,
  { shared_key, self_hostname }: Credentials,
  salt: string,
): string | undefined {
  if (pong === undefined) return 'it answered something else than PONG';
  if (!pong.ok) return pong.reason.toString('utf8') || 'it refused without a reason';
  if (pong.hostname.toString('utf8') === self_hostname) return 'it has the same self_hostname as we';
  const isProven = isSameDigest(pong.digest, keyDigest(salt, pong.hostname, nonce, shared_key));
  return isProven ? undefined : 'it does not know the shared_key itself';
}
