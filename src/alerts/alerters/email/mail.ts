import { lookup as resolveName } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { SecureVersion } from 'node:tls';
import type { SendMailOptions } from 'nodemailer';
import { isPublicAddress } from '../../../base/net/address.ts';
import { lazily } from '../../../base/process/lazily.ts';

// The one place that knows nodemailer.
const nodemailer = lazily<typeof import('nodemailer')>('nodemailer');

export interface MailServer {
  readonly host: string;
  readonly port: number | undefined;
  /** TLS from the beginning; otherwise STARTTLS where the server has it. */
  readonly isTls: boolean;
  readonly verifies: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** PEM. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
  /** The name that the certificate must have, where it is not `host`. */
  readonly serverName?: string | undefined;
  readonly minVersion?: SecureVersion | undefined;
  readonly maxVersion?: SecureVersion | undefined;
  readonly timeoutMs: number;
  /** Only where it has an address of the internet. */
  readonly isGuarded: boolean;
  /** Without STARTTLS nothing is sent. */
  readonly requiresTls?: boolean | undefined;
  /** How this machine calls itself there. */
  readonly hello?: string | undefined;
}

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly replyTo: string;
  readonly subject: string;
  readonly text?: string | undefined;
  readonly html?: string | undefined;
  /** Without brackets. */
  readonly messageId: string;
  readonly inReplyTo?: string | undefined;
  /** More headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly images: readonly { readonly cid: string; readonly filename: string; readonly content: Buffer }[];
}

/** What a server said, or why there is none. */
export class MailError extends Error {
  /** SMTP's status; undefined where it did not come to that. */
  readonly status: number | undefined;
  constructor(message: string, status: number | undefined) {
    super(message);
    this.status = status;
  }
}

export const NOT_ALLOWED = 'the mail server is not in the internet';

/** Sends to all who may be sent to; gives how many were refused. @throws MailError */
export async function sendMail(server: MailServer, mail: Mail, signal: AbortSignal): Promise<{ refused: number }> {
  const { host, port, isTls, user, password, cert, key, ca, timeoutMs } = server;
  const address = server.isGuarded ? await publicAddress(host) : host;
  const transport = nodemailer().createTransport({
    host: address,
    port: port ?? (isTls ? 465 : 25),
    secure: isTls,
    requireTLS: server.requiresTls === true,
    ...(server.hello === undefined ? {} : { name: server.hello }),
    disableFileAccess: true,
    disableUrlAccess: true,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    tls: {
      rejectUnauthorized: server.verifies,
      ...(isIP(server.serverName ?? host) === 0 ? { servername: server.serverName ?? host } : {}),
      ...(server.minVersion === undefined ? {} : { minVersion: server.minVersion }),
      ...(server.maxVersion === undefined ? {} : { maxVersion: server.maxVersion }),
      ...(cert === undefined ? {} : { cert, key }),
      ...(ca === undefined ? {} : { ca }),
    },
  });
  const stop = (): void => transport.close();
  signal.addEventListener('abort', stop, { once: true });
  const all = [...mail.to, ...mail.cc, ...mail.bcc];
  try {
    const info = await Promise.race([
      transport.sendMail({ ...messageOf(mail), envelope: { from: mail.from, to: all } }),
      rejectOn(AbortSignal.any([signal, AbortSignal.timeout(2 * timeoutMs)])),
    ]);
    return { refused: info.rejected.length };
  } catch (error) {
    const { responseCode, message, code } = error as { responseCode?: number; message: string; code?: string };
    throw new MailError(
      code === undefined || responseCode !== undefined ? message : `${message} (${code})`,
      responseCode,
    );
  } finally {
    signal.removeEventListener('abort', stop);
    transport.close();
  }
}

function messageOf(mail: Mail): SendMailOptions {
  return {
    // One without a domain is taken for a name and no address: the header is written as it is.
    from: mail.from.includes('@') ? mail.from : { name: '', address: mail.from },
    to: [...mail.to],
    ...(mail.cc.length === 0 ? {} : { cc: [...mail.cc] }),
    replyTo: mail.replyTo,
    subject: mail.subject,
    ...(mail.html === undefined ? {} : { html: mail.html }),
    ...(mail.html !== undefined && mail.text === undefined ? {} : { text: mail.text ?? '' }),
    messageId: `<${mail.messageId}>`,
    ...(mail.inReplyTo === undefined ? {} : { inReplyTo: `<${mail.inReplyTo}>`, references: `<${mail.inReplyTo}>` }),
    headers: { 'Auto-Submitted': 'auto-generated', ...mail.headers },
    attachments: mail.images.map(image => ({ ...image })),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

async function publicAddress(host: string): Promise<string> {
  if (isIP(host) !== 0) {
    if (isPublicAddress(host)) return host;
    throw new MailError(NOT_ALLOWED, 550);
  }
  const addresses = await resolveName(host, { all: true }).catch((error: NodeJS.ErrnoException) => {
    throw new MailError(`cannot connect (${error.code})`, undefined);
  });
  if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address)))
    throw new MailError(NOT_ALLOWED, 550);
  return addresses[0]!.address;
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new Error('no answer in time'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
