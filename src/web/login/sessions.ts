import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a cookie holds, sealed: nobody but this service can make or change it, and it holds until `until` (epoch milliseconds). */
export class Seal {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** `purpose` keeps a cookie of one kind from being taken for another. */
  seal(purpose: string, value: object, until: number): string {
    const body = Buffer.from(JSON.stringify({ ...value, until })).toString('base64url');
    return `${body}.${this.#mac(purpose, body).toString('base64url')}`;
  }

  /** Undefined: it is not ours, or too old. */
  open<T>(purpose: string, sealed: string | undefined, now: number): (T & { until: number }) | undefined {
    const [body = '', mac = '', more] = sealed?.split('.', 3) ?? [];
    const given = Buffer.from(mac, 'base64url');
    const wanted = this.#mac(purpose, body);
    if (more !== undefined || given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
    const value = JSON.parse(Buffer.from(body, 'base64url').toString()) as T & { until: number };
    return value.until > now ? value : undefined;
  }

  #mac(purpose: string, body: string): Buffer {
    return createHmac('sha256', this.#key).update(`${purpose}\0${body}`).digest();
  }
}

/** One cookie of a header, as the browser got it. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const [key, value] = part.trim().split(/=(.*)/s);
    if (key === name) return value;
  }
  return undefined;
}
