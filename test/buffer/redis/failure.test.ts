import { expect, test } from 'vitest';
import { redisFailure } from '../../../src/buffer/redis/failure.ts';

test.each([
  ['NOAUTH HELLO must be called with the client already authenticated', /wants a password\. Write it into buffer\.url/],
  [
    'WRONGPASS invalid username-password pair or user is disabled.',
    /does not take the user or password of buffer\.url/,
  ],
  ['Unknown RESP type 72 "H". Please report this.', /not Redis\. Correct buffer\.url/],
  ["NOPERM User x has no permissions to run the 'info' command", /refuses: NOPERM/],
])('%s', (said, told) => {
  const failure = redisFailure(new Error(said));
  expect(failure.message).toMatch(told);
  expect(failure).toMatchObject({ kind: 'refused', retryable: true });
});
