import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { signedHeaders } from '../../../src/base/aws/sigv4.ts';

// AWS' published vectors for version 4 of its signatures: all that ask for nothing that a `URL` cannot say (two slashes in a
// row, a path that is not encoded) and no header twice. `signatures.jsonl` has request and wanted `Authorization`, in the
// suite's own account and time.

interface Vector {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly token?: string;
  readonly authorization: string;
}

const vectors = readFileSync(join(import.meta.dirname, 'signatures.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Vector);

const ACCOUNT = { accessKey: 'AKIDEXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const SCOPE = { region: 'us-east-1', service: 'service', now: Date.UTC(2015, 7, 30, 12, 36) };

test.for(vectors)('$id', ({ method, path, headers, body, token, authorization }) => {
  const url = new URL(`https://example.amazonaws.com${path}`);
  const signed = signedHeaders({ method, url, headers, body }, { ...ACCOUNT, sessionToken: token }, SCOPE);
  expect(signed['Authorization']).toBe(authorization);
});
