import { createHash, timingSafeEqual } from 'node:crypto';
import { LongshoreError } from '../../core/errors.ts';
import { type Access, readAccess } from '../stream/stream-server.ts';
import type { OtlpInputOptions } from './options.ts';

/** Who may connect to one of the addresses, judged without touching the network. Throws LongshoreErrors. */
export function accessOf(options: OtlpInputOptions, setting: 'address' | 'http_address'): Access {
  const { tokens, allow, tls } = options;
  const hasTokens = tokens !== undefined && tokens.length > 0;
  const example = setting === 'address' ? '127.0.0.1:4317' : '127.0.0.1:4318';
  // A token is a lock of its own.
  return readAccess(
    'otlp',
    { address: options[setting], allow: allow ?? (hasTokens ? EVERYBODY : undefined), tls },
    example,
    setting,
  );
}

const EVERYBODY = ['0.0.0.0/0', '::/0'];

/**
 * The name of the token that a request brings; empty where none is wanted.
 * @throws LongshoreError `LS_INPUTS_TOKEN`
 */
export function tokenCheck(tokens: OtlpInputOptions['tokens'] = []): (authorization: string | undefined) => string {
  const known = tokens.map(({ name, token }) => ({ name: String(name), digest: digest(String(token)) }));
  if (known.length === 0) return () => '';
  return authorization => {
    const given = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    const wanted = digest(given ?? '');
    let found: string | undefined;
    // All are compared, so that the time says nothing of which one matched.
    for (const { name, digest: own } of known) if (timingSafeEqual(own, wanted)) found = name;
    if (given !== undefined && found !== undefined) return found;
    const what = given === undefined ? 'The request has no token.' : 'This token is not known.';
    throw new LongshoreError('LS_INPUTS_TOKEN', what, { fix: 'Send Authorization: Bearer <token>.' });
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
