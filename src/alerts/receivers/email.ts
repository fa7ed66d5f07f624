import { createHash } from 'node:crypto';
import { messageOf } from '../../core/errors.ts';
import { isFields } from '../../core/event.ts';
import type { SendResult } from '../alerters/alerter.ts';
import { type Mail, MailError, type MailServer, sendMail } from '../alerters/email/mail.ts';
import { secretOf } from './http-config.ts';
import type { MakeIntegration, Message, Surroundings } from './integration.ts';
import { type Options, textOf } from './options.ts';
import { MessageTexts } from './texts.ts';

const TIMEOUT_MS = 20_000;
/** The port where TLS begins with the connection. */
const TLS_PORT = 465;

/** `email_configs`: HTML, a text beside it where one is written. */
export const email: MakeIntegration = ({ options }, around) => ({
  async send(message, signal): Promise<SendResult> {
    try {
      const { refused } = await sendMail(await serverOf(options, around), mailOf(options, message, around), signal);
      return refused === 0
        ? { ok: true }
        : { ok: false, scope: 'message', reason: `${refused} addresses were refused` };
    } catch (error) {
      const isRefused = error instanceof MailError && error.status !== undefined && error.status >= 500;
      return { ok: false, scope: isRefused ? 'message' : 'place', reason: messageOf(error).slice(0, 200) };
    }
  },
});

async function serverOf(options: Options, around: Surroundings): Promise<MailServer> {
  const [, host = '', port] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(textOf(options, 'smarthost')) ?? [];
  const tls = isFields(options['tls_config']) ? (options['tls_config'] as Options) : {};
  const file = async (name: string): Promise<string | undefined> => {
    const path = textOf(tls, name);
    return path === '' ? undefined : around.readFile(path);
  };
  const user = textOf(options, 'auth_username');
  const isTls = Number(port) === TLS_PORT || options['force_implicit_tls'] === true;
  return {
    host,
    port: Number(port),
    isTls,
    requiresTls: !isTls && options['require_tls'] !== false,
    hello: textOf(options, 'hello') || undefined,
    verifies: !/^(?:true|yes|on)$/i.test(textOf(tls, 'insecure_skip_verify')),
    user: user === '' ? undefined : user,
    password: user === '' ? undefined : await secretOf(options, 'auth_password', around),
    cert: await file('cert_file'),
    key: await file('key_file'),
    ca: await file('ca_file'),
    timeoutMs: TIMEOUT_MS,
    isGuarded: false,
  };
}

function mailOf(options: Options, message: Message, around: Surroundings): Mail {
  const texts = new MessageTexts(around.templates, message);
  const given = Object.entries((options['headers'] ?? {}) as Record<string, string>);
  const headers = new Map(
    given.map(([name, text]) => [name.toLowerCase(), { name, text: oneLine(texts.value(`headers.${name}`, text)) }]),
  );
  const take = (name: string): string | undefined => {
    const found = headers.get(name)?.text;
    headers.delete(name);
    return found;
  };
  const subject =
    take('subject') ?? oneLine(texts.title('headers.Subject', '{{ template "email.default.subject" . }}'));
  const replyTo = take('reply-to');
  for (const own of ['from', 'to', 'date', 'message-id', 'content-type', 'mime-version']) headers.delete(own);
  const from = oneLine(texts.value('from', textOf(options, 'from')));
  const html = texts.prose(
    'html',
    typeof options['html'] === 'string' ? options['html'] : '{{ template "email.default.html" . }}',
    true,
  );
  const text = typeof options['text'] === 'string' ? texts.prose('text', options['text']) : '';
  const id = createHash('sha256')
    .update(message.idempotencyKey + textOf(options, 'to'))
    .digest('hex')
    .slice(0, 32);
  return {
    from,
    to: texts
      .value('to', textOf(options, 'to'))
      .split(',')
      .map(oneLine)
      .filter(address => address !== ''),
    cc: [],
    bcc: [],
    replyTo: replyTo ?? from,
    subject,
    html: html === '' ? undefined : html,
    text: text === '' ? undefined : text,
    messageId: `${id}@longshore`,
    headers: Object.fromEntries([...headers.values()].map(({ name, text: value }) => [name, value])),
    images: [],
  };
}

/** No header may have a line end. */
const oneLine = (text: string): string => text.replace(/[\r\n]+/g, ' ').trim();
