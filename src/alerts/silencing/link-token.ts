import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Labels } from './matcher.ts';

/*
 * What a link in a message has instead of a password:
 *
 *   <id of the alert>.<end of its time, epoch seconds in base 36>.<HMAC-SHA256 of both, 128 bits, base64url>
 *
 * For a group of alerts the id is `L` and its labels, JSON in base64url: whoever has the link needs no other knowledge of it.
 */

const MAC_BYTES = 16;
const MAX_LABELS_CHARS = 1200;
const FORM = /^([0-9a-z-]{1,80}|L[\w-]{1,1199})\.([0-9a-z]{1,10})\.([\w-]{22})$/;

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

/** The id of a group with these labels; undefined: they are none, or too many for an address. */
export function idOfLabels(labels: Labels): string | undefined {
  if (Object.keys(labels).length === 0) return undefined;
  const id = `L${Buffer.from(JSON.stringify(labels)).toString('base64url')}`;
  return id.length <= MAX_LABELS_CHARS ? id : undefined;
}

/** The labels that an id stands for; undefined: it is that of an alert. */
export function labelsOfId(id: string): Labels | undefined {
  return id.startsWith('L') ? (JSON.parse(Buffer.from(id.slice(1), 'base64url').toString()) as Labels) : undefined;
}

function macOf(secret: Uint8Array, signed: string): Buffer {
  return createHmac('sha256', secret).update(`longshore silence link\n${signed}`).digest().subarray(0, MAC_BYTES);
}
