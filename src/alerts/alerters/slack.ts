import type { Fields } from '../../core/event.ts';
import { isFields, newFields } from '../../core/event.ts';
import { lookup } from '../lookup.ts';
import { pythonStr } from '../python/str.ts';
import { escapedValue } from '../text/marks.ts';
import { isAuthors } from '../text/values.ts';
import { type Address, addressesOf, checkAddresses } from './address.ts';
import { type Alert, type Alerter, type AlerterKind, type AlerterSettings, leftOutNote } from './alerter.ts';
import { post, queueName, timeoutMs } from './http.ts';

/** Slack shows 40,000 characters of a message and refuses much longer ones. */
const MAX_TEXT_CHARS = 38_000;
const STYLE = { tableWidth: 75, fenced: true, escaped: true };

/** Options that go into the attachment under another name, when they are set. */
const ATTACHMENT_OPTIONS = {
  slack_title: 'title',
  slack_title_link: 'title_link',
  slack_footer: 'footer',
  slack_footer_icon: 'footer_icon',
  slack_image_url: 'image_url',
  slack_thumb_url: 'thumb_url',
  slack_author_name: 'author_name',
  slack_author_link: 'author_link',
  slack_author_icon: 'author_icon',
  slack_msg_pretext: 'pretext',
} as const;

/** Slack's incoming webhooks: one message with one attachment, to each webhook and each channel. */
export const slack: AlerterKind = {
  type: 'slack',
  options: {
    slack_webhook_url: 'text_or_texts',
    slack_channel_override: 'text_or_texts',
    slack_username_override: 'text',
    slack_emoji_override: 'text',
    slack_icon_url_override: 'text',
    slack_msg_color: 'text',
    slack_parse_override: ['none', 'full'],
    slack_text_string: 'text',
    slack_alert_fields: 'list',
    slack_timeout: 'number',
    slack_title: 'text',
    slack_title_link: 'text',
    slack_footer: 'text',
    slack_footer_icon: 'text',
    slack_image_url: 'text',
    slack_thumb_url: 'text',
    slack_author_name: 'text',
    slack_author_link: 'text',
    slack_author_icon: 'text',
    slack_msg_pretext: 'text',
  },
  check: options => checkAddresses('slack_webhook_url', options['slack_webhook_url']),
  create: settings => new SlackAlerter(settings),
};

class SlackAlerter implements Alerter {
  readonly type = 'slack';
  readonly missing: string | undefined;
  readonly #settings: AlerterSettings;
  readonly #addresses: readonly Address[];
  readonly #channels: readonly string[];

  constructor(settings: AlerterSettings) {
    this.#settings = settings;
    this.#addresses = addressesOf(settings.options['slack_webhook_url']);
    this.missing = this.#addresses.length === 0 ? 'slack_webhook_url' : undefined;
    const channels = settings.options['slack_channel_override'];
    this.#channels = Array.isArray(channels) ? channels.map(String) : [typeof channels === 'string' ? channels : ''];
  }

  render(alert: Alert): ReturnType<Alerter['render']> {
    const payload = slackPayload(alert, this.#settings);
    return this.#addresses.flatMap((_, target) =>
      this.#channels.map(channel => ({ target, body: JSON.stringify({ ...payload, channel }) })),
    );
  }

  queue(target: number): string {
    return queueName(this.type, this.#addresses[target]);
  }

  send(...[notification, context]: Parameters<Alerter['send']>): ReturnType<Alerter['send']> {
    const address = this.#addresses[notification.target];
    if (address === undefined) return Promise.resolve({ ok: false, scope: 'message', reason: 'the address is gone' });
    const headers = { 'Content-Type': 'application/json' };
    return post(
      { address, headers, body: notification.body, timeoutMs: timeoutMs(this.#settings.options['slack_timeout']) },
      context,
    );
  }
}

/** The message without its channel. */
export function slackPayload(alert: Alert, { options, texts }: AlerterSettings): Record<string, unknown> {
  const first = alert.matches[0] ?? newFields();
  const option = (name: string, fallback: string): unknown => options[name] ?? fallback;
  const body = leftOutNote(alert.matches.length, alert.leftOut ?? 0) + texts.body(alert.matches, STYLE);
  const attachment: Record<string, unknown> = {
    color: option('slack_msg_color', 'danger'),
    title: texts.title(alert.matches, STYLE),
    text: body.length > MAX_TEXT_CHARS ? cutText(body) : body,
    mrkdwn_in: ['text', 'pretext'],
    fields: alertFields(options, first),
  };
  for (const [name, key] of Object.entries(ATTACHMENT_OPTIONS)) {
    const value = options[name];
    if (value !== undefined && value !== null && value !== '') attachment[key] = value;
  }
  const icon = options['slack_icon_url_override'];
  return {
    username: option('slack_username_override', 'elastalert'),
    parse: option('slack_parse_override', 'none'),
    text: option('slack_text_string', ''),
    attachments: [attachment],
    ...(typeof icon === 'string' && icon !== ''
      ? { icon_url: icon }
      : { icon_emoji: option('slack_emoji_override', ':ghost:') }),
  };
}

/** Ends neither in half an escape nor in an open code block. */
function cutText(text: string): string {
  const start = text
    .slice(0, MAX_TEXT_CHARS)
    .toWellFormed()
    .replace(/&[a-z]{0,3}$/, '');
  const isCode = start.split('```').length % 2 === 0;
  return `${start}${isCode ? '\n```' : ''}\n[cut]`;
}

/** `slack_alert_fields`: `{title, value, short}` each, where `value` names a field of the first match. */
function alertFields(options: Fields, match: Fields): unknown[] {
  const wanted = options['slack_alert_fields'];
  if (!Array.isArray(wanted)) return [];
  return wanted.filter(isFields).map(field => {
    const name = pythonStr(field['value']);
    const found = lookup(match, name) ?? null;
    return { ...field, value: isAuthors(options, name) ? found : escapedValue(found) };
  });
}
