import { createHash, timingSafeEqual } from 'node:crypto';
import { MsgpackReader } from '../../base/msgpack/read.ts';
import { encodeMsgpack } from '../../base/msgpack/write.ts';

export interface HandshakeSettings {
  readonly sharedKey: string;
  readonly selfHostname: string;
  /** Passwords by user name; empty: nobody needs to log in. */
  readonly users: ReadonlyMap<string, string>;
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

/**
 * The server's side of the handshake, for one connection:
 *
 *     HELO (ours)   := ["HELO", { nonce, auth, keepalive }]       auth: salt for passwords, "" if nobody needs to log in
 *     PING (theirs) := ["PING", hostname, salt, sha512_hex(salt + hostname + nonce + key), user, sha512_hex(auth + user + password)]
 *     PONG (ours)   := ["PONG", ok, reason, hostname, sha512_hex(salt + our hostname + nonce + key)]
 *
 * Salts and nonces are bytes: Fluent Bit sends them in a str that is no text, so nothing here is decoded before it is hashed.
 */
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

  helo(): Buffer {
    const auth = this.#settings.users.size > 0 ? this.#authSalt : '';
    return encodeMsgpack(['HELO', { nonce: this.#nonce, auth, keepalive: true }]);
  }

  /** Judges the PING in `bytes[start, end)`, one whole msgpack value. Never throws. */
  answer(bytes: Buffer, start: number, end: number): HandshakeResult {
    const ping = readPing(bytes, start, end);
    if (ping === undefined) return this.#refuse('no PING message');
    const { sharedKey, selfHostname, users } = this.#settings;
    const [hostname, salt, digest, user, passwordDigest] = ping;
    const name = hostname.toString('utf8');
    if (!sameDigest(digest, sha512(salt, hostname, this.#nonce, sharedKey))) return this.#refuse('shared_key mismatch');
    if (name === selfHostname) {
      return this.#refuse('Same hostname between input and output: invalid configuration');
    }
    let loggedIn: string | undefined;
    if (users.size > 0) {
      const username = user.toString('utf8');
      const password = users.get(username);
      // An unknown user costs as much time as a wrong password.
      const matches = sameDigest(passwordDigest, sha512(this.#authSalt, user, password ?? sharedKey));
      if (!matches || password === undefined) return this.#refuse('username/password mismatch');
      loggedIn = username;
    }
    const proof = sha512(salt, selfHostname, this.#nonce, sharedKey);
    return {
      pong: encodeMsgpack(['PONG', true, '', selfHostname, proof]),
      refusal: undefined,
      name: loggedIn ?? name,
    };
  }

  #refuse(reason: string): HandshakeResult {
    return { pong: encodeMsgpack(['PONG', false, reason, '', '']), refusal: reason, name: '' };
  }
}

type Ping = [hostname: Buffer, salt: Buffer, digest: Buffer, user: Buffer, passwordDigest: Buffer];

function readPing(bytes: Buffer, start: number, end: number): Ping | undefined {
  const reader = new MsgpackReader({ max_nesting_depth: 1, max_values_per_frame: 16 }, []);
  reader.begin(bytes, start, end);
  try {
    const length = reader.readArrayLength();
    if (length < 4 || reader.readText() !== 'PING') return undefined;
    const elements: Buffer[] = [];
    for (let i = 1; i < Math.min(length, 6); i++) {
      const element = reader.readBytes();
      if (element === undefined) reader.readValue(1);
      elements.push(element ?? Buffer.alloc(0));
    }
    while (elements.length < 5) elements.push(Buffer.alloc(0));
    return elements as unknown as Ping;
  } catch {
    return undefined;
  }
}

function sha512(...parts: (string | Uint8Array)[]): string {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** Compares in a time that does not depend on where they differ. */
function sameDigest(given: Buffer, expected: string): boolean {
  const bytes = Buffer.from(expected, 'latin1');
  return given.length === bytes.length && timingSafeEqual(given, bytes);
}
