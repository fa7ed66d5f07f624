import { createHash, timingSafeEqual } from 'node:crypto';
import { encodeMsgpack } from '../../base/msgpack/write.ts';
import { type Answer, textOf } from './answers.ts';

export interface Credentials {
  readonly sharedKey: string;
  readonly selfHostname: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** What a HELO says. */
export interface Helo {
  readonly nonce: Buffer;
  /** Salt for passwords; empty: nobody needs to log in. Fluentd sends one whether it has users or not. */
  readonly auth: Buffer;
  /** False: the receiver closes the connection after each message. */
  readonly keepalive: boolean;
}

/**
 * The client's side of the forward protocol's handshake:
 *
 *     HELO (theirs) := ["HELO", { nonce, auth, keepalive }]
 *     PING (ours)   := ["PING", hostname, salt, sha512_hex(salt + hostname + nonce + key), user, sha512_hex(auth + user + password)]
 *     PONG (theirs) := ["PONG", ok, reason, hostname, sha512_hex(salt + their hostname + nonce + key)]
 */
export function readHelo(answer: Answer): Helo | undefined {
  if (!Array.isArray(answer) || textOf(answer[0]) !== 'HELO' || !(answer[1] instanceof Map)) return undefined;
  const [, options] = answer;
  const bytes = (name: string): Buffer => {
    const value = options.get(name);
    return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
  };
  return { nonce: bytes('nonce'), auth: bytes('auth'), keepalive: options.get('keepalive') !== false };
}

/** `salt`: 16 random bytes, fresh for each connection. */
export function ping({ nonce, auth }: Helo, credentials: Credentials, salt: Buffer): Buffer {
  const { sharedKey, selfHostname, username = '', password = '' } = credentials;
  // Fluentd writes its own salt as text; hexadecimal digits are both.
  const saltText = salt.toString('hex');
  const login = auth.length > 0 ? sha512(auth, username, password) : '';
  const user = auth.length > 0 ? username : '';
  return encodeMsgpack(['PING', selfHostname, saltText, sha512(saltText, selfHostname, nonce, sharedKey), user, login]);
}

/** Why the target is not to be sent to; undefined when it proved that it knows the key. */
export function judgePong(answer: Answer, helo: Helo, credentials: Credentials, salt: Buffer): string | undefined {
  if (!Array.isArray(answer) || textOf(answer[0]) !== 'PONG') return 'it answered something else than PONG';
  const [, ok, reason, hostname, proof] = answer;
  if (ok !== true) return textOf(reason) || 'it refused without a reason';
  if (textOf(hostname) === credentials.selfHostname) return 'it has the same self_hostname as we';
  const expected = sha512(salt.toString('hex'), textOf(hostname), helo.nonce, credentials.sharedKey);
  const given = Buffer.isBuffer(proof) ? proof : Buffer.alloc(0);
  const isProven = given.length === expected.length && timingSafeEqual(given, Buffer.from(expected, 'latin1'));
  return isProven ? undefined : 'it does not know the shared_key itself';
}

function sha512(...parts: (string | Uint8Array)[]): string {
  const digest = createHash('sha512');
  for (const part of parts) digest.update(part);
  return digest.digest('hex');
}
