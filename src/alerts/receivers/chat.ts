import { secretOf } from './http-config.ts';
import type { MakeIntegration } from './integration.ts';
import { cut, textOf } from './options.ts';
import { postJson } from './post-json.ts';
import { MessageTexts } from './texts.ts';

const RED = 0x992d22;
const GREEN = 0x2ecc71;

/** `discord_configs` */
export const discord: MakeIntegration = ({ options }, around) => ({
  send: (message, signal) =>
    postJson(
      async () => {
        const texts = new MessageTexts(around.templates, message);
        const isFiring = message.alerts.some(({ endsAt }) => endsAt === undefined);
        const embed = {
          title: cut(texts.title('title', textOf(options, 'title', '{{ template "discord.default.title" . }}')), 256),
          description: cut(
            texts.prose('message', textOf(options, 'message', '{{ template "discord.default.message" . }}')),
            2048,
          ),
          color: isFiring ? RED : GREEN,
        };
        const [content, username, avatar] = ['content', 'username', 'avatar_url'].map(name =>
          texts.value(name, textOf(options, name, '')),
        );
        return {
          address: await secretOf(options, 'webhook_url', around),
          body: {
            content: cut(content!, 2000),
            embeds: [embed],
            ...(username === '' ? {} : { username }),
            ...(avatar === '' ? {} : { avatar_url: avatar }),
          },
          httpConfig: options['http_config'],
        };
      },
      message,
      around,
      signal,
    ),
});

/** `telegram_configs` */
export const telegram: MakeIntegration = ({ options }, around) => ({
  send: (message, signal) =>
    postJson(
      async () => {
        const texts = new MessageTexts(around.templates, message);
        const mode = textOf(options, 'parse_mode', 'HTML');
        const text = texts.prose(
          'message',
          textOf(options, 'message', '{{ template "telegram.default.message" . }}'),
          mode === 'HTML',
        );
        const thread = Number(textOf(options, 'message_thread_id', '0'));
        const token = await secretOf(options, 'bot_token', around);
        return {
          address: `${textOf(options, 'api_url', '').replace(/\/+$/, '')}/bot${token}/sendMessage`,
          body: {
            chat_id: await secretOf(options, 'chat_id', around),
            text: cut(text, 4096),
            disable_web_page_preview: true,
            ...(mode === '' ? {} : { parse_mode: mode }),
            ...(options['disable_notifications'] === true ? { disable_notification: true } : {}),
            ...(thread > 0 ? { message_thread_id: thread } : {}),
          },
          httpConfig: options['http_config'],
        };
      },
      message,
      around,
      signal,
    ),
});

/** `webex_configs` */
export const webex: MakeIntegration = ({ options }, around) => ({
  send: (message, signal) =>
    postJson(
      async () => {
        const texts = new MessageTexts(around.templates, message);
        return {
          address: textOf(options, 'api_url', ''),
          body: {
            markdown: cut(
              texts.prose('message', textOf(options, 'message', '{{ template "webex.default.message" . }}')),
              7439,
            ),
            roomId: texts.value('room_id', textOf(options, 'room_id', '')),
          },
          httpConfig: options['http_config'],
        };
      },
      message,
      around,
      signal,
    ),
});

/** `msteams_configs`: a card of the older connectors. */
export const msteams: MakeIntegration = ({ options }, around) => ({
  send: (message, signal) =>
    postJson(
      async () => {
        const texts = new MessageTexts(around.templates, message);
        const isFiring = message.alerts.some(({ endsAt }) => endsAt === undefined);
        return {
          address: await secretOf(options, 'webhook_url', around),
          body: {
            '@context': 'http://schema.org/extensions',
            '@type': 'MessageCard',
            title: texts.title('title', textOf(options, 'title', '{{ template "msteams.default.title" . }}')),
            summary: texts.title('summary', textOf(options, 'summary', '{{ template "msteams.default.summary" . }}')),
            text: cut(texts.prose('text', textOf(options, 'text', '{{ template "msteams.default.text" . }}')), 20_000),
            themeColor: isFiring ? '8C1A1A' : '2DC72D',
          },
          httpConfig: options['http_config'],
        };
      },
      message,
      around,
      signal,
    ),
});
