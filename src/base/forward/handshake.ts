import { createHash, timingSafeEqual } from 'node:crypto';
import { encodeMsgpack } from '../msgpack/write.ts';
import { type Answer, bytesOf } from './answers.ts';

/*
 * The handshake of servers with a shared key, before the first frame:
 *
 *     HELO (server) := ["HELO", { nonce, auth, keepalive }]   auth: salt for passwords, "" if nobody needs to log in
 *     PING (client) := ["PING", hostname, salt, digest, user, password]
 *                      digest = sha512_hex(salt + hostname + nonce + key), password = sha512_hex(auth + user + password)
 *     PONG (server) := ["PONG", ok, reason, hostname, digest]
 *                      digest = sha512_hex(salt + the server's hostname + nonce + key)
 *
 * Salts and nonces are bytes: Fluent Bit sends them in a str that is no text, so nothing here is decoded before it is hashed.
 */

export interface Helo {
  readonly nonce: Buffer;
  /** Empty: nobody needs to log in. Fluentd sends a salt whether it has users or not. */
  readonly auth: Buffer;
  /** False: the server closes the connection after each message. */
  readonly keepalive: boolean;
}

type Bytes = string | Buffer;

/** `Text`: decoded always bytes, and empty where nothing was given. */
export interface Ping<Text = Bytes> {
  readonly hostname: Text;
  readonly salt: Text;
  readonly digest: Text;
  readonly user: Text;
  readonly password: Text;
}

export interface Pong<Text = Bytes> {
  readonly ok: boolean;
  /** Why not. */
  readonly reason: Text;
  readonly hostname: Text;
  readonly digest: Text;
}

export function encodeHelo({ nonce, auth, keepalive }: Helo): Buffer {
  return encodeMsgpack(['HELO', { nonce, auth: auth.length === 0 ? '' : auth, keepalive }]);
}

/** Undefined here and below: it is something else. */
export function decodeHelo(answer: Answer): Helo | undefined {
  const [options] = elementsOf(answer, 'HELO') ?? [];
  if (!(options instanceof Map)) return undefined;
  return {
    nonce: bytesOf(options.get('nonce')),
    auth: bytesOf(options.get('auth')),
    keepalive: options.get('keepalive') !== false,
  };
}

export function encodePing({ hostname, salt, digest, user, password }: Ping): Buffer {
  return encodeMsgpack(['PING', hostname, salt, digest, user, password]);
}

export function decodePing(answer: Answer): Ping<Buffer> | undefined {
  const elements = elementsOf(answer, 'PING');
  if (elements === undefined || elements.length < 3) return undefined;
  const [hostname, salt, digest, user, password] = elements;
  return {
    hostname: bytesOf(hostname),
    salt: bytesOf(salt),
    digest: bytesOf(digest),
    user: bytesOf(user),
    password: bytesOf(password),
  };
}

export function encodePong({ ok, reason, hostname, digest }: Pong): Buffer {
  return encodeMsgpack(['PONG', ok, reason, hostname, digest]);
}

export function decodePong(answer: Answer): Pong<Buffer> | undefined {
  const elements = elementsOf(answer, 'PONG');
  if (elements === undefined) return undefined;
  const [ok, reason, hostname, digest] = elements;
  return { ok: ok === true, reason: bytesOf(reason), hostname: bytesOf(hostname), digest: bytesOf(digest) };
}

/** What stands behind the name of a message. */
function elementsOf(answer: Answer, name: string): Answer[] | undefined {
  return Array.isArray(answer) && bytesOf(answer[0]).toString('latin1') === name ? answer.slice(1) : undefined;
}

/** The digest of PING (with the client's hostname) and of PONG (with the server's): whoever made it knows the key. */
export function keyDigest(salt: Bytes, hostname: Bytes, nonce: Bytes, sharedKey: string): string {
  return sha512(salt, hostname, nonce, sharedKey);
}

export function passwordDigest(auth: Buffer, user: Bytes, password: string): string {
  return sha512(auth, user, password);
}

function sha512(...parts: Bytes[]): string {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** Compares in a time that does not depend on where they differ. */
export function isSameDigest(given: Buffer, expected: string): boolean {
  const bytes = Buffer.from(expected, 'latin1');
  return given.length === bytes.length && timingSafeEqual(given, bytes);
}
