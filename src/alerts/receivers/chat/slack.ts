import { isFields } from '../../../core/event.ts';
import type { SendResult } from '../../alerters/alerter.ts';
import { slackVerdict, threadOf } from '../../alerters/chat/slack-api.ts';
import { SLACK } from '../../text/channels.ts';
import { isFiring } from '../group.ts';
import type { Around, MakeIntegration, Message } from '../integration.ts';
import { linkButtons } from '../link-buttons.ts';
import { cut, listOf, type Options, textOf, without } from '../options.ts';
import { secretOf } from '../secret.ts';
import { result } from '../sending.ts';
import { MessageTexts } from '../texts.ts';

const MAX_TITLE_CHARS = 1024;
/** Slack refuses much longer messages. */
const MAX_TEXT_CHARS = 38_000;
const POST_MESSAGE = 'https://slack.com/api/chat.postMessage';

const DEFAULTS: Readonly<Record<string, string>> = {
  color: '{{ template "slack.default.color" . }}',
  username: '{{ template "slack.default.username" . }}',
  title: '{{ template "slack.default.title" . }}',
  title_link: '{{ template "slack.default.titlelink" . }}',
  pretext: '{{ template "slack.default.pretext" . }}',
  text: '{{ template "slack.default.text" . }}',
  fallback: '{{ template "slack.default.fallback" . }}',
  callback_id: '{{ template "slack.default.callbackid" . }}',
  footer: '{{ template "slack.default.footer" . }}',
  icon_emoji: '{{ template "slack.default.iconemoji" . }}',
  icon_url: '{{ template "slack.default.iconurl" . }}',
};

/**
 * `slack_configs`: one message with one attachment, to an incoming webhook or over Slack's API (`app_token`, or a token in
 * `http_config`). With `update_message` later messages on a group edit the first one instead of adding to it; with
 * `threads`, which Alertmanager has not, they go into its thread.
 */
export const slack: MakeIntegration = ({ options }, around) => ({
  send: (message, signal) =>
    result(() => send(options, new MessageTexts(around.templates, message, SLACK), message, around, signal)),
});

async function send(
  options: Options,
  texts: MessageTexts,
  message: Message,
  around: Around,
  signal: AbortSignal,
): Promise<SendResult> {
  const token = await secretOf(options, 'app_token', around);
  const address =
    token === '' ? await secretOf(options, 'api_url', around) : textOf(options, 'app_url') || POST_MESSAGE;
  const isApi = /\/chat\.postMessage\/?(?:\?|$)/.test(address);
  const body = payload(options, texts, message);
  const post = async (to: string, what: object): Promise<SendResult> => {
    const sent = await around.http.send(
      {
        address: to,
        body: what,
        headers: token === '' ? {} : { Authorization: `Bearer ${token}` },
        secrets: token === '' ? [] : [token],
        timeoutMs: options['timeout'] as number | undefined,
        judge: isApi ? slackVerdict : undefined,
      },
      message.idempotencyKey,
      signal,
    );
    // When all is over the next trouble of the group begins with a message of its own, which people are told of.
    return sent.ok && !isFiring(message) ? { ok: true } : sent;
  };
  const first = isApi ? threadOf(message.remembered) : undefined;
  const wantsEdit = options['update_message'] === true;
  const wantsThread = options['threads'] === true;
  if (first === undefined || !(wantsEdit || wantsThread)) return post(address, body);
  const kept = { ok: true, remember: isFiring(message) ? message.remembered : undefined } as const;
  if (wantsEdit) {
    const edited = await post(address.replace(/chat\.postMessage/, 'chat.update'), { ...body, ...first });
    // One that is gone, or too old to be edited: what there is to say is said anew.
    if (!edited.ok) return edited.isFinal === true ? post(address, body) : edited;
    if (!wantsThread) return kept;
  }
  const answered = await post(address, { ...body, channel: first.channel, thread_ts: first.ts });
  return answered.ok ? kept : answered;
}

function payload(options: Options, texts: MessageTexts, { links }: Message): Record<string, unknown> {
  const template = (name: string): string => String(options[name] ?? DEFAULTS[name] ?? '');
  const value = (name: string): string => texts.value(name, template(name));
  const prose = (name: string): string => cut(texts.prose(name, template(name)), MAX_TEXT_CHARS);
  const marked = options['mrkdwn_in'];
  const attachment = {
    title: cut(texts.title('title', template('title')), MAX_TITLE_CHARS),
    title_link: value('title_link'),
    pretext: prose('pretext'),
    text: prose('text'),
    fallback: texts.title('fallback', template('fallback')),
    callback_id: value('callback_id'),
    image_url: value('image_url'),
    thumb_url: value('thumb_url'),
    footer: value('footer'),
    color: value('color'),
    mrkdwn_in: Array.isArray(marked) && marked.length > 0 ? marked : ['fallback', 'pretext', 'text'],
    fields: listOf(options['fields']).map(field => ({
      title: texts.title('fields', String(field['title'] ?? '')),
      value: texts.prose('fields', String(field['value'] ?? '')),
      short:
        field['short'] === undefined
          ? options['short_fields'] === true
          : /^(?:true|yes|on)$/i.test(String(field['short'])),
    })),
    actions: [
      ...listOf(options['actions']).map(action => without(filled(actionOf(action), texts) as Options)),
      ...linkButtons(links),
    ],
  };
  return {
    ...without({
      channel: value('channel'),
      username: value('username'),
      icon_emoji: value('icon_emoji'),
      icon_url: value('icon_url'),
      text: prose('message_text'),
    }),
    ...(options['link_names'] === true ? { link_names: true } : {}),
    attachments: [
      {
        ...without(attachment),
        text: attachment.text,
        fallback: attachment.fallback,
        callback_id: attachment.callback_id,
        footer: attachment.footer,
      },
    ],
  };
}

/** A button with an address does nothing else. */
function actionOf(action: Options): Options {
  if (textOf(action, 'url') === '') return action;
  const { name: _, value: __, confirm: ___, ...link } = action;
  return link;
}

/** Texts inside of a value, filled. */
function filled(value: unknown, texts: MessageTexts): unknown {
  if (typeof value === 'string') return texts.value('actions', value);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filled(inner, texts)]));
}
