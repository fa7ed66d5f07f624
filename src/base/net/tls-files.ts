import { readFileSync } from 'node:fs';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import type { Given } from '../options.ts';
import type { Setting } from './address.ts';
import type { clientTlsSchema, serverTlsSchema } from './options.ts';

/** Settings of a listener that speaks TLS. */
export type ServerTls = Given<ReturnType<typeof serverTlsSchema>>;

/** Settings of a connection that speaks TLS. */
export type ClientTls = Given<ReturnType<typeof clientTlsSchema>>;

/**
 * Reads the files; what comes back is for Node's TLS and HTTPS servers. `setting.where`: of the section `tls`.
 * @throws LongshoreError with the code of `setting` and the setting that names the file
 */
export function serverTlsOptions(tls: ServerTls, setting: Setting) {
  const wantsCert = tls.require_client_cert === true;
  return { ...readPems(tls, setting), requestCert: wantsCert, rejectUnauthorized: wantsCert };
}

/** As `serverTlsOptions`, for Node's TLS clients. */
export function clientTlsOptions(tls: ClientTls, setting: Setting) {
  return { ...readPems(tls, setting), rejectUnauthorized: tls.verify !== false };
}

/** @throws LongshoreError with the code and the place of `setting` */
export function readPem(path: string, { where, code }: Setting): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new LongshoreError(code, `${path} cannot be read: ${messageOf(cause)}.`, {
      where,
      fix: 'Correct the path, or make the file readable for this user.',
      cause,
    });
  }
}

function readPems(tls: ServerTls | ClientTls, { where, code }: Setting): { cert?: Buffer; key?: Buffer; ca?: Buffer } {
  const pems: ReturnType<typeof readPems> = {};
  for (const name of ['cert', 'key', 'ca'] as const) {
    const path = tls[`${name}_file`];
    if (path !== undefined) pems[name] = readPem(path, { where: `${where}.${name}_file`, code });
  }
  return pems;
}
