import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they came. */
  readonly text: string;
  /** Decoded `AUTH PLAIN`; undefined without one. */
  readonly login: string | undefined;
}

export interface SmtpServer {
  readonly port: number;
  readonly received: ReceivedMail[];
  /** What a command is answered with instead of the usual, as long as it gives something; `HANG UP` ends the connection. */
  answer: (command: string) => string | undefined;
}

export interface SmtpTls {
  readonly key: Buffer;
  readonly cert: Buffer;
  /** TLS from the beginning; else STARTTLS. */
  readonly isImplicit?: boolean;
}

/** A mail server on loopback that takes everything. */
export async function smtpServer(tls?: SmtpTls): Promise<SmtpServer> {
  const received: ReceivedMail[] = [];
  const smtp = { port: 0, received, answer: (_: string): string | undefined => undefined };
  const server = createServer(raw => {
    raw.on('error', () => {});
    if (tls?.isImplicit === true) serve(new TLSSocket(raw, { ...tls, isServer: true }), true);
    else serve(raw, false);
  });
  const serve = (socket: Socket, isSecure: boolean): void => {
    const extensions = ['AUTH PLAIN LOGIN', ...(tls === undefined || isSecure ? [] : ['STARTTLS']), 'SIZE 10000000'];
    let from = '';
    let to: string[] = [];
    let login: string | undefined;
    let data: string | undefined;
    let rest = '';
    const say = (line: string): void => {
      if (line === 'HANG UP') socket.destroy();
      else socket.write(`${line}\r\n`);
    };
    if (!isSecure || tls?.isImplicit === true) say('220 test');
    socket.on('error', () => {});
    socket.on('data', chunk => {
      rest += chunk.toString('latin1');
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (data !== undefined) {
          if (line !== '.') {
            data += `${line}\r\n`;
            continue;
          }
          received.push({ from, to, text: data, login });
          data = undefined;
          say(smtp.answer('END OF DATA') ?? '250 queued');
          continue;
        }
        const own = smtp.answer(line);
        if (own !== undefined) {
          say(own);
          continue;
        }
        if (/^STARTTLS/i.test(line)) {
          say('220 go on');
          socket.removeAllListeners('data');
          serve(new TLSSocket(socket, { ...tls, isServer: true }), true);
          return;
        }
        if (/^EHLO/i.test(line))
          say(
            ['250-test', ...extensions.map((one, i) => `250${i === extensions.length - 1 ? ' ' : '-'}${one}`)].join(
              '\r\n',
            ),
          );
        else if (/^AUTH PLAIN /i.test(line)) {
          login = Buffer.from(line.slice(11), 'base64').toString();
          say('235 ok');
        } else if (/^MAIL FROM:/i.test(line)) {
          from = line.slice(10).replace(/^<([^>]*)>.*/, '$1');
          to = [];
          say('250 ok');
        } else if (/^RCPT TO:/i.test(line)) {
          to.push(line.slice(8).replace(/[<>]/g, ''));
          say('250 ok');
        } else if (/^DATA/i.test(line)) {
          data = '';
          say('354 go on');
        } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
        else say('250 ok');
      }
    });
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return Object.assign(smtp, { port: (server.address() as AddressInfo).port });
}
