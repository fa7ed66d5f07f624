import { createHash } from 'node:crypto';
import { isoTime } from '../../base/time/iso.ts';
import { messageOf } from '../../core/errors.ts';
import type { SendResult } from '../alerters/alerter.ts';
import { type Mail, MailError, type MailServer, sendMail } from '../alerters/email/mail.ts';
import { keyOf } from './group.ts';
import { tlsOf } from './http/way.ts';
import type { MakeIntegration, Message, Surroundings } from './integration.ts';
import { isYes, type Options, optionsOf, textOf } from './options.ts';
import { secretOf } from './secret.ts';
import { MessageTexts } from './texts.ts';

const TIMEOUT_MS = 20_000;
/** The port where TLS begins with the connection. */
const TLS_PORT = 465;
/** Ports by name. */
const PORTS: Readonly<Record<string, number>> = { smtp: 25, smtps: 465, submission: 587 };

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
  const [, host = '', written = ''] = /^\[?([^\]]*?)\]?:(\w+)$/.exec(textOf(options, 'smarthost')) ?? [];
  const tls = await tlsOf(options['tls_config'], around.readFile);
  const user = textOf(options, 'auth_username');
  const port = PORTS[written] ?? Number(written);
  const forced = options['force_implicit_tls'];
  const isTls = typeof forced === 'boolean' ? forced : port === TLS_PORT;
  const password = async (): Promise<string> =>
    (await secretOf(options, 'auth_password', around)) || secretOf(options, 'auth_secret', around);
  return {
    host,
    port,
    isTls,
    requiresTls: !isTls && options['require_tls'] !== false,
    hello: textOf(options, 'hello') || undefined,
    verifies: tls.verify !== false,
    user: user === '' ? undefined : user,
    password: user === '' ? undefined : await password(),
    cert: tls.cert,
    key: tls.key,
    ca: tls.ca,
    serverName: tls.serverName,
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
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
    inReplyTo: threadOf(options, message, around),
    headers: Object.fromEntries([...headers.values()].map(({ name, text: value }) => [name, value])),
    images: [],
  };
}

/** The message that all on the group answer to, which nobody has ever sent: programs show them together. */
function threadOf(options: Options, message: Message, around: Surroundings): string | undefined {
  const { enabled, thread_by_date: by } = optionsOf(options['threading']);
  if (!isYes(enabled)) return undefined;
  const day = by === 'none' ? '' : isoTime((around.now ?? Date.now)()).slice(0, 10);
  return `alert-${keyOf(message).slice(0, 16)}-${day}@longshore`;
}

/** No header may have a line end. */
const oneLine = (text: string): string => text.replace(/[\r\n]+/g, ' ').trim();
