import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { messageOf } from '../../../core/errors.ts';
import type { Fields } from '../../../core/event.ts';
import { logger } from '../../../core/log.ts';
import { lookup } from '../../lookup.ts';
import { HTML_TEXT } from '../../text/channels.ts';
import { type Account, checkAccount, readAccount } from '../account-file.ts';
import { checkHost, checkPort, type OptionMistake } from '../address.ts';
import type {
  Alert,
  Alerter,
  AlerterKind,
  AlerterSettings,
  Notification,
  SendContext,
  SendResult,
} from '../alerter.ts';
import { timeoutMs } from '../http.ts';
import { conceal } from '../secrets.ts';
import { defaultTitle, firstOf, textOf, textsOf, told } from '../told.ts';
import { inFolder, readOrNothing } from '../way.ts';
import { MailError, type MailServer, sendMail } from './mail.ts';
import { checkRecipients, isRecipient } from './recipients.ts';

const log = logger('alerts');

const MAX_FIELD_RECIPIENTS = 20;
const MAX_SUBJECT_CHARS = 500;
const MAX_REASON_CHARS = 200;
/** Files that options name by themselves. */
const FILES = ['smtp_cert_file', 'smtp_key_file', 'smtp_ca_certs'] as const;

/** Mails over SMTP. */
export const email: AlerterKind = {
  type: 'email',
  options: {
    email: 'text_or_texts',
    email_from_field: 'text',
    email_add_domain: 'text',
    email_reply_to: 'text',
    email_format: 'text',
    email_image_keys: 'texts',
    email_image_values: 'texts',
    assets_dir: 'text',
    from_addr: 'text',
    cc: 'text_or_texts',
    bcc: 'text_or_texts',
    smtp_host: 'text',
    smtp_port: 'integer',
    smtp_ssl: 'boolean',
    smtp_auth_file: 'text',
    smtp_cert_file: 'text',
    smtp_key_file: 'text',
    smtp_ca_certs: 'text',
    smtp_ignore_ssl_errors: 'boolean',
    smtp_timeout: 'number',
  },
  check: (options, folder) => [
    ...checkAccount('smtp_auth_file', options['smtp_auth_file'], folder),
    ...FILES.flatMap(name => checkFile(name, options[name], folder)),
    ...['email', 'cc', 'bcc'].flatMap(name =>
      checkRecipients(name, options[name], { hasDomain: options['email_add_domain'] !== undefined }),
    ),
    ...['from_addr', 'email_reply_to'].flatMap(name => checkRecipients(name, options[name], { mayHaveName: true })),
    ...checkHost('smtp_host', options['smtp_host']),
    ...checkPort('smtp_port', options['smtp_port']),
    ...checkHost('email_add_domain', domainOf(options['email_add_domain'])),
  ],
  create: settings => new Email(settings),
};

function checkFile(option: string, value: unknown, folder: string | undefined): OptionMistake[] {
  if (typeof value !== 'string' || value === '') return [];
  try {
    readFileSync(inFolder(value, folder));
    return [];
  } catch (cause) {
    return [{ option, what: `cannot be read: ${messageOf(cause)}`, fix: 'Correct the path.' }];
  }
}

const domainOf = (value: unknown): unknown => (typeof value === 'string' ? value.replace(/^@/, '') : value);

class Email implements Alerter {
  readonly type = 'email';
  readonly missing: string | undefined;
  readonly #settings: AlerterSettings;
  readonly #options: Fields;
  readonly #account: Account;
  readonly #server: Omit<MailServer, 'isGuarded'>;

  constructor(settings: AlerterSettings) {
    const { options, folder } = settings;
    this.#settings = settings;
    this.#options = options;
    const recipients = this.#fixed('email');
    this.missing = recipients.length === 0 && options['email_from_field'] === undefined ? 'email' : undefined;
    const file = textOf(options, 'smtp_auth_file');
    this.#account = file === undefined ? {} : accountOf(file, folder);
    const content = (name: (typeof FILES)[number]): string | undefined => {
      const path = textOf(options, name);
      return path === undefined ? undefined : readOrNothing(inFolder(path, folder));
    };
    const isTls = options['smtp_ssl'] === true;
    this.#server = {
      host: textOf(options, 'smtp_host') ?? 'localhost',
      port: typeof options['smtp_port'] === 'number' ? options['smtp_port'] : undefined,
      isTls,
      // Without a password STARTTLS is used where there is one, as between mail servers: better than none.
      verifies: options['smtp_ignore_ssl_errors'] !== true && (isTls || file !== undefined),
      user: this.#account.user,
      password: this.#account.password,
      cert: content('smtp_cert_file'),
      key: content('smtp_key_file'),
      ca: content('smtp_ca_certs'),
      timeoutMs: timeoutMs(options['smtp_timeout']),
    };
  }

  render(alert: Alert): Notification[] {
    const isHtml = this.#options['email_format'] === 'html';
    const style = { tableWidth: 80, fenced: false, marks: isHtml ? HTML_TEXT : undefined };
    const first = firstOf(alert);
    const title = defaultTitle(this.#settings, first) ?? this.#settings.texts.title(alert.matches);
    const { title: subject, body } = told(alert, this.#settings, style, title);
    const content = { subject, [isHtml ? 'html' : 'text']: body, to: this.#fromField(first) };
    return [{ target: 0, body: JSON.stringify(content), instance: alert.instance }];
  }

  queue(): string {
    const { host, port, user } = this.#server;
    return `email:${createHash('sha256')
      .update(JSON.stringify([host, port, user]))
      .digest('hex')
      .slice(0, 16)}`;
  }

  async send(notification: Notification, context: SendContext): Promise<SendResult> {
    const options = this.#options;
    const { subject, text, html, to } = JSON.parse(notification.body) as Content;
    const recipients = to ?? this.#fixed('email');
    if (recipients.length === 0) return refusal('it names no recipient');
    const from = textOf(options, 'from_addr') ?? 'ElastAlert';
    const messageId = `${context.idempotencyKey}@longshore`;
    const mail = {
      from,
      to: recipients,
      cc: this.#fixed('cc'),
      bcc: this.#fixed('bcc'),
      replyTo: textOf(options, 'email_reply_to') ?? recipients.join(', '),
      subject: subject
        .replace(/[\x00-\x1f\x7f]+/g, ' ')
        .slice(0, MAX_SUBJECT_CHARS)
        .toWellFormed(),
      text,
      html,
      messageId,
      inReplyTo: context.remembered,
      images: html === undefined ? [] : this.#images(),
    };
    try {
      const server = { ...this.#server, isGuarded: context.isGuarded === true };
      const { refused } = await sendMail(server, mail, context.signal);
      if (refused > 0) log.warn({ alerter: 'email', refused }, 'the mail server refused some of the recipients');
      return { ok: true, remember: context.remembered ?? messageId };
    } catch (error) {
      return this.#failure(error, context);
    }
  }

  /** 4xx of SMTP pass, 5xx do not. */
  #failure(error: unknown, { signal }: SendContext): SendResult {
    if (signal.aborted) return { ok: false, scope: 'place', reason: 'stopped' };
    const reason = this.#shown(messageOf(error));
    const status = error instanceof MailError ? error.status : undefined;
    return status !== undefined && status >= 500 ? refusal(reason) : { ok: false, scope: 'place', reason };
  }

  /** Servers repeat what they are told. */
  #shown(text: string): string {
    const { user, password } = this.#account;
    const secrets = [user, password, `\0${user}\0${password}`].filter(one => one !== undefined);
    const encoded = secrets.map(one => Buffer.from(one).toString('base64'));
    const address = { url: `smtp://${this.#server.host}`, headers: {} };
    const shown = conceal(text, { address, headers: {}, body: '', secrets: [...secrets, ...encoded] });
    return shown
      .replace(/[\x00-\x1f\x7f]+/g, ' ')
      .slice(0, MAX_REASON_CHARS)
      .toWellFormed();
  }

  #fixed(option: string): string[] {
    return textsOf(this.#options[option])
      .filter(isRecipient)
      .filter(one => !one.startsWith('$'));
  }

  /** Recipients that a field of the match names; undefined where the fixed ones are meant. */
  #fromField(match: Fields): string[] | undefined {
    const field = textOf(this.#options, 'email_from_field');
    const value = field === undefined ? undefined : lookup(match, field);
    const domain = textOf(this.#options, 'email_add_domain')?.replace(/^@?/, '@');
    if (typeof value === 'string') {
      const named = value.includes('@') ? value : domain === undefined ? undefined : value + domain;
      return named === undefined || !isRecipient(named) ? undefined : [named];
    }
    if (!Array.isArray(value)) return undefined;
    const all = value.filter(one => typeof one === 'string').map(one => one + (domain ?? ''));
    const good = all.filter(isRecipient).slice(0, MAX_FIELD_RECIPIENTS);
    return good.length === 0 ? undefined : good;
  }

  #images() {
    const keys = textsOf(this.#options['email_image_keys']);
    const files = textsOf(this.#options['email_image_values']);
    return keys.flatMap((cid, i) => {
      const file = files[i];
      if (file === undefined) return [];
      try {
        const path = inFolder(file, textOf(this.#options, 'assets_dir') ?? '/tmp');
        return [{ cid, filename: basename(file), content: readFileSync(path) }];
      } catch (error) {
        log.warn({ alerter: 'email', error: messageOf(error) }, 'an image of a mail cannot be read; it goes without');
        return [];
      }
    });
  }
}

interface Content {
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  readonly to?: readonly string[];
}

const refusal = (reason: string): SendResult => ({ ok: false, scope: 'message', isFinal: true, reason });

/** What is wrong with the file was told by `check`: a rule whose configuration names a bad one goes on without. */
function accountOf(file: string, folder: string | undefined): Account {
  try {
    return readAccount(file, folder);
  } catch {
    return {};
  }
}
