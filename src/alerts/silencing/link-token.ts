import { createHmac, timingSafeEqual } from 'node:crypto';

/*
 * What a link in a message has instead of a password:
 *
 *   <id of the alert>.<end of its time, epoch seconds in base 36>.<HMAC-SHA256 of both, 128 bits, base64url>
 */

const MAC_BYTES = 16;
const FORM = /^([0-9a-z-]{1,80})\.([0-9a-z]{1,10})\.([\w-]{22})$/;

/** Good until `expiresAt` (epoch milliseconds). */
export function linkToken(secret: Uint8Array, id: string, expiresAt: number): string {
  const signed = `${id}.${Math.floor(expiresAt / 1000).toString(36)}`;
  return `${signed}.${macOf(secret, signed).toString('base64url')}`;
}

/** The id; undefined for a token that was not made with this secret, and for one whose time is over. */
export function readLinkToken(secret: Uint8Array, token: string, now: number): string | undefined {
  const [, id, expires, mac] = FORM.exec(token) ?? [];
  if (id === undefined) return undefined;
  const given = Buffer.from(mac!, 'base64url');
  const isOurs = given.length === MAC_BYTES && timingSafeEqual(given, macOf(secret, `${id}.${expires}`));
  return isOurs && now < Number.parseInt(expires!, 36) * 1000 ? id : undefined;
}

function macOf(secret: Uint8Array, signed: string): Buffer {
  return createHmac('sha256', secret).update(`longshore silence link\n${signed}`).digest().subarray(0, MAC_BYTES);
}
