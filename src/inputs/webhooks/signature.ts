import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Whether `X-Hub-Signature-256` (`sha256=<hex>`) is that of the body with this secret. */
export function isSigned(body: Buffer, header: string | undefined, secret: string): boolean {
  const given = /^sha256=([0-9a-f]{64})$/i.exec(header ?? '')?.[1];
  if (given === undefined) return false;
  return timingSafeEqual(Buffer.from(given, 'hex'), createHmac('sha256', secret).update(body).digest());
}

/** Whether two texts are one, in a time that does not tell how much of them is. */
export function isSame(given: string | undefined, secret: string): boolean {
  return timingSafeEqual(digest(given ?? ''), digest(secret));
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
