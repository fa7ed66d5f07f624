// Loaded into a longshore by the test beside it: the handshake's random bytes are those of the recording, so that the
// digests in the recorded PINGs are right. LONGSHORE_NONCES: JSON, hexadecimal texts in the order of their use.
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

const nonces = JSON.parse(process.env.LONGSHORE_NONCES);
const { randomBytes } = crypto;

crypto.randomBytes = (size, ...rest) => {
  const isForHandshake = new Error().stack.includes('/inputs/forward/');
  const next = isForHandshake ? nonces.shift() : undefined;
  return next === undefined ? randomBytes(size, ...rest) : Buffer.from(next, 'hex');
};
syncBuiltinESMExports();
