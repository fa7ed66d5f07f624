import { readAnswer } from '../../base/forward/answers.ts';
import {
  decodePing,
  encodeHelo,
  encodePong,
  isSameDigest,
  keyDigest,
  type Ping,
  passwordDigest,
} from '../../base/forward/handshake.ts';
import type { ForwardSettings } from './options.ts';

export interface HandshakeSettings extends Pick<ForwardSettings, 'self_hostname' | 'users'> {
  readonly shared_key: string;
}

export interface HandshakeResult {
  /** What to send back, also to those who failed. */
  readonly pong: Buffer;
  /** Why not; undefined: the peer is who it says it is. */
  readonly refusal: string | undefined;
  /** The user who logged in, else the name that the peer gave itself. */
  readonly name: string;
}

/** The largest PING that a stranger may send. */
export const MAX_PING_BYTES = 16_384;

/** The server's side of the handshake, for one connection. */
export class Handshake {
  readonly #settings: HandshakeSettings;
  readonly #nonce: Buffer;
  readonly #authSalt: Buffer;

  /** `nonce` and `authSalt`: 16 random bytes each, fresh for each connection. */
  constructor(settings: HandshakeSettings, nonce: Buffer, authSalt: Buffer) {
    this.#settings = settings;
    this.#nonce = nonce;
    this.#authSalt = authSalt;
  }

  get #wantsUser(): boolean {
    return this.#settings.users !== undefined && this.#settings.users.length > 0;
  }

  helo(): Buffer {
    const auth = this.#wantsUser ? this.#authSalt : Buffer.alloc(0);
    return encodeHelo({ nonce: this.#nonce, auth, keepalive: true });
  }

  /** Judges the PING in `bytes[start, end)`, one whole msgpack value. Never throws. */
  answer(bytes: Buffer, start: number, end: number): HandshakeResult {
    const ping = readPing(bytes, start, end);
    if (ping === undefined) return this.#refuse('no PING message');
    const { shared_key, self_hostname, users } = this.#settings;
    const { hostname, salt, digest, user } = ping;
    const name = hostname.toString('utf8');
    if (!isSameDigest(digest, keyDigest(salt, hostname, this.#nonce, shared_key)))
      return this.#refuse('shared_key mismatch');
    if (name === self_hostname) {
      return this.#refuse('Same hostname between input and output: invalid configuration');
    }
    let loggedIn: string | undefined;
    if (this.#wantsUser) {
      const username = user.toString('utf8');
      const password = users!.findLast(known => known.username === username)?.password;
      // An unknown user costs as much time as a wrong password.
      const matches = isSameDigest(ping.password, passwordDigest(this.#authSalt, user, password ?? shared_key));
      if (!matches || password === undefined) return this.#refuse('username/password mismatch');
      loggedIn = username;
    }
    const proof = keyDigest(salt, self_hostname, this.#nonce, shared_key);
    return {
      pong: encodePong({ ok: true, reason: '', hostname: self_hostname, digest: proof }),
      refusal: undefined,
      name: loggedIn ?? name,
    };
  }

  #refuse(reason: string): HandshakeResult {
    return { pong: encodePong({ ok: false, reason, hostname: '', digest: '' }), refusal: reason, name: '' };
  }
}

function readPing(bytes: Buffer, start: number, end: number): Ping<Buffer> | undefined {
  try {
    return decodePing(readAnswer(bytes, start, end));
  } catch {
    return undefined;
  }
}
