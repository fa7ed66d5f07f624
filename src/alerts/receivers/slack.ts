import { isFields } from '../../core/event.ts';
import { secretOf } from './http-config.ts';

import type { MakeIntegration, Message } from './integration.ts';
import { linkButtons } from './link-buttons.ts';
import { cut } from './options.ts';
import { postJson } from './post-json.ts';
import { MessageTexts } from './texts.ts';

const MAX_TITLE_CHARS = 1024;
/** Slack refuses much longer messages. */
const MAX_TEXT_CHARS = 38_000;

const DEFAULTS: Readonly<Record<string, string>> = {
  color: '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}',
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

/** `slack_configs`: one message with one attachment to an incoming webhook. */
export const slack: MakeIntegration = ({ options }, around) => ({
  send: (message, signal) =>
    postJson(
      async () => ({
        address: await secretOf(options, 'api_url', around),
        body: payload(options, new MessageTexts(around.templates, message), message),
        httpConfig: options['http_config'],
        timeoutMs: options['timeout'] as number | undefined,
      }),
      message,
      around,
      signal,
    ),
});

function payload(
  options: Readonly<Record<string, unknown>>,
  texts: MessageTexts,
  { links }: Message,
): Record<string, unknown> {
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
    fields: list(options['fields']).map(field => ({
      title: texts.title('fields', String(field['title'] ?? '')),
      value: texts.prose('fields', String(field['value'] ?? '')),
      short:
        field['short'] === undefined
          ? options['short_fields'] === true
          : /^(?:true|yes|on)$/i.test(String(field['short'])),
    })),
    actions: [...list(options['actions']).map(action => filled(action, texts)), ...linkButtons(links)],
  };
  return {
    ...without({
      channel: value('channel'),
      username: value('username'),
      icon_emoji: value('icon_emoji'),
      icon_url: value('icon_url'),
    }),
    ...(options['link_names'] === true ? { link_names: true } : {}),
    attachments: [
      {
        ...without(attachment),
        text: attachment.text,
        title: attachment.title,
        fallback: attachment.fallback,
        callback_id: attachment.callback_id,
        footer: attachment.footer,
        color: attachment.color,
      },
    ],
  };
}

/** Texts inside of a value, filled. */
function filled(value: unknown, texts: MessageTexts): unknown {
  if (typeof value === 'string') return texts.value('actions', value);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filled(inner, texts)]));
}

const list = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? (value.filter(isFields) as Record<string, unknown>[]) : [];

/** What is empty is left out. */
function without(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).filter(([, one]) => one !== '' && !(Array.isArray(one) && one.length === 0)),
  );
}
