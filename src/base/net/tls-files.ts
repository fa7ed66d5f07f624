import { readFileSync } from 'node:fs';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import type { Setting } from './address.ts';

/** Settings of a listener that speaks TLS. */
export interface ServerTls {
  readonly cert_file: string;
  readonly key_file: string;
  readonly ca_file?: string | undefined;
  readonly require_client_cert?: boolean | undefined;
}

/**
 * Reads the files; what comes back is for Node's TLS and HTTPS servers. `setting.where`: of the section `tls`.
 * @throws LongshoreError with the code of `setting` and the setting that names the file
 */
export function serverTlsOptions(tls: ServerTls, setting: Setting) {
  const read = (name: 'cert_file' | 'key_file' | 'ca_file'): Buffer | undefined => {
    const path = tls[name];
    if (path === undefined) return undefined;
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new LongshoreError(setting.code, `${path} cannot be read: ${messageOf(cause)}.`, {
        where: `${setting.where}.${name}`,
        cause,
      });
    }
  };
  const wantsCert = tls.require_client_cert === true;
  const cert = read('cert_file')!;
  const key = read('key_file')!;
  const ca = read('ca_file');
  return {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    requestCert: wantsCert,
    rejectUnauthorized: wantsCert,
  };
}
