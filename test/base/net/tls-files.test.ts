import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { clientTlsOptions, serverTlsOptions } from '../../../src/base/net/tls-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'longshore-tls-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string) => {
  const path = join(folder, name);
  writeFileSync(path, name);
  return path;
};
const files = { cert_file: file('cert'), key_file: file('key'), ca_file: file('ca') };
const pems = { cert: Buffer.from('cert'), key: Buffer.from('key'), ca: Buffer.from('ca') };
const setting = { where: 'http.tls', code: 'LS_WEB_TLS_FILE' } as const;

test('a server reads what is named, and asks for certificates only when it wants them', () => {
  const { ca_file: _, ...own } = files;
  const { ca: __, ...ownPems } = pems;
  expect(serverTlsOptions(own, setting)).toEqual({ ...ownPems, requestCert: false, rejectUnauthorized: false });
  expect(serverTlsOptions({ ...files, require_client_cert: true }, setting)).toEqual({
    ...pems,
    requestCert: true,
    rejectUnauthorized: true,
  });
});

test('a client verifies unless it was told not to', () => {
  expect(clientTlsOptions({}, setting)).toEqual({ rejectUnauthorized: true });
  expect(clientTlsOptions({ ...files, verify: false }, setting)).toEqual({ ...pems, rejectUnauthorized: false });
});

test.for(['cert_file', 'key_file', 'ca_file'] as const)('%s that is not there is an error that names it', name => {
  const wrong = { ...files, [name]: '/nowhere/x.pem' };
  for (const read of [serverTlsOptions, clientTlsOptions]) {
    expect(() => read(wrong, setting)).toThrow(
      new RegExp(`^http\\.tls\\.${name}: /nowhere/x\\.pem cannot be read: ENOENT.* \\(LS_WEB_TLS_FILE\\)$`),
    );
  }
});
